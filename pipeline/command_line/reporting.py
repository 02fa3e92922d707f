"""The end of a command that runs a step or a whole night: told to people, whichever way it ends."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pipeline import freshness
from pipeline.alerts.endings import (
    describe_failure,
    describe_interruption,
    describe_refused,
    report_published,
)
from pipeline.alerts.incidents import keep_reserve, report_run
from pipeline.alerts.message import PUBLICATION, Level, Message
from pipeline.alerts.nights import note_night
from pipeline.alerts.running import Running, find_killed, marked_running
from pipeline.command_line import interruption
from pipeline.errors import DeliveryRefused, NothingNew, SourceUnavailable
from pipeline.metrics import write_metrics
from pipeline.settings import Settings
from pipeline.sources import load_sources

log = logging.getLogger("nightvigil.alerts")


@dataclass
class Ending:
    """What a command has to say when it ends.

    is_night: a whole night, which asks after every source, ends conditions, and is counted. landing: the outcome of
    every delivery that it was offered. published: the run and the snapshot.
    """

    settings: Settings
    command: str
    is_night: bool
    running: Running
    landing: list[dict[str, Any]] = field(default_factory=list)
    published: tuple[str, str] | None = None

    @property
    def about(self) -> dict[str, str]:
        """What leads to the records of this command."""
        run = {"run": self.running.run_id} if self.running.run_id else {}
        return {"command": self.command} | run

    def note_run(self, run_id: str) -> None:
        """Note which run the command makes."""
        self.running.note_run(run_id)

    def note_published(self, run_id: str, snapshot_id: str) -> None:
        """Note what was published."""
        self.published = run_id, snapshot_id


@contextmanager
def reported_ending(settings: Settings, command: str, *, is_night: bool = False) -> Iterator[Ending]:
    """Report how the block ended, as one message. The error goes on, also where reporting it fails."""
    with marked_running(settings, f"nightvigil {command}") as running:
        keep_reserve(settings)
        ending = Ending(settings, f"nightvigil {command}", is_night, running)
        try:
            yield ending
        except BaseException as error:
            _report(ending, error)
            raise
        _report(ending, None)


def _report(ending: Ending, error: BaseException | None) -> None:
    try:
        outcome = _say(ending, error)
        if ending.is_night and ending.published is None:
            note_night(ending.settings, outcome)
            write_metrics(ending.settings)
    except OSError as problem:  # on a full or broken disk the log is what is left; the run's own end is what counts
        log.error("the ending of the run could not be kept for sending: %s", problem)


def _say(ending: Ending, error: BaseException | None) -> str:
    """Report all that the command has to say; return how the night ended."""
    settings, own = ending.settings, _describe_end(ending, error)
    killed = find_killed(settings)
    conditions = _find_conditions(ending)
    messages = [*(each.message for each in killed), *conditions.messages]
    recovered = conditions.recovered
    if ending.published:
        report_published(settings, *ending.published, others=messages, recovered=recovered)
        from pipeline.digest import send_digest  # heavy, and every command imports this module

        send_digest(settings, ending.published[1])
    else:
        is_all_published = ending.is_night and isinstance(error, NothingNew | DeliveryRefused | SourceUnavailable)
        recovered = [*recovered, *([PUBLICATION] if is_all_published else [])]
        messages += [own] if own else []
        report_run(settings, messages, recovered=recovered, about=ending.about, with_digest=ending.is_night)
    for each in killed:
        each.forget()
    return own.state if own else "unavailable" if isinstance(error, SourceUnavailable) else "nothing new"


def _find_conditions(ending: Ending) -> freshness.Conditions:
    """The state of every source in a whole night; else of those that were landed."""
    sources = load_sources()
    if not ending.is_night:
        landed = {outcome["offer"]["source"] for outcome in ending.landing}
        sources = tuple(source for source in sources if source.name in landed)
    return freshness.find_conditions(ending.settings, sources=sources)


def _describe_end(ending: Ending, error: BaseException | None) -> Message | None:
    """The message of the error; None where there is none, nothing new was found, or the reader of our output left."""
    if error is None or isinstance(error, NothingNew | BrokenPipeError):
        return None
    if (number := interruption.find_interruption()) is not None:
        level: Level = "info" if interruption.is_from_keyboard(number) else "error"
        return describe_interruption(interruption.describe_interruption(number), ending.about, level=level)
    if isinstance(error, DeliveryRefused | SourceUnavailable):  # of one that is unavailable its source tells
        return describe_refused(ending.landing, ending.about)
    return describe_failure(ending.settings, error, ending.about)
