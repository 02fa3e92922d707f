"""How old the data of each source are, and whether it still answers: asked on every run, outside the gate.

The age of the data is counted from the date that they state (the end of the newest quarter, the state of a
registry), not from the day on which they were received. Nothing here blocks a publication or another source.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from pipeline.alerts import clock
from pipeline.alerts.message import OPERATOR, Level, Message, Problem, State
from pipeline.errors import NightvigilError
from pipeline.landing.receipts import Receipt, current_receipts, read_receipts
from pipeline.quarters import find_missing, number_quarter
from pipeline.settings import Settings
from pipeline.sources import load_sources
from pipeline.sources.record import Source

Age = Literal["fresh", "warning", "alarm"]
NEVER = "never checked"
INVENTED = ("sample",)
"""Profiles whose data are invented: they are never too old."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SourceState:
    """What is held of a source and how it last answered. Dates only: an age is computed when it is read.

    newest_period: such as 2026Q3, where deliveries have periods. missing_periods: those between the first and the
    newest that are held. data_date: the day up to which the data reach. status: reached, inbox only, unavailable,
    moved, or never checked.
    """

    source: Source
    newest_period: str | None
    missing_periods: tuple[str, ...]
    data_date: date | None
    last_received_at: datetime | None
    last_checked_at: str | None
    status: str
    message: str

    def find_age_days(self, now: datetime) -> int | None:
        """The age of the data in days; None where nothing is held that states a date."""
        return (now.astimezone(UTC).date() - self.data_date).days if self.data_date else None

    def judge_age(self, now: datetime) -> Age:
        """Whether the source is silent for longer than its record allows."""
        limits, age = self.source.freshness, self.find_age_days(now)
        if limits is None or age is None or age < limits.warning_days:
            return "fresh"
        return "alarm" if age >= limits.alarm_days else "warning"


@dataclass(frozen=True)
class Conditions:
    """What to say of the sources: a message for each that is in a bad state, and the keys of those that are not."""

    messages: list[Message]
    recovered: list[str]


def find_conditions(
    settings: Settings, *, now: datetime | None = None, sources: Iterable[Source] | None = None
) -> Conditions:
    """Assess each source. Invented data (profile `sample`) are never too old: only their addresses are judged."""
    moment = now or clock.read_clock()
    messages, recovered = [], []
    for source in sources or load_sources():
        message = describe(settings, assess(settings, source), moment)
        if message:
            messages.append(message)
        else:
            recovered.append(key_of(source))
    return Conditions(messages, recovered)


def assess(settings: Settings, source: Source, receipts: Sequence[Receipt] | None = None) -> SourceState:
    """What is held of a source and how it last answered. receipts: of this source; read where they are not given.

    Receipts that cannot be read are none here: the run that needs them repairs or reports them.
    """
    if receipts is None:
        receipts = _read(settings, source)
    current = current_receipts(receipts)
    periods = sorted({receipt.period for receipt in current if receipt.period})
    check = read_check(settings, source.name)
    return SourceState(
        source=source,
        newest_period=periods[-1] if periods else None,
        missing_periods=tuple(find_missing(periods)),
        data_date=_find_data_date(settings, source, current, periods),
        last_received_at=max((receipt.received_at for receipt in receipts), default=None),
        last_checked_at=check.get("last_checked_at"),
        status=check.get("status", NEVER),
        message=check.get("message", ""),
    )


def describe(settings: Settings, state: SourceState, now: datetime) -> Message | None:
    """The message of a source that moved, is silent for too long or does not answer; None for one that is well."""
    source, limits = state.source, state.source.freshness
    age = "fresh" if settings.profile in INVENTED else state.judge_age(now)
    held = f"its data reach to {state.data_date}" if state.data_date else "nothing of it is held"
    what = state.message or f"{source.title}: {held}"
    if state.status == "moved":
        return _compose(
            *(state, "moved", "error", f'{source.title} may have moved: every address answers "not found"'),
            what=f"{what}; {held}",
            todo=f"open the address of {source.agency} in a browser and set the new one (see .env.example)",
        )
    if age != "fresh" and limits is not None:
        limit = limits.alarm_days if age == "alarm" else limits.warning_days
        return _compose(
            *(state, "stale", "error" if age == "alarm" else "warning"),
            f"{source.title} is silent",
            what=f"{held}, longer ago than the {limit} days that its record allows",
            todo=f"see whether {source.agency} has published anything since, and why it was not landed",
        )
    if state.status == "unavailable":
        subject = f"{source.title} is unavailable"
        return _compose(
            state, "unavailable", "warning", subject, what=what, todo="nothing now: the next run asks again"
        )
    return None


def _compose(state: SourceState, kind: State, level: Level, subject: str, *, what: str, todo: str) -> Message:
    return Message(
        key=key_of(state.source),
        state=kind,
        level=level,
        subject=subject,
        effect=f"nothing new of {state.source.name} is published; the other sources are unaffected",
        causes=(Problem(what, where=state.source.name, todo=todo),),
        who=OPERATOR,
        todo=todo,
        command="nightvigil status",
        about={"source": state.source.name},
    )


def key_of(source: Source) -> str:
    """The condition of a source, as its incidents are named."""
    return f"source {source.name}"


def read_check(settings: Settings, source: str) -> dict[str, Any]:
    """How a source answered when it was last asked; empty where it never was, or the record is torn."""
    try:
        found = json.loads((settings.landing / source / "last_check.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _read(settings: Settings, source: Source) -> list[Receipt]:
    try:
        return read_receipts(settings, source.name)
    except NightvigilError as problem:
        log.warning("the age of %s is not known: %s", source.name, problem)
        return []


def _find_data_date(
    settings: Settings, source: Source, current: Sequence[Receipt], periods: Sequence[str]
) -> date | None:
    limits = source.freshness
    if limits is not None and limits.find_data_date is not None:
        return limits.find_data_date(settings, current)
    return _find_end(periods[-1]) if periods else None


def _find_end(period: str) -> date:
    """The last day of a quarter."""
    following = number_quarter(period) + 1
    return date(following // 4, following % 4 * 3 + 1, 1) - timedelta(days=1)
