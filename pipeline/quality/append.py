"""Writes the verdict into the candidate: `meta.quality_result`, the one table filled after judging."""

from pathlib import Path

import duckdb

from pipeline.quality.verdict import Verdict

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
)


def append_results(candidate: Path, verdict: Verdict) -> None:
    """Append one row a rule to the candidate's `meta.quality_result` and checkpoint; nothing else changes."""
    rows = [[getattr(result, column) for column in COLUMNS] for result in verdict.results]
    marks = ", ".join("?" for _ in COLUMNS)
    connection = duckdb.connect(str(candidate))
    try:
        connection.execute("begin")
        connection.execute("delete from meta.quality_result")  # a judge that was asked again answers once
        connection.executemany(
            f"insert into meta.quality_result ({', '.join(COLUMNS)}) values ({marks})",  # noqa: S608
            rows,
        )
        connection.execute("commit")
        connection.execute("checkpoint")
    finally:
        connection.close()
