"""Conditions over nights: what was reported, on how many nights, and what still has to be said.

One file a condition, `alerts/incidents/<key>.json`. An error goes out at once, once a UTC day for the same content; a
warning waits for the digest of the day; the end of a condition is reported once. What one run has to say goes out as
one message. A record is written before its message is queued and marked as told afterwards: a process that dies
between the two tells it again, under the same message id. Nothing here is lost to a clock that is set back: only
"the same day" folds a repeat, never "earlier".
"""

import errno
import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from pipeline import runs
from pipeline.alerts import clock, queue
from pipeline.alerts.masking import make_fit
from pipeline.alerts.message import LEVELS, Level, Message, Problem
from pipeline.landing.store import lock
from pipeline.printable import make_one_line
from pipeline.settings import Settings

# Most serious first: what leads where one message says several things.
ORDER = (
    *("blocked", "failed", "held", "waiting", "silent", "moved", "stale", "disk", "refused", "unavailable"),
    *("recovered", "warned", "published", "changed", "test"),
)
EVENTS = ("refused", "warned", "published")
"""States that are over when they were told: their end is no news."""
RESERVE_BYTES = 64 << 10
SHORTEST_ID = 8
_FULL = (errno.ENOSPC, errno.EDQUOT)
_KEYS = {"key", "opened_at", "is_open", "nights", "state", "level", "subject", "told", "pending"}
_LOG_LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO}

Record = dict[str, Any]
Due = tuple[Message, Callable[[], None]]

log = logging.getLogger("nightvigil.alerts")


def report(settings: Settings, message: Message, *, now: datetime | None = None) -> Message | None:
    """Report one condition; return what was queued, or None where it is folded or waits for the digest."""
    return report_run(settings, [message], with_digest=False, now=now)


def recover(settings: Settings, key: str, about: Mapping[str, str], *, now: datetime | None = None) -> Message | None:
    """Report the end of a condition, once; return what was queued. One that was never reported has none."""
    return report_run(settings, [], recovered=[key], about=about, with_digest=False, now=now)


def report_run(
    settings: Settings,
    messages: Iterable[Message],
    *,
    recovered: Iterable[str] = (),
    about: Mapping[str, str] | None = None,
    with_digest: bool = True,
    now: datetime | None = None,
) -> Message | None:
    """Report all that one run has to say, as one message; return it, or None where nothing is due.

    recovered: keys of conditions that are over; one that a message here reports anew is not. about: ids of the run,
    for the message of a recovery. with_digest: whether the warnings of the day go out with it, if they have not yet.
    """
    moment = (now or clock.read_clock()).astimezone(UTC)
    messages = list(messages)
    lasting = {message.key for message in messages if message.level != "info"}  # what informs opens no condition
    over = [key for key in recovered if key not in lasting]
    messages = [make_fit(settings, message) for message in messages]
    for message in messages:
        log.log(_LOG_LEVELS[message.level], "%s", _describe(message))
    say = partial(_report, settings, messages, over, about=about or {}, with_digest=with_digest, moment=moment)
    try:
        sent = say()
    except OSError as error:
        if error.errno in _FULL:
            _reserve(settings).unlink(missing_ok=True)
        try:
            sent = say()
        except OSError as problem:  # a message too many is better than none
            log.error("what was reported cannot be recorded, and is sent without: %s", problem)
            sent = _enqueue_unrecorded(settings, messages, moment)
    if sent:
        queue.wake(settings)
    return sent


def keep_reserve(settings: Settings) -> None:
    """Hold a little disk space back, so that a full disk can still be reported."""
    if not _reserve(settings).exists():
        _reserve(settings).parent.mkdir(parents=True, exist_ok=True)
        _reserve(settings).write_bytes(b"\0" * RESERVE_BYTES)


def read_incidents(settings: Settings) -> dict[str, Record]:
    """Every condition that is open, by key; a record that cannot be read is left out."""
    found = (_read(path) for path in sorted(_folder(settings).glob("*.json")))
    return {record["key"]: record for record in found if record and record["is_open"]}


def was_told(settings: Settings, key: str, *, now: datetime) -> bool:
    """Whether a condition that is open went out on this UTC day."""
    record = read_incidents(settings).get(key)
    return record is not None and record["told"]["day"] == f"{now.astimezone(UTC):%Y-%m-%d}"


def _enqueue_unrecorded(settings: Settings, messages: list[Message], moment: datetime) -> Message | None:
    """Queue what is urgent, though no record of it can be kept; the queue finds its own way past a full disk."""
    urgent = [
        _stamp(message, moment, fingerprint(message), "", 1) for message in messages if message.level == "error"
    ]
    if not urgent:
        return None
    whole = compose(urgent)
    queue.enqueue(settings, whole)
    return whole


def _report(
    settings: Settings,
    messages: list[Message],
    recovered: Iterable[str],
    *,
    about: Mapping[str, str],
    with_digest: bool,
    moment: datetime,
) -> Message | None:
    with lock(settings.home / "alerts" / ".incidents.lock"):
        due = [each for message in messages if (each := _take_up(settings, message, moment))]
        due += [each for key in recovered if (each := _close(settings, key, about, moment))]
        if with_digest:
            due += _take_digest(settings, moment)
        if not due:
            return None
        whole = compose([message for message, _ in due])
        queue.enqueue(settings, whole)
        for _, mark_told in due:
            mark_told()
    return whole


def compose(messages: list[Message]) -> Message:
    """One message of several: the most serious leads, the others follow as problems of their own."""
    first, *others = sorted(messages, key=lambda each: (-LEVELS.index(each.level), ORDER.index(each.state)))
    if not others:
        return first
    causes = [cause for other in others for cause in _list_problems(other)]
    ids = " ".join(message.message_id for message in messages)
    return replace(
        first,
        subject=f"{first.subject} (and {len(others)} more)",
        causes=(*first.causes, *causes),
        consequences=(*first.consequences, *(each for other in others for each in other.consequences)),
        tables=tuple(dict.fromkeys(table for message in (first, *others) for table in message.tables)),
        links=tuple(dict.fromkeys(link for message in (first, *others) for link in message.links)),
        message_id=hashlib.sha256(ids.encode()).hexdigest()[:32],
    )


def _list_problems(message: Message) -> list[Problem]:
    head = Problem(what=f"{message.subject}; {message.effect}", todo=message.command or message.todo)
    return [head, *message.causes]


def _take_up(settings: Settings, message: Message, moment: datetime) -> Due | None:
    """Record a condition; what of it goes out now, with how to note that it did."""
    day, content = f"{moment:%Y-%m-%d}", fingerprint(message)
    if message.level == "info":
        return _stamp(message, moment, content, "".join(map(str, message.about.values())), 1), lambda: None
    path = _path(settings, message.key)
    record = _open(path, message, moment)
    record["nights"] = [*record["nights"], *([] if day in record["nights"] else [day])]
    stamped = _stamp(message, moment, content, record["opened_at"], len(record["nights"]))
    is_told = record["told"]["day"] == day and content in record["told"]["contents"]
    is_pending = any(waiting["message_id"] == stamped.message_id for waiting in record["pending"])
    if message.level == "warning" and not is_told and not is_pending:
        record["pending"].append(stamped.to_json())
    runs.write_json(path, record)
    if message.level == "warning" or is_told:
        return None
    return stamped, partial(_mark_told, path, day, content)


def _open(path: Path, message: Message, moment: datetime) -> Record:
    """The record of the condition, begun anew where there is none, it was over, or it cannot be read."""
    earlier = _read(path)
    record = earlier if earlier and _lasts(earlier, moment) else _begin(message, moment)
    if earlier:
        record["pending"] = earlier["pending"]
    level = max(record["level"], message.level, key=LEVELS.index)
    return record | {"is_open": True, "state": message.state, "level": level, "subject": message.subject}


def _begin(message: Message, moment: datetime) -> Record:
    return {
        "key": message.key,
        "opened_at": moment.isoformat(timespec="microseconds"),
        "is_open": True,
        "nights": [],
        "state": message.state,
        "level": message.level,
        "subject": message.subject,
        "told": {"day": "", "contents": []},
        "pending": [],
    }


def _lasts(record: Record, moment: datetime) -> bool:
    """Whether a condition still lasts. An event lasts where it was reported yesterday or today as well."""
    if record["state"] not in EVENTS or not record["nights"]:
        return bool(record["is_open"])
    return abs((moment.date() - date.fromisoformat(record["nights"][-1])).days) <= 1


def _close(settings: Settings, key: str, about: Mapping[str, str], moment: datetime) -> Due | None:
    """End a condition; its recovery where that goes out now. One that only warned recovers in the digest."""
    path = _path(settings, key)
    if not path.exists():
        return None
    record = _read(path)
    if record is None:  # it cannot be read: say so rather than leave somebody waiting
        record = _begin(Message(key, "failed", "error", key, ""), moment) | {"nights": [""]}
    if not record["is_open"]:
        return None
    ended = record | {"is_open": False}
    if record["state"] in EVENTS:
        runs.write_json(path, ended)
        return None
    nights = len(record["nights"])
    level: Level = record["level"]
    message = Message(
        key=key,
        state="recovered",
        level=level,
        subject=f"recovered: {record['subject']}",
        effect=f"over after {nights} night{'' if nights == 1 else 's'}",
        todo="nothing",
        about=about,
    )
    stamped = _stamp(make_fit(settings, message), moment, record["subject"], record["opened_at"], nights)
    log.info("%s", _describe(stamped))
    if level == "warning":
        runs.write_json(path, ended | {"pending": [*record["pending"], stamped.to_json()]})
        return None
    return stamped, partial(runs.write_json, path, ended)


def _take_digest(settings: Settings, moment: datetime) -> list[Due]:
    """The warnings that wait, unless a digest went out on this UTC day."""
    day = f"{moment:%Y-%m-%d}"
    if (_read_json(_digest(settings)) or {}).get("day") == day:
        return []
    found = [(each, _read(each)) for each in sorted(_folder(settings).glob("*.json"))]
    return [
        (Message.from_json(waiting), partial(_mark_digested, settings, each, waiting, day))
        for each, record in found
        for waiting in (record["pending"] if record else [])
    ]


def _mark_told(path: Path, day: str, content: str) -> None:
    record = _read(path)
    if record is not None:
        contents = record["told"]["contents"] if record["told"]["day"] == day else []
        runs.write_json(path, record | {"told": {"day": day, "contents": [*contents, content]}})


def _mark_digested(settings: Settings, path: Path, waiting: dict[str, Any], day: str) -> None:
    runs.write_json(_digest(settings), {"day": day})
    _mark_told(path, day, fingerprint(Message.from_json(waiting)))
    record = _read(path)
    if record is not None:
        pending = [each for each in record["pending"] if each["message_id"] != waiting["message_id"]]
        runs.write_json(path, record | {"pending": pending})


def fingerprint(message: Message) -> str:
    """What a message says, without the ids of the run that says it: equal where it says the same again."""
    said = [
        *(message.state, message.level, message.subject, message.effect),
        *(text for each in message.causes for text in (each.rule, each.what, each.now, each.override)),
        *(text for each in message.consequences for text in (each.rule, each.what)),
    ]
    text = json.dumps(said)
    for value in sorted(message.about.values(), key=len, reverse=True):
        if len(value) >= SHORTEST_ID:
            text = text.replace(value, "")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _stamp(message: Message, moment: datetime, content: str, since: str, nights: int) -> Message:
    """The message with its id, which is the same when it is told again, the number of nights and the time."""
    parts = (message.key, message.state, f"{moment:%Y-%m-%d}", content, since)
    name = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    sent_at = moment.isoformat(timespec="seconds")
    return replace(message, message_id=name, nights=nights, sent_at=sent_at)


def _describe(message: Message) -> str:
    causes = "; ".join(cause.what for cause in message.causes[:3] if cause.what not in message.subject)
    parts = [f"{message.subject}: {causes}" if causes else message.subject, f"[touches: {message.effect}]"]
    return make_one_line(" ".join([*parts, *([f"[do: {message.todo}]"] if message.todo else [])]))


def _read(path: Path) -> Record | None:
    """A record; None where there is none, or it is not whole."""
    record = _read_json(path)
    if record is None or not record.keys() >= _KEYS:
        if path.exists():
            log.warning("the record of an incident cannot be read and is begun anew: %s", path)
        return None
    return record


def _read_json(path: Path) -> Record | None:
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _folder(settings: Settings) -> Path:
    return settings.home / "alerts" / "incidents"


def _path(settings: Settings, key: str) -> Path:
    return _folder(settings) / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', key)}.json"


def _digest(settings: Settings) -> Path:
    return settings.home / "alerts" / "digest.json"


def _reserve(settings: Settings) -> Path:
    return settings.home / "alerts" / ".reserve"
