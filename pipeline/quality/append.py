"""Writes the verdict into the candidate: `meta.quality_result`, the one table filled after judging."""

from pathlib import Path
from typing import Any

import duckdb

from pipeline.quality.verdict import RuleResult, Verdict
from pipeline.rows import insert_rows

COLUMNS = (
    "suite",
    "rule",
    "expectation",
    "kind",
    "severity",
    "outcome",
    "is_overridden",
    "observed",
    "why",
    "failed_count",
    "checked_count",
    "carried_from",
)
"""Of `meta.quality_result` that are named as what a rule's result says."""


def append_results(candidate: Path, verdict: Verdict) -> None:
    """Append one row a rule to the candidate's `meta.quality_result` and checkpoint; nothing else changes."""
    connection = duckdb.connect(str(candidate))
    try:
        connection.execute("begin")
        connection.execute("delete from meta.quality_result")  # a judge that was asked again answers once
        insert_rows(connection, "meta.quality_result", [_describe(result) for result in verdict.results])
        connection.execute("commit")
        connection.execute("checkpoint")
    finally:
        connection.close()


def _describe(result: RuleResult) -> dict[str, Any]:
    """The row of one rule: the limit only where it failed, and who overrode it where an override holds."""
    override = (result.override or {}) if result.is_overridden else {}
    return {
        **{column: getattr(result, column) for column in COLUMNS},
        "limit_text": result.limit or None,
        "overridden_by": override.get("by"),
        "overridden_until": override.get("expires"),
        "override_reason": override.get("reason"),
    }
