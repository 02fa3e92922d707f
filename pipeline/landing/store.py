"""The store: bytes kept under their sha256, folders that appear whole, and the locks that make this safe.

What is being made is in a hidden folder that its process keeps locked; when the process ends the lock is released,
and the next run removes the folder. Nothing here is edited in place.
"""

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from pipeline.durable import flush, sha256_of
from pipeline.errors import DeliveryRefused
from pipeline.landing.receipts import ReceivedFile
from pipeline.settings import Settings

WORKING_PREFIX = ".working-"
CHUNK = 1 << 20


class Changed(Exception):
    """The received file or folder was written to while it was read."""


@contextmanager
def lock(path: Path, wait: float = -1) -> Iterator[None]:
    """Hold an exclusive lock on a file for the length of a block.

    wait: seconds to wait for another process that holds it, after which filelock.Timeout is raised; -1 is for ever.
    The kernel releases the lock of a process that ends, however it ends, so none is ever stale.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Where a file system cannot lock, fail: the library's other kind of lock would outlive a killed process.
    with FileLock(path, timeout=wait, mode=0o644, fallback_to_soft=False):
        yield


def source_lock(settings: Settings, source: str) -> Path:
    """The lock of one source: held while a delivery is committed and while abandoned folders are removed."""
    return settings.raw / source / ".lock"


@contextmanager
def working_folder(parent: Path) -> Iterator[Path]:
    """A hidden folder beside its final place, removed at the end if it was not renamed.

    A lock on the folder itself marks it as in use. It is an flock, which follows the folder when it is renamed into
    place; a lock file of `lock` would be left inside the delivery.
    """
    parent.mkdir(parents=True, exist_ok=True)
    with lock(parent / ".working.lock"):
        _remove_abandoned(parent)
        folder = Path(tempfile.mkdtemp(prefix=WORKING_PREFIX, dir=parent))
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def settle_folder(working: Path, final: Path) -> None:
    """Put a finished working folder in its place: on disk, readable, and by one rename."""
    working.chmod(0o755)
    sync_tree(working)
    working.rename(final)
    flush(final.parent)


def clear_orphans(settings: Settings, source: str) -> None:
    """Remove quarantine folders whose delivery was never committed; call it under the source's lock."""
    for folder in (settings.quarantine / source).glob("*-*-*"):
        if not folder.name.startswith(".") and not (settings.raw / source / folder.name).exists():
            shutil.rmtree(folder)


def fingerprint(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, sizes and modification times of a file or of all files in a folder: equal if nothing was written.

    Raises FileNotFoundError when it is gone.
    """
    paths = [path] if not path.is_dir() else sorted(each for each in path.rglob("*") if not each.is_dir())
    states = [(each, each.lstat()) for each in paths]
    return tuple((str(each), state.st_size, state.st_mtime_ns) for each, state in states)


def keep(path: Path, settings: Settings, source: str) -> tuple[Path, str, list[ReceivedFile]]:
    """Copy a received file or folder into landing/<source>/<sha256>/; return the copy, its sha256 and files.

    The sha256 of a folder is that of its list of names and sha256s. A copy kept earlier is verified, and replaced
    where it is damaged. Raises FileNotFoundError when it is gone, Changed when it is being written to, and
    DeliveryRefused for a link.
    """
    home = settings.landing / source
    with working_folder(home) as working:
        before = fingerprint(path)
        copy = working / path.name
        files = [_copy_file(each, path, copy, settings) for each in _files_in(path)]
        if fingerprint(path) != before:
            raise Changed(path.name)
        sha256 = _folder_sha256(files) if copy.is_dir() else files[0].sha256
        final = home / sha256
        if final.exists() and not _holds(final, files, is_folder=copy.is_dir()):
            _take_place_of(final, copy)
        if not final.exists():
            try:
                settle_folder(working, final)
            except OSError:  # another run kept the same bytes a moment ago
                if not final.exists():
                    raise
    return next(final.iterdir()), sha256, files


def _holds(kept: Path, files: list[ReceivedFile], *, is_folder: bool) -> bool:
    """Whether a folder of landing still holds these files with their bytes."""
    root = next(kept.iterdir(), kept)
    paths = [root / each.name if is_folder else root for each in files]
    return all(path.is_file() and sha256_of(path) == each.sha256 for path, each in zip(paths, files, strict=True))


def _take_place_of(damaged: Path, copy: Path) -> None:
    """Remove a damaged copy, and name the new one as it was named, as the receipts and raw files name it."""
    names = [path.name for path in damaged.iterdir()]
    aside = damaged.with_name(
        f"{WORKING_PREFIX}damaged-{damaged.name[:12]}"
    )  # removed by the next run, if interrupted
    damaged.rename(aside)
    shutil.rmtree(aside)
    if names and names[0] != copy.name:
        copy.rename(copy.with_name(names[0]))


def sync_tree(folder: Path) -> None:
    """Force every file and folder below (and itself) to disk."""
    for path in sorted(folder.rglob("*"), reverse=True):
        flush(path)
    flush(folder)


def _files_in(path: Path) -> list[Path]:
    """The plain files that a received file or folder is made of."""
    is_folder = stat.S_ISDIR(path.lstat().st_mode)
    found = (
        sorted(each for each in path.rglob("*") if each.is_symlink() or not each.is_dir()) if is_folder else [path]
    )
    for each in found:
        if not stat.S_ISREG(each.lstat().st_mode):
            raise DeliveryRefused(
                "a delivery may hold only plain files, and this is a link or a device",
                where=str(each),
                todo="replace it by the file itself",
            )
    if not found:
        raise DeliveryRefused(
            "the folder is empty", where=str(path), todo="drop the files of one delivery in it, or remove it"
        )
    return found


def _copy_file(file: Path, root: Path, copy: Path, settings: Settings) -> ReceivedFile:
    name = file.relative_to(root).as_posix() if file != root else file.name
    target = copy / name if file != root else copy
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as source, target.open("wb") as sink:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            sink.write(chunk)
            size += len(chunk)
            if size > settings.archive_max_bytes:
                raise DeliveryRefused(
                    f"the file is larger than {settings.archive_max_bytes} bytes",
                    where=str(file),
                    todo="check what it is; if it is right, raise NIGHTVIGIL_ARCHIVE_MAX_BYTES",
                )
    target.chmod(0o444)  # bytes as received are never edited
    return ReceivedFile(name, digest.hexdigest(), size)


def _folder_sha256(files: list[ReceivedFile]) -> str:
    listing = "".join(f"{each.sha256}  {each.name}\n" for each in sorted(files, key=lambda each: each.name))
    return hashlib.sha256(listing.encode("utf-8", "surrogateescape")).hexdigest()


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{WORKING_PREFIX}*"):
        if not folder.is_dir():
            continue
        try:
            handle = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # renamed into place a moment ago
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # its process is alive
            continue
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)
