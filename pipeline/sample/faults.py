"""Fault injection for the fake agencies: which response fails, how, and how often."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

KINDS = (
    "cut",  # close the connection after `size` bytes of the body
    "status",  # respond with status `size`, and Retry-After when `retry_after` is set
    "slow",  # send one byte, then the rest only after `seconds`
    "html",  # a page of HTML with status 200
    "wrong_length",  # a Content-Length of `size` more bytes than are sent before the connection closes
    "corrupt",  # the right length, one byte in the middle changed
    "no_range",  # ignore Range and send the whole file
    "expired_token",  # 400 for a page token that was issued a moment ago
    "duplicate_page",  # the first page again in place of a later one
    "missing_study",  # a page without its last study
    "changing_total",  # a totalCount one higher than before
    "malformed",  # JSON that ends in the middle
)


@dataclass
class Fault:
    """One fault. where: part of the path. times: how often (-1: always). after: matching requests served normally
    before the first. seconds: delay in s. size: bytes, or the HTTP status, as `kind` needs."""

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
            raise ValueError(f"{self.kind!r} is not a kind of fault; use one of {', '.join(KINDS)}")


@dataclass(frozen=True)
class Exchange:
    """One request and its response; body_bytes counts the bytes that were sent."""

    method: str
    path: str
    range: str
    status: int
    body_bytes: int


@dataclass
class Script:
    """The faults still planned and the exchanges that took place; shared by the server's threads."""

    faults: list[Fault] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def plan(self, *faults: Fault) -> None:
        with self._lock:
            self.faults.extend(faults)

    def take_fault(self, method: str, path: str, kinds: Iterable[str]) -> Fault | None:
        """Take the next planned fault of these kinds for this request; None when there is none."""
        with self._lock:
            for fault in self.faults:
                if fault.kind in kinds and fault.where in path and method in fault.methods and fault.times:
                    if fault.after:
                        fault.after -= 1
                        continue
                    fault.times -= 1
                    return fault
        return None

    def record(self, exchange: Exchange) -> None:
        with self._lock:
            self.exchanges.append(exchange)


def read_fault(text: str) -> Fault:
    """Parse `kind[:where[:times[:size]]]` from a command line."""
    kind, where, times, size = [*text.split(":"), "", "", ""][:4]
    return Fault(kind, where, int(times or 1), size=int(size or 0))
