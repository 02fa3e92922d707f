"""Which snapshots stay. Nothing that a reader may still hold goes, and nothing that a rollback may need.

Kept: the live snapshot, its parent, both ends of a hold, the last `retention` ones, and each that was live within
the last `retention_hours`. Age counts from the hour a snapshot was replaced, not from when it was made: one that
was live for a month is read until the minute it is replaced. A reader with an open file keeps that file
even after its snapshot went, as the kernel frees a file only when the last one closes it.
"""

import shutil
import time
from datetime import UTC, datetime, timedelta

from pipeline.publishing.current import current_snapshot, locked, snapshot_ids, snapshot_path
from pipeline.publishing.hold import read_hold
from pipeline.publishing.manifest import NAME, read_manifest
from pipeline.settings import Settings


def retire(settings: Settings, *, now: datetime | None = None) -> list[str]:
    """Remove the snapshots that no rule keeps, and what dead publications left; return the ids removed."""
    with locked(settings, "current"):
        gone = [snapshot for snapshot in snapshot_ids(settings) if snapshot not in keep(settings, now)]
        for snapshot in gone:
            folder = snapshot_path(settings, snapshot)
            # Renamed first: a reader finds a whole snapshot or none, never half of one.
            folder.rename(folder.with_name(f".{snapshot}.retired"))
        for leftover in (settings.published / "snapshots").glob(".*.retired"):
            shutil.rmtree(leftover)
    remove_old_candidates(settings)
    return gone


def keep(settings: Settings, now: datetime | None = None) -> set[str]:
    """The ids of the snapshots that stay."""
    ordered = sorted((published_at(settings, snapshot), snapshot) for snapshot in snapshot_ids(settings))
    youngest = (now or datetime.now(UTC)) - timedelta(hours=settings.retention_hours)
    kept = {snapshot for _, snapshot in ordered[-max(settings.retention, 1) :]}
    replaced = [moment for moment, _ in ordered[1:]] + [datetime.max.replace(tzinfo=UTC)]
    kept |= {snapshot for (_, snapshot), moment in zip(ordered, replaced, strict=True) if moment > youngest}
    hold = read_hold(settings) or {}
    kept |= {hold.get("withdrawn", ""), hold.get("live", "")}
    live = current_snapshot(settings)
    if live is not None:
        parent = read_manifest(settings, live)["parent"]
        kept |= {live, parent["snapshot_id"] if parent else live}
    return kept


def lineage(settings: Settings) -> list[str]:
    """The live snapshot, its parent, and so on, as far as they are kept."""
    found: list[str] = []
    snapshot = current_snapshot(settings)
    while snapshot is not None and snapshot_path(settings, snapshot).is_dir():
        found.append(snapshot)
        parent = read_manifest(settings, snapshot)["parent"]
        snapshot = parent and parent["snapshot_id"]
    return found


def discard_leftovers(settings: Settings) -> list[str]:
    """Remove what publications that died left behind: staging folders, and snapshots that were never live.

    The caller holds the publishing lock and has just published, so none of them can still become live: each was
    built on a parent that no longer is. One that was live has its manifest with its run, or a descendant.
    """
    known = {*lineage(settings), *(read_hold(settings) or {}).values()}
    gone = [
        path
        for path in (settings.published / "snapshots").iterdir()
        if path.name.endswith(".building")
        or (path.name not in known and not path.name.startswith(".") and not has_record(settings, path.name))
    ]
    for path in gone:
        shutil.rmtree(path)
    return sorted(path.name for path in gone)


def has_record(settings: Settings, snapshot_id: str) -> bool:
    """Did this snapshot become live and stay so long enough for its manifest to be kept with its run?"""
    return (settings.runs / snapshot_id / NAME).is_file()


def published_at(settings: Settings, snapshot_id: str) -> datetime:
    """When a snapshot was published, by its manifest."""
    return datetime.fromisoformat(read_manifest(settings, snapshot_id)["published_at"])


def remove_old_candidates(settings: Settings) -> None:
    """Candidates that were refused stay for `retention_hours`, for whoever asks why; then their records suffice."""
    oldest = time.time() - settings.retention_hours * 3600
    for candidate in settings.runs.glob("*/candidate.duckdb*"):
        if candidate.stat().st_mtime < oldest:
            candidate.unlink()
