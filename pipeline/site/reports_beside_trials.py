"""Each watched reaction of a drug in reports and in trials: columns of one table, never one axis."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.site.context import Context
from pipeline.site.tables import Column, Table, make_table
from pipeline.site.trial_findings import choose_comparison, read_findings
from pipeline.site.words import say_drug, say_reaction

NOT_MEASURED = "not measured"
"""By no trial of the comparison: not the same as nobody affected."""
COLUMNS = (
    Column("reaction_text", "Reaction"),
    Column("counts", "Cases / with the drug", "number", sort_by="cases", tip="Reports by any route, narrow terms"),
    Column("ic_text", "IC (95 % interval)", "number", sort_by="ic", tip="Information component of reports"),
    Column("trial_count", "Trials", "count"),
    Column("affected_text", "Affected / at risk, drug", "number", sort_by="affected"),
    Column("beside_text", "comparator", "number", sort_by="beside"),
    Column("difference_text", "More per 1,000 (95 % interval)", "number", sort_by="difference_per_1000"),
    Column("certainty", "Certainty"),
)


def make_beside_table(context: Context, drug: str, source: str, title: str, cells: Sequence[dict[str, Any]]) -> Table:
    """A row for each watched reaction: its cell of one source of reports, and its finding of the main comparison.

    cells: those of the drug in that source, as read_cells returns them.
    """
    reported = {cell["reaction"]: cell for cell in cells if cell["route"] == "any"}
    findings = {row["reaction"]: row for row in choose_comparison(read_findings(context, drug))}
    rows = [
        _make_row(reaction, reported.get(reaction), findings.get(reaction))
        for reaction in context.reactions
        if reaction in reported or reaction in findings
    ]
    caption = f"{say_drug(drug)} by any route: first {title or 'reports'}, then trials"
    return make_table(f"beside-{source}", caption, COLUMNS, rows)


def _make_row(reaction: str, cell: Mapping[str, Any] | None, finding: Mapping[str, Any] | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "reaction_text": say_reaction(reaction),
        "counts": cell["counts"] if cell else "no reports",
        "cases": cell["with_both_count"] if cell else None,
        "ic_text": cell["ic_text"] if cell else "",
        "ic": cell["ic"] if cell else None,
    }
    if finding is None or not finding["trial_count"]:
        nothing = dict.fromkeys(("affected", "beside", "difference_per_1000", "affected_text", "beside_text"))
        return row | nothing | {"trial_count": 0, "difference_text": NOT_MEASURED, "certainty": ""}
    return row | {
        "trial_count": finding["trial_count"],
        "affected_text": finding["affected_text"],
        "affected": finding["participants_affected"],
        "beside_text": finding["beside_text"],
        "beside": finding["comparator_participants_affected"],
        "difference_text": finding["difference_text"],
        "difference_per_1000": finding["difference_per_1000"],
        "certainty": finding["certainty"],
    }
