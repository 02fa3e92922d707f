"""What can go wrong in a run, each kind with an exit code of its own.

Every error names what failed, where, and what to do next, so that one message is enough for the person on call.
"""

from functools import partial

from pipeline.printable import make_one_line, make_printable


class NightvigilError(Exception):
    """An error that a person can act on.

    what: the fact, in one sentence. where: the file, delivery, rule or table. todo: the next step. All three are
    safe to show: what a name or a text from outside makes a terminal do is escaped.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str, todo: str) -> None:
        self.what, self.where, self.todo = (make_printable(text) for text in (what, where, todo))
        super().__init__(self.what, self.where, self.todo)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.todo))

    def to_json(self) -> dict[str, str]:
        """The fields as plain strings, fit for Airflow's XCom and for a record of a run."""
        return {"what": self.what, "where": self.where, "todo": self.todo}

    def __str__(self) -> str:
        return make_one_line(f"{self.what} [where: {self.where}] [do: {self.todo}]")


def _rebuild(kind: type[NightvigilError], what: str, where: str, todo: str) -> NightvigilError:
    return kind(what, where=where, todo=todo)


class UsageError(NightvigilError):
    """The command or a setting is not valid."""

    exit_code = 2


class GateClosed(NightvigilError):
    """The quality gate is closed: nothing was published, the earlier snapshot stays live.

    run_id: the run whose verdict closed it; empty where it is not known.
    """

    exit_code = 3

    def __init__(self, what: str, *, where: str, todo: str, run_id: str = "") -> None:
        super().__init__(what, where=where, todo=todo)
        self.run_id = run_id

    def __reduce__(self) -> tuple[object, ...]:
        return (partial(GateClosed, where=self.where, todo=self.todo, run_id=self.run_id), (self.what,))


class AcceptanceNeeded(NightvigilError):
    """New code moves published values: nothing was published until a person accepts the change."""

    exit_code = 3


class SourceUnavailable(NightvigilError):
    """A source could not be reached, or its protocol has changed."""

    exit_code = 4


class SourceMoved(SourceUnavailable):
    """Every address of a source answers "not found", although something must be published there."""


class DeliveryRefused(NightvigilError):
    """A delivery was not accepted: its bytes are kept, nothing of it was staged."""

    exit_code = 4


class DeliveryNotTyped(NightvigilError):
    """A landed delivery cannot be typed: its data, or their size, are more than the typed models bear."""


class DeliveryDamaged(DeliveryNotTyped):
    """Staged rows of a delivery are not what was recorded, and they cannot be rebuilt from its landed bytes."""


class IntermediateDamaged(NightvigilError):
    """A file no longer has its recorded hash. It was rebuilt, or what it affects is stated."""


class ResourcesExhausted(NightvigilError):
    """The memory, the disk or another resource of the machine, or a limit on it, was too small for a step."""


class PublicationFailed(NightvigilError):
    """A snapshot could not be published, or a lock could not be acquired."""

    exit_code = 5


class PublicationHeld(PublicationFailed):
    """A rollback holds publication until a person releases it."""


class NothingNew(NightvigilError):
    """The build identity is that of the live snapshot: there is nothing to publish."""

    exit_code = 6
