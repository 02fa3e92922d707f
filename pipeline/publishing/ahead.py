"""Logical hashes of a candidate, computed while the judge reads it: the rules leave a processor idle for half of
their time, and publication asks for the same hashes afterwards.

A hash counts only where publication finds the candidate as it was before judging (`require_unchanged`).
"""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from pipeline import runs
from pipeline.errors import PublicationFailed
from pipeline.memory import divide_limit
from pipeline.publishing.candidates import HASHES, list_limits
from pipeline.publishing.logical_hash import TableHash, hash_table, list_tables, quote_table
from pipeline.publishing.manifest import APPENDED
from pipeline.settings import Settings

PART_OF_MEMORY = 4  # hashing needs little, and the judge has its own limit at the same time


class Hashing:
    """Tables that are being hashed in a thread of its own; `stop` ends it with the table at hand."""

    def __init__(self, settings: Settings, candidate: Path, skip: Collection[str]) -> None:
        memory = divide_limit(settings.memory_limit, PART_OF_MEMORY)
        self._limits = {**list_limits(settings), "memory_limit": memory}
        self._candidate = candidate
        self._skipped = {quote_table(table) for table in skip} | {APPENDED}
        self._is_stopped = threading.Event()
        self._found: dict[str, TableHash] = {}
        self._thread = threading.Thread(target=self._hash, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._is_stopped.set()

    def wait(self) -> dict[str, TableHash]:
        """What was hashed when the thread has ended."""
        self._thread.join()
        return self._found

    def _hash(self) -> None:
        # What cannot be hashed here is left to publication, which has more memory and states what is wrong.
        with (
            suppress(duckdb.Error, PublicationFailed),
            duckdb.connect(str(self._candidate), read_only=True, config=self._limits) as connection,
        ):
            for table, columns in list_tables(connection).items():
                if self._is_stopped.is_set():
                    return
                if table not in self._skipped:
                    self._found[table] = hash_table(connection, table, columns)


@contextmanager
def hash_ahead(settings: Settings, run_id: str, candidate: Path, *, skip: Collection[str]) -> Iterator[Hashing]:
    """Hash the tables of a candidate beside the block, which waits for the rest at its end; keep the hashes with the
    run. skip: tables whose hashes are known."""
    hashing = Hashing(settings, candidate, skip)
    try:
        yield hashing
    except BaseException:
        hashing.stop()
        raise
    finally:
        found = hashing.wait()
    kept = {table: [hashed.row_count, hashed.logical_hash] for table, hashed in found.items()}
    runs.write_json(settings.runs / run_id / HASHES, kept)


def read_hashes(run_folder: Path) -> dict[str, TableHash]:
    """The hashes that were computed while the candidate of a run was judged; none where there are none."""
    path = run_folder / HASHES
    kept = runs.read_json(path) if path.is_file() else {}
    return {table: TableHash(row_count, text) for table, (row_count, text) in kept.items()}
