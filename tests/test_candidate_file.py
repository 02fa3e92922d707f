"""A candidate begins as an empty file, or as the live snapshot's unchanged tables and nothing else."""

import shutil
from pathlib import Path

import duckdb
import pytest

from pipeline.candidate_file import open_candidate
from pipeline.parent_views import Parent

KEPT, OTHER = "events.kept", "summary.other"
TABLES = "select schema_name || '.' || table_name from duckdb_tables() where schema_name <> 'meta'"


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """A published file of two tables and a view, which nobody may write."""
    path = tmp_path / "live.duckdb"
    with duckdb.connect() as connection:
        open_candidate(connection, path)
        for statement in (
            f"create table {KEPT} as select range as number, 'a word' as word from range(100000)",
            f"create table {OTHER} as select range as number from range(1000000)",
            "insert into meta.snapshot (run_id) values ('the one before')",
            f"create view answer.both_of as select * from {KEPT} cross join {OTHER}",
            "checkpoint",
        ):
            connection.execute(statement)
    path.chmod(0o444)
    return path


def read(path: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def open_beside(live: Path, target: Path, unchanged: frozenset[str]) -> None:
    with duckdb.connect() as connection:
        open_candidate(connection, target, Parent(live, False, unchanged))
        connection.execute("checkpoint")


def test_only_unchanged_tables_of_the_live_snapshot_are_there(live: Path, tmp_path: Path) -> None:
    target = tmp_path / "candidate.duckdb"
    before = live.read_bytes()
    open_beside(live, target, frozenset({KEPT}))
    assert read(target, TABLES) == [(KEPT,)]
    assert read(target, f"select count(*), sum(number), min(word) from {KEPT}") == [(100000, 4999950000, "a word")]
    assert read(target, "select count(*) from meta.snapshot") == [(0,)]
    assert read(target, "select view_name from duckdb_views() where schema_name = 'answer'") == []
    assert live.read_bytes() == before


def test_what_is_made_next_takes_the_place_of_what_was_dropped(live: Path, tmp_path: Path) -> None:
    """A file that is copied night after night must not grow."""
    target = tmp_path / "candidate.duckdb"
    with duckdb.connect() as connection:
        open_candidate(connection, target, Parent(live, False, frozenset({KEPT})))
        connection.execute(f"create table {OTHER} as select range as number from range(1000000)")
        connection.execute("checkpoint")
    assert target.stat().st_size <= live.stat().st_size * 1.1


def test_nothing_of_the_live_snapshot_is_there_where_all_has_changed(live: Path, tmp_path: Path) -> None:
    target = tmp_path / "candidate.duckdb"
    open_beside(live, target, frozenset())
    assert read(target, TABLES) == []


def test_log_of_a_killed_build_is_not_replayed_into_a_copy(live: Path, tmp_path: Path) -> None:
    target = tmp_path / "candidate.duckdb"
    shutil.copyfile(live, target)
    with duckdb.connect(str(target), config={"checkpoint_threshold": "1TB"}) as connection:
        connection.execute(f"delete from {KEPT}")
        killed = target.with_name(f"{target.name}.wal").read_bytes()
        assert killed
        connection.execute("checkpoint")
    target.with_name(f"{target.name}.wal").write_bytes(killed)
    open_beside(live, target, frozenset({KEPT}))
    assert read(target, f"select count(*) from {KEPT}") == [(100000,)]
