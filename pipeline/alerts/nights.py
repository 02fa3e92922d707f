"""How the latest nights ended, also those with nothing new: what the watchdog asks after. One small file."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import runs
from pipeline.alerts import clock
from pipeline.landing.store import lock
from pipeline.settings import Settings

KEPT = 60
GOOD = ("published", "nothing new")


def note_night(settings: Settings, outcome: str, *, now: datetime | None = None) -> None:
    """Note that a night ended: `published`, `nothing new`, or the state of the message that it sent."""
    moment = (now or clock.read_clock()).astimezone(UTC)
    with lock(settings.home / "alerts" / ".nights.lock"):
        nights = [*read_nights(settings), {"ended_at": moment.isoformat(timespec="seconds"), "outcome": outcome}]
        runs.write_json(_path(settings), nights[-KEPT:])


def read_nights(settings: Settings) -> list[dict[str, Any]]:
    """The latest nights in the order in which they ended; none where the file is absent or torn."""
    try:
        found = json.loads(_path(settings).read_bytes())
    except (FileNotFoundError, ValueError):
        return []
    return [each for each in found if isinstance(each, dict) and each.keys() >= {"ended_at", "outcome"}]


def find_last_good(settings: Settings) -> datetime | None:
    """When the last night ended that published or found nothing new."""
    ended = [each["ended_at"] for each in read_nights(settings) if each["outcome"] in GOOD]
    return datetime.fromisoformat(max(ended)) if ended else None


def _path(settings: Settings) -> Path:
    return settings.home / "alerts" / "nights.json"
