"""Every way a run can end is one message: from the command line, from Airflow, and for a process that was killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline import publishing, runs
from pipeline.alerts import airflow_runs, endings, nights, running
from pipeline.alerts.collected import find_left_over
from pipeline.alerts.standing import describe_standing
from pipeline.command_line import interruption
from pipeline.command_line.reporting import Ending, reported_ending
from pipeline.errors import (
    AcceptanceNeeded,
    DeliveryRefused,
    GateClosed,
    NothingNew,
    PublicationFailed,
    PublicationHeld,
    SourceMoved,
    SourceUnavailable,
)
from pipeline.quality.verdict import RuleResult, Verdict, write_verdict
from pipeline.settings import Settings
from tests.alerts.queued import Queued

WORDS = {"where": "run-1", "todo": "look at it"}
ABOUT = {"dag": "publish_summaries", "dag_run": "asset__1"}


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> Queued:
    return Queued.instead_of_channels(monkeypatch)


@pytest.fixture
def airflow(settings: Settings, monkeypatch: pytest.MonkeyPatch, queued: Queued) -> Queued:
    """What Airflow's callbacks queue, in the home of the test."""
    monkeypatch.setenv("NIGHTVIGIL_HOME", str(settings.home))
    monkeypatch.setattr(airflow_runs, "SECONDS_FOR_TASKS", 0.0)
    return queued


def end(settings: Settings, error: BaseException | None, act: Callable[[Ending], None] = lambda ending: None) -> None:
    """A night that ends with this error."""
    outcome = pytest.raises(type(error)) if error else nullcontext()
    with outcome, reported_ending(settings, "nightly", is_night=True) as ending:
        act(ending)
        if error:
            raise error


@pytest.mark.parametrize(
    ("error", "state", "level"),
    [
        (GateClosed("4 rules failed", **WORDS), "blocked", "error"),
        (AcceptanceNeeded("3 tables differ", **WORDS), "waiting", "error"),
        (PublicationHeld("held since", **WORDS), "held", "error"),
        (PublicationFailed("the disk is full", **WORDS), "failed", "error"),
        (MemoryError(), "failed", "error"),
        (OSError(28, "No space left on device"), "failed", "error"),
        (ZeroDivisionError("division by zero"), "failed", "error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else value,
)
def test_a_night_that_stops_sends_one_message(
    settings: Settings, queued: Queued, error: BaseException, state: str, level: str
) -> None:
    end(settings, error, lambda ending: ending.note_run("20261102T013000Z-aaaaaa"))
    (message,) = queued.take()
    assert (message.state, message.level, message.key) == (state, level, "publication")
    assert message.about["run"] == "20261102T013000Z-aaaaaa"
    assert nights.read_nights(settings)[-1]["outcome"] == state
    assert not running.list_killed(settings) and not list((settings.home / "alerts" / "running").iterdir())


def test_a_night_in_which_all_was_refused_or_nobody_answered_says_so(settings: Settings, queued: Queued) -> None:
    refusal = DeliveryRefused("the zip is truncated", where="b.zip", todo="fetch it again")
    outcome = {"offer": {"name": "b.zip", "source": "faers"}, "status": "refused", "problem": refusal.to_json()}

    def land(ending: Ending) -> None:
        ending.landing = [outcome]

    end(settings, SourceUnavailable("b.zip was refused, FDA unavailable", **WORDS), land)
    (message,) = queued.take()
    assert (message.state, message.causes[0].what) == ("refused", "the zip is truncated")
    check = {"last_checked_at": "2026-11-02T01:30:00Z", "status": "unavailable", "message": "503"}
    runs.write_json(settings.landing / "faers" / "last_check.json", check)
    end(settings.model_copy(update={"home": settings.home}), SourceUnavailable("nobody answered", **WORDS))
    (message,) = queued.take()
    assert (message.state, message.level) == ("unavailable", "warning")
    assert [night["outcome"] for night in nights.read_nights(settings)] == ["refused", "unavailable"]


def test_a_night_with_nothing_new_is_good_and_ends_what_kept_publication(settings: Settings, queued: Queued) -> None:
    end(settings, NothingNew("nothing new", **WORDS))
    assert queued.take() == []
    end(settings, ZeroDivisionError("x"))
    end(settings, NothingNew("nothing new", **WORDS))
    assert queued.take_states() == ["failed", "recovered"]
    assert [night["outcome"] for night in nights.read_nights(settings)] == ["nothing new", "failed", "nothing new"]


@pytest.mark.parametrize(("number", "level"), [(signal.SIGTERM, "error"), (signal.SIGINT, "info")])
def test_a_night_that_a_signal_ends_says_so(
    settings: Settings, queued: Queued, monkeypatch: pytest.MonkeyPatch, number: int, level: str
) -> None:
    """Whoever pressed Ctrl-C knows: only channels that want everything are told."""
    monkeypatch.setattr(interruption, "_received", [number])
    end(settings, interruption.Interruption(number))
    (message,) = queued.take()
    assert (message.state, message.level) == ("failed", level)


def test_a_killed_command_is_told_by_the_next_one_and_its_run_says_so(settings: Settings, queued: Queued) -> None:
    """SIGKILL leaves no word; the lock of the mark is gone with the process."""
    run_id = "20261102T013000Z-aaaaaa"
    program = (
        "import os, signal, sys\n"
        "from pipeline import runs\n"
        "from pipeline.alerts.running import marked_running\n"
        "from pipeline.settings import Settings\n"
        "settings = Settings.from_environment()\n"
        "with marked_running(settings, 'nightvigil nightly') as mark:\n"
        f"    runs.begin_phase(settings, {run_id!r}, 'build')\n"
        f"    mark.note_run({run_id!r})\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "NIGHTVIGIL_HOME": str(settings.home)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    assert (publishing.status(settings)["last_run"] or {})["outcome"] == "killed"
    end(settings, NothingNew("nothing new", **WORDS))
    (message,) = queued.take()
    assert message.subject == "a run was killed: nightvigil nightly" and message.about["run"] == run_id
    assert runs.summaries(settings)[-1]["outcome"] == "killed"
    end(settings, NothingNew("nothing new", **WORDS))
    assert queued.take_states() == ["recovered"]


def test_a_command_that_still_runs_was_not_killed(settings: Settings) -> None:
    with running.marked_running(settings, "nightvigil nightly"):
        assert running.list_killed(settings) == []


def test_reporting_that_fails_never_hides_the_end_of_the_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(
        "pipeline.command_line.reporting.report_run", lambda *_, **__: (_ for _ in ()).throw(OSError(5))
    )
    end(settings, GateClosed("4 rules failed", **WORDS))
    assert "could not be kept for sending" in caplog.text


def write_closed_verdict(settings: Settings, run_id: str) -> GateClosed:
    """A run whose gate is closed, as judging leaves it."""
    result = RuleResult("clean.faers_case", "a re-issue keeps nine tenths", "", "volume", "critical", "failed", "why")
    runs.write_json(runs.run_dir(settings, run_id) / "inputs.json", {"deliveries": ["a"], "parent": None})
    write_verdict(Verdict((result,), 1, "sample"), runs.run_dir(settings, run_id) / "quality.json")
    runs.begin_phase(settings, run_id, "judge")
    runs.finish(settings, run_id, "refused", message="a re-issue keeps nine tenths (346)")
    return GateClosed("the gate is shut by 1 rule", where=run_id, todo="read it", run_id=run_id)


def test_a_closed_gate_is_described_from_its_verdict_also_on_later_nights(settings: Settings, queued: Queued) -> None:
    """On the first night by its error; on a night without a landing by the record of the last run."""
    error = write_closed_verdict(settings, "20261102T013000Z-aaaaaa")
    first = endings.describe_failure(settings, error, ABOUT)
    later = describe_standing(settings, ABOUT)
    assert later is not None and first.causes == later.causes and later.state == "blocked"
    runs.begin_phase(settings, "20261103T013000Z-bbbbbb", "build")
    assert describe_standing(settings, ABOUT) is None, "a run is under way, and will say how it ends"
    runs.finish(settings, "20261103T013000Z-bbbbbb", "failed", message="out of memory")
    failed = describe_standing(settings, ABOUT)
    assert failed is not None and failed.causes[0].what == "out of memory"


def task(task_id: str, dag_id: str = "publish_summaries", map_index: int = -1) -> SimpleNamespace:
    return SimpleNamespace(dag_id=dag_id, task_id=task_id, run_id="manual__1", map_index=map_index)


def run_of(dag_id: str, **more: Any) -> dict[str, Any]:
    return {"dag": SimpleNamespace(dag_id=dag_id), "run_id": "manual__1", **more}


def test_an_airflow_run_is_one_message_with_all_that_its_tasks_said(settings: Settings, airflow: Queued) -> None:
    """A retry that says the same again is kept once; a killed worker leaves no exception."""
    refusal = DeliveryRefused("no [where: x] [do: y] here", where="a [do: b].zip", todo="fetch it again")
    ended = RuntimeError(str(refusal))
    ended.__cause__ = refusal
    for _ in range(2):
        airflow_runs.task_failed({"ti": task("land_delivery", "land_reports", 2), "exception": ended})
    airflow_runs.task_failed({"ti": task("land_delivery", "land_reports", 3)})
    assert airflow.take() == []
    airflow_runs.run_failed(run_of("land_reports", reason="task_failure"))
    (message,) = airflow.take()
    said = [cause.what for cause in message.causes]
    assert said[0] == endings.UNKNOWN_CAUSE and refusal.what in said and said.count(refusal.what) == 1
    assert message.about["dag"] == "land_reports" and not list((settings.home / "alerts" / "collected").glob("*"))


def test_the_text_of_an_error_is_never_taken_apart(settings: Settings) -> None:
    refusal = DeliveryRefused("no [where: x] [do: y] here", where="a [do: b].zip", todo="fetch it again")
    message = endings.describe_failure(settings, RuntimeError(str(refusal)), ABOUT)
    assert message.causes[0].what == f"RuntimeError: {refusal}"


def test_an_airflow_run_that_timed_out_or_lost_its_word_is_told(settings: Settings, airflow: Queued) -> None:
    airflow_runs.run_failed(run_of("land_trials", reason="timed_out"))
    airflow_runs.run_failed(run_of("publish_summaries", reason="task_failure"))
    late, silent = airflow.take()
    assert "did not end in the time allowed" in late.causes[0].what and late.key == "landing clinicaltrials"
    assert silent.causes[0].what == endings.UNKNOWN_CAUSE and silent.key == "publication"
    airflow_runs.run_succeeded(run_of("land_trials"))
    assert airflow.take_states() == ["recovered"]


def test_a_gate_that_is_still_closed_is_told_every_night_by_the_landing_runs(
    settings: Settings, airflow: Queued
) -> None:
    """Both landing runs of the first night find it told; each later night tells it once."""
    error = write_closed_verdict(settings, "20261102T013000Z-aaaaaa")
    airflow_runs.task_failed({"ti": task("judge"), "exception": error})
    airflow_runs.run_failed(run_of("publish_summaries"))
    (first,) = airflow.take()
    for source, dag_id in (("faers", "land_reports"), ("clinicaltrials", "land_trials")):
        airflow_runs.collect_standing(settings, source, "manual__1", has_offers=False)
        airflow_runs.run_succeeded(run_of(dag_id))
    assert airflow.take() == []
    incident = settings.home / "alerts" / "incidents" / "publication.json"
    record = runs.read_json(incident)
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    runs.write_json(incident, record | {"nights": [yesterday], "told": {"day": yesterday, "contents": []}})
    for source, dag_id in (("faers", "land_reports"), ("clinicaltrials", "land_trials")):
        airflow_runs.collect_standing(settings, source, "manual__2", has_offers=False)
        airflow_runs.run_succeeded(run_of(dag_id) | {"run_id": "manual__2"})
    (second,) = airflow.take()
    assert (first.state, second.state, first.nights, second.nights) == ("blocked", "blocked", 1, 2)
    assert nights.find_last_good(settings) is None, "no night on which publication was blocked is a good one"


def test_what_was_collected_and_never_told_is_found(settings: Settings, airflow: Queued) -> None:
    airflow_runs.task_failed({"ti": task("build"), "exception": ZeroDivisionError("x")})
    assert find_left_over(settings, datetime.now(UTC) - timedelta(hours=1)) == []
    (left,) = find_left_over(settings, datetime.now(UTC) + timedelta(hours=1))
    assert left.messages[0].causes[0].what == "ZeroDivisionError: x"


def test_published_run_names_what_waits_for_a_person(settings: Settings, queued: Queued) -> None:
    """Published, but a zip was refused and a warning failed: the message names both, and is kept with the run."""
    folder = runs.run_dir(settings, "run-1")
    runs.write_json(folder / "inputs.json", {"deliveries": ["a", "b"]})
    weak = RuleResult("events.case", "ages known", "", "plausibility", "warning", "failed", "ages are needed")
    write_verdict(Verdict((weak,), 1, "sample"), folder / "quality.json")
    (settings.quarantine / "faers" / "refused" / "0a1b-late.zip").mkdir(parents=True)
    end(settings, None, lambda ending: ending.note_published("run-1", "snapshot-9"))
    (message,) = queued.take()
    assert (message.state, message.level) == ("warned", "warning")
    assert message.subject == "snapshot snapshot-9 is live, with 2 warnings"
    assert "2 deliveries; rules: 1 failed" in message.effect
    assert "0a1b-late.zip" in message.todo
    assert "events.case: ages known" in [cause.rule for cause in message.causes]
    assert runs.read_json(folder / "message.json")["todo"] == message.todo
    assert [night["outcome"] for night in nights.read_nights(settings)] == ["published"]


def test_alerts_import_neither_airflow_nor_duckdb() -> None:
    """The command line reports too, and the callbacks must load in any process of Airflow."""
    program = "import sys, pipeline.alerts.airflow_runs; print('airflow' in sys.modules, 'duckdb' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_errors_keep_what_they_say_when_they_are_pickled() -> None:
    import pickle

    for error in (GateClosed("x", where="y", todo="z", run_id="r"), SourceMoved("x", where="y", todo="z")):
        again = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
        assert type(again) is type(error) and vars(again) == vars(error)
