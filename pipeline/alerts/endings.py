"""How a run ended, as the message for a person: each kind of ending has a state, an effect and a next step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline import runs
from pipeline.alerts.incidents import report_run
from pipeline.alerts.message import OPERATOR, PUBLICATION, Level, Message, Problem, State
from pipeline.alerts.nights import note_night
from pipeline.errors import (
    AcceptanceNeeded,
    DeliveryRefused,
    GateClosed,
    NightvigilError,
    PublicationHeld,
    SourceUnavailable,
)
from pipeline.exhaustion import explain_exhaustion
from pipeline.landing.receipts import holds_synthetic
from pipeline.metrics import write_metrics
from pipeline.runs import PAGES_PHASE
from pipeline.settings import Settings

WARNINGS = "warnings"
DELIVERIES = "deliveries"
NAMES_SHOWN = 3
UNCHANGED = "nothing new was published; the earlier snapshot stays live"
UNKNOWN_CAUSE = "the task ended without an error message, as when its process is killed"


@dataclass(frozen=True)
class _Kind:
    """What an error is to a person. key: the condition that it opens; empty where that depends on what ended."""

    state: State
    subject: str
    level: Level = "error"
    key: str = ""
    who: str = OPERATOR
    command: str = ""


_KINDS: tuple[tuple[type[NightvigilError], _Kind], ...] = (
    (GateClosed, _Kind("blocked", "publication is blocked: the quality gate is closed", key=PUBLICATION)),
    (
        AcceptanceNeeded,
        _Kind(
            "waiting",
            "publication waits for acceptance: new code changes published values",
            key=PUBLICATION,
            who="whoever answers for the code",
            command="nightvigil accept",
        ),
    ),
    (
        PublicationHeld,
        _Kind(
            "held",
            "publication is held after a rollback",
            key=PUBLICATION,
            who="whoever rolled back",
            command="nightvigil release",
        ),
    ),
    (DeliveryRefused, _Kind("refused", "a delivery was refused", key=DELIVERIES, who="whoever delivered it")),
    (SourceUnavailable, _Kind("unavailable", "a source is unavailable", level="warning")),
)


def describe_failure(
    settings: Settings,
    problem: BaseException | None,
    about: Mapping[str, str],
    *,
    key: str = PUBLICATION,
    effect: str = UNCHANGED,
) -> Message:
    """The message of what stopped a run or a task. problem: None where a process was killed and left no error.

    key: the condition that it opens, where its kind has none of its own. effect: what it means for what is published.
    """
    cause = find_cause(settings, problem)
    if isinstance(cause, GateClosed) and (closed := read_closed_gate(settings, cause.run_id, about)):
        return closed
    if cause is None:
        what = f"{type(problem).__name__}: {problem}" if problem is not None else UNKNOWN_CAUSE
        place = ", ".join(about.values())
        cause = NightvigilError(
            what, where=place, todo="read the log of the run; it is tried again on the next night"
        )
    kinds = (kind for error, kind in _KINDS if isinstance(cause, error))
    kind = next(kinds, _Kind("failed", f"a run failed: {cause.what}"))
    return Message(
        key=kind.key or key,
        state=kind.state,
        level=kind.level,
        subject=kind.subject,
        effect=effect,
        causes=(Problem(cause.what, where=cause.where, todo=cause.todo),),
        who=kind.who,
        todo=cause.todo,
        command=kind.command,
        about=about,
    )


def describe_refused(landing: Iterable[Mapping[str, Any]], about: Mapping[str, str]) -> Message | None:
    """The message of a run that could publish nothing as deliveries were refused; None where none was."""
    refused = [outcome for outcome in landing if outcome["status"] == "refused"]
    if not refused:
        return None
    names = ", ".join(outcome["offer"]["name"] for outcome in refused[:NAMES_SHOWN])
    more = f" and {len(refused) - NAMES_SHOWN} more" if len(refused) > NAMES_SHOWN else ""
    return Message(
        key=DELIVERIES,
        state="refused",
        level="error",
        subject=f"deliveries were refused, and there was nothing else: {names}{more}",
        effect=UNCHANGED,
        causes=tuple(Problem(**outcome["problem"]) for outcome in refused),
        who="whoever delivered them",
        todo="see each reason; deliver sound files",
        about=about,
    )


def find_cause(settings: Settings, problem: BaseException | None) -> NightvigilError | None:
    """The error as one that a person can act on: what was raised, its stated cause, or a resource that ran out.

    Airflow's own exceptions, which end a task at once, state ours as their cause. No text is taken apart.
    """
    for error in (problem, getattr(problem, "__cause__", None)):
        if isinstance(error, NightvigilError):
            return error
    return explain_exhaustion(problem, settings) if problem is not None else None


def read_closed_gate(settings: Settings, run_id: str, about: Mapping[str, str]) -> Message | None:
    """The message of a closed gate from the verdict of its run; None where that cannot be read."""
    from pipeline.alerts.causes import describe_gate  # heavy, and every DAG imports this module
    from pipeline.quality.verdict import read_verdict

    try:
        verdict = read_verdict(runs.run_dir(settings, run_id) / "quality.json")
    except NightvigilError:
        return None
    message = describe_gate(settings, run_id, verdict)
    return replace(message, about={**about, **message.about})


def describe_published(settings: Settings, run_id: str, snapshot_id: str) -> Message:
    """What a run published, and what waits for a person; kept with the run as message.json."""
    from pipeline.alerts.causes import describe_warnings, link_page  # heavy, and every DAG imports this module
    from pipeline.quality.verdict import read_verdict

    folder = runs.run_dir(settings, run_id)
    deliveries = runs.read_json(folder / "inputs.json")["deliveries"]
    quality = runs.read_json(folder / "quality.json")
    weak = describe_warnings(settings, run_id, read_verdict(folder / "quality.json"))
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in quality["counts"].items() if count)
    waiting = [*_list_unusual(folder), *_list_refused(settings), *weak]
    warns = f", with {len(waiting)} warning{'' if len(waiting) == 1 else 's'}" if waiting else ""
    message = Message(
        key=WARNINGS if waiting else PUBLICATION,
        state="warned" if waiting else "published",
        level="warning" if waiting else "info",
        subject=f"snapshot {snapshot_id} is live{warns}",
        effect=f"every reader sees it from now on; {len(deliveries)} deliveries; rules: {outcomes}",
        causes=tuple(waiting),
        who=OPERATOR if waiting else "nobody",
        todo="; ".join(dict.fromkeys(problem.todo for problem in waiting if problem.todo)) or "nothing",
        command=f"nightvigil quality {run_id}" if weak else "",
        links=(*link_page(settings, run_id), *_link_pages(settings, snapshot_id)),
        about={"run": run_id, "snapshot": snapshot_id},
        is_synthetic=holds_synthetic(settings),
    )
    runs.write_json(folder / "message.json", message.to_json())
    return message


def report_published(
    settings: Settings,
    run_id: str,
    snapshot_id: str,
    *,
    others: Iterable[Message] = (),
    recovered: Iterable[str] = (),
    now: datetime | None = None,
) -> Message:
    """Report that a run has published, which ends whatever kept publication from going on, and note the night.

    others, recovered: what else the same run has to say.
    """
    message = describe_published(settings, run_id, snapshot_id)
    over = [PUBLICATION, DELIVERIES, WARNINGS, *recovered]
    report_run(settings, [message, *others], recovered=over, about=message.about, now=now)
    note_night(settings, "published", now=now)
    write_metrics(settings, now=now)
    return message


def describe_killed(command: str, began_at: str, run_id: str) -> Message:
    """The message of a command whose process ended without a word."""
    about = {"command": command, "began": began_at} | ({"run": run_id} if run_id else {})
    return Message(
        key=PUBLICATION,
        state="failed",
        level="error",
        subject=f"a run was killed: {command}",
        effect=UNCHANGED,
        causes=(
            Problem(
                f"the process that began at {began_at} ended without a word",
                where=f"run {run_id}" if run_id else command,
                todo="look for the memory killer in the system log (`journalctl -k`); the next run begins anew",
            ),
        ),
        who=OPERATOR,
        todo="nothing, where the next night publishes; else look into the system log",
        command="nightvigil nightly",
        about=about,
    )


def describe_interruption(what: str, about: Mapping[str, str], *, level: Level) -> Message:
    """The message of a command that a signal ended. At the keyboard (Ctrl-C) whoever ended it knows: level info."""
    return Message(
        key=PUBLICATION,
        state="failed",
        level=level,
        subject="a run was stopped",
        effect=UNCHANGED,
        causes=(Problem(what, where=", ".join(about.values()), todo="start it again, or wait for the next night"),),
        who=OPERATOR,
        todo="see who stopped it (a restart of the machine, a time limit); the next run begins anew",
        command="nightvigil nightly",
        about=about,
    )


def _list_unusual(folder: Path) -> list[Problem]:
    """What was left in the inbox because it was still being written, and damaged files found during the run."""
    records = {name: folder / f"{name}.json" for name in ("landing", "run")}
    found = {name: runs.read_json(path) for name, path in records.items() if path.exists()}
    return [
        *(
            Problem(each["message"], todo=each["message"])
            for each in found.get("landing", [])
            if each["status"] == "still_arriving"
        ),
        *(
            Problem(each["what"], where=each["where"], todo=f"{each['what']}: {each['todo']}")
            for each in [*found.get("run", {}).get("problems", []), *_list_pages(found.get("run", {}))]
        ),
    ]


def _link_pages(settings: Settings, snapshot_id: str) -> tuple[tuple[str, str], ...]:
    """Where the pages of a snapshot are: in Airflow where the address of its web page is known, else the file."""
    from pipeline.publishing.pages import find_quality_page  # heavy, and every DAG imports this module

    page = find_quality_page(settings, snapshot_id)
    if page is None:
        return ()
    base = settings.web_url.rstrip("/")
    return (("pages", f"{base}/nightvigil/s/{snapshot_id}/{page.name}" if base else str(page)),)


def _list_pages(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """Why the snapshot went live without pages; nothing where it has them, or they are switched off."""
    problem = record.get("phases", {}).get(PAGES_PHASE, {}).get("problem")
    return [problem] if problem else []


def _list_refused(settings: Settings) -> list[Problem]:
    refused = sorted(settings.quarantine.glob("*/refused/*"))
    return [
        Problem("a delivery was refused", where=str(path), todo=f"a refused delivery waits in {path}")
        for path in refused
    ]
