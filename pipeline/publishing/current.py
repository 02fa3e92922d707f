"""The live snapshot. The file `CURRENT` names it and is the commit point; `current` is a link for people.

Readers take no lock: they read `CURRENT`, then open that snapshot, which is never written again. Writers of
`CURRENT` take the lock of this module; the kernel releases it when a process ends, so none is ever stale.
"""

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.durable import flush, write_durably
from pipeline.errors import PublicationFailed
from pipeline.publishing.hold import read_hold
from pipeline.settings import Settings

SNAPSHOT_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")
DATABASE = "nightvigil.duckdb"
MANIFEST = "manifest.json"  # copied to its run once a snapshot was live
LOCK_SECONDS = 120.0


def current_snapshot(settings: Settings) -> str | None:
    """Return the id of the live snapshot, None before the first.

    Raise PublicationFailed when CURRENT is damaged, or is missing although a snapshot was live before: a run that
    took this for the first one would publish whatever a partly restored backup holds.
    """
    path = settings.published / "CURRENT"
    try:
        snapshot_id = path.read_bytes().decode(errors="replace").strip()
    except FileNotFoundError:
        require_none_published(settings)
        return None
    if not SNAPSHOT_ID.fullmatch(snapshot_id) or not snapshot_path(settings, snapshot_id).is_dir():
        raise PublicationFailed(
            f"CURRENT names {snapshot_id[:100]!r}, which is not a published snapshot",
            where=str(path),
            todo="run `nightvigil rollback ID` with one of the ids under published/snapshots",
        )
    return snapshot_id


def require_none_published(settings: Settings) -> None:
    """Raise PublicationFailed, with the snapshot that was live last, when one was ever live here."""
    published = find_once_live(settings)
    if not published:
        return
    kept = [snapshot for snapshot in published if snapshot_path(settings, snapshot).is_dir()]
    restore = f"restore published/snapshots/{published[-1]} and CURRENT from a backup"
    if kept:
        restore = f"`nightvigil rollback {kept[-1]}` makes that snapshot live again, then `nightvigil release`"
    raise PublicationFailed(
        f"CURRENT is missing, but snapshots were published here; live last was {published[-1]}",
        where=str(settings.published / "CURRENT"),
        todo=f"{restore}; to publish from the deliveries as if for the first time, move published/ and runs/ away",
    )


def find_once_live(settings: Settings) -> list[str]:
    """The ids of the snapshots that were live once, the last one at the end, also of those no longer kept.

    A first publication that was interrupted before CURRENT was written leaves a snapshot that never was.
    """
    recorded = {path.parent.name: json.loads(path.read_text()) for path in sorted(settings.runs.glob("*/run.json"))}
    published = {run_id for run_id, record in recorded.items() if record.get("outcome") == "published"}
    published |= {path.parent.name for path in settings.runs.glob(f"*/{MANIFEST}")}
    without_run = {each for each in snapshot_ids(settings) if not (settings.runs / each).is_dir()}
    linked = read_link(settings) or (read_hold(settings) or {}).get("live")  # after a rollback it is not the newest
    return [*sorted((published | without_run) - {linked}), *([linked] if linked else [])]


def snapshot_path(settings: Settings, snapshot_id: str) -> Path:
    """Return the folder of a snapshot, whether or not it exists; raise PublicationFailed for an invalid id."""
    if not SNAPSHOT_ID.fullmatch(snapshot_id):
        raise PublicationFailed(
            f"{snapshot_id[:100]!r} is not a valid snapshot id",
            where=str(settings.published / "snapshots"),
            todo="use an id as `nightvigil status` shows it",
        )
    return settings.published / "snapshots" / snapshot_id


def database_path(settings: Settings, snapshot_id: str) -> Path:
    """Return the path of a snapshot's DuckDB file."""
    return snapshot_path(settings, snapshot_id) / DATABASE


def snapshot_ids(settings: Settings) -> list[str]:
    """List the published snapshots that are still kept, oldest first."""
    folder = settings.published / "snapshots"
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if SNAPSHOT_ID.fullmatch(path.name))


def set_current(settings: Settings, snapshot_id: str) -> None:
    """Make a snapshot the live one. The caller holds the lock "current"."""
    write_durably(settings.published / "CURRENT", f"{snapshot_id}\n".encode())
    _point_link(settings)


def repair_link(settings: Settings) -> bool:
    """Point the link `current` at the snapshot CURRENT names; return whether it had to be changed.

    The two differ only when a process was interrupted between writing the one and the other.
    """
    if read_link(settings) == current_snapshot(settings):
        return False
    with locked(settings, "current"):
        return _point_link(settings)


def _point_link(settings: Settings) -> bool:
    """Replace the link in one step, so that readers never find it missing."""
    live = current_snapshot(settings)
    link = settings.published / "current"
    if live is None or read_link(settings) == live:
        return False
    draft = link.with_name(f".current.{secrets.token_hex(4)}")
    draft.symlink_to(Path("snapshots") / live)
    draft.replace(link)
    flush(settings.published)
    return True


def read_link(settings: Settings) -> str | None:
    """Return the snapshot that the link `current` points at, or None where there is no link."""
    link = settings.published / "current"
    return link.readlink().name if link.is_symlink() else None


@contextmanager
def locked(settings: Settings, name: str, *, wait_seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold one of the locks of `published/`: "publishing" for a whole publication, "current" to move CURRENT.

    Raises PublicationFailed when another process keeps it for longer than wait_seconds.
    """
    settings.published.mkdir(parents=True, exist_ok=True)
    path = settings.published / f".{name}.lock"
    # Where a file system cannot lock, fail: the library's other kind of lock would outlive a killed process.
    held = FileLock(path, mode=0o644, timeout=wait_seconds, poll_interval=0.05, fallback_to_soft=False)
    try:
        held.acquire()
    except Timeout:
        raise PublicationFailed(
            f"another process has held the lock for more than {wait_seconds:g} s",
            where=str(path),
            todo="wait for the other publication or rollback to end, then try again",
        ) from None
    try:
        yield
    finally:
        held.release()
