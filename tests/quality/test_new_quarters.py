"""A quarter that came without its routes or its terms of several words shuts the gate, new or issued anew.

A backfill, a first fetch of the registry and a late old quarter are normal runs.

One quarter among six: the share over the whole database hardly moves, so each quarter is judged beside the others.
"""

import contextlib
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import intake, nightly, publishing
from pipeline.alerts.causes import describe_gate
from pipeline.errors import GateClosed
from pipeline.quality.overrides import record_overrides
from pipeline.quality.verdict import read_verdict
from pipeline.runs import run_dir
from pipeline.sample.world import archive_name, write_world
from pipeline.settings import Settings
from tests.airflow.reissue import blank_routes, drop_terms_of_several_words, issue_anew
from tests.repetitions import choose_some
from tests.without_statistics import choose_tables

pytestmark = pytest.mark.proof
CASES = 40
NEW = "2024Q1"
FAULTS = {
    "routes": (blank_routes, "DRUG", "events.exposure", "no quarter came without its routes"),
    "terms": (
        drop_terms_of_several_words,
        "REAC",
        "events.reaction",
        "no quarter came without its terms of several words",
    ),
}


def land(settings: Settings, archive: Path) -> None:
    """Offer one archive and land it."""
    (settings.inbox / "faers").mkdir(parents=True, exist_ok=True)
    shutil.copy(archive, settings.inbox / "faers")
    for offer in intake.find_deliveries(settings, "faers"):
        assert intake.land_delivery(settings, offer)["status"] == "landed"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small invented world, its quarters not yet received."""
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, cases_per_period=CASES)
    return folder / "faers"


@pytest.fixture(scope="module")
def live(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home that published every quarter but the last."""
    folder = tmp_path_factory.mktemp("live")
    settings = Settings(home=folder, **choose_tables(folder / "plain"))
    for archive in sorted(world.glob("*.zip")):
        if archive.name != archive_name(NEW):
            land(settings, archive)
    run_id = nightly.start_run(settings)
    nightly.build(settings, run_id)
    nightly.judge(settings, run_id)
    nightly.publish(settings, run_id)
    return settings


def failed_rules(live: Settings, home: Path, archive: Path) -> set[tuple[str, str]]:
    """The critical rules that fail on the run after this archive came; the live snapshot stays."""
    settings = live.model_copy(update={"home": shutil.copytree(live.home, home / "data", symlinks=True)})
    before = publishing.current_snapshot(settings)
    land(settings, archive)
    run_id = nightly.start_run(settings)
    nightly.build(settings, run_id)
    try:
        nightly.judge(settings, run_id)
    except GateClosed:
        assert publishing.current_snapshot(settings) == before
    results = json.loads((run_dir(settings, run_id) / "quality.json").read_text())["results"]
    return {
        (each["suite"], each["rule"])
        for each in results
        if each["outcome"] in ("failed", "error") and each["severity"] == "critical"
    }


def edited(world: Path, home: Path, period: str, change: Callable[[bytes], bytes], table: str) -> Path:
    """A quarter with one of its files changed."""
    archive = Path(shutil.copy(world / archive_name(period), home))
    issue_anew(archive, change, table)
    return archive


def failed_drift(settings: Settings) -> set[tuple[str, str]]:
    """The rules of drift that fail on the next run, those that only warn included."""
    run_id = nightly.start_run(settings)
    nightly.build(settings, run_id)
    with contextlib.suppress(GateClosed):
        nightly.judge(settings, run_id)
    results = json.loads((run_dir(settings, run_id) / "quality.json").read_text())["results"]
    return {
        (each["suite"], each["rule"])
        for each in results
        if each["kind"] == "drift" and each["outcome"] in ("failed", "error")
    }


def test_backfill_and_first_fetch_of_trials_drift_nowhere(world: Path, tmp_path: Path) -> None:
    """Two quarters are live; the older ones, the newest and all trials come in one run: six times the cases."""
    settings = Settings(home=tmp_path, **choose_tables(tmp_path / "plain"))
    archives = sorted(world.glob("*.zip"), key=lambda path: path.name.split("ascii_")[1])
    for archive in archives[3:5]:
        land(settings, archive)
    run_id = nightly.start_run(settings)
    nightly.build(settings, run_id)
    nightly.judge(settings, run_id)
    nightly.publish(settings, run_id)
    for archive in [*archives[:3], archives[5]]:
        land(settings, archive)
    shutil.copytree(world.parent / "clinicaltrials", settings.inbox / "clinicaltrials")
    for offer in intake.find_deliveries(settings, "clinicaltrials"):
        assert intake.land_delivery(settings, offer)["status"] == "landed"
    assert failed_drift(settings) == set()


def test_late_old_quarter_drifts_nowhere(world: Path, tmp_path: Path) -> None:
    """The newest quarter came, and the oldest after it."""
    settings = Settings(home=tmp_path, **choose_tables(tmp_path / "plain"))
    oldest, *others = sorted(world.glob("*.zip"), key=lambda path: path.name.split("ascii_")[1])
    for archive in others:
        land(settings, archive)
    run_id = nightly.start_run(settings)
    nightly.build(settings, run_id)
    nightly.judge(settings, run_id)
    nightly.publish(settings, run_id)
    land(settings, oldest)
    assert failed_drift(settings) == set()


def test_complete_new_quarter_is_published(live: Settings, world: Path, tmp_path: Path) -> None:
    assert failed_rules(live, tmp_path, world / archive_name(NEW)) == set()


@pytest.mark.parametrize("fault", choose_some(list(FAULTS), 1))
def test_new_quarter_without_routes_or_terms_shuts_the_gate(
    live: Settings, world: Path, tmp_path: Path, fault: str
) -> None:
    change, table, suite, rule = FAULTS[fault]
    assert (suite, rule) in failed_rules(live, tmp_path, edited(world, tmp_path, NEW, change, table))


@pytest.mark.parametrize("fault", choose_some(list(FAULTS)[::-1], 1))
def test_reissued_quarter_without_routes_or_terms_shuts_the_gate(
    live: Settings, world: Path, tmp_path: Path, fault: str
) -> None:
    change, table, suite, rule = FAULTS[fault]
    found = failed_rules(live, tmp_path, edited(world, tmp_path, "2019Q1", change, table))
    assert {(suite, rule), (suite, rule.replace("came without", "lost") + " when issued anew")} <= found


def keep_a_tenth(content: bytes) -> bytes:
    """The header and the first tenth of the lines of a table; a list of deleted cases, which has no header, whole."""
    header, *lines = content.split(b"\n")
    return b"\n".join([header, *lines[: len(lines) // 10], b""]) if b"$" in header else content


def test_quarter_reissued_at_a_tenth_is_the_cause_that_the_message_names_and_a_person_overrides_all_of_it(
    live: Settings, world: Path, tmp_path: Path
) -> None:
    """What follows from it is grouped; the next run with the same deliveries is published, and says who let it."""
    settings = live.model_copy(update={"home": shutil.copytree(live.home, tmp_path / "data", symlinks=True)})
    land(settings, edited(world, tmp_path, "2019Q1", keep_a_tenth, ""))
    run_id = nightly.start_run(settings)
    nightly.build(settings, run_id)
    with pytest.raises(GateClosed, match="a re-issue keeps at least nine tenths"):
        nightly.judge(settings, run_id)
    verdict = read_verdict(run_dir(settings, run_id) / "quality.json")
    message = describe_gate(settings, run_id, verdict)
    (cause,) = message.causes
    assert cause.where == "meta.delivery, faers 2019Q1"
    assert len(message.consequences) == len(verdict.blocking) - 1 > 3
    assert (run_dir(settings, run_id) / "quality.html").exists()
    expires = str(datetime.now(UTC).date())
    signed = {"reason": "the agency withdrew the reports", "by": "safety lead", "expires": expires}
    assert len(record_overrides(settings, run_id, verdict, [], **signed)) == len(verdict.blocking)
    again = nightly.start_run(settings)
    nightly.build(settings, again)
    nightly.judge(settings, again)
    snapshot = publishing.read_manifest(settings, nightly.publish(settings, again))
    assert {each["override"]["by"] for each in snapshot["verdict"]["overridden"]} == {"safety lead"}
