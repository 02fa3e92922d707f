"""What keeps publication from going on, by the records of the runs: also on a night on which nothing landed."""

from collections.abc import Mapping
from datetime import datetime

from pipeline import runs
from pipeline.alerts.endings import (
    UNCHANGED,
    describe_failure,
    read_closed_gate,
)
from pipeline.alerts.incidents import was_told
from pipeline.alerts.message import OPERATOR, PUBLICATION, Message, Problem
from pipeline.errors import NightvigilError
from pipeline.settings import Settings

STOPPED = ("refused", "failed", "killed", "interrupted")


def find_reminder(settings: Settings, about: Mapping[str, str], *, now: datetime) -> tuple[Message | None, bool]:
    """The message of what still keeps publication from going on, unless it was told today; whether anything does."""
    message = describe_standing(settings, about)
    is_told = message is not None and was_told(settings, message.key, now=now)
    return (None if is_told else message), message is not None


def describe_standing(settings: Settings, about: Mapping[str, str]) -> Message | None:
    """A hold, a candidate that waits for acceptance, or a last run that ended without publishing; None where none is.

    None also where a run is under way, whose own ending will be reported, and where everything that was landed is
    published: then what stopped the last run was removed.
    """
    from pipeline import publishing  # heavy, and every DAG imports this module

    try:
        publishing.require_no_hold(settings)
        waiting = publishing.find_waiting(settings)
        change = waiting and publishing.read_code_change(settings, waiting["run_id"])
        if waiting and change and not publishing.find_acceptance(settings, change["before"], change["after"]):
            raise publishing.need_acceptance(settings, waiting["run_id"], change)
        records = runs.summaries(settings)
        last = records[-1] if records else None
        if last is None or last["outcome"] not in STOPPED or _is_everything_published(settings):
            return None
    except NightvigilError as problem:
        return describe_failure(settings, problem, about)
    about = {**about, "run": last["run_id"]}
    if last["outcome"] == "refused" and (closed := read_closed_gate(settings, last["run_id"], about)):
        return closed
    return Message(
        key=PUBLICATION,
        state="failed",
        level="error",
        subject=f"the last run {last['outcome']} and nothing was published since",
        effect=UNCHANGED,
        causes=(Problem(last["message"] or last["outcome"], where=f"run {last['run_id']}"),),
        who=OPERATOR,
        todo="remove the cause, then start publication again",
        command="nightvigil nightly",
        about=about,
    )


def _is_everything_published(settings: Settings) -> bool:
    """Whether a run would find nothing new."""
    from pipeline import identity, publishing
    from pipeline.landing.receipts import read_receipts

    live = publishing.current_snapshot(settings)
    if live is None:
        return False
    try:
        receipts = read_receipts(settings)
    except NightvigilError:  # the next run repairs or reports it
        return False
    built = publishing.read_manifest(settings, live)["build_identity"]
    return bool(built == identity.build_identity(settings, receipts))
