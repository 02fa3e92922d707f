"""The notebooks run as written on the sample world and print its numbers."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.sample_database import SampleDatabase

pytestmark = pytest.mark.slow

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
NAMES = ("compare_two_snapshots", "first_query", "forest_by_route", "ror_from_its_table")


def run_notebook(name: str, home: Path) -> str:
    environment = {"PATH": os.environ["PATH"], "NIGHTVIGIL_HOME": str(home)}
    command = [sys.executable, "-W", "error", str(NOTEBOOKS / f"{name}.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_are_four_and_each_is_in_cells() -> None:
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.py")) == sorted(NAMES)
    for name in NAMES:
        text = (NOTEBOOKS / f"{name}.py").read_text()
        assert text.startswith("# %% [markdown]\n# # ") and text.count("\n# %%\n") >= 2


def test_the_first_query_prints_the_published_counts(sample_home: Path, sample_database: SampleDatabase) -> None:
    shown = run_notebook("first_query", sample_home)
    expected = next(
        row for row in sample_database.expected["reported_by_drug_route"]
        if (row["drug"], row["route"], row["reaction"], row["definition"])
        == ("ketamine", "intravenous", "hallucination", "narrow")
    )  # fmt: skip
    line = next(line for line in shown.splitlines() if re.match(r"ketamine +intravenous", line))
    assert line.split()[2:] == [str(expected["case_count"]), str(expected["drug_route_case_count"])]
    assert "(invented data)" in shown


def test_one_ratio_from_its_table_is_the_published_one(sample_home: Path) -> None:
    shown = run_notebook("ror_from_its_table", sample_home).splitlines()
    computed, published = (line.partition(":")[2].split() for line in shown[-2:])
    assert computed == published


def test_the_forest_has_a_line_for_each_route(sample_home: Path, sample_database: SampleDatabase) -> None:
    shown = run_notebook("forest_by_route", sample_home).splitlines()
    with duckdb.connect(str(sample_database.candidate), read_only=True) as connection:
        routes = connection.execute(
            "select distinct route from summary.reported_by_drug_route where drug = 'ketamine' order by all"
        ).fetchall()
    assert [line.split()[0] for line in shown[1:]] == [route for (route,) in routes]
    assert any("o" in line and "-" in line for line in shown[1:])


@pytest.mark.parametrize("changed", [0, 1])
def test_two_snapshots_differ_where_they_do(sample_home: Path, tmp_path: Path, changed: int) -> None:
    folder = tmp_path / "published" / "snapshots"
    for name in ("20261101T000001Z-a", "20261102T000001Z-b"):
        (folder / name).mkdir(parents=True)
        shutil.copyfile(
            sample_home / "published" / "current" / "nightvigil.duckdb", folder / name / "nightvigil.duckdb"
        )
    with duckdb.connect(str(folder / "20261102T000001Z-b" / "nightvigil.duckdb")) as connection:
        connection.execute(
            "update summary.reported_by_drug_route set case_count = case_count + ? where drug = 'memantine' "
            "and route = 'any' and reaction = 'confusion' and definition = 'narrow'",
            [changed],
        )
    shown = run_notebook("compare_two_snapshots", tmp_path).splitlines()
    assert shown[0] == "20261101T000001Z-a -> 20261102T000001Z-b"
    assert shown[-1] == f"{changed} counts differ" and len(shown) == 2 + changed
