"""A first fetch of the registry is one delivery of thousands of studies: typed and published in bounded memory."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from pipeline import pieces, typed
from pipeline.landing.receipts import Receipt
from pipeline.settings import Settings
from pipeline.sources import clinicaltrials
from tests.sql.trials.study_records import Study, make_arm, make_group, make_study
from tests.sql.trials.test_landing import deposit

pytestmark = pytest.mark.slow

MEAN_BYTES = 17_600  # of the registry's records on the watch list


def make_real_size_study(number: int) -> Study:
    """A study of MEAN_BYTES: arms and events that are counted, and outcomes and a description that are not."""
    study = make_study(
        number,
        [make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine"), make_arm("Saline", "PLACEBO_COMPARATOR", "Placebo")],
        [make_group("Ketamine IV", 40 + number % 7), make_group("Saline", 40)] if number % 2 else None,
        other={f"Term {term}": [term % 5, 1] for term in range(30)} | {"Nausea": [5, 2], "Hallucination": [2, 0]},
    )
    protocol = study["protocolSection"]
    protocol["outcomesModule"] = {
        "secondaryOutcomes": [
            {"measure": f"Pain {week}", "description": "Scale 0 to 10. " * 10, "timeFrame": f"Week {week}"}
            for week in range(20)
        ]
    }
    protocol["descriptionModule"] = {"detailedDescription": ""}
    missing = MEAN_BYTES - len(json.dumps(study))
    protocol["descriptionModule"]["detailedDescription"] = ("Invented text. " * (missing // 15 + 1))[:missing]
    return study


def write_pages(count: int, page_size: int = 100) -> dict[str, bytes]:
    """Studies as the pages of one fetch."""
    pages = {}
    for first in range(1, count + 1, page_size):
        studies = [make_real_size_study(number) for number in range(first, min(first + page_size, count + 1))]
        pages[f"page-{first:05d}.json"] = json.dumps({"studies": studies}).encode()
    return pages


@pytest.fixture
def landed(settings: Settings) -> Receipt:
    receipt = clinicaltrials.land(deposit(settings, "studies", write_pages(500)), settings)
    assert isinstance(receipt, Receipt)
    return receipt


def read_all(paths: dict[str, Path]) -> dict[str, list]:
    return {name: duckdb.execute(f"select * from '{path}' order by all").fetchall() for name, path in paths.items()}


def describe(paths: dict[str, Path]) -> dict[str, list]:
    return {name: duckdb.execute(f"describe select * from '{path}'").fetchall() for name, path in paths.items()}


def test_five_hundred_studies_are_typed_in_little_memory(settings: Settings, landed: Receipt) -> None:
    """8.8 MB of records in one delivery: out of memory at 600 MB when they were typed at once."""
    paths = typed.type_delivery(settings.model_copy(update={"landing_memory_limit": "120MB"}), landed)
    trials = duckdb.execute(f"select count(*), count(distinct trial_id) from '{paths['clinicaltrials_trial']}'")
    assert trials.fetchone() == (500, 500)
    assert not list(paths["clinicaltrials_trial"].parent.glob(".*")), "no piece remains"


@pytest.mark.parametrize("piece_bytes", [1, pytest.param(100_000, marks=pytest.mark.proof)])
def test_pieces_give_the_rows_and_types_of_the_whole(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, piece_bytes: int
) -> None:
    """A record a piece, and a few records a piece; studies with and without results lie in different pieces."""
    receipt = clinicaltrials.land(deposit(settings, "studies", write_pages(25, page_size=10)), settings)
    monkeypatch.setattr(pieces, "PIECE_BYTES", 1 << 30)
    paths = typed.type_delivery(settings, receipt)
    whole, kinds = read_all(paths), describe(paths)
    for path in paths.values():
        path.unlink()
    monkeypatch.setattr(pieces, "PIECE_BYTES", piece_bytes)
    again = typed.type_delivery(settings, receipt)
    assert again == paths
    assert (read_all(again), describe(again)) == (whole, kinds)
    assert len(whole["clinicaltrials_trial"]) == 25 and whole["clinicaltrials_event"]


def test_delivery_without_records_is_typed(settings: Settings) -> None:
    receipt = clinicaltrials.land(deposit(settings, "page.json", b'{"studies": []}'), settings)
    assert all(rows == [] for rows in read_all(typed.type_delivery(settings, receipt)).values())


@pytest.mark.proof
@pytest.mark.timeout(2400)
def test_first_fetch_of_the_registry_is_published_within_the_memory_limit(tmp_path: Path) -> None:
    """6,400 studies (113 MB) in one delivery, with 600 MB for the build; the time and the peak are printed."""
    home = tmp_path / "home"
    folder = home / "inbox" / "clinicaltrials" / "studies"
    folder.mkdir(parents=True)
    for name, content in write_pages(6400).items():
        (folder / name).write_bytes(content)
    environment = {
        **os.environ,
        "NIGHTVIGIL_THREADS": "2",  # as a night runs by default: each thread needs memory
        "NIGHTVIGIL_HOME": str(home),
        "NIGHTVIGIL_MEMORY_LIMIT": "600MB",
        "NIGHTVIGIL_PROFILE": "sample",
    }
    landing, seconds = run_measured(["land", "clinicaltrials"], environment)
    print(f"\n6,400 studies landed and typed in {seconds:.0f} s, peak {landing} MB")
    night, seconds = run_measured(["nightly"], environment)
    print(f"built, judged and published in {seconds:.0f} s, peak {night} MB")
    live = (home / "published" / "CURRENT").read_text().strip()
    database = home / "published" / "snapshots" / live / "nightvigil.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.execute("select count(*) from clean.trial").fetchone() == (6400,)
    assert landing < 650
    assert night < 1500


LAUNCHER = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr)
sys.exit(code)
"""


def run_measured(arguments: list[str], environment: dict[str, str]) -> tuple[int, float]:
    """Run a command of the pipeline; its peak of memory in MB (with imports and children) and its seconds.

    A process begins with the peak of the one it was forked from, so a small launcher stands between it and the tests.
    """
    begun = time.monotonic()
    command = [sys.executable, "-c", LAUNCHER, sys.executable, "-m", "pipeline.cli", *arguments]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stderr.split()[-1]), time.monotonic() - begun
