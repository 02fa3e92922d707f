"""The hold that a rollback places: nothing new is published until a person releases it."""

import json
from datetime import UTC, datetime
from typing import Any

from pipeline import runs
from pipeline.durable import flush
from pipeline.errors import PublicationHeld
from pipeline.settings import Settings

MARKER = "HOLD"
FIELDS = ("since", "withdrawn", "live", "reason")
UNKNOWN = "unknown"


def read_hold(settings: Settings) -> dict[str, Any] | None:
    """The hold in force: since (UTC), withdrawn and live snapshot, reason; or None.

    A file that cannot be read holds as well: someone meant to stop publication, and only the details are lost.
    """
    path = settings.published / MARKER
    try:
        hold = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except (ValueError, OSError) as error:
        return _describe_unreadable(f"the file {MARKER} cannot be read ({error})")
    if not isinstance(hold, dict) or not all(isinstance(hold.get(name), str) for name in FIELDS):
        return _describe_unreadable(f"the file {MARKER} does not state {', '.join(FIELDS)}")
    return hold


def _describe_unreadable(reason: str) -> dict[str, Any]:
    return {"since": UNKNOWN, "withdrawn": UNKNOWN, "live": UNKNOWN, "reason": reason}


def require_no_hold(settings: Settings) -> None:
    """Raise PublicationHeld while a rollback holds."""
    hold = read_hold(settings)
    if hold is not None:
        raise PublicationHeld(
            f"publication is held since the rollback of {hold['since']} from {hold['withdrawn']} to {hold['live']}",
            where=str(settings.published / MARKER),
            todo=f"resolve the reason for the rollback ({hold['reason'] or 'none was given'}), then run "
            "`nightvigil release`; until then the live snapshot stays as it is",
        )


def place_hold(settings: Settings, *, withdrawn: str, live: str, reason: str) -> dict[str, Any]:
    """Write the marker and return the hold. An existing hold keeps its time and the first snapshot it withdrew."""
    earlier = read_hold(settings) or {}
    hold = {
        "since": earlier.get("since", datetime.now(UTC).isoformat(timespec="seconds")),
        "withdrawn": earlier.get("withdrawn", withdrawn),
        "live": live,
        "reason": reason or earlier.get("reason", ""),
    }
    runs.write_json(settings.published / MARKER, hold)
    return hold


def lift_hold(settings: Settings) -> None:
    """Remove the marker, durably. A hold that does not exist is no error."""
    (settings.published / MARKER).unlink(missing_ok=True)
    flush(settings.published)
