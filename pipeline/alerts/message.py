"""One message to a person: what happened, the cause first, what it affects and what to do.

A message holds text only, made safe to show when it is made. How it looks as plain text, HTML or chat is decided
where it is sent.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Level = Literal["error", "warning", "info"]
State = Literal[
    "blocked",  # the gate is closed
    "waiting",  # new code moves published values: a person has to accept it
    "held",  # publication is held after a rollback
    "failed",  # the run ended otherwise: crash, memory, disk, killed worker, timeout
    "refused",  # deliveries were refused, or are still arriving
    "unavailable",  # an agency did not answer
    "moved",  # every address of a source answers "not found"
    "stale",  # a source is silent for longer than its age allows
    "silent",  # no successful night in time, or the scheduler does not run
    "disk",  # the disk is nearly full
    "warned",  # published, with warnings
    "published",
    "changed",  # for analysts: what a new snapshot changes
    "recovered",
    "test",
]
PUBLICATION = "publication"
"""The key of whatever keeps publication from going on."""
OPERATOR = "the person on call"
LEVELS: tuple[Level, ...] = ("info", "warning", "error")


@dataclass(frozen=True)
class Problem:
    """One thing that failed, in words.

    rule: `suite: rule`, where a rule found it. earlier, now: the value of the live snapshot and of this run.
    failed_count of checked_count rows failed, against `limit`. samples: at most five, ids and the offending field.
    override: who lets it pass, why and until when; empty where nobody does.
    """

    what: str
    where: str = ""
    todo: str = ""
    rule: str = ""
    earlier: str = ""
    now: str = ""
    failed_count: int | None = None
    checked_count: int | None = None
    limit: str = ""
    samples: tuple[str, ...] = ()
    override: str = ""


@dataclass(frozen=True)
class Message:
    """What one person reads about one run, or about one condition outside a run.

    key: names the condition over nights ("publication", "source faers", "disk"): repeats of one key are folded, and
    its end is reported once. subject: state and effect in one line. consequences: what failed because a cause did.
    parts: further sections, each a heading and its lines. tables: published tables affected. who: the role
    that acts. command: to copy into a terminal. links: label and
    address. about: ids (run, snapshot, dag, task). nights: on how many nights in a row. message_id: stable, so that a
    receiver can drop a second copy. sent_at: UTC, ISO 8601. is_synthetic: whether the home holds invented data:
    nobody must act on a demonstration.
    """

    key: str
    state: State
    level: Level
    subject: str
    effect: str
    causes: tuple[Problem, ...] = ()
    consequences: tuple[Problem, ...] = ()
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tables: tuple[str, ...] = ()
    who: str = ""
    todo: str = ""
    command: str = ""
    links: tuple[tuple[str, str], ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    nights: int = 1
    message_id: str = ""
    sent_at: str = ""
    is_synthetic: bool = False

    @property
    def is_for_analysts(self) -> bool:
        """Whether it goes to the channels of analysts, and to no other."""
        return self.state == "changed"

    def to_json(self) -> dict[str, Any]:
        """The message as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Message":
        """Read what `to_json` wrote."""
        problems = {
            name: tuple(Problem(**{**each, "samples": tuple(each["samples"])}) for each in values[name])
            for name in ("causes", "consequences")
        }
        links = tuple((label, address) for label, address in values["links"])
        # A message that an earlier version queued has no parts.
        parts = tuple((heading, tuple(lines)) for heading, lines in values.get("parts", ()))
        return cls(**{**values, **problems, "parts": parts, "tables": tuple(values["tables"]), "links": links})
