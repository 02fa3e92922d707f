"""Faults on demand for the fake agencies: which answer goes wrong, how, and how often."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

KINDS = (
    "cut",  # close the connection after `size` bytes of the body
    "status",  # answer with status `size`, and Retry-After when `retry_after` is set
    "slow",  # send one byte, then the rest only after `seconds`
    "html",  # a page of HTML with status 200
    "wrong_length",  # a Content-Length of `size` more bytes than are sent before the connection closes
    "corrupt",  # the right length, one byte in the middle changed
    "no_range",  # ignore Range and send the whole file
    "expired_token",  # 400 for a page token that was given a moment ago
    "duplicate_page",  # the first page once more in place of a later one
    "missing_study",  # a page without its last study
    "changing_total",  # a totalCount one higher than before
    "malformed",  # JSON that ends in the middle
)


@dataclass
class Fault:
    """One fault. where: part of the path; times: how often (-1: always); after: matching requests that are let by."""

    kind: str
    where: str = ""
    times: int = 1
    after: int = 0
    size: int = 0
    seconds: float = 0.0
    retry_after: str = ""
    methods: tuple[str, ...] = ("GET",)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}; there are {', '.join(KINDS)}")


@dataclass(frozen=True)
class Exchange:
    """What one request asked and got: the body bytes are those really sent."""

    method: str
    path: str
    range: str
    status: int
    body_bytes: int


@dataclass
class Script:
    """The faults still to come and the exchanges that took place; shared by the server's threads."""

    faults: list[Fault] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def plan(self, *faults: Fault) -> None:
        with self._lock:
            self.faults.extend(faults)

    def strike(self, method: str, path: str, kinds: Iterable[str]) -> Fault | None:
        """The next planned fault of these kinds for this request, used up; None when all goes well."""
        with self._lock:
            for fault in self.faults:
                if fault.kind in kinds and fault.where in path and method in fault.methods and fault.times:
                    if fault.after:
                        fault.after -= 1
                        continue
                    fault.times -= 1
                    return fault
        return None

    def note(self, exchange: Exchange) -> None:
        with self._lock:
            self.exchanges.append(exchange)


def read_fault(text: str) -> Fault:
    """Read `kind[:where[:times[:size]]]` from a command line."""
    kind, where, times, size = [*text.split(":"), "", "", ""][:4]
    return Fault(kind, where, int(times or 1), size=int(size or 0))
