"""What a snapshot carries over from its parent is what hashing and writing the tables again would give."""

from pathlib import Path
from typing import Any

import pytest

from pipeline import publishing
from pipeline.errors import PublicationFailed
from pipeline.publishing import logical_hash
from pipeline.publishing.candidates import BEFORE_JUDGING
from tests.publishing.conftest import CELLS, Publisher

TAKEN_OVER = {"tables": ["summary.reported", "summary.steady"], "built_whole_at": "2026-11-01T00:00:00.000000Z"}
OTHER_CELLS = (("ketamine", "oral", "nausea", 4), *CELLS)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tables whose logical hash is computed from now on."""
    computed: list[str] = []
    compute = logical_hash.hash_table

    def note(connection: Any, table: str, columns: list[tuple[str, str]]) -> logical_hash.TableHash:
        computed.append(table)
        return compute(connection, table, columns)

    monkeypatch.setattr(logical_hash, "hash_table", note)
    return computed


def find_parquet(publisher: Publisher, snapshot: str, name: str) -> Path:
    return publishing.snapshot_path(publisher.settings, snapshot) / "tables" / f"{name}.parquet"


def test_table_taken_over_keeps_hash_and_file(publisher: Publisher, hashed: list[str]) -> None:
    first = publisher.publish()
    hashed.clear()
    second = publisher.publish(taken_over=TAKEN_OVER)
    assert not {"summary.reported", "summary.steady"} & set(hashed)
    assert "events.note" in hashed
    for name in ("reported", "steady"):
        assert find_parquet(publisher, second, name).samefile(find_parquet(publisher, first, name))
    before, after = (publishing.read_manifest(publisher.settings, each)["tables"] for each in (first, second))
    assert before.keys() == after.keys()
    assert all(before[table] == after[table] for table in ("summary.reported", "summary.steady"))
    assert publishing.verify(publisher.settings, second, deep=True) == []


def test_table_with_other_rows_is_hashed_and_written(publisher: Publisher, hashed: list[str]) -> None:
    """A build that says it took a table over, and holds other rows of it, is not believed."""
    first = publisher.publish()
    hashed.clear()
    second = publisher.publish(cells=OTHER_CELLS, taken_over=TAKEN_OVER)
    assert "summary.reported" in hashed
    assert (
        find_parquet(publisher, second, "reported").read_bytes()
        != find_parquet(publisher, first, "reported").read_bytes()
    )
    assert find_parquet(publisher, second, "steady").samefile(find_parquet(publisher, first, "steady"))
    assert publishing.verify(publisher.settings, second, deep=True) == []


def test_nothing_is_carried_without_what_the_parent_recorded(publisher: Publisher, hashed: list[str]) -> None:
    first = publisher.publish()
    (publisher.settings.runs / first / BEFORE_JUDGING).unlink()
    hashed.clear()
    second = publisher.publish(taken_over=TAKEN_OVER)
    assert {"summary.reported", "summary.steady"} <= set(hashed)
    assert publishing.verify(publisher.settings, second, deep=True) == []


def test_first_snapshot_carries_nothing(publisher: Publisher, hashed: list[str]) -> None:
    first = publisher.publish(taken_over=TAKEN_OVER)
    assert {"summary.reported", "summary.steady"} <= set(hashed)
    assert publishing.verify(publisher.settings, first, deep=True) == []


def test_copy_that_does_not_hold_what_was_judged_ends_the_build(publisher: Publisher) -> None:
    """The disk or the memory gave other rows: the copy is refused before it is judged, and the table is named."""
    first = publisher.publish()
    second = publisher.publish(cells=OTHER_CELLS)
    tables = TAKEN_OVER["tables"]
    publishing.require_taken_over(publisher.settings, first, None, tables)
    publishing.require_taken_over(publisher.settings, second, first, ["summary.steady"])
    with pytest.raises(PublicationFailed, match=r"copied summary\.reported from .*, in 1 of 2 tables"):
        publishing.require_taken_over(publisher.settings, second, first, tables)
    (publisher.settings.runs / first / BEFORE_JUDGING).unlink()
    publishing.require_taken_over(publisher.settings, second, first, tables)
