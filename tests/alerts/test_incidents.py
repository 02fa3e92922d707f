"""What goes out now, what waits for the digest, what is folded, and what ends. The clock is given to every call."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import runs
from pipeline.alerts import incidents, queue
from pipeline.alerts.incidents import recover, report, report_run
from pipeline.alerts.message import Message, Problem
from pipeline.settings import Settings
from tests.alerts.queued import Queued

NIGHT = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
DAY = timedelta(days=1)
BLOCKED = Message(
    key="publication",
    state="blocked",
    level="error",
    subject="publication is blocked",
    effect="the earlier snapshot stays live",
    causes=(Problem("a re-issue keeps at least nine tenths", now="346"),),
    about={"run": "20261102T013000Z-aaaaaa"},
)
UNAVAILABLE = replace(
    BLOCKED, key="source faers", state="unavailable", level="warning", subject="FDA is unavailable", about={}
)
PUBLISHED = replace(BLOCKED, state="published", level="info", subject="snapshot 1 is live", causes=())


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> Queued:
    return Queued.instead_of_channels(monkeypatch)


def record_of(settings: Settings, key: str) -> Path:
    return settings.home / "alerts" / "incidents" / f"{key.replace(' ', '-')}.json"


def test_an_error_goes_out_once_a_day_and_counts_its_nights(settings: Settings, queued: Queued) -> None:
    """A retry on the same day, by another run, is folded; a changed cause is not."""
    report(settings, BLOCKED, now=NIGHT)
    report(settings, replace(BLOCKED, about={"run": "20261102T060000Z-bbbbbb"}), now=NIGHT + timedelta(hours=5))
    assert [message.nights for message in queued.take()] == [1]
    report(settings, replace(BLOCKED, causes=(Problem("another rule failed"),)), now=NIGHT + timedelta(hours=6))
    assert queued.take_states() == ["blocked"]
    report(settings, BLOCKED, now=NIGHT + DAY)
    (second,) = queued.take()
    assert second.nights == 2 and second.sent_at == "2026-11-03T01:30:00+00:00"


def test_recovery_is_reported_once_and_says_how_long_it_lasted(settings: Settings, queued: Queued) -> None:
    assert recover(settings, "publication", {}, now=NIGHT) is None
    for night in range(3):
        report(settings, BLOCKED, now=NIGHT + night * DAY)
    queued.take()
    for _ in range(2):
        recover(settings, "publication", {"run": "r"}, now=NIGHT + 3 * DAY)
    (message,) = queued.take()
    assert (message.state, message.level, message.nights) == ("recovered", "error", 3)
    assert message.subject == "recovered: publication is blocked" and "3 nights" in message.effect


def test_a_condition_that_comes_back_on_the_day_it_ended_is_told_again(settings: Settings, queued: Queued) -> None:
    for hour in (0, 2):
        report(settings, BLOCKED, now=NIGHT + timedelta(hours=hour))
        recover(settings, "publication", {}, now=NIGHT + timedelta(hours=hour + 1))
    found = queued.take()
    assert [message.state for message in found] == ["blocked", "recovered"] * 2
    assert len({message.message_id for message in found}) == 4


def test_warnings_wait_for_one_digest_a_day(settings: Settings, queued: Queued) -> None:
    """Those of a second run wait for the next day; a recovery of what only warned is part of the digest."""
    report(settings, UNAVAILABLE, now=NIGHT)
    assert queued.take() == []
    report_run(settings, [replace(UNAVAILABLE, key="warnings", state="warned", subject="two rules warn")], now=NIGHT)
    (digest,) = queued.take()
    assert digest.level == "warning" and digest.subject == "FDA is unavailable (and 1 more)"
    assert "two rules warn" in digest.causes[1].what
    report_run(settings, [replace(UNAVAILABLE, key="source clinicaltrials")], now=NIGHT + timedelta(hours=3))
    assert queued.take() == []
    report_run(settings, [], recovered=["source faers"], now=NIGHT + DAY)
    (digest,) = queued.take()
    assert (digest.state, digest.level) == ("unavailable", "warning")
    assert any(cause.what.startswith("recovered: FDA is unavailable") for cause in digest.causes)


def test_what_one_run_has_to_say_is_one_message_the_most_serious_first(settings: Settings, queued: Queued) -> None:
    report(settings, replace(BLOCKED, key="source faers", state="moved", subject="FDA may have moved"), now=NIGHT)
    queued.take()
    sent = report_run(settings, [PUBLISHED, UNAVAILABLE, BLOCKED], recovered=["source x"], now=NIGHT)
    assert queued.take() == [sent]
    assert sent is not None and sent.state == "blocked" and sent.subject.endswith("(and 2 more)")
    assert [cause.what for cause in sent.causes if "snapshot 1" in cause.what]


def test_a_torn_record_loses_no_message(settings: Settings, queued: Queued) -> None:
    """It is begun anew: at worst the message is told twice, and the end of the condition is told."""
    report(settings, BLOCKED, now=NIGHT)
    record_of(settings, "publication").write_bytes(record_of(settings, "publication").read_bytes()[:40])
    report(settings, BLOCKED, now=NIGHT + timedelta(hours=1))
    assert queued.take_states() == ["blocked", "blocked"]
    record_of(settings, "publication").write_bytes(b"")
    recover(settings, "publication", {}, now=NIGHT + DAY)
    assert queued.take_states() == ["recovered"]


def test_a_clock_that_is_set_back_loses_no_message(settings: Settings, queued: Queued) -> None:
    report_run(settings, [BLOCKED, UNAVAILABLE], now=NIGHT + 30 * DAY)
    queued.take()
    report_run(settings, [BLOCKED, UNAVAILABLE], now=NIGHT)
    (message,) = queued.take()
    assert message.state == "blocked"
    assert any(cause.what.startswith("FDA is unavailable") for cause in message.causes)
    recover(settings, "publication", {}, now=NIGHT - DAY)
    assert queued.take_states() == ["recovered"]


def test_a_process_that_dies_before_it_could_queue_tells_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one that dies afterwards tells it under the same id, which the queue knows."""
    queued = Queued.instead_of_channels(monkeypatch)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(queue, "enqueue", die)
        with pytest.raises(KeyboardInterrupt):
            report_run(settings, [BLOCKED, UNAVAILABLE], now=NIGHT)
    report_run(settings, [BLOCKED, UNAVAILABLE], now=NIGHT)
    (first,) = queued.take()
    assert first.state == "blocked"
    with monkeypatch.context() as dying:
        dying.setattr(incidents, "_mark_told", die)
        with pytest.raises(KeyboardInterrupt):
            report(settings, BLOCKED, now=NIGHT + DAY)
    report(settings, BLOCKED, now=NIGHT + DAY)
    assert [message.nights for message in queued.take()] == [2]


def test_two_processes_at_once_lose_nothing(settings: Settings, queued: Queued) -> None:
    kinds = [replace(BLOCKED, causes=(Problem(f"rule {number}"),)) for number in range(8)]
    warnings = [replace(UNAVAILABLE, causes=(Problem(f"rule {number}"),)) for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda message: report(settings, message, now=NIGHT), [*kinds, *warnings]))
    assert len(queued.take()) == 8
    assert len(runs.read_json(record_of(settings, "source faers"))["pending"]) == 8


def test_a_full_disk_is_reported_with_what_was_held_back(
    settings: Settings, queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    incidents.keep_reserve(settings)
    reserve, write = settings.home / "alerts" / ".reserve", runs.write_json

    def refuse(path: Path, value: object) -> None:
        if reserve.exists():
            raise OSError(28, "No space left on device", str(path))
        write(path, value)

    monkeypatch.setattr(runs, "write_json", refuse)
    report(settings, BLOCKED, now=NIGHT)
    assert queued.take_states() == ["blocked"]
    monkeypatch.setattr(runs, "write_json", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    report(settings, BLOCKED, now=NIGHT + DAY)
    assert queued.take_states() == ["blocked"], "it is sent without a record where none can be written"


def test_no_secret_and_no_escape_reaches_record_log_or_queue(
    settings: Settings, queued: Queued, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("POSTGRES_PASSWORD", "canary-5f0c2a")
    hostile = "no login with canary-5f0c2a: a\x1b]0;owned\x07\nERROR forged\udcff.zip"
    with caplog.at_level("INFO", "nightvigil.alerts"):
        report(settings, replace(BLOCKED, subject=hostile, causes=(Problem(hostile),), todo=hostile), now=NIGHT)
    (line,) = caplog.messages
    (message,) = queued.take()
    kept = record_of(settings, "publication").read_text()
    for text in (line, message.subject, kept):
        assert "canary" not in text and "\x1b" not in text and "\\x1b" in text
    assert "\n" not in line
