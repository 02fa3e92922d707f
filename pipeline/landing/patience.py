"""How long a fetch keeps asking an agency that is busy, and how much it takes: attempts, pauses, time and bytes."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from pipeline.errors import SourceUnavailable
from pipeline.settings import Settings

LONGEST_PAUSE = 300.0  # seconds: a fetch never pauses longer, whatever a server asks for

Answer = TypeVar("Answer")


class Interrupted(Exception):
    """An attempt failed in a way that another may not. asked: seconds the server wants us to wait (Retry-After)."""

    def __init__(self, reason: str, asked: float | None = None) -> None:
        super().__init__(reason)
        self.asked = asked


@dataclass
class Patience:
    """The attempts, the time and the bytes one fetch may take; times are seconds.

    attempts: fruitless attempts in a row after which it gives up; an attempt that brought bytes (`renew`) starts the
    count anew, so that a large file over a poor line still arrives. backoff: the first pause, doubled after each
    attempt. budget: for the whole fetch, however many requests it makes. sleep and clock are there for tests.
    """

    attempts: int
    backoff: float
    budget: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    max_bytes: int = 8_000_000_000
    _begun: float = field(init=False)
    _has_progress: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._begun = self.clock()

    @classmethod
    def of(cls, settings: Settings) -> "Patience":
        """As the settings say; the budget starts now."""
        attempts, backoff, budget = settings.fetch_attempts, settings.fetch_backoff, settings.fetch_budget
        return cls(attempts, backoff, budget, max_bytes=settings.fetch_max_bytes)

    def persist(self, attempt: Callable[[], Answer], where: str) -> Answer:
        """What `attempt` returns, called again after a broken line or Interrupted, until it succeeds.

        Raises SourceUnavailable, naming `where`, when the attempts or the budget are spent, or when the server asks
        for a longer pause than a fetch may make. Whatever else the attempt raises passes through.
        """
        retrying = Retrying(
            retry=retry_if_exception_type((httpx.RequestError, Interrupted)),
            wait=self._choose_pause,
            stop=self._must_stop,
            sleep=self.sleep,
            before=lambda _: self.check(where),
            after=self._count_anew,
            retry_error_callback=lambda state: self._give_up(state, where),
        )
        return retrying(attempt)

    def renew(self) -> None:
        """Count the attempts anew: this one brought something before it failed."""
        self._has_progress = True

    def check(self, where: str) -> None:
        """Raise SourceUnavailable when the budget is spent, however lively the line."""
        if self.clock() - self._begun > self.budget:
            raise _unavailable(f"the fetch took longer than {self.budget:.0f} seconds", where)

    def check_size(self, size: int, where: str, limit: int | None = None) -> None:
        """Raise SourceUnavailable for more bytes than a fetch may bring, or one answer of it where that is less."""
        if size > min(self.max_bytes, limit or self.max_bytes):
            raise SourceUnavailable(
                f"the fetch brings more than {min(self.max_bytes, limit or self.max_bytes)} bytes",
                where=where,
                todo="see what the address sends; if it is right, raise NIGHTVIGIL_FETCH_MAX_BYTES, or "
                "lower NIGHTVIGIL_CLINICALTRIALS_PAGE_SIZE where one page is too large",
            )

    def _count_anew(self, state: RetryCallState) -> None:
        if self._has_progress:
            state.attempt_number, self._has_progress = 1, False

    def _choose_pause(self, state: RetryCallState) -> float:
        asked = getattr(_failure(state), "asked", None)
        return wait_exponential(multiplier=self.backoff, max=LONGEST_PAUSE)(state) if asked is None else asked

    def _must_stop(self, state: RetryCallState) -> bool:
        return stop_after_attempt(self.attempts)(state) or state.upcoming_sleep > self._longest_pause()

    def _longest_pause(self) -> float:
        return min(self.budget - (self.clock() - self._begun), LONGEST_PAUSE)

    def _give_up(self, state: RetryCallState, where: str) -> NoReturn:
        failure = _failure(state)
        reason = str(failure) or type(failure).__name__
        if stop_after_attempt(self.attempts)(state):
            raise _unavailable(f"{reason}, {state.attempt_number} times", where) from failure
        pause = f"the next attempt would wait {state.upcoming_sleep:.0f} seconds, more than a fetch may"
        raise _unavailable(f"{reason}; {pause}", where) from failure


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


def _failure(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _unavailable(what: str, where: str) -> SourceUnavailable:
    return SourceUnavailable(
        what,
        where=where,
        todo="nothing now, the next scheduled run tries again; if it lasts, open the address in a browser",
    )
