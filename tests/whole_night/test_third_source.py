"""A third source: its module, SQL and vocabulary entry are put into a copy of the project, which then runs."""

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]
ADDITION = Path(__file__).with_name("third_source")
COPIED = ("dags", "expectations", "pipeline", "sql", "pyproject.toml", "requirements.lock")
LISTS = {"sql/order.txt", "sql/columns.csv", "sql/vocabulary.csv"}
REPORTS = """report_number,received_date,drug,route,reaction
1,2026-01-05,Ketamine,intravenous,Hallucination
2,2026-02-05,ketamine,Intravenous,Hallucination
3,2026-04-01,esketamine,intranasal,Nausea
3,2026-04-01,esketamine,intranasal,Rash
4,2026-04-02,memantine,oral
"""
PARSE = """
import json, runpy
landing = [dag for dag in runpy.run_path("dags/land.py")["LANDING_DAGS"]]
publication = runpy.run_path("dags/publish_summaries.py")["PUBLICATION_DAG"]
waits_for = sorted(asset.name for asset in publication.timetable.asset_condition.objects)
print(json.dumps({"landing": sorted(dag.dag_id for dag in landing), "waits_for": waits_for}))
"""


@dataclass(frozen=True)
class Copy:
    """A copy of the project with the addition, and a home of its own."""

    project: Path
    home: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the copy, on the copy's own modules."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NIGHTVIGIL_")}
        given = {"HOME": str(self.home), "PROFILE": "sample", "SITE": "false", "THREADS": "1"}
        own = {"PYTHONPATH": str(self.project), **{f"NIGHTVIGIL_{name}": value for name, value in given.items()}}
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.project,
            env=environment | own,
            capture_output=True,
            text=True,
            timeout=800,
            check=False,
        )

    def ask(self, query: str) -> list[list[str]]:
        done = self.run("-m", "pipeline.cli", "sql", query, "--format", "csv")
        assert done.returncode == 0, done.stderr
        return list(csv.reader(done.stdout.splitlines()))[1:]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    folder = tmp_path_factory.mktemp("third_source")
    project = folder / "project"
    for name in COPIED:
        path = PROJECT / name
        project.mkdir(exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, project / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, project / name)
    add_source(project)
    return Copy(project, folder / "home")


def add_source(project: Path) -> None:
    """Do what `docs/how-to/add-a-source.md` says: new files, and rows in three lists of `sql/`."""
    for path in sorted((ADDITION / "files").rglob("*.*")):
        if path.suffix in (".py", ".sql"):
            target = project / path.relative_to(ADDITION / "files")
            assert not target.exists(), "no file that is there is replaced"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    insert_tables(project / "sql" / "order.txt", (ADDITION / "lines" / "sql" / "order.txt").read_text())
    for name in ("columns.csv", "vocabulary.csv"):
        append_rows(project / "sql" / name, ADDITION / "lines" / "sql" / name)


def insert_tables(order: Path, lines: str) -> None:
    """A table is listed above those that read it: here `events.case`, which the register continues."""
    before, marker, after = order.read_text().partition("events.case\n")
    assert marker
    order.write_text(before + lines + marker + after)


def append_rows(target: Path, addition: Path) -> None:
    with target.open(newline="", encoding="utf-8") as file:
        header = next(csv.reader(file))
    with addition.open(newline="", encoding="utf-8") as file:
        rows = [[row[name] for name in header] for row in csv.DictReader(file)]
    with target.open("a", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


@pytest.fixture(scope="module")
def published(copy: Copy) -> Copy:
    """The copy after a nightly run that found one CSV file in the new inbox."""
    inbox = copy.home / "inbox" / "northland"
    inbox.mkdir(parents=True)
    (inbox / "reports.csv").write_text(REPORTS)
    done = copy.run("-m", "pipeline.cli", "nightly", "--format", "json")
    assert done.returncode == 0, done.stderr
    (delivery,) = json.loads(done.stdout)["deliveries"]
    assert delivery["status"] == "landed"
    return copy


def test_nothing_else_of_the_copy_is_edited(copy: Copy) -> None:
    """Rows are added to three lists; every other file that was there is as it was."""
    edited = set()
    for path in (each for name in COPIED for each in [PROJECT / name, *(PROJECT / name).rglob("*")]):
        name = path.relative_to(PROJECT)
        if path.is_file() and "__pycache__" not in name.parts:
            content = (copy.project / name).read_bytes()
            if content != path.read_bytes():
                edited.add(name.as_posix())
    assert edited == LISTS


def test_its_landing_dag_appears_and_publication_waits_for_it(copy: Copy) -> None:
    done = copy.run("-c", PARSE)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["landing"] == ["land_northland", "land_reports", "land_studies", "land_trials"]
    assert found["waits_for"] == ["northland", "reports", "studies", "trials"]


@pytest.mark.proof
def test_its_receipt_and_its_record_are_in_the_snapshot(published: Copy) -> None:
    receipts = published.ask(
        "select source, physical_line_count, header_line_count, staged_line_count, quarantined_line_count "
        "from meta.delivery"
    )
    assert receipts == [["northland", "6", "1", "4", "1"]]
    assert ["northland", "inbox only"] in published.ask("select source, status from meta.source")


@pytest.mark.proof
def test_every_line_of_it_is_accounted_for(published: Copy) -> None:
    """Of six lines one is the header, one lacks a field, and one report came twice: three are left."""
    steps = published.ask(
        "select step, reason, rows_in, rows_left, rows_out from summary.attrition "
        "where source = 'northland' order by step_number"
    )
    assert [(step, int(came), int(left), int(stayed)) for step, _, came, left, stayed in steps] == [
        ("received", 6, 0, 6),
        ("lines of current receipts", 6, 1, 5),
        ("lines below a header", 5, 0, 5),
        ("lines with content", 5, 1, 4),
        ("lines staged", 4, 0, 4),
        ("records", 4, 1, 3),
        ("cases", 3, 1, 2),
    ]
    assert [reason for _, reason, *_ in steps[-2:]] == [
        "replaced by a later record of the report",
        "names no drug and reaction of the watch list",
    ]


@pytest.mark.proof
def test_its_cases_are_counted_under_its_own_name(published: Copy) -> None:
    """The tables of reports are continued by its SELECTs, so every summary of reports has its rows, never added."""
    counted = published.ask(
        "select source, drug, route, reaction, case_count, drug_route_case_count "
        "from summary.reported_by_drug_route where definition = 'narrow' and case_count > 0 "
        "and drug = 'ketamine' and route = 'intravenous'"
    )
    assert counted == [["northland", "ketamine", "intravenous", "hallucination", "2", "2"]]


@pytest.mark.proof
def test_its_table_is_published_beside_the_others(published: Copy) -> None:
    assert published.ask("select * from summary.reported_in_northland order by all") == [
        ["esketamine", "intranasal", "Rash", "1"],
        ["ketamine", "intravenous", "Hallucination", "2"],
    ]
    assert (published.home / "published" / "current" / "tables" / "reported_in_northland.parquet").is_file()


@pytest.mark.proof
def test_its_broken_line_is_in_quarantine_as_received(published: Copy) -> None:
    (path,) = (published.home / "quarantine" / "northland").glob("reports-*/lines.parquet")
    (line,) = pq.read_table(path).to_pylist()
    assert (line["line_number"], line["bytes"], line["reasons"]) == (
        6,
        b"4,2026-04-02,memantine,oral\n",
        ["4 fields instead of 5"],
    )
