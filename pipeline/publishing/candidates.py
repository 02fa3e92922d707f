"""Candidates during publication: moved (not copied) into staging, closed, read in full and compared."""

import errno
import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import duckdb

from pipeline import runs
from pipeline.errors import PublicationFailed
from pipeline.publishing.current import DATABASE, snapshot_path
from pipeline.publishing.logical_hash import TableHash, fingerprint_tables, hash_tables
from pipeline.publishing.manifest import APPENDED
from pipeline.quoting import quoted
from pipeline.settings import Settings

BEFORE_JUDGING = "before_judging.json"
MARGIN_BYTES = 64 << 20


def note_tables(settings: Settings, run_id: str, candidate: Path) -> None:
    """Record the fingerprint of every table with the run, so that judging can be shown to change none of them.

    A verdict of an earlier candidate of the same run does not apply to this one and is removed.
    """
    run_folder = settings.runs / run_id
    (run_folder / "quality.json").unlink(missing_ok=True)
    with open_database(settings, candidate) as connection:
        fingerprints = fingerprint_tables(connection)
    runs.write_json(run_folder / BEFORE_JUDGING, fingerprints)


@contextmanager
def open_database(settings: Settings, database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database read-only, within the limits of the settings and without a progress bar."""
    with duckdb.connect(str(database), read_only=True, config=list_limits(settings)) as connection:
        connection.execute("set enable_progress_bar = false")
        yield connection


@contextmanager
def open_side_by_side(settings: Settings, **databases: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Attach databases read-only, each under the name of its argument, within the same limits."""
    with duckdb.connect(config=list_limits(settings)) as connection:
        connection.execute("set enable_progress_bar = false")
        for name, path in databases.items():
            connection.execute(f"attach {quoted(path)} as {name} (read_only)")
        yield connection


def list_limits(settings: Settings) -> dict[str, str | bool | int | float | list[str]]:
    """The settings of DuckDB for whoever reads a snapshot or a candidate."""
    return {
        "threads": settings.threads,
        "memory_limit": settings.memory_limit,
        "temp_directory": str(settings.cache / "spill"),  # never inside a snapshot
    }


@contextmanager
def move_to_staging(settings: Settings, run_id: str, candidate: Path) -> Iterator[Path]:
    """Move the candidate into the staging folder of its run and yield that folder; move it back on an error.

    A killed process leaves the candidate in one of the two places, and the next attempt finds it there.
    """
    target = snapshot_path(settings, run_id)
    folder = target.with_name(f".{run_id}.building")
    database = folder / DATABASE
    if candidate.exists() or not database.exists():  # a candidate built again is the one that was judged
        require_candidate(candidate)
        empty_folder(folder, keep=())
        require_space(folder, candidate)
        move_database(candidate, database)
    empty_folder(folder, keep=(DATABASE, f"{DATABASE}.wal"))
    database.chmod(0o644)
    try:
        yield folder
    except BaseException:
        if database.exists():
            move_database(database, candidate)
        shutil.rmtree(folder, ignore_errors=True)
        raise


def empty_folder(folder: Path, *, keep: Collection[str]) -> None:
    """Create the folder if needed and remove everything in it except the named files."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in keep:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def move_database(source: Path, target: Path) -> None:
    """Rename a database together with its write-ahead log; copy it where the target is on another disk."""
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
    """Raise PublicationFailed when the candidate does not exist."""
    if not candidate.is_file():
        raise PublicationFailed(
            "there is no candidate to publish",
            where=str(candidate),
            todo="run `nightvigil build` and `nightvigil check` for this run first, or `nightvigil nightly`",
        )


def require_space(folder: Path, candidate: Path) -> None:
    """Raise PublicationFailed, before anything is moved, when the disk has no room for what staging writes."""
    size = candidate.stat().st_size
    is_elsewhere = candidate.stat().st_dev != folder.stat().st_dev
    needed = MARGIN_BYTES + size // 4 + (size if is_elsewhere else 0)
    _require_free(folder, needed, "publishing", where=folder.parent, again="publish again")


def require_room_to_build(settings: Settings, parent: str | None) -> None:
    """Raise PublicationFailed where the disk has no room for another snapshot of the size of the live one.

    Asked before a build, which would otherwise fill the disk for an hour and then fail. Without a live snapshot
    nobody knows the size.
    """
    if parent is None:
        return
    needed = MARGIN_BYTES + snapshot_path(settings, parent).joinpath(DATABASE).stat().st_size * 3 // 2
    purpose, again = "a build like that of the live snapshot", "run `nightvigil nightly` again"
    _require_free(settings.home, needed, purpose, where=settings.home, again=again)


def _require_free(disk: Path, needed: int, purpose: str, *, where: Path, again: str) -> None:
    free = shutil.disk_usage(disk).free
    if free < needed:
        raise PublicationFailed(
            f"{purpose} needs {needed:,} bytes of free disk space, but only {free:,} bytes are free",
            where=str(where),
            todo=f"free disk space or lower NIGHTVIGIL_RETENTION, then {again}",
        )


def close_and_read(
    settings: Settings, database: Path, run_folder: Path, known: Mapping[str, TableHash] = MappingProxyType({})
) -> dict[str, TableHash]:
    """Checkpoint and close the database, read every column again, return the logical hash of each table.

    known: hashes of tables that need not be computed. Raises PublicationFailed when a write-ahead log is left, or a
    table is not what it was before judging.
    """
    with duckdb.connect(str(database)) as connection:
        connection.execute("checkpoint")
    wal = database.with_name(f"{database.name}.wal")
    if wal.exists():
        raise PublicationFailed(
            "the candidate still has a write-ahead log after its checkpoint",
            where=str(wal),
            todo="make sure that no other process has the candidate open, then publish again",
        )
    with open_database(settings, database) as connection:
        require_unchanged(fingerprint_tables(connection), run_folder)
        return hash_tables(connection, known)


def read_fingerprints(run_folder: Path) -> dict[str, list[int]]:
    """The fingerprint that a run recorded of each table before judging; none where it recorded none."""
    try:
        fingerprints: dict[str, list[int]] = json.loads((run_folder / BEFORE_JUDGING).read_text())
    except FileNotFoundError:
        return {}
    return fingerprints


def require_unchanged(found: dict[str, list[int]], run_folder: Path) -> None:
    """Raise PublicationFailed unless every table, except the one appended after judging, is as it was before."""
    before = read_fingerprints(run_folder)
    differing = {table for table in found.keys() | before.keys() if found.get(table) != before.get(table)} - {
        APPENDED
    }
    if differing:
        raise PublicationFailed(
            f"the candidate is not what was judged: {', '.join(sorted(differing)[:5])} changed after the build",
            where=str(run_folder / BEFORE_JUDGING),
            todo="run `nightvigil nightly` again, and make sure that no other process writes to the candidate; the "
            "live snapshot is unchanged",
        )
