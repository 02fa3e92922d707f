"""Old snapshots are removed, except those that a reader may use or a rollback may need."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from pipeline import publishing
from pipeline.publishing import retention, snapshot
from tests.publishing.conftest import Publisher


@pytest.fixture
def strict(publisher: Publisher) -> Publisher:
    """A publisher that keeps one snapshot and no hours."""
    publisher.settings = publisher.settings.model_copy(update={"retention": 1, "retention_hours": 0})
    return publisher


def test_live_snapshot_and_its_parent_are_kept(strict: Publisher) -> None:
    ids = [strict.publish() for _ in range(4)]
    assert publishing.snapshot_ids(strict.settings) == ids[2:]


def test_number_of_snapshots_kept_follows_the_setting(publisher: Publisher) -> None:
    publisher.settings = publisher.settings.model_copy(update={"retention": 3, "retention_hours": 0})
    ids = [publisher.publish() for _ in range(5)]
    assert publishing.snapshot_ids(publisher.settings) == ids[2:]


def test_snapshot_live_within_the_retention_hours_is_kept(publisher: Publisher) -> None:
    """A snapshot that was live for weeks is read until it is replaced: its age counts from then."""
    ids = [publisher.publish() for _ in range(4)]
    later = publisher.settings.model_copy(update={"retention": 1, "retention_hours": 48})
    soon = datetime.now(UTC) + timedelta(hours=47)
    assert publishing.retire(later, now=soon) == []
    assert publishing.retire(later, now=soon + timedelta(hours=2)) == ids[:2]


def test_withdrawn_and_live_snapshots_of_a_hold_are_kept(publisher: Publisher) -> None:
    ids = [publisher.publish() for _ in range(4)]
    publishing.rollback(publisher.settings, ids[0])
    strict = publisher.settings.model_copy(update={"retention": 1, "retention_hours": 0})
    assert publishing.retire(strict) == [ids[1], ids[2]]
    assert publishing.snapshot_ids(strict) == [ids[0], ids[3]]


def test_reader_keeps_an_open_file_after_its_snapshot_is_removed(strict: Publisher) -> None:
    """Retention removes a snapshot that a dashboard still reads: the reader is not affected."""
    first = strict.publish()
    with duckdb.connect(str(publishing.database_path(strict.settings, first)), read_only=True) as reader:
        for _ in range(3):
            strict.publish()
        assert first not in publishing.snapshot_ids(strict.settings)
        assert reader.execute("select count(*), sum(case_count) from summary.reported").fetchall() == [(3, 19)]


def test_shared_table_is_kept_after_its_first_snapshot_is_removed(strict: Publisher) -> None:
    ids = [strict.publish() for _ in range(4)]
    assert publishing.verify(strict.settings, ids[3], deep=True) == []


def test_manifest_of_a_retired_snapshot_is_kept_with_its_run(strict: Publisher) -> None:
    ids = [strict.publish() for _ in range(4)]
    assert (strict.settings.runs / ids[0] / "manifest.json").is_file()


def test_snapshot_that_was_never_live_is_removed(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run was interrupted between rename and CURRENT, and another published instead: the unused snapshot is
    removed."""
    first = publisher.publish()
    request = publisher.stage()
    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "commit", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            publishing.publish(publisher.settings, **request)
    last = publisher.publish()
    assert publishing.snapshot_ids(publisher.settings) == [first, last]


def test_refused_candidate_is_kept_for_the_retention_hours(publisher: Publisher) -> None:
    """The candidate of a closed gate can be examined for two days."""
    candidate = publisher.stage()["candidate"]
    retention.remove_old_candidates(publisher.settings)
    assert candidate.exists()
    retention.remove_old_candidates(publisher.settings.model_copy(update={"retention_hours": -1}))
    assert not candidate.exists()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
