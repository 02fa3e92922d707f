"""A message waits on disk until each channel has accepted it, and is sent twice only where a process died between."""

import json
import logging
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline import runs
from pipeline.alerts import clock as alert_clock
from pipeline.alerts import queue
from pipeline.alerts.message import Message
from pipeline.command_line import alerts as commands
from pipeline.landing.receipts import Receipt
from pipeline.landing.store import lock
from pipeline.settings import Settings
from tests.alerts.conftest import BLOCKED
from tests.alerts.servers import HANGS, MailServer, WebhookServer

WARNED = replace(BLOCKED, state="warned", level="warning", message_id="digest-20131102")


def waiting(settings: Settings) -> list[str]:
    return sorted(path.stem for path in (settings.home / "alerts" / "queue").glob("*.json"))


def entry(settings: Settings, message: Message = BLOCKED) -> Any:
    (path,) = (settings.home / "alerts").glob(f"*/{message.message_id}.json")
    return runs.read_json(path)


class Clock:
    """The time of the queue, which moves when a test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = alert_clock.read_clock()
        monkeypatch.setattr(alert_clock, "read_clock", lambda: self.now)

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_message_is_kept_once_and_sent_once(by_mail: Settings, mail_server: MailServer) -> None:
    queue.enqueue(by_mail, BLOCKED)
    queue.enqueue(by_mail, BLOCKED)
    assert waiting(by_mail) == [BLOCKED.message_id]
    assert [attempt.is_accepted for attempt in queue.deliver(by_mail)] == [True]
    queue.enqueue(by_mail, BLOCKED)
    assert (waiting(by_mail), queue.deliver(by_mail), len(mail_server.accepted)) == ([], [], 1)
    progress = entry(by_mail)["channels"]["mail to oncall@example.org"]
    assert progress["accepted_at"] and progress["tries"] == 1


def test_a_message_that_no_channel_wants_is_not_kept(by_mail: Settings) -> None:
    queue.enqueue(by_mail, replace(BLOCKED, level="info"))
    assert waiting(by_mail) == [] and queue.list_waiting(by_mail) == []


def test_a_channel_that_is_down_for_two_nights_gets_each_message_once(
    everywhere: Settings, mail_server: MailServer, webhook_server: WebhookServer, clock: Clock
) -> None:
    """The other channels get theirs at once, and only once."""
    mail_server.replies["CONNECT"] = "421 down"
    nights = [replace(BLOCKED, message_id=f"night-{night}", nights=night) for night in (1, 2)]
    for message in nights:
        queue.enqueue(everywhere, message)
        queue.deliver(everywhere)
        clock.move(days=1)
    assert [post.headers["Idempotency-Key"] for post in webhook_server.accepted] == ["night-1"] * 3 + ["night-2"] * 3
    assert {(row["message"], row["channel"]) for row in queue.list_waiting(everywhere)} == {
        ("night-1", "mail to oncall@example.org"),
        ("night-2", "mail to oncall@example.org"),
    }
    mail_server.replies.clear()
    queue.deliver(everywhere)
    clock.move(days=1)
    assert queue.deliver(everywhere) == []
    assert [mail.parsed["Message-ID"] for mail in mail_server.accepted] == [
        "<night-1@example.org>",
        "<night-2@example.org>",
    ]
    assert len(webhook_server.accepted) == 6


def test_what_failed_is_tried_after_a_pause_that_doubles_or_when_a_person_asks(
    by_mail: Settings, mail_server: MailServer, clock: Clock
) -> None:
    mail_server.replies["RCPT"] = "450 later"
    queue.enqueue(by_mail, BLOCKED)
    assert len(queue.deliver(by_mail)) == 1
    assert queue.deliver(by_mail) == []
    clock.move(seconds=61)
    assert len(queue.deliver(by_mail)) == 1
    clock.move(seconds=61)
    assert queue.deliver(by_mail) == []
    assert len(queue.deliver(by_mail, is_due_only=False)) == 1
    clock.move(days=-1)  # a pause noted before the clock was set back holds nothing up
    mail_server.replies.clear()
    assert [attempt.is_accepted for attempt in queue.deliver(by_mail)] == [True]


def test_a_channel_that_does_not_answer_is_tried_once_for_all_that_waits(
    by_mail: Settings, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.alerts.mail.SECONDS", 0.2)
    mail_server.replies["CONNECT"] = HANGS
    for message in (BLOCKED, WARNED):
        queue.enqueue(by_mail, message)
    (attempt,) = queue.deliver(by_mail)
    assert attempt.problem == "it did not answer in 0.2 s"
    assert len(waiting(by_mail)) == 2


def test_a_message_is_given_up_after_seven_days_and_the_log_says_so(
    by_mail: Settings, mail_server: MailServer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    mail_server.replies["RCPT"] = "550 nobody of that name"
    queue.enqueue(by_mail, BLOCKED)
    clock.move(days=6)
    queue.deliver(by_mail)
    assert waiting(by_mail)
    clock.move(days=2)
    with caplog.at_level(logging.ERROR, "nightvigil.alerts"):
        queue.deliver(by_mail)
    (line,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert BLOCKED.message_id in line and "550 nobody of that name" in line
    assert waiting(by_mail) == [] and entry(by_mail)["channels"]["mail to oncall@example.org"]["gave_up_at"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\x00", b"[]", b'{"message": {}}', b'{"message": {"state": "blocked"}, "channels": 3}'],
)
def test_a_damaged_file_is_set_aside_and_reported(
    by_mail: Settings, mail_server: MailServer, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    queue.enqueue(by_mail, BLOCKED)
    (by_mail.home / "alerts" / "queue" / "broken.json").write_bytes(content)
    queue.deliver(by_mail)
    subjects = sorted(str(mail.parsed["Subject"]) for mail in mail_server.accepted)
    assert len(subjects) == 2 and "could not be read from the queue" in subjects[1]
    assert (by_mail.home / "alerts" / "damaged" / "broken.json").read_bytes() == content
    assert "is set aside" in caplog.text
    assert waiting(by_mail) == []


def test_one_process_sends_at_a_time(by_mail: Settings, mail_server: MailServer) -> None:
    """A second one that does not wait tries nothing; the first sends what is queued meanwhile."""
    inside, go_on = threading.Event(), threading.Event()

    def pause() -> None:
        if not inside.is_set():
            inside.set()
            go_on.wait(120)

    mail_server.before_reply = pause
    queue.enqueue(by_mail, BLOCKED)
    first = threading.Thread(target=queue.deliver, args=(by_mail,))
    first.start()
    assert inside.wait(120)
    queue.enqueue(by_mail, WARNED)
    assert queue.deliver(by_mail) == []
    go_on.set()
    first.join()
    assert len(mail_server.accepted) == 2 and waiting(by_mail) == []


def test_death_between_acceptance_and_record_gives_a_copy_with_the_same_id(
    by_mail: Settings, mail_server: MailServer
) -> None:
    queue.enqueue(by_mail, BLOCKED)
    environment = queue._make_environment(by_mail)
    process = subprocess.Popen([*queue.COMMAND], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def kill() -> None:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    mail_server.before_reply = kill
    process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL and len(mail_server.accepted) == 1
    mail_server.before_reply = lambda: None
    assert [attempt.is_accepted for attempt in queue.deliver(by_mail)] == [True]
    first, second = mail_server.accepted
    assert first.content == second.content and first.parsed["Message-ID"] == second.parsed["Message-ID"]
    assert entry(by_mail)["channels"]["mail to oncall@example.org"]["tries"] == 2


def test_nothing_is_sent_that_could_not_be_recorded(
    by_mail: Settings, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk each process that sends would otherwise send the same message again."""
    queue.enqueue(by_mail, BLOCKED)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(runs, "write_json", refuse)
        with pytest.raises(OSError, match="No space"):
            queue.deliver(by_mail)
    assert mail_server.accepted == []


def test_a_message_that_the_disk_does_not_take_is_sent_from_memory(
    by_mail: Settings, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = threading.Event()
    mail_server.before_reply = accepted.set

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runs, "write_json", refuse)
    queue.enqueue(by_mail, BLOCKED)
    assert accepted.wait(120)
    assert mail_server.accepted[0].parsed["Message-ID"] == "<publication-20131102-blocked@example.org>"


def test_wake_returns_while_the_channel_hangs_and_what_waits_is_sent(
    by_mail: Settings, mail_server: MailServer
) -> None:
    """The process that sends is no part of the run: the run goes on, and its ending ends nothing."""
    inside, go_on = threading.Event(), threading.Event()

    def pause() -> None:
        inside.set()
        go_on.wait(120)

    mail_server.before_reply = pause
    queue.enqueue(by_mail, BLOCKED)
    queue.wake(by_mail)  # the server does not answer before this has returned
    assert inside.wait(120)
    go_on.set()
    with lock(by_mail.home / "alerts" / ".sending.lock", 30):  # as soon as the other process has ended
        assert waiting(by_mail) == []


def test_wake_starts_nothing_where_nothing_waits(by_mail: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_start", lambda *_, **__: pytest.fail("started"))
    queue.wake(by_mail)


def test_an_id_that_is_no_file_name_stays_in_the_queue(by_mail: Settings, mail_server: MailServer) -> None:
    queue.enqueue(by_mail, replace(BLOCKED, message_id="../../up\r\nBcc: x@example.org"))
    queue.enqueue(by_mail, replace(BLOCKED, message_id=""))
    assert len(waiting(by_mail)) == 2
    queue.deliver(by_mail)
    assert {mail.receivers[0] for mail in mail_server.accepted} == {"oncall@example.org"}
    assert not any(mail.parsed["Bcc"] for mail in mail_server.accepted)


@pytest.fixture
def run_command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    def run(settings: Settings, *arguments: str) -> Any:
        for name, value in queue._make_environment(settings).items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(commands.app, arguments)

    return run


def test_the_command_sends_one_message_of_each_kind_to_each_channel(
    everywhere: Settings, mail_server: MailServer, webhook_server: WebhookServer, run_command: Callable[..., Any]
) -> None:
    done = run_command(everywhere, "test", "--format", "json")
    rows = json.loads(done.stdout)
    kinds = {row["kind"] for row in rows}
    assert done.exit_code == 0 and len(rows) == 4 * len(kinds) and all(row["is_accepted"] for row in rows)
    assert len(mail_server.accepted) == len(kinds) and len(webhook_server.accepted) == 3 * len(kinds)


def test_the_commands_exit_with_1_where_a_channel_did_not_accept(
    by_mail: Settings, mail_server: MailServer, run_command: Callable[..., Any]
) -> None:
    mail_server.replies["CONNECT"] = "421 down"
    assert run_command(by_mail, "test").exit_code == 1
    queue.enqueue(by_mail, BLOCKED)
    assert run_command(by_mail, "deliver").exit_code == 1
    (row,) = json.loads(run_command(by_mail, "queue", "--format", "json").stdout)
    assert (row["message"], row["tries"], row["problem"]) == (BLOCKED.message_id, 1, "421 down")


@pytest.mark.parametrize("members", [[], ["README_SYNTHETIC.txt"]], ids=["real", "invented"])
def test_a_message_says_that_the_data_of_its_home_are_invented(
    by_mail: Settings, mail_server: MailServer, members: list[str]
) -> None:
    """Whoever reads it must know that no patient is concerned (contract rule 18)."""
    received = datetime(2026, 11, 1, tzinfo=UTC)
    receipt = Receipt(
        "faers", "a", "2017Q2", "faers", "a" * 64, received, "inbox:x", [], "a", ignored_members=members
    )
    folder = by_mail.raw / "faers" / "a"
    folder.mkdir(parents=True)
    (folder / "receipt.json").write_text(receipt.to_json())
    queue.enqueue(by_mail, BLOCKED)
    assert all(attempt.is_accepted for attempt in queue.deliver(by_mail))
    (mail,) = mail_server.accepted
    assert ("invented data" in mail.parsed["Subject"]) is bool(members)
