"""Hashes made while the judge reads a candidate are those of publication, and count for nothing once it changed."""

import threading
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline import publishing, runs
from pipeline.errors import PublicationFailed
from pipeline.publishing import ahead, logical_hash
from pipeline.publishing.candidates import HASHES
from tests.publishing.conftest import Publisher, make_candidate

Staged = dict[str, Any]


def hash_candidate(publisher: Publisher, staged: Staged, skip: tuple[str, ...] = ()) -> None:
    with publishing.hash_ahead(publisher.settings, staged["run_id"], staged["candidate"], skip=skip):
        pass


def read_kept(publisher: Publisher, staged: Staged) -> dict[str, logical_hash.TableHash]:
    return ahead.read_hashes(publisher.settings.runs / staged["run_id"])


def test_hashes_are_those_of_every_table_but_what_is_known_or_appended(publisher: Publisher) -> None:
    staged = publisher.stage()
    with duckdb.connect(str(staged["candidate"]), read_only=True) as connection:
        every = publishing.hash_tables(connection)
    hash_candidate(publisher, staged)
    assert read_kept(publisher, staged) == {
        table: found for table, found in every.items() if table != "meta.quality_result"
    }
    hash_candidate(publisher, staged, skip=("summary.steady",))
    assert set(every) - set(read_kept(publisher, staged)) == {"summary.steady", "meta.quality_result"}


def test_publication_does_not_hash_again(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    staged, computed = publisher.stage(), []
    hash_candidate(publisher, staged)
    compute = logical_hash.hash_table

    def note(connection: Any, table: str, columns: list[tuple[str, str]]) -> logical_hash.TableHash:
        computed.append(table)
        return compute(connection, table, columns)

    monkeypatch.setattr(logical_hash, "hash_table", note)
    snapshot = publishing.publish(publisher.settings, **staged)
    assert computed == ["meta.quality_result"]
    assert publishing.verify(publisher.settings, snapshot, deep=True) == []


def test_candidate_that_changed_after_it_was_hashed_is_refused(publisher: Publisher) -> None:
    staged = publisher.stage()
    hash_candidate(publisher, staged)
    with duckdb.connect(str(staged["candidate"])) as connection:
        connection.execute("update summary.reported set case_count = 8 where case_count = 7")
    with pytest.raises(PublicationFailed, match=r"not what was judged: summary\.reported"):
        publishing.publish(publisher.settings, **staged)


def test_candidate_built_again_has_none_of_the_earlier_hashes(publisher: Publisher) -> None:
    staged = publisher.stage()
    hash_candidate(publisher, staged)
    staged["candidate"].unlink()
    publishing.note_tables(publisher.settings, staged["run_id"], make_candidate(staged["candidate"]))
    assert not (publisher.settings.runs / staged["run_id"] / HASHES).exists()
    assert read_kept(publisher, staged) == {}


def test_hashing_that_is_stopped_leaves_the_rest_to_publication(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged, is_stopped = publisher.stage(), threading.Event()
    compute = ahead.hash_table

    def wait_for_the_stop(connection: Any, table: str, columns: list[tuple[str, str]]) -> logical_hash.TableHash:
        assert is_stopped.wait(60)
        return compute(connection, table, columns)

    monkeypatch.setattr(ahead, "hash_table", wait_for_the_stop)
    candidate, run_id = staged["candidate"], staged["run_id"]
    with publishing.hash_ahead(publisher.settings, run_id, candidate, skip=()) as hashing:
        hashing.stop()
        is_stopped.set()
    assert len(read_kept(publisher, staged)) <= 1
    snapshot = publishing.publish(publisher.settings, **staged)
    assert publishing.verify(publisher.settings, snapshot, deep=True) == []


def test_error_in_the_block_ends_the_hashing_and_keeps_nothing(publisher: Publisher) -> None:
    staged = publisher.stage()
    candidate, run_id = staged["candidate"], staged["run_id"]
    with (
        pytest.raises(KeyboardInterrupt),
        publishing.hash_ahead(publisher.settings, run_id, candidate, skip=()),
    ):
        raise KeyboardInterrupt
    assert read_kept(publisher, staged) == {}


def test_what_cannot_be_hashed_is_left_to_publication(publisher: Publisher, tmp_path: Path) -> None:
    """A judge that was handed no readable candidate says so itself; publication names a column without a text."""
    unreadable = tmp_path / "candidate.duckdb"
    unreadable.write_bytes(b"no database")
    with publishing.hash_ahead(publisher.settings, "broken", unreadable, skip=()):
        pass
    assert runs.read_json(publisher.settings.runs / "broken" / HASHES) == {}
    staged = publisher.stage(more=["create table events.odd as select interval 1 month as period"])
    hash_candidate(publisher, staged)
    with pytest.raises(PublicationFailed, match="a column of type INTERVAL has no canonical text"):
        publishing.publish(publisher.settings, **staged)
