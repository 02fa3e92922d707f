"""What can go wrong at night, each with the exit code that tells it apart.

Every error names what failed, where, and what to do next, so that one message is enough for whoever is woken.
"""


class NightvigilError(Exception):
    """An error that a person can act on.

    what: the fact, in one sentence. where: the file, delivery, rule or table. todo: the next step.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str, todo: str) -> None:
        super().__init__(what, where, todo)
        self.what = what
        self.where = where
        self.todo = todo

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.todo))

    def __str__(self) -> str:
        return f"{self.what} [where: {self.where}] [do: {self.todo}]"


def _rebuild(kind: type[NightvigilError], what: str, where: str, todo: str) -> NightvigilError:
    return kind(what, where=where, todo=todo)


class UsageError(NightvigilError):
    """The command or a setting was not understood."""

    exit_code = 2


class GateClosed(NightvigilError):
    """The quality gate is shut: nothing was published, the earlier snapshot stays live."""

    exit_code = 3


class SourceUnavailable(NightvigilError):
    """A source could not be reached, or no longer speaks the protocol we know."""

    exit_code = 4


class DeliveryRefused(NightvigilError):
    """A delivery was not taken: its bytes are kept, nothing of it was staged."""

    exit_code = 4


class PublicationFailed(NightvigilError):
    """A snapshot could not be published, or a lock could not be had."""

    exit_code = 5


class NothingNew(NightvigilError):
    """The build identity is that of the live snapshot: there is nothing to publish."""

    exit_code = 6
