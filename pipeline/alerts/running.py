"""Commands that run now: one file each, locked as long as its process lives. One that nobody locks was killed.

The kernel releases the lock of a process however it ends, and shows it to every container on the same disk, where
process numbers differ.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import runs
from pipeline.alerts.endings import describe_killed
from pipeline.alerts.message import Message
from pipeline.settings import Settings


@dataclass
class Running:
    """A command that runs now. run_id: its run, once it has one."""

    path: Path
    _file: int = field(repr=False)
    run_id: str = ""

    def note_run(self, run_id: str) -> None:
        """Note which run the command makes."""
        self.run_id = run_id
        content = json.loads(os.pread(self._file, 4096, 0)) | {"run_id": run_id}
        os.pwrite(self._file, json.dumps(content).encode(), 0)  # in place: a new file would not be locked


@contextmanager
def marked_running(settings: Settings, command: str) -> Iterator[Running]:
    """Mark the command as running for the length of the block, however it ends but by a kill."""
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{os.getpid()}-{secrets.token_hex(4)}"
    draft, path = folder / f".{name}", folder / f"{name}.json"
    file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        os.write(file, json.dumps({"command": command, "began_at": runs.now(), "run_id": ""}).encode())
        draft.rename(path)  # locked before it can be seen
        yield Running(path, file)
    finally:
        path.unlink(missing_ok=True)
        draft.unlink(missing_ok=True)
        os.close(file)


@dataclass(frozen=True)
class Killed:
    """A command whose process ended without a word."""

    path: Path
    message: Message

    def forget(self) -> None:
        """Remove its mark, once it was told."""
        self.path.unlink(missing_ok=True)


def find_killed(settings: Settings) -> list[Killed]:
    """Every command that was killed; the record of its run says so from now on."""
    found = []
    for path, mark in list_killed(settings):
        if mark["run_id"] and runs.has_no_outcome(settings, mark["run_id"]):
            runs.finish(settings, mark["run_id"], "killed", message="its process ended without a word")
        found.append(Killed(path, describe_killed(mark["command"], mark["began_at"], mark["run_id"])))
    return found


def list_killed(settings: Settings) -> list[tuple[Path, dict[str, Any]]]:
    """The mark of each command that was killed: command, began_at, run_id."""
    return [
        (path, _read(path)) for path in sorted(_folder(settings).glob("*.json")) if path.exists() and _is_free(path)
    ]


def _is_free(path: Path) -> bool:
    with suppress(FileNotFoundError):  # it ended in good order since it was listed
        file = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(file)
        return True
    return False


def _read(path: Path) -> dict[str, Any]:
    unknown = {"command": "nightvigil", "began_at": "an unknown time", "run_id": ""}
    with suppress(FileNotFoundError, ValueError):
        found = json.loads(path.read_bytes())
        return unknown | found if isinstance(found, dict) else unknown
    return unknown


def _folder(settings: Settings) -> Path:
    return settings.home / "alerts" / "running"
