"""Runs: what the run that made this snapshot read, kept and published, and how the runs before it ended."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.site.context import Context
from pipeline.site.dictionary_links import link_table
from pipeline.site.numbers import NOTHING, show_count, show_time
from pipeline.site.page import Link, Page
from pipeline.site.rules import OUTCOMES
from pipeline.site.run_history import COLUMNS, list_runs
from pipeline.site.tables import Column, Table, make_table
from pipeline.site.words import say

MOST_RUNS = 30
PRODUCTS = {"duckdb": "DuckDB", "great_expectations": "Great Expectations"}
SOURCES = (
    Column("title", "Source"),
    Column("newest_period", "Newest quarter", "quarter"),
    Column("missing_count", "Quarters not held", "count"),
    Column("data_date", "Data up to", "day"),
    Column("last_received_at", "Received", "day"),
    Column("last_checked_at", "Last asked", "day"),
    Column("status", "How it answered"),
    Column("message", "What it said", "prose"),
)
FRESHNESS = """
select title, newest_period, coalesce(len(string_split(missing_periods, ' ')), 0) as missing_count, data_date,
    left(last_received_at, 10) as last_received_at, left(last_checked_at, 10) as last_checked_at, status, message
from meta.source order by wing, source
"""
DELIVERIES = (
    Column("delivery_id", "Delivery"),
    Column("source", "Source"),
    Column("period", "Period", "quarter"),
    Column("received_at", "Received", "day"),
    Column("physical_line_count", "Lines in", "count"),
    Column("quarantined_line_count", "In quarantine", "count"),
    Column("record_count", "Records out", "count"),
    Column("state", "State"),
    Column("origin", "Where it came from"),
    Column("content_sha256", "sha256 of its content"),
)
RECEIVED = """
select delivery_id, source, period, received_at, physical_line_count, quarantined_line_count, record_count,
    if(is_current, 'current', 'replaced by a later receipt') as state, origin, content_sha256
from meta.delivery order by received_at desc, source, delivery_id
"""
PUBLISHED = (
    Column("table", "Published table", href="href"),
    Column("row_count", "Rows", "count"),
    Column("logical_hash", "Hash of its content"),
)


def name_links(context: Context) -> tuple[Link, ...]:
    """One entry."""
    return (Link("runs.html", "Runs", "about"),)


def make_pages(context: Context) -> Iterator[Page]:
    """The page of runs."""
    runs = list_runs(context, MOST_RUNS)
    deliveries = context.ask(RECEIVED)
    yield Page(
        "runs.html",
        "Runs",
        "runs.html",
        {
            "run": runs[0],
            "lead": _say_lead(runs[0], deliveries, context.manifest),
            "facts": _list_facts(context, runs[0]),
            "sources": make_table("sources", "The sources when the run began", SOURCES, context.ask(FRESHNESS)),
            "deliveries": make_table(
                "deliveries", "Every delivery that the snapshot knows of, the newest first", DELIVERIES, deliveries
            ),
            "tables": _make_tables(context),
            "runs": make_table("runs", "This run and those before it, the newest first", COLUMNS, runs),
            "earlier_count": len(runs) - 1,
        },
        shows_reports=False,
    )


def _say_lead(run: Mapping[str, Any], deliveries: list[dict[str, Any]], manifest: Mapping[str, Any]) -> str:
    current = [each for each in deliveries if each["state"] == "current"]
    records = sum(each["record_count"] or 0 for each in current)
    took = f", and took {run['duration']} to be published" if run["seconds"] is not None else ""
    text = (
        f"This snapshot's run began {run['started']}{took}. It read {show_count(records)} records of "
        f"{show_count(len(current))} deliveries"
    )
    published = [each for name, each in manifest.get("tables", {}).items() if name.startswith("summary.")]
    if not published:
        return f"{text}."
    rows = sum(each["row_count"] for each in published)
    return f"{text} and published {show_count(rows)} rows in {show_count(len(published))} tables."


def _list_facts(context: Context, run: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the snapshot states of its run, as heading and text."""
    manifest, verdict = context.manifest, context.verdict
    published, judged = manifest.get("published_at"), verdict.get("judged_at")
    counts = verdict.get("counts") or {}
    outcomes = [(word, counts[word]) for word in OUTCOMES if word in counts]
    versions = [f"{PRODUCTS.get(name, name)} {text}" for name, text in (verdict.get("versions") or {}).items()]
    return [
        ("Run and snapshot", context.snapshot_id),
        ("Began", run["started"]),
        ("Judged", show_time(judged) if judged else NOTHING),
        ("Published", show_time(published) if published else NOTHING),
        ("Verdict", ", ".join(f"{show_count(count)} {say(word).lower()}" for word, count in outcomes) or NOTHING),
        ("Snapshot before it", (manifest.get("parent") or {}).get("snapshot_id") or "none: the first of its home"),
        ("Volume profile of the rules", say(context.profile)),
        ("Code", context.code_commit or "unknown"),
        ("Build identity", manifest.get("build_identity") or NOTHING),
        (
            "Software",
            ", ".join(versions) or NOTHING,
        ),
    ]


def _make_tables(context: Context) -> Table:
    rows = [
        {"table": name, "href": link_table(context, name), **each}
        for name, each in sorted(context.manifest.get("tables", {}).items())
        if name.startswith("summary.")
    ]
    return make_table("published", "Rows of each published table", PUBLISHED, rows)
