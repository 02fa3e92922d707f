"""Ctrl-C and a request to end (SIGTERM): the command stops where it is, cleans up, and says so in one line.

Each signal ends with the exit code that shells expect: 128 and its number, 130 and 143.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from pipeline.settings import Settings

NAMES = {signal.SIGINT: "Ctrl-C (SIGINT)", signal.SIGTERM: "a request to end (SIGTERM)"}
_received: list[int] = []


class Interruption(BaseException):
    """A signal asked this command to end. No KeyboardInterrupt, which libraries answer in ways of their own."""


def listen_for_signals() -> None:
    """Make the first signal an Interruption wherever the command is; a second one ends the process at once."""
    for number in NAMES:
        signal.signal(number, _interrupt)


def find_interruption() -> int | None:
    """The signal that was received, or None.

    Asked of every exception that ends a command: a query that DuckDB stops on a signal fails with an error of its
    own, in which the Interruption is lost.
    """
    return _received[0] if _received else None


def is_from_keyboard(number: int) -> bool:
    """Whether a person at the keyboard sent the signal, who needs no message of it."""
    return number == signal.SIGINT


def describe_interruption(number: int) -> str:
    """What happened, and the state it leaves."""
    return (
        f"stopped by {NAMES[signal.Signals(number)]}; nothing was published by this command since, the live snapshot "
        "is unchanged, and the next run continues"
    )


@contextmanager
def recorded_ending(settings: Settings, run_id: str) -> Iterator[None]:
    """Record how a run ended that stops inside the block and has no outcome yet: interrupted, or failed."""
    from pipeline import runs

    try:
        yield
    except BaseException as error:
        number = find_interruption()
        outcome = "interrupted" if number else "failed"
        message = describe_interruption(number) if number else str(error) or type(error).__name__
        with suppress(OSError):  # where the disk is full, the cause is reported, not that it could not be recorded
            if runs.has_no_outcome(settings, run_id):
                runs.finish(settings, run_id, outcome, message=message)
        raise


def _interrupt(number: int, frame: FrameType | None) -> None:
    _received.append(number)
    for each in NAMES:
        signal.signal(each, signal.SIG_DFL)
    raise Interruption(number)
