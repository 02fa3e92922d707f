"""Runs of the command line on the sample world: output, published snapshot, exit code.

The runs are without the statistics, which would double their time; `tests/airflow/test_night.py` has the whole.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.landing.test_withdrawal import BAD, plant_fault
from tests.small_world import write_small_world
from tests.sql.trials.study_records import make_arm, make_study
from tests.without_statistics import remove_statistics

pytestmark = pytest.mark.slow


@dataclass
class Home:
    """A home in which a run has published five quarters; the sixth and the trials were held back."""

    folder: Path
    held_back: Path
    settings: dict[str, str]
    first: dict[str, Any] = field(default_factory=dict)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        settings = {"NIGHTVIGIL_HOME": str(self.folder), "NIGHTVIGIL_PROFILE": "sample", **self.settings}
        return subprocess.run(
            [sys.executable, "-m", "pipeline.cli", *arguments],
            env={**os.environ, **settings, **environment},
            capture_output=True,
            text=True,
            timeout=800,
            check=False,
        )

    @property
    def live(self) -> str:
        return (self.folder / "published" / "CURRENT").read_text().strip()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("runs")
    write_small_world(folder / "world")
    *early, last = sorted((folder / "world" / "faers").glob("*.zip"), key=lambda path: path.name.split("ascii_")[1])
    inbox = folder / "home" / "inbox" / "faers"
    inbox.mkdir(parents=True)
    for quarter in early:
        shutil.copy(quarter, inbox)
    home = Home(folder / "home", last, remove_statistics(folder / "plain")[0])
    done = home.run("nightly", "--format", "json")
    assert done.returncode == 0, done.stderr
    home.first = json.loads(done.stdout)
    yield home
    shutil.rmtree(folder, ignore_errors=True)


def test_nightly_lands_builds_judges_and_publishes(home: Home) -> None:
    """Data on standard output, every step on standard error, the inbox empty afterwards."""
    assert [each["status"] for each in home.first["deliveries"]] == ["landed"] * 5
    assert home.first["snapshot_id"] == home.live
    assert not list((home.folder / "inbox" / "faers").iterdir())
    tally = home.run(
        "sql", "select sum(case_count) > 0 as has_cases from summary.reported_by_drug_route", "--format", "csv"
    )
    assert tally.stdout == "has_cases\nTrue\n"


def test_nightly_with_nothing_new_exits_with_6(home: Home) -> None:
    live = home.live
    done = home.run("nightly")
    assert (done.returncode, done.stdout) == (6, "")
    assert home.live == live


def test_nightly_with_only_a_refused_delivery_exits_with_4(home: Home) -> None:
    """Half a zip: it goes to quarantine with its reason, and the live snapshot stays."""
    live = home.live
    torn = home.folder / "inbox" / "faers" / "faers_ascii_2025q1.zip"
    torn.write_bytes(home.held_back.read_bytes()[:-2000])
    done = home.run("nightly")
    assert done.returncode == 4 and "faers_ascii_2025q1.zip was refused" in done.stderr
    assert home.live == live and not torn.exists()


def without_a_suite(home: Home, folder: Path) -> str:
    """The rules, but that a suite went missing: the gate cannot know, so it stays shut."""
    expectations = folder / "expectations"
    shutil.copytree(home.settings["NIGHTVIGIL_EXPECTATIONS_DIR"], expectations)
    next(expectations.rglob("reported_by_drug_route.yaml")).unlink()
    return str(expectations)


@pytest.mark.proof
def test_closed_gate_exits_with_3_and_keeps_the_old_snapshot(home: Home, tmp_path: Path) -> None:
    live, expectations = home.live, without_a_suite(home, tmp_path)
    done = home.run("nightly", NIGHTVIGIL_EXPECTATIONS_DIR=expectations)
    assert done.returncode == 3, done.stderr
    assert "reported_by_drug_route" in done.stderr and home.live == live


@pytest.mark.proof
def test_single_steps_publish_a_quarter_named_by_a_person(home: Home, tmp_path: Path) -> None:
    """land keeps the person's file; build, check and publish follow; publishing again changes nothing. A check that
    shuts the gate leaves with 3, and is made good by one that opens it."""
    earlier = home.live
    landed = home.run("land", "faers", str(home.held_back), "--format", "json")
    assert landed.returncode == 0, landed.stderr
    assert [each["status"] for each in json.loads(landed.stdout)] == ["landed"]
    assert home.held_back.exists()
    assert home.run("land", "faers", str(home.held_back)).returncode == 6
    built = home.run("build", "--format", "json")
    run_id = json.loads(built.stdout)[0]["run_id"]
    assert home.run("publish").returncode != 0, "nothing is published that was not judged"
    assert home.live == earlier
    shut = home.run("check", NIGHTVIGIL_EXPECTATIONS_DIR=without_a_suite(home, tmp_path))
    assert shut.returncode == 3 and "reported_by_drug_route" in shut.stderr
    assert home.run("publish").returncode != 0 and home.live == earlier
    checked = home.run("check", "--format", "json")
    assert checked.returncode == 0, checked.stderr
    published = home.run("publish", "--format", "json")
    assert json.loads(published.stdout) == [{"snapshot_id": run_id}], published.stderr
    assert home.run("publish", run_id).returncode == 0
    assert home.live == run_id
    moved = json.loads(home.run("diff", earlier, "current", "--format", "json").stdout)
    assert {"reported_by_drug_route", "attrition"} <= {line["table_name"] for line in moved}


@pytest.mark.proof
def test_delivery_that_cannot_be_typed_stops_no_run_and_is_landed_again_afterwards(
    home: Home, tmp_path: Path
) -> None:
    """Two studies, one of which no model survives: the other is published, the next run works, and once the model is
    corrected the same bytes are landed from where they were kept."""
    arms = [make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine")]
    inbox = home.folder / "inbox" / "clinicaltrials"
    inbox.mkdir(parents=True, exist_ok=True)
    for number in (666, 667):
        (inbox / f"{number}.json").write_text(json.dumps(make_study(number, arms, None)))
    faulty = tmp_path / "sql"
    shutil.copytree(home.settings["NIGHTVIGIL_SQL_DIR"], faulty)
    plant_fault(faulty)
    first = home.run("nightly", "--format", "json", NIGHTVIGIL_SQL_DIR=str(faulty))
    assert first.returncode == 0, first.stderr
    assert [each["status"] for each in json.loads(first.stdout)["deliveries"]] == ["refused", "landed"]
    assert "not in this snapshot: 666.json (refused)" in first.stderr and "planted" in first.stderr
    assert find_trials(home) == ["NCT00000667"]
    assert home.run("nightly", NIGHTVIGIL_SQL_DIR=str(faulty)).returncode == 6
    refusal = next((home.folder / "quarantine" / "clinicaltrials" / "refused").glob("*/refusal.json"))
    command = json.loads(refusal.read_text())["todo"].split("`")[1].split()
    assert command[:3] == ["nightvigil", "land", "clinicaltrials"]
    assert home.run(*command[1:]).returncode == 0
    second = home.run("nightly")
    assert second.returncode == 0, second.stderr
    assert find_trials(home) == [BAD, "NCT00000667"]


def find_trials(home: Home) -> list[str]:
    done = home.run("sql", "select trial_id from clean.trial order by 1", "--format", "csv")
    return done.stdout.split()[1:]
