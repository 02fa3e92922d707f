"""Messages that wait on disk until every channel has accepted them.

home/alerts/queue/<message id>.json    a message, and for each channel what was tried and when it was accepted
            sent/<message id>.json     the same, when nothing more is tried; kept for 90 days
            damaged/                   files of the queue that could not be read
            delivery.log               what the processes that send wrote

A run writes a file and starts a process that sends (`wake`); it never waits for a channel. What is not accepted is
tried again by later runs and by the watchdog, after a pause that doubles, and given up after seven days with a line
in the log. An acceptance is recorded at once: a message is sent twice only if the process dies between the two, or
the receiver's word of acceptance is lost on its way, and then with the same Message-ID or Idempotency-Key.
"""

import hashlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from filelock import Timeout
from pydantic import AwareDatetime, BaseModel, SecretStr, ValidationError

from pipeline import resources, runs
from pipeline.alerts import clock
from pipeline.alerts.channels import Channel, list_channels
from pipeline.alerts.masking import Masker, limit_text, make_fit
from pipeline.alerts.message import Message
from pipeline.alerts.refusal import NotAccepted
from pipeline.durable import flush
from pipeline.landing.receipts import holds_synthetic
from pipeline.landing.store import lock
from pipeline.settings import PREFIX, Settings

GIVE_UP_AFTER = timedelta(days=7)
KEEP_SENT = timedelta(days=90)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
LOG_BYTES = 1_000_000
WAKE_SECONDS = 300  # for which a process that sends waits for another one
COMMAND = (sys.executable, "-m", "pipeline.cli", "alerts", "deliver")

log = logging.getLogger("nightvigil.alerts")


@dataclass(frozen=True)
class Attempt:
    """One try of one message on one channel. problem: why it was not accepted; empty where it was."""

    message_id: str
    channel: str
    problem: str = ""

    @property
    def is_accepted(self) -> bool:
        return not self.problem


class _Progress(BaseModel):
    """What became of a message on one channel. next_at: before it, only a person tries again."""

    accepted_at: AwareDatetime | None = None
    gave_up_at: AwareDatetime | None = None
    tries: int = 0
    next_at: AwareDatetime | None = None
    problem: str = ""

    @property
    def is_settled(self) -> bool:
        return self.accepted_at is not None or self.gave_up_at is not None

    def is_due(self) -> bool:
        # A pause that ends later than any does was noted before the clock was set back.
        return self.next_at is None or not clock.read_clock() < self.next_at <= clock.read_clock() + LONGEST_PAUSE


class _Entry(BaseModel):
    """One file of the queue."""

    message: Message
    queued_at: AwareDatetime
    channels: dict[str, _Progress]


def enqueue(settings: Settings, message: Message) -> None:
    """Keep a message for every channel that wants it; nothing where the same message id was kept before.

    Where the disk does not take the file, as when it is full, a process that has the message from memory tries each
    channel once: the message about the disk must not need it.
    """
    is_synthetic = message.is_synthetic or holds_synthetic(settings)
    message = _identify(make_fit(settings, replace(message, is_synthetic=is_synthetic)))
    channels = {channel.name: _Progress() for channel in list_channels(settings) if channel.wants(message)}
    if not channels:
        return
    try:
        _keep(settings, _Entry(message=message, queued_at=clock.read_clock(), channels=channels))
    except OSError as problem:
        log.error("the queue of alerts takes no message, so each channel is tried once: %s", problem)
        _start(settings, "--unqueued", message=message)


def deliver(settings: Settings, *, wait: float = 0, is_due_only: bool = True) -> list[Attempt]:
    """Try once to send what waits, the oldest first, and record what was accepted.

    wait: seconds to wait for another process that sends; where it still does, nothing is tried here. is_due_only:
    leave what failed a short while ago. After a channel did not answer, its other messages are not tried.
    """
    sender = _Sender(settings, is_due_only)
    try:
        with lock(_folder(settings) / ".sending.lock", wait):
            done: set[str] = set()
            # What is queued meanwhile belongs to this process as well: its own may have found the lock held.
            while waiting := {
                path: entry for path, entry in _list_entries(settings).items() if path.name not in done
            }:
                for path, entry in waiting.items():
                    done.add(path.name)
                    sender.send(path, entry)
            _remove_old(settings)
    except Timeout:
        log.info("another process sends what waits")
    return sender.attempts


def try_messages(settings: Settings, messages: Sequence[Message], *, has_level: bool = False) -> list[Attempt]:
    """Try messages once on each channel of their readers, past the queue: to try it, or where the disk is full.

    has_level: leave out the channels that want a higher level.
    """
    sender = _Sender(settings, is_due_only=False)
    return [
        sender.try_once(channel, message)
        for channel in list_channels(settings)
        for message in messages
        if (channel.wants(message) if has_level else channel.takes(message))
    ]


def wake(settings: Settings) -> None:
    """Start a process that delivers what waits, and return at once; one that cannot start is logged."""
    if not any((_folder(settings) / "queue").glob("[!.]*.json")):
        return
    path = _folder(settings) / "delivery.log"
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    with path.open("ab") as output:
        _start(settings, "--due", "--wait", str(WAKE_SECONDS), output=output)


def list_waiting(settings: Settings) -> list[dict[str, Any]]:
    """One row for each message and channel that waits: message, subject, channel, since, tries, next_at, problem."""
    return [
        {
            "message": entry.message.message_id,
            "subject": entry.message.subject,
            "channel": name,
            "since": entry.queued_at.isoformat(timespec="seconds"),
            "tries": progress.tries,
            "next_at": progress.next_at.isoformat(timespec="seconds") if progress.next_at else "",
            "problem": progress.problem,
        }
        for entry in _list_entries(settings).values()
        for name, progress in entry.channels.items()
        if not progress.is_settled
    ]


@dataclass
class _Sender:
    """Tries messages on channels. down: kinds of channel that did not answer this time."""

    settings: Settings
    is_due_only: bool
    attempts: list[Attempt] = field(default_factory=list)
    down: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._channels = {channel.name: channel for channel in list_channels(self.settings)}
        self._mask = Masker(self.settings).mask

    def send(self, path: Path, entry: _Entry) -> None:
        """Try a message on every channel that has not accepted it, and record each acceptance at once."""
        is_old = clock.read_clock() - entry.queued_at > GIVE_UP_AFTER
        for name, progress in entry.channels.items():
            if progress.is_settled:
                continue
            channel = self._channels.get(name)
            if channel is None:
                progress.problem = "the settings do not name this channel"
            elif channel.kind not in self.down and (is_old or not self.is_due_only or progress.is_due()):
                progress.tries += 1
                _write(path, entry)  # where the disk does not take this, it would not take the acceptance either
                attempt = self.try_once(channel, entry.message)
                self.attempts.append(attempt)
                _note(progress, attempt)
                _write(path, entry)
            if is_old and not progress.is_settled:
                progress.gave_up_at = clock.read_clock()
                about = (GIVE_UP_AFTER.days, entry.message.message_id, entry.message.subject, name, progress.problem)
                log.error("after %s days the message %s (%s) is given up for %s: %s", *about)
        if all(progress.is_settled for progress in entry.channels.values()):
            _retire(self.settings, path, entry)

    def try_once(self, channel: Channel, message: Message) -> Attempt:
        """Send one message on one channel, unless the channel did not answer an earlier one."""
        if channel.kind in self.down:
            return Attempt(message.message_id, channel.name, "not tried, as it did not answer an earlier message")
        try:
            channel.send(message)
        except NotAccepted as refusal:
            if refusal.is_down:
                self.down.add(channel.kind)
            problem = limit_text(self._mask(str(refusal))) or "it gave no reason"
            log.warning("%s did not accept the message %s: %s", channel.name, message.message_id, problem)
            return Attempt(message.message_id, channel.name, problem)
        return Attempt(message.message_id, channel.name)


def _note(progress: _Progress, attempt: Attempt) -> None:
    progress.problem = attempt.problem
    if attempt.is_accepted:
        progress.accepted_at, progress.next_at = clock.read_clock(), None
    else:
        progress.next_at = clock.read_clock() + min(FIRST_PAUSE * 2 ** min(progress.tries - 1, 10), LONGEST_PAUSE)


def _identify(message: Message) -> Message:
    """The message with an id and a time; an id that is absent is made from what the message states."""
    if not message.message_id:
        text = json.dumps(message.to_json(), sort_keys=True)
        message = replace(message, message_id=hashlib.sha256(text.encode()).hexdigest()[:32])
    return message if message.sent_at else replace(message, sent_at=clock.read_clock().isoformat(timespec="seconds"))


def _keep(settings: Settings, entry: _Entry) -> None:
    name = f"{entry.message.message_id}.json"
    with lock(_folder(settings) / ".queueing.lock"):
        # A message goes from the first folder to the second: asked in this order, it is always found.
        if not any((_folder(settings) / part / name).exists() for part in ("queue", "sent")):
            _write(_folder(settings) / "queue" / name, entry)


def _write(path: Path, entry: _Entry) -> None:
    runs.write_json(path, entry.model_dump(mode="json"))


def _list_entries(settings: Settings) -> dict[Path, _Entry]:
    """The files of the queue that can be read, the oldest first; the others are set aside and reported."""
    found = {}
    for path in (_folder(settings) / "queue").glob("[!.]*.json"):
        try:
            content = path.read_bytes()
        except FileNotFoundError:  # another process has sent it
            continue
        try:
            found[path] = _Entry.model_validate_json(content)
        except ValidationError:
            _set_aside(settings, path, content)
    return dict(sorted(found.items(), key=lambda item: (item[1].queued_at, item[0])))


def _set_aside(settings: Settings, path: Path, content: bytes) -> None:
    aside = _folder(settings) / "damaged" / path.name
    aside.parent.mkdir(parents=True, exist_ok=True)
    path.replace(aside)
    flush(aside.parent)
    log.error("a file of the queue of alerts cannot be read and is set aside: %s", aside)
    message = Message(
        key="alerts",
        state="failed",
        level="error",
        subject="a message could not be read from the queue of alerts and was not sent",
        effect="One earlier message reached nobody. What it was about is in the log and the record of its run.",
        who="the operator of this installation",
        todo=f"Look at {aside}, then remove it; check the disk, as every file of the queue is written whole.",
        message_id=f"damaged-{hashlib.sha256(content).hexdigest()[:24]}",
    )
    enqueue(settings, message)


def _retire(settings: Settings, path: Path, entry: _Entry) -> None:
    """Keep what became of a message, so that the same one is not sent again."""
    _write(path, entry)
    sent = _folder(settings) / "sent"
    sent.mkdir(parents=True, exist_ok=True)
    path.replace(sent / path.name)
    flush(sent)
    flush(path.parent)


def _remove_old(settings: Settings) -> None:
    limit = (clock.read_clock() - KEEP_SENT).timestamp()
    for path in (_folder(settings) / "sent").glob("*.json"):
        if path.stat().st_mtime < limit:
            path.unlink()


def _start(
    settings: Settings, *arguments: str, output: IO[bytes] | None = None, message: Message | None = None
) -> None:
    """Start a process of its own that delivers, and hand it a message on its standard input.

    Nothing of the run is inherited: whoever waits for the end of its output would wait for ours.
    """
    target = subprocess.DEVNULL if output is None else output
    try:
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=subprocess.PIPE if message else subprocess.DEVNULL,
            stdout=target,
            stderr=target,
            env=_make_environment(settings),
            start_new_session=True,
        )
        if message and process.stdin:
            with process.stdin as stream:
                stream.write(json.dumps(message.to_json()).encode())
    except OSError as problem:
        log.error("the process that sends alerts could not be started: %s", problem)


def _make_environment(settings: Settings) -> dict[str, str]:
    """The environment in which another process has these settings, and finds this package."""
    given = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        text = value.get_secret_value() if isinstance(value, SecretStr) else "" if value is None else str(value)
        given[f"{PREFIX}{name.upper()}"] = text
    path = [str(resources.PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, **given, "PYTHONPATH": os.pathsep.join(path)}


def _folder(settings: Settings) -> Path:
    return settings.home / "alerts"
