"""How a run passes through Airflow when its steps succeed, find nothing, or fail. The steps are simulated;
tests/airflow/test_night.py runs the real ones."""

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import pipeline
from pipeline.alerts import airflow_runs, queue
from pipeline.alerts.message import Message
from pipeline.errors import AcceptanceNeeded, DeliveryRefused, GateClosed, NothingNew, SourceUnavailable

pytestmark = pytest.mark.slow

State = dict[str, Any]


@pytest.fixture
def intake(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """An intake that finds three deliveries and lands each; a test replaces the step it is about."""
    module = ModuleType("pipeline.intake")
    offers = [{"name": name, "path": name} for name in ("a.zip", "b.zip", "c.zip")]
    module.find_deliveries = lambda settings, source: offers
    module.land_delivery = lambda settings, offer: landed(offer)
    return install(monkeypatch, module)


@pytest.fixture
def nightly(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A run in which every step succeeds at once; a test replaces the step it is about."""
    module = ModuleType("pipeline.nightly")
    module.calls = []
    module.start_run = lambda settings, landing: module.calls.append(("start_run", landing)) or "run-1"
    module.build = lambda settings, run_id: module.calls.append(("build", run_id)) or "candidate"
    module.judge = lambda settings, run_id: module.calls.append(("judge", run_id)) or {"passed": 3}
    module.publish = lambda settings, run_id: module.calls.append(("publish", run_id)) or "snapshot-1"
    module.notify_published = lambda settings, run_id, snapshot_id: module.calls.append(("notify", snapshot_id)) or ""
    return install(monkeypatch, module)


def install(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> ModuleType:
    """Let the tasks import this module instead of the real one."""
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(pipeline, module.__name__.removeprefix("pipeline."), module, raising=False)
    return module


@pytest.fixture
def alerts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], list[Message]]:
    """What was queued for people, in a home of its own."""
    monkeypatch.setenv("NIGHTVIGIL_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(airflow_runs, "SECONDS_FOR_TASKS", 0.0)
    queued: list[Message] = []
    monkeypatch.setattr(queue, "enqueue", lambda settings, message: queued.append(message))
    monkeypatch.setattr(queue, "wake", lambda settings: None)
    return lambda: queued


def landed(offer: State, status: str = "landed", message: str = "") -> State:
    return {"offer": offer, "status": status, "delivery_id": offer["name"], "message": message}


def run(dag: Any) -> tuple[str, dict[str, list[str]], list[State]]:
    """Run a DAG in this process: the state of the run, of each task's instances, and the asset events."""
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session
    from sqlalchemy import select

    for task in dag.tasks:
        task.retry_delay = timedelta(0)
    result = dag.test()
    states: dict[str, list[str]] = {}
    for instance in sorted(result.get_task_instances(), key=lambda each: (each.task_id, each.map_index)):
        states.setdefault(instance.task_id, []).append(str(instance.state))
    with create_session() as session:
        of_run = select(AssetEvent).where(AssetEvent.source_run_id == result.run_id)
        events = [{"asset": event.asset.name, "extra": event.extra} for event in session.scalars(of_run)]
    return str(result.state), states, events


def test_refused_delivery_does_not_stop_others(dag_bag: Any, intake: ModuleType, alerts: Any) -> None:
    """Three quarters arrive, the second zip is damaged: two land, one event reports it, and the run fails."""
    refusal = DeliveryRefused("the zip is truncated", where="b.zip", todo="fetch it again")
    intake.land_delivery = lambda settings, offer: (
        landed(offer, "refused", str(refusal)) | {"problem": refusal.to_json()}
        if offer["name"] == "b.zip"
        else landed(offer)
    )
    state, states, events = run(dag_bag.dags["land_reports"])
    assert states["land_delivery"] == ["success", "failed", "success"]
    assert states["announce"] == ["success"]
    assert (state, states["all_landed"]) == ("failed", ["upstream_failed"])
    assert [event["asset"] for event in events] == ["reports"]
    assert [outcome["delivery_id"] for outcome in events[0]["extra"]["landing"]] == ["a.zip", "c.zip"]
    (alert,) = alerts()
    assert (alert.state, alert.causes[0].what, alert.todo) == ("refused", "the zip is truncated", "fetch it again")
    assert alert.about["task"] == "land_delivery" and alert.about["delivery"] == "1"
    assert "live snapshot" in alert.effect


@pytest.mark.parametrize("name", ["land_reports", "land_trials"])
def test_nothing_new_is_skipped(dag_bag: Any, intake: ModuleType, alerts: Any, name: str) -> None:
    """No offer, or only offers that are already current: no event, no alert, and the run does not fail."""
    intake.land_delivery = lambda settings, offer: landed(offer, "already_current", "already current")
    state, states, events = run(dag_bag.dags[name])
    assert states["land_delivery"] == ["skipped"] * 3
    assert (state, states["announce"], events) == ("success", ["skipped"], [])

    intake.find_deliveries = lambda settings, source: []
    state, states, events = run(dag_bag.dags[name])
    assert (state, states["announce"], events, alerts()) == ("success", ["skipped"], [], [])


@pytest.mark.proof
def test_unreadable_inbox_fails_the_run(dag_bag: Any, intake: ModuleType, alerts: Any) -> None:
    def broken(settings: Any, source: str) -> list[State]:
        raise PermissionError("inbox/faers")

    intake.find_deliveries = broken
    state, states, events = run(dag_bag.dags["land_reports"])
    assert (state, states["announce"], states["all_landed"]) == ("failed", ["skipped"], ["upstream_failed"])
    assert events == []
    assert [alert.causes[0].what for alert in alerts()] == ["PermissionError: inbox/faers"]


def test_unavailable_agency_is_retried(dag_bag: Any, intake: ModuleType, alerts: Any) -> None:
    """The third answer is valid: the delivery lands and nobody is alerted."""
    asked: list[str] = []

    def land(settings: Any, offer: State) -> State:
        asked.append(offer["name"])
        if len(asked) < 3:
            raise SourceUnavailable("503", where="agency", todo="wait")
        return landed(offer)

    intake.find_deliveries = lambda settings, source: [{"name": "a.zip", "path": "a.zip"}]
    intake.land_delivery = land
    state, states, events = run(dag_bag.dags["land_trials"])
    assert (state, states["land_delivery"], len(asked)) == ("success", ["success"], 3)
    assert [event["asset"] for event in events] == ["trials"]
    assert alerts() == []


def test_run_is_built_judged_published_and_notified(dag_bag: Any, nightly: ModuleType) -> None:
    state, _, events = run(dag_bag.dags["publish_summaries"])
    assert state == "success"
    assert nightly.calls == [
        ("start_run", []),
        ("build", "run-1"),
        ("judge", "run-1"),
        ("publish", "run-1"),
        ("notify", "snapshot-1"),
    ]
    assert [event["asset"] for event in events] == ["snapshot"]


def test_nothing_new_since_the_live_snapshot_is_skipped(dag_bag: Any, nightly: ModuleType, alerts: Any) -> None:
    def start_run(settings: Any, landing: list[State]) -> str:
        raise NothingNew("nothing new", where="published", todo="nothing")

    nightly.start_run = start_run
    state, states, events = run(dag_bag.dags["publish_summaries"])
    assert {task: states[task] for task in ("freeze", "build", "publish")} == {
        "freeze": ["skipped"],
        "build": ["skipped"],
        "publish": ["skipped"],
    }
    assert (state, events, alerts()) == ("success", [], [])


def test_closed_gate_fails_without_retry_and_is_notified(dag_bag: Any, nightly: ModuleType, alerts: Any) -> None:
    """A closed gate stays closed on retry: judged once, nothing published, the alert names the rule."""
    judged: list[str] = []

    def judge(settings: Any, run_id: str) -> State:
        judged.append(run_id)
        raise GateClosed("rule cases_have_keys failed", where="run-1", todo="read quality.json")

    nightly.judge = judge
    state, states, events = run(dag_bag.dags["publish_summaries"])
    assert (state, states["judge"], states["publish"]) == ("failed", ["failed"], ["upstream_failed"])
    assert (judged, events) == (["run-1"], [])
    (alert,) = alerts()
    assert (alert.state, alert.causes[0].what) == ("blocked", "rule cases_have_keys failed")
    assert (alert.about["dag"], alert.about["task"]) == ("publish_summaries", "judge")
    assert alert.effect == "nothing new was published; the earlier snapshot stays live"
    assert alert.todo == "read quality.json"


@pytest.mark.parametrize(("step", "task"), [("start_run", "freeze"), ("publish", "publish")])
def test_change_of_code_that_nobody_accepted_fails_without_retry_and_is_notified(
    dag_bag: Any, nightly: ModuleType, alerts: Any, step: str, task: str
) -> None:
    """Only a person can accept it; the alert states the command."""
    tried: list[str] = []

    def need_acceptance(*_: Any) -> str:
        tried.append(step)
        raise AcceptanceNeeded("3 published tables differ", where="run-1", todo="nightvigil accept")

    setattr(nightly, step, need_acceptance)
    state, states, events = run(dag_bag.dags["publish_summaries"])
    assert (state, states[task], tried, events) == ("failed", ["failed"], [step], [])
    (alert,) = alerts()
    assert (alert.causes[0].what, alert.todo) == ("3 published tables differ", "nightvigil accept")
    assert alert.effect == "nothing new was published; the earlier snapshot stays live"


@pytest.mark.parametrize("step", ["build", "publish"])
def test_step_of_a_stopped_worker_is_retried_once(dag_bag: Any, nightly: ModuleType, step: str) -> None:
    tried: list[str] = []

    def stop_worker_once(settings: Any, run_id: str) -> str:
        tried.append(run_id)
        if len(tried) == 1:
            raise OSError("the worker lost its disk")
        return "done"

    setattr(nightly, step, stop_worker_once)
    state, _, events = run(dag_bag.dags["publish_summaries"])
    assert (state, len(tried)) == ("success", 2)
    assert [event["asset"] for event in events] == ["snapshot"]
