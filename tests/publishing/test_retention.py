"""Old snapshots go, but none that a reader may hold or a rollback may need."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from pipeline import publishing
from pipeline.publishing import retention, snapshot
from tests.publishing.conftest import House


@pytest.fixture
def strict(house: House) -> House:
    """Keeps one snapshot and no hours."""
    house.settings = house.settings.model_copy(update={"retention": 1, "retention_hours": 0})
    return house


def test_the_last_and_the_live_and_its_parent_stay(strict: House) -> None:
    ids = [strict.publish() for _ in range(4)]
    assert publishing.snapshot_ids(strict.settings) == ids[2:]


def test_the_number_kept_is_the_setting(house: House) -> None:
    house.settings = house.settings.model_copy(update={"retention": 3, "retention_hours": 0})
    ids = [house.publish() for _ in range(5)]
    assert publishing.snapshot_ids(house.settings) == ids[2:]


def test_what_was_live_within_the_hours_stays(house: House) -> None:
    """One that was live for weeks is read until the minute it is replaced: age counts from then."""
    ids = [house.publish() for _ in range(4)]
    later = house.settings.model_copy(update={"retention": 1, "retention_hours": 48})
    soon = datetime.now(UTC) + timedelta(hours=47)
    assert publishing.retire(later, now=soon) == []
    assert publishing.retire(later, now=soon + timedelta(hours=2)) == ids[:2]


def test_both_ends_of_a_hold_stay(house: House) -> None:
    ids = [house.publish() for _ in range(4)]
    publishing.rollback(house.settings, ids[0])
    strict = house.settings.model_copy(update={"retention": 1, "retention_hours": 0})
    assert publishing.retire(strict) == [ids[1], ids[2]]
    assert publishing.snapshot_ids(strict) == [ids[0], ids[3]]


def test_a_reader_keeps_the_file_it_has_open(strict: House) -> None:
    """Retention removes a snapshot that a dashboard still reads: the reader does not notice."""
    first = strict.publish()
    with duckdb.connect(str(publishing.database_path(strict.settings, first)), read_only=True) as reader:
        for _ in range(3):
            strict.publish()
        assert first not in publishing.snapshot_ids(strict.settings)
        assert reader.execute("select count(*), sum(case_count) from summary.reported").fetchall() == [(3, 19)]


def test_a_shared_table_outlives_the_snapshot_it_came_from(strict: House) -> None:
    ids = [strict.publish() for _ in range(4)]
    assert publishing.verify(strict.settings, ids[3], deep=True) == []


def test_the_manifest_of_a_retired_snapshot_stays_with_its_run(strict: House) -> None:
    ids = [strict.publish() for _ in range(4)]
    assert (strict.settings.runs / ids[0] / "manifest.json").is_file()


def test_a_snapshot_that_was_finished_but_never_live_goes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night died between rename and CURRENT; another run published instead: the orphan is nobody's."""
    first = house.publish()
    request = house.stage()
    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "commit", _die)
        with pytest.raises(KeyboardInterrupt):
            publishing.publish(house.settings, **request)
    last = house.publish()
    assert publishing.snapshot_ids(house.settings) == [first, last]


def test_refused_candidates_stay_for_the_hours(house: House) -> None:
    """Whoever asks why the gate shut can look into the candidate for two days."""
    candidate = house.stage()["candidate"]
    retention.remove_old_candidates(house.settings)
    assert candidate.exists()
    retention.remove_old_candidates(house.settings.model_copy(update={"retention_hours": -1}))
    assert not candidate.exists()


def _die(*_: object) -> None:
    raise KeyboardInterrupt
