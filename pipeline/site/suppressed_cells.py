"""Cells of reports for pages that leave the organisation: without small counts and without what would reveal them.

The rule is that of exports (`exports.suppression`), judged over the whole snapshot. A cell whose count, or whose drug
and route, is hidden has no row at all: each measure of it would give its count away. A zero is shown.
"""

from collections.abc import Sequence
from typing import Any

from pipeline.exports.relations import CASES, EXPOSED
from pipeline.exports.suppression import hide_totals, read_rollups
from pipeline.site.context import Context


def leave_out_small(context: Context, definition: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of summary.signal (main analysis) that may be shown. rows: with source, drug, route and reaction."""
    rollups = read_rollups(context.connection)
    hidden, left_out = hide_totals(context.connection, rollups)
    return [
        row
        for row in rows
        if (row["source"], rollups.find_root(row["drug"])) not in left_out
        and (CASES, row["source"], row["drug"], row["route"], row["reaction"], definition) not in hidden
        and (EXPOSED, row["source"], row["drug"], row["route"]) not in hidden
    ]
