"""What a snapshot finds in trials, one line each."""

from typing import Any

import duckdb

HEADLINES = """
    select
        drug, route, reaction, comparator, trial_count,
        participants_at_risk + comparator_participants_at_risk as participant_count,
        upper(measure) as measure, estimate, lower, upper, certainty, reason
    from summary.trial_effect
    where is_headline and trial_count > 0
    order by drug, route, reaction, comparator, measure
"""


def list_findings(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The headline effects of a snapshot as lines."""
    return [_describe(row) for row in connection.execute(HEADLINES).to_arrow_table().to_pylist()]


def _describe(row: dict[str, Any]) -> str:
    effect = f"no estimate: {row['reason']}"
    if row["lower"] is not None and row["upper"] is not None:
        effect = f"{row['measure']} {row['estimate']:.2f} (95 % CI {row['lower']:.2f} to {row['upper']:.2f})"
    trials = f"{row['trial_count']} {'trial' if row['trial_count'] == 1 else 'trials'}"
    return (
        f"{row['drug']}, {row['route']} route, against {row['comparator']}, {row['reaction']}: {effect}; {trials}, "
        f"{row['participant_count']} participants; {row['certainty']} certainty"
    )
