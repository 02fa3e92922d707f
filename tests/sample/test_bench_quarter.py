"""The benchmark quarter has the proportions of a real one at any size."""

import zipfile
from collections import Counter
from pathlib import Path

import pytest

from pipeline.sample.bench_quarter import write_quarter
from pipeline.sample.vocabulary import WATCHED

pytestmark = pytest.mark.slow

CASES = 4_000
Rows = list[list[str]]


def read(archive: Path, table: str) -> Rows:
    """The rows of one table below its header."""
    with zipfile.ZipFile(archive) as opened:
        name = next(name for name in opened.namelist() if f"/{table.upper()}" in name)
        return [line.split("$") for line in opened.read(name).decode().splitlines()[1:]]


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("quarters")
    return [write_quarter(folder, period, CASES) for period in ("2017Q1", "2017Q2", "2017Q3", "2018Q2")]


def test_same_arguments_give_the_same_bytes(archives: list[Path], tmp_path: Path) -> None:
    assert write_quarter(tmp_path, "2017Q1", CASES).read_bytes() == archives[0].read_bytes()


def test_size_and_rows_of_a_case_are_realistic(archives: list[Path]) -> None:
    """700 bytes of text, four drugs, a little over three reactions, two and a half indications."""
    with zipfile.ZipFile(archives[0]) as archive:
        text = sum(entry.file_size for entry in archive.infolist())
    assert 600 < text / CASES < 850
    each = {table: len(read(archives[0], table)) / CASES for table in ("drug", "reac", "indi", "ther", "outc")}
    assert 3.5 < each["drug"] < 4.5
    assert 3.0 < each["reac"] < 3.8
    assert 2.2 < each["indi"] < 2.9
    assert 1.2 < each["ther"] < 1.6
    assert 0.6 < each["outc"] < 0.8


def test_one_drug_record_in_fifty_names_a_watched_drug(archives: list[Path]) -> None:
    drugs = read(archives[0], "drug")
    watched = {product.prod_ai for product in WATCHED}
    assert 0.015 < sum(row[5] in watched for row in drugs) / len(drugs) < 0.025
    assert len({row[5] for row in drugs}) > 1_000


def test_every_line_has_as_many_fields_as_its_header(archives: list[Path]) -> None:
    widths = {"demo": 25, "drug": 20, "reac": 4, "outc": 3, "rpsr": 3, "ther": 7, "indi": 4}
    for table, width in widths.items():
        assert {len(row) for row in read(archives[0], table)} == {width}


def test_case_versions_are_unique_and_some_cases_have_follow_ups(archives: list[Path]) -> None:
    versions = Counter((row[1], row[2]) for archive in archives for row in read(archive, "demo"))
    assert max(versions.values()) == 1
    cases = Counter(case for case, _ in versions)
    assert sum(count > 1 for count in cases.values()) > CASES * 0.15
    latest = read(archives[3], "demo")
    assert sum(row[2] != "1" for row in latest) == CASES * 3 // 20


def test_quarter_of_one_case_names_a_watched_drug(tmp_path: Path) -> None:
    archive = write_quarter(tmp_path, "2017Q1", 1)
    assert len(read(archive, "demo")) == 1
    assert read(archive, "drug")[0][5] in {product.prod_ai for product in WATCHED}
    assert all(read(archive, table) for table in ("reac", "outc", "rpsr", "ther", "indi"))
