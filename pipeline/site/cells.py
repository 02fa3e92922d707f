"""The cells of spontaneous reports as pages show them: drug, route and reaction with counts and measures."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline.site.context import Context
from pipeline.site.numbers import show_count, show_interval, show_percent, show_signed
from pipeline.site.suppressed_cells import leave_out_small
from pipeline.site.words import name_case_file, name_file, rank_route, say_drug, say_reaction, say_route

CELLS = """
select
    source, drug, route, reaction, with_both_count, drug_only_count, reaction_only_count, neither_count,
    with_both_count + drug_only_count as drug_route_count, expected_count,
    ror, ror_lower, ror_upper, prr, prr_lower, prr_upper, ic, ic_lower, ic_upper, ebgm, eb05, eb95,
    is_evans, is_eudravigilance, is_ic025, is_eb05_2, review_decision, reaction_label_status, reason
from summary.signal
where source = $source and definition = $definition and analysis = 'primary'
    and comparator = 'all_other_cases' and stratum = 'all'
"""
CRITERIA = {"is_ic025": "IC", "is_evans": "PRR", "is_eudravigilance": "ROR", "is_eb05_2": "EBGM"}
"""The criteria and the measures that they judge, in short."""
LABELLED = {"labelled": "yes", "not_labelled": "no", "unknown": "not read"}


def list_sources(context: Context) -> list[tuple[str, str]]:
    """Name and title of each source of reports that has cells. They are universes of their own, never summed."""
    found = {row["source"] for row in context.ask("select distinct source from summary.signal")}
    return [(each.source, each.title) for each in context.sources if each.source in found]


def read_cells(context: Context, source: str, definition: str = "narrow") -> list[dict[str, Any]]:
    """Every cell of the main analysis, ordered by drug, reaction and route as pages list them, with its texts.

    Without those that may not be shown, where small counts are suppressed. Beside the columns of summary.signal:
    drug_text, route_text, reaction_text, href (of the drug's page), cases_href (of the page of its cases, where there
    is one), flagged (`yes` or `no`), criteria, level, counts, unknown_share, and each estimate with its interval as
    text.
    """
    rows = context.ask(CELLS, {"source": source, "definition": definition})
    if context.is_suppressed:
        rows = leave_out_small(context, definition, rows)
    drugs = {drug: position for position, drug in enumerate(context.all_drugs)}
    reactions = {reaction: position for position, reaction in enumerate(context.reactions)}
    rows.sort(
        key=lambda row: (
            drugs.get(row["drug"], len(drugs)),
            row["drug"],
            reactions.get(row["reaction"], len(reactions)),
            row["reaction"],
            rank_route(row["route"]),
        )
    )
    totals = {row["drug"]: row["drug_route_count"] for row in rows if row["route"] == "any"}
    has_pages = definition == "narrow" and not context.is_suppressed
    return [
        row
        | _describe(row, totals.get(row["drug"], 0))
        | {"cases_href": _name_cases(row) if has_pages and row["with_both_count"] else None}
        for row in rows
    ]


def _name_cases(row: dict[str, Any]) -> str:
    return name_case_file(row["source"], row["drug"], row["route"], row["reaction"])


def _describe(row: dict[str, Any], drug_total: int) -> dict[str, Any]:
    is_flagged = bool(row["is_ic025"])
    share = row["drug_route_count"] / drug_total if row["route"] == "unknown" and drug_total else None
    route = say_route(row["route"])
    return {
        "drug_text": say_drug(row["drug"]),
        "route_text": f"{route} ({show_percent(share)})" if share is not None else route,
        "reaction_text": say_reaction(row["reaction"]),
        "href": name_file("drug", row["drug"]),
        "flagged": "yes" if is_flagged else "no",
        "level": "flagged" if is_flagged else "",
        "is_flagged": is_flagged,
        "criteria": ", ".join(text for name, text in CRITERIA.items() if row[name]) or "none",
        "labelled": LABELLED.get(row["reaction_label_status"] or "unknown", row["reaction_label_status"]),
        "counts": f"{show_count(row['with_both_count'])} / {show_count(row['drug_route_count'])}",
        "ror_text": show_interval(row["ror"], row["ror_lower"], row["ror_upper"]),
        "prr_text": show_interval(row["prr"], row["prr_lower"], row["prr_upper"]),
        "ebgm_text": show_interval(row["ebgm"], row["eb05"], row["eb95"]),
        "ic_text": show_interval(row["ic"], row["ic_lower"], row["ic_upper"], is_signed=True),
        "ic_lower_text": show_signed(row["ic_lower"]),
        "note": (row["reason"] or "").partition(":")[0],
    }


def make_forest_frame(rows: Sequence[dict[str, Any]], *, label: str, measure: str) -> pd.DataFrame:
    """The frame of `charts.draw_forest` from cells. label: the key of the names. measure: `ror` or `ic`."""
    columns = {
        "label": label,
        "counts": "counts",
        "estimate": measure,
        "lower": f"{measure}_lower",
        "upper": f"{measure}_upper",
        "text": f"{measure}_text",
        "note": "note",
        "is_flagged": "is_flagged",
    }
    frame = pd.DataFrame([{name: row[key] for name, key in columns.items()} for row in rows], columns=list(columns))
    for name in ("estimate", "lower", "upper"):
        frame[name] = frame[name].astype(float)
    return frame
