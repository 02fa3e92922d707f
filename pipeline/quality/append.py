"""Writes the verdict into the candidate: `meta.quality_result`, the one table filled after judging."""

from pathlib import Path

import duckdb

from pipeline.quality.verdict import RuleResult, Verdict

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
)
TYPES = {"is_overridden": "boolean", "failed_count": "bigint", "checked_count": "bigint"}
"""Of the columns that are no text."""
OTHER_COLUMNS = ("limit_text", "overridden_by", "overridden_until", "override_reason")


def append_results(candidate: Path, verdict: Verdict) -> None:
    """Append one row a rule to the candidate's `meta.quality_result` and checkpoint; nothing else changes."""
    columns = (*COLUMNS, *OTHER_COLUMNS)
    rows = [(*(getattr(result, column) for column in COLUMNS), *_describe(result)) for result in verdict.results]
    lists = ", ".join(f"unnest(?::{TYPES.get(column, 'varchar')}[])" for column in columns)
    connection = duckdb.connect(str(candidate))
    try:
        connection.execute("begin")
        connection.execute("delete from meta.quality_result")  # a judge that was asked again answers once
        # in one statement: row by row, two thousand results take longer than many a model
        connection.execute(
            f"insert into meta.quality_result ({', '.join(columns)}) select {lists}",
            [list(values) for values in zip(*rows, strict=True)],
        )
        connection.execute("commit")
        connection.execute("checkpoint")
    finally:
        connection.close()


def _describe(result: RuleResult) -> list[str | None]:
    """The limit of a rule that failed, and who overrode it, until when and why, where the override holds."""
    override = (result.override or {}) if result.is_overridden else {}
    return [result.limit or None, override.get("by"), override.get("expires"), override.get("reason")]
