"""The watchdog: what nobody else would tell, looked at from outside the runs and outside Airflow.

It reads the data and writes only what it has to say. On good nights it says nothing.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import httpx

from pipeline import freshness, runs
from pipeline.alerts import clock, queue
from pipeline.alerts.collected import find_left_over
from pipeline.alerts.incidents import compose, keep_reserve, read_incidents, report_run, was_told
from pipeline.alerts.message import OPERATOR, PUBLICATION, Message, Problem, State
from pipeline.alerts.nights import find_last_good
from pipeline.alerts.running import find_killed
from pipeline.settings import Settings

NIGHTS, SCHEDULER, DISK, QUEUE = "nights", "scheduler", "disk", "message queue"
LEAST_FREE_SHARE = 0.10
LEAST_FREE_BYTES = 5_000_000_000
COLLECTED_HOURS = 2
"""Hours after which what the tasks of a run said is told without the end of that run."""
QUEUE_HOURS = 24
"""Hours after which a message that no channel accepts is a condition of its own."""
LAST_WATCH = "last_watch.json"
HEALTH = "/api/v2/monitor/health"
HEALTH_SECONDS = 10.0

AskHealth = Callable[[str], str]
FindFree = Callable[[Settings], "Free"]


@dataclass(frozen=True)
class Free:
    """What is free on the disk of the home. inodes: None where the file system has no fixed number of them."""

    bytes: int
    total_bytes: int
    inodes: int | None
    total_inodes: int | None


@dataclass(frozen=True)
class Finding:
    """One condition that was looked at. seen: in words. message: what is wrong; None where nothing is."""

    condition: str
    seen: str
    message: Message | None = None

    @property
    def outcome(self) -> Literal["ok", "wrong"]:
        return "wrong" if self.message else "ok"


def ask_health(address: str) -> str:
    """The status of the scheduler as Airflow's api-server states it; raises httpx.HTTPError without an answer."""
    answer = httpx.get(address.rstrip("/") + HEALTH, timeout=HEALTH_SECONDS)
    answer.raise_for_status()
    try:
        return str(answer.json()["scheduler"]["status"])
    except (ValueError, KeyError, TypeError) as error:
        raise httpx.DecodingError(f"an answer that states no scheduler: {error}") from error


def find_free(settings: Settings) -> Free:
    """What is free on the disk of the home for this user."""
    home = settings.home if settings.home.exists() else settings.home.parent
    found = os.statvfs(home)
    has_inodes = found.f_files > 0
    return Free(
        bytes=found.f_bavail * found.f_frsize,
        total_bytes=found.f_blocks * found.f_frsize,
        inodes=found.f_favail if has_inodes else None,
        total_inodes=found.f_files if has_inodes else None,
    )


def watch(
    settings: Settings,
    *,
    max_hours: int | None = None,
    now: datetime | None = None,
    ask: AskHealth = ask_health,
    free: FindFree = find_free,
) -> list[Finding]:
    """Look at every condition, report what is wrong or over, and send what waits in the queue.

    max_hours: hours in which a night has to end well; without it, that of the settings.
    """
    moment = now or clock.read_clock()
    keep_reserve(settings)
    hours = max_hours or settings.watchdog_hours
    queue.deliver(settings)
    findings = [
        check_nights(settings, hours, moment),
        *([check_scheduler(settings, ask)] if settings.airflow_url else []),
        *check_sources(settings, moment),
        check_publication(settings, moment),
        check_disk(settings, free),
        check_queue(settings, moment),
    ]
    killed = find_killed(settings)
    left_over = find_left_over(settings, moment - timedelta(hours=COLLECTED_HOURS))
    findings += [Finding("killed runs", each.message.subject, each.message) for each in killed]
    findings += [
        Finding("messages of runs", each.folder.name, compose(each.messages)) for each in left_over if each.messages
    ]
    _tell(settings, findings, moment)
    for each in killed:
        each.forget()
    for collected in left_over:
        collected.forget()
    runs.write_json(settings.home / "alerts" / LAST_WATCH, {"at": moment.isoformat()})
    return findings


def _tell(settings: Settings, findings: list[Finding], moment: datetime) -> None:
    messages = [
        finding.message
        for finding in findings
        if finding.message and not (finding.condition == PUBLICATION and was_told(settings, PUBLICATION, now=moment))
    ]
    if PUBLICATION in read_incidents(settings) or any(message.key == PUBLICATION for message in messages):
        messages = [message for message in messages if message.key != NIGHTS]  # the reason is told already
    well = {finding.condition for finding in findings if finding.outcome == "ok"}
    sent = report_run(settings, messages, recovered=sorted(well & {NIGHTS, SCHEDULER, DISK, QUEUE}), now=moment)
    if sent:
        queue.deliver(settings)


def check_nights(settings: Settings, hours: int, now: datetime) -> Finding:
    """Has a night ended well within so many hours? Before the first one, counted from the first watch."""
    last = find_last_good(settings)
    since = last or _find_first_watch(settings, now)
    seen = f"the last good night ended at {last:%Y-%m-%d %H:%M} UTC" if last else "no night has ended well yet"
    if now - since < timedelta(hours=hours):
        return Finding(NIGHTS, seen)
    todo = (
        "see `nightvigil status` and, where Airflow runs the nights, whether its scheduler runs; then start a night"
    )
    subject = f"no night has ended well for {hours} hours"
    return Finding(NIGHTS, seen, _make(NIGHTS, "silent", subject, what=seen, todo=todo, command="nightvigil nightly"))


def _find_first_watch(settings: Settings, now: datetime) -> datetime:
    path = settings.home / "alerts" / "first_watch.json"
    if not path.exists():
        runs.write_json(path, {"at": now.isoformat()})
    return datetime.fromisoformat(runs.read_json(path)["at"])


def check_scheduler(settings: Settings, ask: AskHealth) -> Finding:
    """Does Airflow's scheduler run, by the word of its api-server?"""
    try:
        status = ask(settings.airflow_url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        status = f"unknown: the api-server does not answer ({type(error).__name__})"
    seen = f"the scheduler is {status}"
    if status == "healthy":
        return Finding(SCHEDULER, seen)
    todo = "start Airflow again (`docker compose up --detach`, or `make up`), and read the log of the scheduler"
    return Finding(
        SCHEDULER,
        seen,
        _make(SCHEDULER, "silent", "Airflow's scheduler does not run", what=seen, todo=todo),
    )


def check_sources(settings: Settings, now: datetime) -> list[Finding]:
    """Is a source silent for longer than its record allows, or may it have moved?"""
    conditions = freshness.find_conditions(settings, now=now)
    wrong = [message for message in conditions.messages if message.state in ("stale", "moved")]
    return [Finding(message.key, message.subject, message) for message in wrong] or [
        Finding("sources", "none is stale or has moved")
    ]


def check_publication(settings: Settings, now: datetime) -> Finding:
    """Is publication held, blocked or waiting?"""
    from pipeline.alerts.standing import describe_standing

    message = describe_standing(settings, {})
    return Finding(PUBLICATION, message.subject if message else "nothing keeps it from going on", message)


def check_disk(settings: Settings, free: FindFree = find_free) -> Finding:
    """Is the disk of the home nearly full, of bytes or of inodes?"""
    found = free(settings)
    inodes = "" if found.inodes is None else f", {found.inodes:,} inodes"
    seen = f"{found.bytes:,} of {found.total_bytes:,} bytes{inodes} are free"
    is_short = found.bytes < LEAST_FREE_BYTES or found.bytes < LEAST_FREE_SHARE * found.total_bytes
    if found.inodes is not None and found.total_inodes is not None:
        is_short = is_short or found.inodes < LEAST_FREE_SHARE * found.total_inodes
    if not is_short:
        return Finding(DISK, seen)
    todo = f"free space on the disk of {settings.home} (`df`, `df -i`), or lower NIGHTVIGIL_RETENTION"
    return Finding(
        DISK,
        seen,
        _make(DISK, "disk", "the disk is nearly full", what=seen, todo=todo, command=f"df -h {settings.home}"),
    )


def check_queue(settings: Settings, now: datetime) -> Finding:
    """Does a message wait that no channel has accepted for a day?"""
    before = now - timedelta(hours=QUEUE_HOURS)
    waiting = [row for row in queue.list_waiting(settings) if datetime.fromisoformat(row["since"]) < before]
    channels = ", ".join(sorted({row["channel"] for row in waiting}))
    seen = f"{len({row['message'] for row in waiting})} messages wait for more than {QUEUE_HOURS} hours"
    seen += f" on {channels}" if channels else ""
    if not waiting:
        return Finding(QUEUE, seen)
    todo = "see that each channel of the settings is right and can be reached: `nightvigil alerts test`"
    return Finding(QUEUE, seen, _make(QUEUE, "silent", "messages cannot be sent", what=seen, todo=todo))


def _make(key: str, state: State, subject: str, *, what: str, todo: str, command: str = "") -> Message:
    return Message(
        key=key,
        state=state,
        level="error",
        subject=subject,
        effect="the live snapshot stays as it is",
        causes=(Problem(what, where=key, todo=todo),),
        who=OPERATOR,
        todo=todo,
        command=command,
        about={"found by": "nightvigil watchdog"},
    )
