"""Every command of the documentation runs as it stands there, and prints what the page shows."""

import csv
import io
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pipeline.resources import ROOT
from tests.documentation.commands import Shown, list_shown, run_shown
from tests.sample_database import SampleDatabase, show_as_published
from tests.small_world import write_small_world
from tests.without_statistics import remove_statistics

SHOWN = list_shown()
ELSEWHERE = {  # commands that are run by other means, with the file that runs them
    "make run": "deploy/demonstrate.py",
    "make up": "tests/airflow/test_make_up.py",
    "docker compose up -d": "tests/airflow/test_deployment.py",  # validated, never run: the page says so
    "cp .env.example .env": "tests/airflow/test_deployment.py",
    "export NIGHTVIGIL_HOME=data/sample": "tests/sample/test_readme_queries.py",
    "nightvigil report": "tests/site/test_command.py",
    ".venv/bin/python -m pipeline.quality.runbook": "tests/quality/test_runbook.py",
    ".venv/bin/pytest tests/whole_night/test_third_source.py -m proof": "tests/whole_night/test_third_source.py",
}
OPERATIONS = "how-to/operations.md"  # tests/whole_night/test_operations.py runs its blocks
CHANGING = {  # commands that act on a home or ask about its runs, in the order in which they are run, with exit codes
    "nightvigil nightly": 6,
    "nightvigil status": 0,
    "nightvigil quality": 0,
    "nightvigil land faers": 6,
    "nightvigil quarantine": 0,
    "nightvigil override list": 0,
    "nightvigil accept": 2,  # no candidate waits; tests/test_acceptance.py accepts one
    "nightvigil diff --table summary.reported_by_drug_route": 0,
    "nightvigil alerts test": 2,  # no channel is set
    "nightvigil alerts queue": 0,
    "nightvigil alerts deliver": 0,
    "nightvigil watchdog": 0,
    "nightvigil snapshots": 0,
    "nightvigil rollback": 0,
    "nightvigil release": 0,
}
EMPTY_SHEET = "nightvigil studies --check /tmp/sheet.csv"
READING = [
    shown
    for shown in SHOWN
    if shown.plain not in ELSEWHERE | CHANGING and shown.page != OPERATIONS and shown.plain != EMPTY_SHEET
]
QUERIES = [shown for shown in SHOWN if shown.query]
WITH_OUTPUT = [shown for shown in SHOWN if shown.output]


@pytest.fixture(scope="module")
def home(sample_database: SampleDatabase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return show_as_published(sample_database, tmp_path_factory.mktemp("documented"))


@dataclass
class Operated:
    """A home and the settings of its commands."""

    home: Path
    settings: dict[str, str]

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        return run_shown(Shown("", line, ""), self.home, **self.settings)


@pytest.fixture(scope="module")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Operated:
    """A home that published twice, without the statistics: with all quarters but the last, then with the last."""
    folder = tmp_path_factory.mktemp("operated")
    home, world = folder / "home", folder / "world"
    operated = Operated(home, remove_statistics(folder / "plain")[0])
    write_small_world(world)
    inbox = home / "inbox" / "faers"
    inbox.mkdir(parents=True)
    shutil.copytree(world / "clinicaltrials", home / "inbox" / "clinicaltrials")
    *earlier, last = sorted((world / "faers").glob("*.zip"))
    for quarters in (earlier, [last]):
        for path in quarters:
            shutil.copy(path, inbox)
        done = operated.run("nightvigil nightly")
        assert done.returncode == 0, done.stderr[-3000:]
    return operated


def test_documentation_shows_commands_whose_output_is_compared() -> None:
    assert len(SHOWN) > 50 and len(WITH_OUTPUT) >= 12
    assert all(shown.query for shown in WITH_OUTPUT), "only the output of a query is compared"


def test_every_command_is_run_by_a_test() -> None:
    """A page that gains a command of another kind has to say who runs it."""
    lines = {shown.plain for shown in SHOWN}
    assert set(ELSEWHERE) | set(CHANGING) | {EMPTY_SHEET} <= lines
    assert all((ROOT / path).is_file() for path in ELSEWHERE.values())
    for shown in READING:
        assert "nightvigil " in shown.plain, f"{shown.page}: nobody runs {shown.line}"


@pytest.mark.parametrize("shown", QUERIES, ids=lambda shown: f"{shown.page} {shown.query[:40]}")
def test_query_returns_what_the_page_shows(built: duckdb.DuckDBPyConnection, shown: Shown) -> None:
    cursor = built.execute(shown.query)
    rows = cursor.fetchall()
    assert rows
    if shown.output:
        header = [column[0] for column in cursor.description or []]
        text = [["" if value is None else str(value) for value in row] for row in rows]
        assert list(csv.reader(io.StringIO(shown.output))) == [header, *text]


@pytest.mark.proof
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("shown", READING, ids=lambda shown: f"{shown.page} {shown.plain[:60]}")
def test_command_runs_as_written(home: Path, shown: Shown) -> None:
    done = run_shown(shown, home)
    assert done.returncode == 0, done.stderr
    if shown.output:
        assert done.stdout.strip() == shown.output.strip()


@pytest.mark.proof
@pytest.mark.timeout(2400)
def test_commands_that_act_on_a_home_end_as_the_pages_say(operated: Operated) -> None:
    """In their order: publication, a look, alerts, a rollback and its release."""
    current = operated.home / "published" / "CURRENT"
    live = current.read_text()
    for line, code in CHANGING.items():
        done = operated.run(line)
        assert done.returncode == code, f"{line}: {done.returncode}\n{done.stderr}"
        if line.endswith("rollback"):
            assert current.read_text() != live
    again = operated.run("nightvigil nightly")
    assert again.returncode == 0, again.stderr


@pytest.mark.proof
def test_empty_extraction_sheet_is_written_and_would_be_refused(home: Path) -> None:
    assert run_shown(Shown("", "nightvigil studies --template > /tmp/sheet.csv", ""), home).returncode == 0
    assert run_shown(Shown("", EMPTY_SHEET, ""), home).returncode == 4
