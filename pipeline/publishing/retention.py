"""Retention of snapshots: nothing is removed that a reader may still have open or that a rollback may need.

Kept: the live snapshot, its parent, both snapshots named in a hold, the last `retention` ones, and each that was live
within the last `retention_hours`. Age counts from the hour a snapshot was replaced, not from when it was made: one
that was live for a month is read until the minute it is replaced. A reader with an open file keeps that file even
after its snapshot is removed, because the kernel frees a file only when it is closed for the last time.
"""

import shutil
import time
from datetime import UTC, datetime, timedelta

from pipeline import runs
from pipeline.publishing.acceptance import WAITING
from pipeline.publishing.current import current_snapshot, locked, snapshot_ids, snapshot_path
from pipeline.publishing.hold import read_hold
from pipeline.publishing.manifest import NAME, read_manifest
from pipeline.settings import Settings

CANDIDATE, VERDICT = "candidate.duckdb", "quality.json"
LONGEST_RUN = timedelta(hours=12)  # a run that has written nothing for so long was killed


def retire(settings: Settings, *, now: datetime | None = None) -> list[str]:
    """Remove the snapshots that no rule keeps, and old candidates; return the ids of the snapshots removed."""
    with locked(settings, "current"):
        kept = find_kept_snapshots(settings, now)
        removed = [snapshot for snapshot in snapshot_ids(settings) if snapshot not in kept]
        for snapshot in removed:
            folder = snapshot_path(settings, snapshot)
            # Renamed first: a reader finds a whole snapshot or none, never a part of one.
            folder.rename(folder.with_name(f".{snapshot}.retired"))
        for leftover in (settings.published / "snapshots").glob(".*.retired"):
            shutil.rmtree(leftover)
    remove_old_candidates(settings)
    return removed


def find_kept_snapshots(settings: Settings, now: datetime | None = None) -> set[str]:
    """Find the ids of the snapshots that must be kept."""
    ordered = sorted((read_publication_time(settings, snapshot), snapshot) for snapshot in snapshot_ids(settings))
    oldest = (now or datetime.now(UTC)) - timedelta(hours=settings.retention_hours)
    kept = {snapshot for _, snapshot in ordered[-max(settings.retention, 1) :]}
    replaced = [moment for moment, _ in ordered[1:]] + [datetime.max.replace(tzinfo=UTC)]
    kept |= {snapshot for (_, snapshot), moment in zip(ordered, replaced, strict=True) if moment > oldest}
    hold = read_hold(settings) or {}
    kept |= {hold.get("withdrawn", ""), hold.get("live", "")}
    live = current_snapshot(settings)
    if live is not None:
        parent = read_manifest(settings, live)["parent"]
        kept |= {live, parent["snapshot_id"] if parent else live}
    return kept


def read_lineage(settings: Settings) -> list[str]:
    """List the live snapshot, its parent, that one's parent and so on, as far as they are kept."""
    found: list[str] = []
    snapshot = current_snapshot(settings)
    while snapshot is not None and snapshot_path(settings, snapshot).is_dir():
        found.append(snapshot)
        parent = read_manifest(settings, snapshot)["parent"]
        snapshot = parent and parent["snapshot_id"]
    return found


def discard_leftovers(settings: Settings) -> list[str]:
    """Remove what interrupted publications left: staging folders, and snapshots that were never live.

    The caller holds the publishing lock and has just published, so none of them can still become live: each was
    built on a parent that is no longer live. One that was live has its manifest with its run, or a descendant.
    """
    known = {*read_lineage(settings), *(read_hold(settings) or {}).values()}
    leftovers = [
        path
        for path in (settings.published / "snapshots").iterdir()
        if path.name.endswith(".building")
        or (path.name not in known and not path.name.startswith(".") and not has_record(settings, path.name))
    ]
    for path in leftovers:
        shutil.rmtree(path)
    return sorted(path.name for path in leftovers)


def has_record(settings: Settings, snapshot_id: str) -> bool:
    """Return whether the manifest was kept with the run, which happens only after a snapshot became live."""
    return (settings.runs / snapshot_id / NAME).is_file()


def read_publication_time(settings: Settings, snapshot_id: str) -> datetime:
    """Read from its manifest when a snapshot was published."""
    return datetime.fromisoformat(read_manifest(settings, snapshot_id)["published_at"])


def remove_superseded_candidates(settings: Settings) -> list[str]:
    """Remove the candidates of runs that ended without publishing, when a run starts; return the ids of those runs.

    Kept: the newest, the newest that was judged and the newest that waits for acceptance, which may still be
    examined, accepted or published; and those of runs without an end that may still be at work.
    """
    outcomes = {run["run_id"]: run["outcome"] for run in runs.summaries(settings)}
    candidates = {path.parent.name: path for path in sorted(settings.runs.glob(f"*/{CANDIDATE}"))}
    judged = [run_id for run_id, path in candidates.items() if (path.parent / VERDICT).exists()]
    waiting = [run_id for run_id in judged if outcomes.get(run_id) == WAITING]
    removed = set(candidates) - {*list(candidates)[-1:], *judged[-1:], *waiting[-1:]}
    ended = {run_id for run_id, outcome in outcomes.items() if outcome is not None}
    quiet_since = time.time() - LONGEST_RUN.total_seconds()
    removed = {run for run in removed if run in ended or candidates[run].stat().st_mtime < quiet_since}
    for run_id in removed:
        for path in settings.runs.glob(f"{run_id}/{CANDIDATE}*"):  # with its write-ahead log
            path.unlink(missing_ok=True)
    return sorted(removed)


def remove_old_candidates(settings: Settings) -> None:
    """Remove refused candidates after `retention_hours`; until then they can be examined."""
    oldest = time.time() - settings.retention_hours * 3600
    for candidate in settings.runs.glob("*/candidate.duckdb*"):
        if candidate.stat().st_mtime < oldest:
            candidate.unlink()
