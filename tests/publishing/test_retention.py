"""Old snapshots are removed, except those that a reader may use or a rollback may need."""

import os
import time
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from pipeline import publishing, runs
from pipeline.publishing import retention, snapshot
from pipeline.settings import Settings
from tests.publishing.conftest import Publisher

pytestmark = pytest.mark.slow


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


def leave_candidate(settings: Settings, run_id: str, *, outcome: str | None, judged: bool, hours: float) -> None:
    """A run that built a candidate so many hours ago, and ended or was killed."""
    folder = settings.runs / run_id
    runs.begin_phase(settings, run_id, "build")
    for name in ("candidate.duckdb", "candidate.duckdb.wal"):
        (folder / name).touch()
        os.utime(folder / name, (time.time() - hours * 3600,) * 2)
    if judged:
        (folder / "quality.json").write_text("{}")
    if outcome:
        runs.finish(settings, run_id, outcome)


def find_candidates(settings: Settings) -> list[str]:
    return sorted({path.parent.name for path in settings.runs.glob("*/candidate.duckdb*")})


def test_candidates_of_a_gate_shut_night_after_night_do_not_pile_up(settings: Settings) -> None:
    """4 GB each at full size; the newest can be examined, and nothing has to be published for the rest to go."""
    for night in range(1, 5):
        leave_candidate(settings, f"run-{night}", outcome="refused", judged=True, hours=24 * (5 - night))
        retention.remove_superseded_candidates(settings)
        assert find_candidates(settings) == [f"run-{night}"]
    assert (settings.runs / "run-1" / "run.json").exists(), "the record of a run is kept"


def test_newest_judged_candidate_is_kept_beside_a_newer_one_that_failed(settings: Settings) -> None:
    leave_candidate(settings, "run-1", outcome="refused", judged=True, hours=72)
    leave_candidate(settings, "run-2", outcome="refused", judged=True, hours=48)
    leave_candidate(settings, "run-3", outcome=None, judged=False, hours=47)
    leave_candidate(settings, "run-4", outcome=None, judged=False, hours=24)
    assert retention.remove_superseded_candidates(settings) == ["run-1", "run-3"]
    assert find_candidates(settings) == ["run-2", "run-4"]


def test_candidate_of_a_run_at_work_is_kept(settings: Settings) -> None:
    """Two runs at once: the earlier has no end yet and wrote its candidate an hour ago."""
    leave_candidate(settings, "run-1", outcome=None, judged=False, hours=1)
    leave_candidate(settings, "run-2", outcome="refused", judged=True, hours=0.5)
    assert retention.remove_superseded_candidates(settings) == []
    assert find_candidates(settings) == ["run-1", "run-2"]


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
