"""The watchdog finds each condition within its limit, tells it once a day, and says nothing on good nights."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
import pytest

from pipeline import runs
from pipeline.alerts import airflow_runs, queue, watchdog
from pipeline.alerts.nights import note_night
from pipeline.alerts.watchdog import Finding, Free, watch
from pipeline.publishing.hold import lift_hold, place_hold
from pipeline.settings import Settings
from tests.alerts.queued import Queued

START = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROOMY = Free(bytes=400_000_000_000, total_bytes=1_000_000_000_000, inodes=900_000, total_inodes=1_000_000)
Watch = Callable[..., dict[str, Finding]]


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> Queued:
    return Queued.instead_of_channels(monkeypatch)


@pytest.fixture
def look(settings: Settings, queued: Queued) -> Watch:
    """Watch at a moment, on a roomy disk and with a healthy scheduler; what is wrong, by condition."""

    def look_at(moment: datetime, free: Free = ROOMY, **changes: object) -> dict[str, Finding]:
        found = watch(settings, now=moment, free=lambda _: free, ask=lambda _: "healthy", **changes)
        return {finding.condition: finding for finding in found if finding.message}

    return look_at


def test_twenty_good_nights_raise_nothing(settings: Settings, queued: Queued, look: Watch) -> None:
    """Also those with nothing new, and just before the next one ends."""
    for night in range(20):
        note_night(settings, "published" if night % 5 == 0 else "nothing new", now=START + night * 24 * HOUR)
        for hour in (1, 12, 24):
            assert look(START + (night * 24 + hour) * HOUR) == {}
    assert queued.take() == []


def test_a_night_that_never_came_is_told_after_the_hours_and_its_recovery_once(
    settings: Settings, queued: Queued, look: Watch
) -> None:
    note_night(settings, "nothing new", now=START)
    assert look(START + 25.9 * HOUR) == {}
    assert list(look(START + 26 * HOUR)) == ["nights"]
    assert list(look(START + 27 * HOUR)) == ["nights"]
    (message,) = queued.take()
    assert (message.state, message.level) == ("silent", "error") and "2026-11-02 01:30" in message.causes[0].what
    note_night(settings, "published", now=START + 28 * HOUR)
    assert look(START + 29 * HOUR) == look(START + 30 * HOUR) == {}
    assert queued.take_states() == ["recovered"]


def test_before_the_first_night_the_hours_count_from_the_first_watch(look: Watch) -> None:
    assert look(START) == {} and look(START + 11 * HOUR, max_hours=12) == {}
    assert list(look(START + 12 * HOUR, max_hours=12)) == ["nights"]


def test_a_failure_that_was_told_is_not_told_again_as_a_night_that_never_came(
    settings: Settings, queued: Queued, look: Watch
) -> None:
    """The exit code says that the nights are not good; the person knows why already."""
    note_night(settings, "published", now=START)
    runs.begin_phase(settings, "20261103T013000Z-aaaaaa", "build")
    runs.finish(settings, "20261103T013000Z-aaaaaa", "failed", message="out of memory")
    assert set(look(START + 30 * HOUR)) == {"nights", "publication"}
    (message,) = queued.take()
    assert message.key == "publication" and message.causes[0].what == "out of memory"


def test_a_scheduler_that_does_not_run_is_told(settings: Settings, queued: Queued) -> None:
    airflow = settings.model_copy(update={"airflow_url": "http://127.0.0.1:1"})
    note_night(settings, "published", now=START)

    def watch_with(ask: Callable[[str], str], hours: int) -> list[str]:
        found = watch(airflow, now=START + hours * HOUR, ask=ask, free=lambda _: ROOMY)
        return [finding.seen for finding in found if finding.message]

    def refuse(address: str) -> str:
        raise httpx.ConnectError("refused")

    assert watch_with(lambda _: "healthy", 1) == []
    assert watch_with(lambda _: "unhealthy", 2) == ["the scheduler is unhealthy"]
    assert watch_with(refuse, 3) == ["the scheduler is unknown: the api-server does not answer (ConnectError)"]
    assert watch_with(lambda _: "healthy", 4) == []
    assert queued.take_states() == ["silent", "silent", "recovered"]
    assert watch_with(watchdog.ask_health, 5)[0].startswith("the scheduler is unknown"), "nothing listens there"


@pytest.mark.parametrize(
    "short",
    [
        replace(ROOMY, bytes=99_000_000_000),
        replace(ROOMY, bytes=4_900_000_000, total_bytes=20_000_000_000),
        replace(ROOMY, inodes=99_999),
    ],
    ids=["a tenth", "5 GB", "inodes"],
)
def test_a_disk_that_is_nearly_full_is_told(settings: Settings, queued: Queued, look: Watch, short: Free) -> None:
    note_night(settings, "published", now=START)
    assert list(look(START + HOUR, free=short)) == ["disk"]
    assert look(START + 2 * HOUR, free=replace(ROOMY, inodes=None, total_inodes=None)) == {}
    assert queued.take_states() == ["disk", "recovered"]


def test_a_hold_is_told_every_day(settings: Settings, queued: Queued, look: Watch) -> None:
    place_hold(settings, withdrawn="b", live="a", reason="wrong routes")
    for day in range(3):
        note_night(settings, "nothing new", now=START + day * 24 * HOUR)
        for hour in (1, 2):
            assert list(look(START + (day * 24 + hour) * HOUR)) == ["publication"]
    found = queued.take()
    assert [(message.state, message.nights) for message in found] == [("held", 1), ("held", 2), ("held", 3)]
    assert "wrong routes" in found[0].todo
    lift_hold(settings)
    assert look(START + 53 * HOUR) == {}


def test_a_source_that_moved_is_told_though_no_run_asks(settings: Settings, queued: Queued, look: Watch) -> None:
    note_night(settings, "nothing new", now=START)
    check = {"last_checked_at": "2026-11-02T01:00:00Z", "status": "moved", "message": "none is there"}
    runs.write_json(settings.landing / "faers" / "last_check.json", check)
    assert list(look(START + HOUR)) == ["source faers"]
    assert queued.take_states() == ["moved"]


def test_what_an_airflow_run_never_told_is_told_after_two_hours(
    settings: Settings, queued: Queued, look: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTVIGIL_HOME", str(settings.home))
    now = datetime.now(UTC)
    note_night(settings, "published", now=now)
    task = SimpleNamespace(dag_id="publish_summaries", task_id="build", run_id="asset__1", map_index=-1)
    airflow_runs.task_failed({"ti": task, "exception": ZeroDivisionError("x")})
    assert look(now + HOUR) == {}
    assert list(look(now + 3 * HOUR)) == ["messages of runs"]
    assert look(now + 4 * HOUR) == {}
    (message,) = queued.take()
    assert message.causes[0].what == "ZeroDivisionError: x"


def test_a_queue_that_does_not_drain_is_found(
    settings: Settings, queued: Queued, look: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_night(settings, "published", now=START)
    row = {"message": "m", "subject": "s", "channel": "slack", "since": f"{START:%Y-%m-%dT%H:%M:%S}+00:00"}
    monkeypatch.setattr(queue, "list_waiting", lambda settings: [row])
    assert look(START + 23 * HOUR) == {}
    assert "slack" in look(START + 25 * HOUR)["message queue"].seen


def test_the_data_are_not_written_to(settings: Settings, look: Watch) -> None:
    note_night(settings, "published", now=START)
    look(START + HOUR)
    assert [path.name for path in settings.home.iterdir()] == ["alerts"]


def test_free_space_is_that_of_the_disk_of_the_home(settings: Settings) -> None:
    found, disk = watchdog.find_free(settings), os.statvfs(settings.home.parent)
    assert found.total_bytes == disk.f_blocks * disk.f_frsize and 0 < found.bytes <= found.total_bytes
