"""The runs that a snapshot knows of: the one that made it, and those before it as `meta.run` lists them."""

from datetime import datetime
from typing import Any

from pipeline.site.context import Context
from pipeline.site.numbers import NOTHING, show_time
from pipeline.site.tables import Column
from pipeline.site.words import say

EARLIER = """
select run_id, started_at, finished_at, outcome, snapshot_id, message
from meta.run where run_id <> $own order by run_id desc
"""
COLUMNS = (
    Column("started", "Began", sort_by="started_at"),
    Column("duration", "Took", "number", sort_by="seconds"),
    Column("outcome", "Ended", words=say),
    Column("snapshot_id", "Snapshot"),
    Column("message", "What the run stated", "prose"),
)


def list_runs(context: Context, most: int) -> list[dict[str, Any]]:
    """The latest runs, newest first, at most so many; the first is the one that made the snapshot.

    Beside the columns of meta.run: started and duration as texts, seconds; null where a run has no end.
    """
    own = {
        "run_id": context.snapshot_id,
        "started_at": context.started_at,
        "finished_at": context.manifest.get("published_at"),
        "outcome": "published",
        "snapshot_id": context.snapshot_id,
        "message": "This snapshot.",
    }
    earlier = context.ask(EARLIER + f"limit {int(most) - 1}", {"own": context.snapshot_id})
    return [_describe(run) for run in (own, *earlier)]


def measure_seconds(start: str | None, end: str | None) -> float | None:
    """Seconds between two times in ISO form; None where one is not stated."""
    if not start or not end:
        return None
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def show_duration(seconds: float | None) -> str:
    """A duration as `42 s`, `3 min 5 s` or `2 h 10 min`; a dash where it is not known."""
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _describe(run: dict[str, Any]) -> dict[str, Any]:
    seconds = measure_seconds(run["started_at"], run["finished_at"])
    return {
        **run,
        "outcome": run["outcome"] or "no end recorded",
        "started": show_time(run["started_at"]) if run["started_at"] else NOTHING,
        "seconds": seconds,
        "duration": show_duration(seconds),
    }
