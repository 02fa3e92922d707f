"""A candidate on its way to be a snapshot: moved, not copied, then closed, read in full and compared."""

import errno
import json
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipeline.errors import PublicationFailed
from pipeline.publishing.current import DATABASE, snapshot_path
from pipeline.publishing.logical_hash import TableHash, fingerprint_tables, hash_tables
from pipeline.publishing.manifest import APPENDED
from pipeline.settings import Settings

BEFORE_JUDGING = "before_judging.json"
MARGIN_BYTES = 64 << 20


def note_tables(settings: Settings, run_id: str, candidate: Path) -> None:
    """Keep with the run what every table of a candidate holds, so that judging can be shown to change none.

    A verdict that lies there from an earlier candidate of the run says nothing of this one, and goes.
    """
    run_folder = settings.runs / run_id
    (run_folder / "quality.json").unlink(missing_ok=True)
    with opened(settings, candidate) as connection:
        prints = fingerprint_tables(connection)
    draft = run_folder / f".{BEFORE_JUDGING}.part"
    draft.write_text(json.dumps(prints, indent=1, sort_keys=True) + "\n")
    draft.replace(run_folder / BEFORE_JUDGING)


@contextmanager
def opened(settings: Settings, database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection within the night's limits that prints nothing."""
    limits: dict[str, str | bool | int | float | list[str]] = {
        "threads": settings.threads,
        "memory_limit": settings.memory_limit,
        "temp_directory": str(settings.cache / "spill"),  # never inside a snapshot
    }
    with duckdb.connect(str(database), read_only=True, config=limits) as connection:
        connection.execute("set enable_progress_bar = false")
        yield connection


@contextmanager
def taken(settings: Settings, run_id: str, candidate: Path) -> Iterator[Path]:
    """The staging folder of a run with the candidate moved into it; moved back when what follows fails.

    A process that is killed leaves the candidate in one of the two places, and the next try finds it there.
    """
    target = snapshot_path(settings, run_id)
    folder = target.with_name(f".{run_id}.building")
    database = folder / DATABASE
    if candidate.exists() or not database.exists():  # a candidate that was built again is the one that was judged
        require_candidate(candidate)
        clear(folder, keep=())
        require_space(folder, candidate)
        move(candidate, database)
    clear(folder, keep=(DATABASE, f"{DATABASE}.wal"))
    database.chmod(0o644)
    try:
        yield folder
    except BaseException:
        if database.exists():
            move(database, candidate)
        shutil.rmtree(folder, ignore_errors=True)
        raise


def clear(folder: Path, *, keep: Collection[str]) -> None:
    """Make a folder that holds nothing but the named files."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in keep:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def move(source: Path, target: Path) -> None:
    """Rename a database with its write-ahead log; copy where the two lie on different disks."""
    wal = source.with_name(f"{source.name}.wal")
    if wal.exists():
        shutil.move(wal, target.with_name(f"{target.name}.wal"))
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        draft = target.with_name(f".{target.name}.part")
        shutil.copyfile(source, draft)
        draft.replace(target)
        source.unlink()


def require_candidate(candidate: Path) -> None:
    """Raise PublicationFailed where there is nothing to publish."""
    if not candidate.is_file():
        raise PublicationFailed(
            "there is no candidate to publish",
            where=str(candidate),
            todo="run `nightvigil build` and `nightvigil check` for this run first, or `nightvigil nightly`",
        )


def require_space(folder: Path, candidate: Path) -> None:
    """Raise PublicationFailed before anything is moved, where the disk has no room for what staging writes."""
    size = candidate.stat().st_size
    is_elsewhere = candidate.stat().st_dev != folder.stat().st_dev
    needed = MARGIN_BYTES + size // 4 + (size if is_elsewhere else 0)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise PublicationFailed(
            f"publishing needs {needed:,} bytes of free space, and {free:,} are left",
            where=str(folder.parent),
            todo="free disk space or lower NIGHTVIGIL_RETENTION, then publish again",
        )


def close_and_read(settings: Settings, database: Path, run_folder: Path) -> dict[str, TableHash]:
    """Checkpoint and close the database, read every column of it anew, return the logical hash of each table.

    Raises PublicationFailed when a write-ahead log is left, or a table is not what it was before judging.
    """
    with duckdb.connect(str(database)) as connection:
        connection.execute("checkpoint")
    wal = database.with_name(f"{database.name}.wal")
    if wal.exists():
        raise PublicationFailed(
            "the candidate still has a write-ahead log after its checkpoint",
            where=str(wal),
            todo="see that no other process has the candidate open, then publish again",
        )
    with opened(settings, database) as connection:
        require_unchanged(fingerprint_tables(connection), run_folder)
        return hash_tables(connection)


def require_unchanged(found: dict[str, list[int]], run_folder: Path) -> None:
    """Every table but the one appended after judging must hold what it held when the judge was called."""
    try:
        noted: dict[str, list[int]] = json.loads((run_folder / BEFORE_JUDGING).read_text())
    except FileNotFoundError:
        noted = {}
    differing = {table for table in found.keys() | noted.keys() if found.get(table) != noted.get(table)} - {APPENDED}
    if differing:
        raise PublicationFailed(
            f"the candidate is not what was judged: {', '.join(sorted(differing)[:5])} changed since it was built",
            where=str(run_folder / BEFORE_JUDGING),
            todo="run `nightvigil nightly` again; let nothing else write to a candidate",
        )
