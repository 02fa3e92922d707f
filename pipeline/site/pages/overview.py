"""Overview: what the snapshot holds, what is disproportionate, what changed, how fresh it is."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from pipeline.site import charts
from pipeline.site.cells import list_sources, read_cells
from pipeline.site.context import Context
from pipeline.site.numbers import show_count
from pipeline.site.page import Link, Page
from pipeline.site.tables import Column, Table, make_table
from pipeline.site.what_changed import describe_changes
from pipeline.site.words import join_words, say_reaction

FULL_WIDTH = 1180
MOST_FLAGGED = 25
FRESHNESS = (
    Column("title", "Source"),
    Column("newest_period", "Newest quarter", "quarter"),
    Column("data_date", "Data up to", "day"),
    Column("last_received_at", "Received", "day"),
    Column("missing_count", "Quarters not held", "count"),
)
FLAGGED = (
    Column("drug_text", "Drug", href="href"),
    Column("route_text", "Route"),
    Column("reaction_text", "Reaction"),
    Column("counts", "Cases / by that route", "number", sort_by="with_both_count", href="cases_href"),
    Column("ic_text", "IC (95 % interval)", "number", sort_by="ic"),
    Column("ror_text", "ROR (95 % interval)", "number", sort_by="ror"),
    Column("criteria", "Criteria met"),
    Column("labelled", "In the label"),
    Column("review_decision", "Reviewed"),
)
TOTALS = """
select
    (select count(*) from events.case where source = $source) as case_count,
    (select count(distinct case_id) from events.exposed_case where source = $source and route = 'any') as drug_count
"""
TRIALS = """
select count(distinct trial_id) as trial_count,
    count(distinct trial_id) filter (where trial_id in (select trial_id from events.observed)) as counted_count,
    (select count(distinct trial_id) from events.observed where drug is not null) as observed_count
from events.trial_drug
"""


def name_links(context: Context) -> tuple[Link, ...]:
    """The first entry of the navigation."""
    return (Link("index.html", "Overview"),)


def make_pages(context: Context) -> Iterator[Page]:
    """The overview."""
    reports = [_describe_source(context, source, title) for source, title in list_sources(context)]
    yield Page(
        "index.html",
        "Overview",
        "overview.html",
        {
            "reports": reports,
            "trials": context.ask(TRIALS)[0],
            "freshness": _make_freshness(context),
            "changes": None if context.is_suppressed else describe_changes(context),
        },
        shows_reports=bool(reports),
        shows_trials=not reports,
    )


def _describe_source(context: Context, source: str, title: str) -> dict[str, Any]:
    cells = read_cells(context, source)
    whole = [cell for cell in cells if cell["route"] == "any" and cell["drug"] in context.drugs]
    flagged = sorted(
        (cell for cell in cells if cell["is_flagged"] and cell["drug"] in context.drugs),
        key=lambda cell: -cell["ic_lower"],
    )
    key = "" if source == "faers" else f"-{source}"
    return {
        "title": title,
        "totals": context.ask(TOTALS, {"source": source})[0],
        "flagged_count": len(flagged),
        "whole_flagged_count": sum(cell["is_flagged"] for cell in whole),
        "whole_count": len(whole),
        "lead": _say_lead(whole),
        "heat_map": charts.draw(
            lambda width: charts.draw_heat_map(make_heat_frame(whole), width),
            f"Cases of {title} by drug and reaction, coloured by the lower bound of the information component. "
            "The same numbers are in the table below.",
            f"heat-map{key}",
            wide=FULL_WIDTH,
        ),
        "matrix": make_matrix(f"matrix{key}", context, whole),
        "flagged": make_table(
            f"flagged{key}",
            f"The {min(MOST_FLAGGED, len(flagged))} cells with the highest lower bound of the information component",
            FLAGGED,
            flagged[:MOST_FLAGGED],
        ),
    }


def make_heat_frame(cells: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The frame of the heat map."""
    return pd.DataFrame(
        {
            "drug": [cell["drug_text"] for cell in cells],
            "reaction": [cell["reaction_text"] for cell in cells],
            "count": [cell["with_both_count"] for cell in cells],
            "count_text": [show_count(cell["with_both_count"]) for cell in cells],
            "lower": pd.Series([cell["ic_lower"] for cell in cells], dtype=float),
            "lower_text": [cell["ic_lower_text"] for cell in cells],
            "is_flagged": [cell["is_flagged"] for cell in cells],
        }
    )


def make_matrix(key: str, context: Context, cells: Sequence[dict[str, Any]]) -> Table:
    """The numbers of the heat map as a table: a row for each drug, count and lower bound in each cell."""
    rows: dict[str, dict[str, Any]] = {}
    for cell in cells:
        row = rows.setdefault(cell["drug"], {"drug_text": cell["drug_text"], "href": cell["href"]})
        mark = "■ " if cell["is_flagged"] else ""
        row[cell["reaction"]] = f"{mark}{show_count(cell['with_both_count'])} ({cell['ic_lower_text']})"
        row[f"{cell['reaction']} cases"] = cell["cases_href"]
    reactions = [reaction for reaction in context.reactions if any(reaction in row for row in rows.values())]
    if context.is_suppressed:
        nothing = dict.fromkeys(reactions, "suppressed") | {f"{name} cases": None for name in reactions}
        rows = {drug: nothing | row for drug, row in rows.items()}
    columns = [Column("drug_text", "Drug", href="href")]
    columns += [
        Column(reaction, say_reaction(reaction), "number", href=f"{reaction} cases") for reaction in reactions
    ]
    caption = "Cases by any route (lower bound of the information component); ■ flagged"
    return make_table(key, caption, columns, rows.values(), is_sortable=False)


def _say_lead(cells: Sequence[dict[str, Any]]) -> str:
    """What is disproportionate by any route, in a sentence."""
    by_drug: dict[str, list[str]] = {}
    for cell in sorted((cell for cell in cells if cell["is_flagged"]), key=lambda cell: -cell["ic_lower"]):
        by_drug.setdefault(cell["drug_text"], []).append(cell["reaction_text"].lower())
    if not by_drug:
        return "By any route together, no drug has a reaction that is reported more often than expected."
    said = "; ".join(f"{drug}: {join_words(reactions)}" for drug, reactions in by_drug.items())
    return f"Reported more often than other reports would suggest, by any route together: {said}."


def _make_freshness(context: Context) -> Table:
    rows = [
        {
            "title": each.title,
            "newest_period": each.newest_period,
            "data_date": each.data_date,
            "last_received_at": each.last_received_at,
            "missing_count": len(each.missing),
        }
        for each in context.sources
    ]
    return make_table("freshness", "Each source, and up to when its data reach", FRESHNESS, rows, is_sortable=False)
