"""How long we bear with an agency that is busy: a few tries, growing pauses, and an end to it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pipeline.errors import SourceUnavailable
from pipeline.settings import Settings

LONGEST_PAUSE = 300.0  # seconds: nobody is asked to wait longer within one night


@dataclass
class Patience:
    """The tries and the time one fetch may take; times are seconds.

    A try that made progress (`renew`) starts the count anew, so that a large file over a poor line still arrives; the
    budget holds for the whole. sleep and clock are there for tests.
    """

    attempts: int
    backoff: float
    budget: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    failures: int = 0
    _begun: float = field(init=False)

    def __post_init__(self) -> None:
        self._begun = self.clock()

    @classmethod
    def of(cls, settings: Settings) -> "Patience":
        """As the settings say; the budget starts now."""
        return cls(settings.fetch_attempts, settings.fetch_backoff, settings.fetch_budget)

    def renew(self) -> None:
        """Forget earlier failures: the last try brought something."""
        self.failures = 0

    def check(self, where: str) -> None:
        """Raise SourceUnavailable when the budget is spent, however lively the line."""
        if self.clock() - self._begun > self.budget:
            raise _given_up(f"the fetch took longer than {self.budget:.0f} seconds", where)

    def pause(self, reason: str, where: str, asked: float | None = None) -> None:
        """Wait before the next try: as long as asked (Retry-After), else twice as long as the last time.

        Raises SourceUnavailable when the tries or the time are spent, or when more is asked than we may wait.
        """
        self.failures += 1
        if self.failures >= self.attempts:
            raise _given_up(f"{reason}, {self.failures} times", where)
        wait = min(self.backoff * 2 ** (self.failures - 1), LONGEST_PAUSE) if asked is None else asked
        left = self.budget - (self.clock() - self._begun)
        if wait > min(left, LONGEST_PAUSE):
            raise _given_up(f"{reason}; it asks for {wait:.0f} seconds, more than a fetch may wait", where)
        self.sleep(wait)


def read_retry_after(text: str | None) -> float | None:
    """Retry-After as seconds from now, whether it is written as a number or as a date; None when it is neither."""
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):  # a date without a zone, or no date
        return None


def _given_up(what: str, where: str) -> SourceUnavailable:
    return SourceUnavailable(
        what,
        where=where,
        todo="nothing now, the next night tries again; if it lasts, open the address in a browser and check it",
    )
