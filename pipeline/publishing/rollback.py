"""Rollback: make an earlier snapshot live within seconds; publish nothing new until a person releases the hold."""

from typing import Any

from pipeline.errors import PublicationFailed
from pipeline.publishing.current import current_snapshot, locked, set_current, snapshot_ids, snapshot_path
from pipeline.publishing.hold import lift_hold, place_hold, read_hold
from pipeline.publishing.manifest import read_manifest
from pipeline.publishing.verification import verify
from pipeline.settings import Settings


def rollback(settings: Settings, to: str | None = None, *, reason: str = "") -> dict[str, Any]:
    """Make an earlier snapshot live and place a hold: no run publishes until `release`. Return the hold.

    to: the id to go back to; without it, the parent of the live one. The data of the target are verified first. The
    hold is placed before CURRENT changes, so that no run can publish in between. Raises PublicationFailed.
    """
    with locked(settings, "current"):
        live = _read_live(settings, to)
        target = to or _find_parent(settings, live)
        exists = snapshot_path(settings, target).is_dir()
        problems = verify(settings, target, with_pages=False) if exists else ["it does not exist"]
        if problems:
            raise PublicationFailed(
                f"cannot roll back to {target}: {'; '.join(problems)}",
                where=str(snapshot_path(settings, target)),
                todo=f"choose one of: {', '.join(snapshot_ids(settings)) or 'none is left'}",
            )
        hold = place_hold(settings, withdrawn=live or "a damaged CURRENT", live=target, reason=reason)
        set_current(settings, target)
    return hold


def release(settings: Settings) -> dict[str, Any] | None:
    """Lift the hold, so that the next run publishes again; return the hold, or None if there was none."""
    with locked(settings, "current"):
        hold = read_hold(settings)
        lift_hold(settings)
    return hold


def _read_live(settings: Settings, to: str | None) -> str | None:
    """Return the live snapshot; None when CURRENT is damaged and `to` names the target, so that it can be reset."""
    try:
        return current_snapshot(settings)
    except PublicationFailed:
        if to is None:
            raise
        return None


def _find_parent(settings: Settings, live: str | None) -> str:
    parent = live and read_manifest(settings, live)["parent"]
    if not parent:
        raise PublicationFailed(
            "there is no earlier snapshot to go back to",
            where=str(settings.published),
            todo="the first snapshot has no parent: correct the cause, then publish a new snapshot",
        )
    return str(parent["snapshot_id"])
