"""Memory, disk and other resources of the machine that ran out: the error of a library as one a person can act on."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import NightvigilError, ResourcesExhausted
from pipeline.settings import Settings

DISK_TODO = "free space (see `df`) or inodes (`df -i`) on this disk, then run the command again: nothing is lost"
CAUSES = {
    errno.ENOSPC: ("no space, or no inode, is left on the disk", DISK_TODO),
    errno.EDQUOT: ("the disk quota of this user is used up", DISK_TODO),
    errno.EROFS: ("the file system is read-only", "mount it writable, or point NIGHTVIGIL_HOME at a folder that is"),
    errno.EACCES: ("this user may not write or read here", "give this user the folder, or change NIGHTVIGIL_HOME"),
    errno.EPERM: ("this user may not do this here", "give this user the folder, or change NIGHTVIGIL_HOME"),
    errno.EIO: ("the disk failed", "check the disk and the system log; then `nightvigil doctor`"),
    errno.EMFILE: ("too many files are open in this process", "raise the limit of open files (`ulimit -n`)"),
    errno.ENFILE: ("too many files are open on this machine", "end what holds them, or raise the system's limit"),
    errno.ENOMEM: ("the machine has no memory left", "end other programs, or lower NIGHTVIGIL_MEMORY_LIMIT"),
    errno.ENAMETOOLONG: ("a name is longer than the file system allows", "shorten the name of the file or folder"),
}
# A transaction of ours has no rival: it fails where its end cannot be written.
DISK_ERRORS = ("IOException", "FatalException", "TransactionException")


@contextmanager
def explained_exhaustion(settings: Settings) -> Iterator[None]:
    """Raise what runs out inside the block as ResourcesExhausted, saying which limit, where and what to set."""
    try:
        yield
    except Exception as error:
        explained = explain_exhaustion(error, settings)
        if explained is None or explained is error:
            raise
        raise explained from error


def explain_exhaustion(error: BaseException, settings: Settings) -> NightvigilError | None:
    """The error where memory, disk or another resource is its cause; None where it is not."""
    if isinstance(error, OSError):
        return _explain_system(error, settings)
    if isinstance(error, MemoryError) or _is_of_duckdb(error, "OutOfMemoryException"):
        return ResourcesExhausted(
            f"out of memory at the limit of {settings.memory_limit}: {_first_line(error)}",
            where=_find_place(error) or str(settings.home),
            todo=f"raise NIGHTVIGIL_MEMORY_LIMIT (now {settings.memory_limit}); what does not fit is written to "
            f"{settings.cache / 'spill'}: if the {_count_free(settings)} bytes free there are few, free more",
        )
    if any(_is_of_duckdb(error, kind) for kind in DISK_ERRORS):
        return ResourcesExhausted(
            f"DuckDB could not read or write a file: {_first_line(error)}",
            where=_find_place(error) or str(settings.home),
            todo=f"see that {settings.home} is writable and has room ({_count_free(settings)} bytes are free), then "
            "run the command again",
        )
    return None


def _explain_system(error: OSError, settings: Settings) -> NightvigilError | None:
    if error.errno not in CAUSES:
        return None
    what, todo = CAUSES[error.errno]
    place = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else settings.home
    return ResourcesExhausted(what, where=_find_place(error) or str(place), todo=todo)


def _is_of_duckdb(error: BaseException, kind: str) -> bool:
    """Whether it is DuckDB's exception of that name; where DuckDB was never imported, none is."""
    module = sys.modules.get("duckdb")
    return module is not None and isinstance(error, getattr(module, kind))


def _find_place(error: BaseException) -> str:
    """What was being done, where that was noted with the error."""
    return "; ".join(getattr(error, "__notes__", []))


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _count_free(settings: Settings) -> str:
    try:
        found = os.statvfs(settings.home)
    except OSError:
        return "an unknown number of"
    return f"{found.f_bavail * found.f_frsize:,}"
