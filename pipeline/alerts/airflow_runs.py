"""What Airflow calls when a task or a run of a DAG ends. Its context is known here only as a mapping.

A task that fails for good is collected; the end of its run tells all that was collected, as one message. A retry
that succeeds says nothing. Where the end of a run is never reported (the process that does so is down), the watchdog
tells what was collected.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from pipeline import freshness
from pipeline.alerts import clock
from pipeline.alerts.collected import Collected, collect, read_collected
from pipeline.alerts.endings import UNCHANGED, UNKNOWN_CAUSE, describe_failure
from pipeline.alerts.incidents import report_run
from pipeline.alerts.message import PUBLICATION, Message
from pipeline.alerts.nights import note_night
from pipeline.errors import NightvigilError
from pipeline.metrics import write_metrics
from pipeline.settings import Settings
from pipeline.sources import load_sources
from pipeline.sources.record import Source

SECONDS_FOR_TASKS = 10.0
"""How long the end of a run waits for the word of the task that failed it: Airflow may report the run first."""

Context = Mapping[str, Any]


def task_failed(context: Context) -> None:
    """on_failure_callback of every task: keep what failed, what it affects and what to do for the end of the run."""
    task = context.get("ti") or context["task_instance"]
    about = {"dag": task.dag_id, "dag_run": str(task.run_id), "task": task.task_id}
    if getattr(task, "map_index", -1) >= 0:
        about["delivery"] = str(task.map_index)
    settings, source = Settings.from_environment(), _find_source(task.dag_id)
    key, effect = _describe_dag(task.dag_id)
    problem = context.get("exception")
    message = describe_failure(settings, problem, about, key=key, effect=effect)
    if source is not None and message.state == "unavailable":
        message = describe_failure(settings, problem, about, key=freshness.key_of(source), effect=effect)
    collect(settings, message)


def run_failed(context: Context) -> None:
    """on_failure_callback of every DAG: tell what its tasks said, or that the run did not end in time."""
    settings, about = Settings.from_environment(), _about(context)
    key, effect = _describe_dag(about["dag"])
    is_late = context.get("reason") == "timed_out"
    collected = read_collected(settings, about) if is_late else _await_collected(settings, about)
    messages = list(collected.messages)
    if is_late or not messages:
        problem = NightvigilError(
            "the run did not end in the time allowed" if is_late else UNKNOWN_CAUSE,
            where=f"{about['dag']}, run {about['dag_run']}",
            todo="see in the page of the run which task was still running, remove the cause, then clear the run"
            if is_late
            else "read the log of the task that is red in the page of the run",
        )
        messages.append(describe_failure(settings, problem, about, key=key, effect=effect))
    _tell(settings, collected, messages, [])
    if _find_source(about["dag"]) is None:
        note_night(settings, messages[0].state)
        write_metrics(settings)


def run_succeeded(context: Context) -> None:
    """on_success_callback of every landing DAG: tell what its tasks said, how its source is, and what recovered."""
    settings, about = Settings.from_environment(), _about(context)
    collected = read_collected(settings, about)
    _tell(settings, collected, collected.messages, [_describe_dag(about["dag"])[0]])


def collect_standing(settings: Settings, source: str, run_id: str, *, has_offers: bool) -> None:
    """Keep for the end of the run what still keeps publication from going on, and note a night with nothing new.

    For nights on which nothing landed, so that no publication ran and failed.
    """
    from pipeline.alerts.standing import find_reminder

    dag_id = next(each.dag_id for each in load_sources() if each.name == source)
    about = {"dag": dag_id, "dag_run": run_id}
    message, stands = find_reminder(settings, about, now=clock.read_clock())
    if message is not None:
        collect(settings, message)
    if not stands and not has_offers:
        report_run(settings, [], recovered=[PUBLICATION], about=about, with_digest=False)
        note_night(settings, "nothing new")
        write_metrics(settings)


def _tell(settings: Settings, collected: Collected, messages: list[Message], recovered: list[str]) -> None:
    """Tell what was collected together with the state of the source that the run was about."""
    source = _find_source(collected.about["dag"])
    if source is not None:
        conditions = freshness.find_conditions(settings, sources=[source])
        of_source = {message.key for message in conditions.messages}
        messages = [*(message for message in messages if message.key not in of_source), *conditions.messages]
        recovered = [*recovered, *conditions.recovered]
    report_run(settings, messages, recovered=recovered, about=collected.about)
    collected.forget()


def _link(settings: Settings, message: Message, about: Mapping[str, str]) -> Message:
    """The message with the page of the run, where the address of Airflow's web page is known."""
    if not settings.web_url:
        return message
    page = f"{settings.web_url.rstrip('/')}/dags/{quote(about['dag'])}/runs/{quote(about['dag_run'])}"
    return replace(message, links=(*message.links, ("The run in Airflow", page)))


def _await_collected(settings: Settings, about: Mapping[str, str]) -> Collected:
    deadline = time.monotonic() + SECONDS_FOR_TASKS
    while not (found := read_collected(settings, about)).messages and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


def _about(context: Context) -> dict[str, str]:
    return {"dag": context["dag"].dag_id, "dag_run": str(context["run_id"])}


def _find_source(dag_id: str) -> Source | None:
    return next((source for source in load_sources() if source.dag_id == dag_id), None)


def _describe_dag(dag_id: str) -> tuple[str, str]:
    """The condition that a failure of this DAG opens, and what it means for what is published."""
    source = _find_source(dag_id)
    return (PUBLICATION, UNCHANGED) if source is None else (f"landing {source.name}", source.consequence)
