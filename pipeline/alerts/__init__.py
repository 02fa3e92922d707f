"""Messages for the person on call: to the log and to one hook command.

A message states what failed, where, what it affects and what to do next. It goes as one JSON object to the
standard input of NIGHTVIGIL_ALERT_COMMAND, which is started without a shell, so that nothing in a message can
become a command. A hook that fails, hangs or is missing is logged and never changes the result of a run. Airflow
calls `task_failed` and `run_failed`; this module knows their context only as a mapping.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import runs
from pipeline.alerts.hook import call_hook
from pipeline.alerts.masking import Masker
from pipeline.alerts.refusal import NotAccepted
from pipeline.errors import NightvigilError, PublicationFailed
from pipeline.printable import make_one_line, make_printable
from pipeline.settings import Settings
from pipeline.sources import load_sources

TOUCHES = {source.dag_id: source.consequence for source in load_sources()} | {
    "publish_summaries": "nothing new was published; the earlier snapshot stays live",
}
UNKNOWN_CAUSE = "the task ended without an error message, as when its process is killed"

log = logging.getLogger("nightvigil.alerts")


@dataclass(frozen=True)
class Alert:
    """One message. level: 'error' (someone must act), 'warning', 'info'. touches: what is affected.

    about: ids that lead to the logs. sent_at: UTC, ISO 8601.
    """

    level: str
    what: str
    where: str
    touches: str
    todo: str
    about: dict[str, str] = field(default_factory=dict)
    sent_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def __str__(self) -> str:
        return make_one_line(f"{self.what} [where: {self.where}] [touches: {self.touches}] [do: {self.todo}]")


def notify(settings: Settings, alert: Alert) -> bool:
    """Write the alert to the log and pass it to the hook; False when the hook did not accept it."""
    mask = Masker(settings).mask
    what, where, touches, todo = (
        make_printable(mask(text)) for text in (alert.what, alert.where, alert.touches, alert.todo)
    )
    alert = replace(alert, what=what, where=where, touches=touches, todo=todo)
    level = {"error": logging.ERROR, "warning": logging.WARNING}.get(alert.level, logging.INFO)
    log.log(level, "%s", alert)
    if not settings.alert_command:
        return True
    try:
        call_hook(settings.alert_command, asdict(alert))
    except NotAccepted as refusal:
        log.warning("the alert hook did not accept the message: %s", refusal)
        return False
    return True


def notify_problem(settings: Settings, problem: NightvigilError, *, level: str, touches: str) -> bool:
    """Report an error of a run outside Airflow, or one after which the run went on."""
    return notify(settings, Alert(level, problem.what, problem.where, touches, problem.todo))


def task_failed(context: Mapping[str, Any]) -> None:
    """Airflow's on_failure_callback of every task: report what failed, what it affects and what to do."""
    task = context.get("ti") or context["task_instance"]
    about = {"dag": task.dag_id, "task": task.task_id, "run": str(task.run_id)}
    if getattr(task, "map_index", -1) >= 0:
        about["delivery"] = str(task.map_index)
    notify(Settings.from_environment(), _failure(context.get("exception"), about))


def run_failed(context: Mapping[str, Any]) -> None:
    """Airflow's on_failure_callback of every DAG: report a run that timed out, as no task reports that."""
    if context.get("reason") != "timed_out":
        return
    about = {"dag": context["dag"].dag_id, "run": str(context["run_id"])}
    problem = NightvigilError(
        "the run did not end in the time allowed",
        where=f"{about['dag']}, run {about['run']}",
        todo="see in the page of the run which task was still running, remove the cause, then clear the run",
    )
    notify(Settings.from_environment(), _failure(problem, about))


def notify_published(settings: Settings, run_id: str, snapshot_id: str) -> str:
    """Report what a run published and what waits for a person; keep it as message.json; return the text."""
    folder = runs.run_dir(settings, run_id)
    deliveries = runs.read_json(folder / "inputs.json")["deliveries"]
    quality = runs.read_json(folder / "quality.json")
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in quality["counts"].items() if count)
    waiting = [*_list_unusual(folder), *_waiting(settings, quality)]
    alert = Alert(
        level="warning" if waiting else "info",
        what=f"snapshot {snapshot_id} is live, from {len(deliveries)} deliveries; rules: {outcomes}",
        where=str(settings.published),
        touches="what every reader sees from now on",
        todo="; ".join(waiting) or "nothing",
        about={"run": run_id, "snapshot": snapshot_id},
    )
    is_accepted = notify(settings, alert)
    runs.write_json(folder / "message.json", asdict(alert) | {"hook_accepted": is_accepted})
    return str(alert)


def remind_waiting(settings: Settings) -> bool:
    """Report, once a day, the candidate that waits for acceptance; False where none does or it was reported today.

    For nights on which nothing landed, so that no publication ran and failed.
    """
    from pipeline import publishing  # heavy, and every DAG imports this module

    try:
        waiting = publishing.find_waiting(settings)
    except PublicationFailed:  # what is wrong with CURRENT is reported by the run that publishes
        return False
    change = waiting and publishing.read_code_change(settings, waiting["run_id"])
    if not waiting or not change or publishing.find_acceptance(settings, change["before"], change["after"]):
        return False
    path, today = runs.run_dir(settings, waiting["run_id"]) / "reminder.json", runs.now()[:10]
    if path.exists() and runs.read_json(path)["day"] == today:
        return False
    runs.write_json(path, {"day": today})
    problem = publishing.need_acceptance(settings, waiting["run_id"], change)
    notify_problem(settings, problem, level="error", touches=TOUCHES["publish_summaries"])
    return True


def _list_unusual(folder: Path) -> list[str]:
    """What was left in the inbox because it was still being written, and damaged files found during the run."""
    records = {name: folder / f"{name}.json" for name in ("landing", "run")}
    found = {name: runs.read_json(path) for name, path in records.items() if path.exists()}
    return [
        *(each["message"] for each in found.get("landing", []) if each["status"] == "still_arriving"),
        *(f"{each['what']}: {each['todo']}" for each in found.get("run", {}).get("problems", [])),
    ]


def _waiting(settings: Settings, quality: dict[str, Any]) -> list[str]:
    checks = [runs.read_json(path) for path in sorted(settings.landing.glob("*/last_check.json"))]
    refused = sorted(settings.quarantine.glob("*/refused/*"))
    weak = [result for result in quality["results"] if result["outcome"] == "failed"]
    return [
        *(f"{check['source']} did not answer: {check['message']}" for check in checks if check["message"]),
        *(f"a refused delivery waits in {path}" for path in refused),
        *(f"see why {result['suite']}: {result['rule']} failed ({result['severity']})" for result in weak),
    ]


def _failure(problem: object, about: dict[str, str]) -> Alert:
    place = ", ".join(about.values())
    touches = TOUCHES.get(about["dag"], "the live snapshot is not affected")
    if cause := _cause(problem):
        return Alert("error", cause.what, f"{cause.where} ({place})", touches, cause.todo, about)
    what = f"{type(problem).__name__}: {problem}" if isinstance(problem, BaseException) else UNKNOWN_CAUSE
    todo = "read the task's log; the triage notes in the page of the DAG say what to look at"
    return Alert("error", what, place, touches, todo, about)


def _cause(problem: object) -> NightvigilError | None:
    """Our error: what was raised, or the stated cause of Airflow's own exception that ends a task at once."""
    for error in (problem, getattr(problem, "__cause__", None)):
        if isinstance(error, NightvigilError):
            return error
    return None
