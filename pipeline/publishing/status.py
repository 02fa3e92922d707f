"""The status of the system: the live snapshot, the age of each source, the last run, a hold, and what waits."""

import json
from datetime import UTC, datetime
from typing import Any

from pipeline import freshness
from pipeline.alerts.running import list_killed
from pipeline.publishing.acceptance import find_waiting
from pipeline.publishing.current import current_snapshot, read_link
from pipeline.publishing.hold import read_hold
from pipeline.publishing.manifest import read_manifest
from pipeline.publishing.pages import find_first_page
from pipeline.settings import Settings
from pipeline.sources import load_sources


def status(settings: Settings, *, now: datetime | None = None) -> dict[str, Any]:
    """Return the status as plain values: snapshot (or None), link_agrees, sources, last_run, hold, waiting,
    pages.

    waiting: the run whose candidate waits for `nightvigil accept`, or None. sources: the age of the data that the
    live snapshot was made from. pages: the file of its first page, or None.
    """
    moment = now or datetime.now(UTC)
    live = current_snapshot(settings)
    manifest = read_manifest(settings, live) if live else None
    first_page = find_first_page(settings, live) if live else None
    return {
        "snapshot": manifest and describe_snapshot(manifest, moment),
        "link_agrees": live is None or read_link(settings) == live,
        "sources": describe_sources(settings, manifest["inputs"] if manifest else [], moment),
        "last_run": read_last_run(settings),
        "hold": read_hold(settings),
        "waiting": find_waiting(settings),
        "pages": str(first_page) if first_page else None,
    }


def describe_snapshot(manifest: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return the live snapshot's identity, age in hours, code and rule outcomes."""
    return {
        "snapshot_id": manifest["snapshot_id"],
        "published_at": manifest["published_at"],
        "age_hours": compute_age_hours(manifest["published_at"], now),
        "parent": manifest["parent"] and manifest["parent"]["snapshot_id"],
        "profile": manifest["profile"],
        "code_commit": manifest["code_commit"],
        "build_identity": manifest["build_identity"],
        "outcomes": manifest["verdict"].get("counts"),
        "overridden": manifest["verdict"].get("overridden", []),
    }


def describe_sources(settings: Settings, inputs: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Return, per source, what is held of it, how old that is, and the result of the last check for new data.

    data_age_days counts from the day up to which the data reach, age_hours from the last receipt in the live
    snapshot.
    """
    held = {source.name: freshness.assess(settings, source) for source in load_sources()}
    asked = {path.parent.name for path in settings.landing.glob("*/last_check.json")}
    rows = []
    for source in sorted({delivery["source"] for delivery in inputs} | asked):
        received = [delivery["received_at"] for delivery in inputs if delivery["source"] == source]
        state = held.get(source)
        limits = state and state.source.freshness
        check = freshness.read_check(settings, source)
        rows.append(
            {
                "source": source,
                "deliveries": len(received),
                "newest_period": state and state.newest_period,
                "missing_periods": list(state.missing_periods) if state else [],
                "data_date": str(state.data_date) if state and state.data_date else None,
                "data_age_days": state and state.find_age_days(now),
                "freshness": state and state.judge_age(now),
                "last_received_at": max(received, default=None),
                "age_hours": compute_age_hours(max(received), now) if received else None,
                "silence_warning_days": limits and limits.warning_days,
                "silence_alarm_days": limits and limits.alarm_days,
                "last_checked_at": check.get("last_checked_at"),
                "status": check.get("status", freshness.NEVER),
                "message": check.get("message", ""),
            }
        )
    return rows


def read_last_run(settings: Settings) -> dict[str, Any] | None:
    """Return the latest run; without an outcome it is in progress in `phase`, or `killed` if its process is gone."""
    records = sorted(settings.runs.glob("*/run.json"))
    if not records:
        return None
    record = json.loads(records[-1].read_text())
    if record.get("outcome") is None and record["run_id"] in {mark["run_id"] for _, mark in list_killed(settings)}:
        record["outcome"] = "killed"
    return {name: record.get(name) for name in ("run_id", "started_at", "finished_at", "phase", "outcome", "message")}


def compute_age_hours(moment: str, now: datetime) -> float:
    """Compute the hours from an ISO 8601 moment until now, rounded to a tenth."""
    return round((now - datetime.fromisoformat(moment)).total_seconds() / 3600, 1)
