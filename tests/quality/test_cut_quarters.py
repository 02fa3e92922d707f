"""A first quarter with a table cut at a line end, as a folder that was half copied, is noticed by its rows."""

import zipfile
from pathlib import Path

import duckdb
import pytest

from pipeline import resources, typed
from pipeline.candidate_file import META_TABLES
from pipeline.landing.receipts import Receipt
from pipeline.quality.suites import read_yaml
from pipeline.sample.bench_quarter import write_quarter
from pipeline.settings import Settings
from pipeline.sources import faers
from tests.landing.quarters import deposit

pytestmark = pytest.mark.slow

BARE = "nearly every report has a drug and a reaction"
BARE_VOLUME = "nearly every report of a real volume has a drug and a reaction"
BOUNDS = "rows a report are as in the files of the agency"
RULES = (BARE, BARE_VOLUME, BOUNDS)


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A whole quarter of 1,000 invented reports."""
    path = write_quarter(tmp_path_factory.mktemp("quarter"), "2017Q2", 1_000)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def cut(content: bytes, share: float) -> bytes:
    """The header and that share of the lines, to the end of a line."""
    lines = content.splitlines(keepends=True)
    return b"".join(lines[: 1 + round(share * (len(lines) - 1))])


def find_failing(settings: Settings, members: dict[str, bytes]) -> set[str]:
    """The rules that name this quarter, where it is the only one and its volume a real one."""
    receipt = faers.land(deposit(settings, members), settings)
    assert isinstance(receipt, Receipt)
    counted = typed.type_delivery(settings, receipt)["faers_detail"]
    batch = f"(select 'faers' as source, * from '{counted}')"
    written = read_yaml(Path(resources.EXPECTATIONS) / "clean" / "reports" / "faers_detail_count.yaml")["rules"]
    queries = {rule["name"]: rule["with"]["unexpected_rows_query"] for rule in written if rule["name"] in RULES}
    assert set(queries) == set(RULES)
    with duckdb.connect() as connection:
        connection.execute("create schema meta")
        connection.execute(META_TABLES.read_text())
        return {name for name, query in queries.items() if connection.execute(query.format(batch=batch)).fetchall()}


def test_whole_quarter_fails_none(settings: Settings, members: dict[str, bytes]) -> None:
    assert find_failing(settings, members) == set()


@pytest.mark.parametrize(
    ("table", "share", "failing"),
    [
        ("REAC", 0.5, {BARE, BARE_VOLUME, BOUNDS}),
        ("DRUG", 0.5, {BARE, BARE_VOLUME, BOUNDS}),
        ("REAC", 0.85, {BARE, BARE_VOLUME}),
        ("OUTC", 0.5, {BOUNDS}),
        ("THER", 0.5, {BOUNDS}),
    ],
)
def test_quarter_with_a_cut_table_fails(
    settings: Settings, members: dict[str, bytes], table: str, share: float, failing: set[str]
) -> None:
    name = f"ascii/{table}17Q2.txt"
    assert find_failing(settings, {**members, name: cut(members[name], share)}) == failing
