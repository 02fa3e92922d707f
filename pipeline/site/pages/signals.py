"""Signals: the information component of every cell against its number of cases, and the full table with filters."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from pipeline.site import charts
from pipeline.site.cells import list_sources, read_cells
from pipeline.site.context import Context
from pipeline.site.page import Link, Page
from pipeline.site.pages.drugs import FOUR_CELLS
from pipeline.site.tables import Column, make_table
from pipeline.site.words import say_drug, say_reaction, say_route

FULL_WIDTH = 1000
DEFINITIONS = {"narrow": ("signals.html", "Signals"), "broad": ("signals-broad.html", "Signals, broad terms")}
COLUMNS = (
    Column("drug_text", "Drug", href="href"),
    Column("route_text", "Route"),
    Column("reaction_text", "Reaction"),
    *FOUR_CELLS,
)
FILTERS = {"drug": "Drug", "route": "Route", "reaction": "Reaction", "flagged": "Flagged"}
SAY = {"drug": say_drug, "route": say_route, "reaction": say_reaction}


def name_links(context: Context) -> tuple[Link, ...]:
    """The narrow terms; the page of the broad ones is reached from there."""
    return (Link("signals.html", "Signals"),)


def make_pages(context: Context) -> Iterator[Page]:
    """A page of the narrow terms and one of the broad ones."""
    for definition, (path, title) in DEFINITIONS.items():
        reports = [_describe(context, source, title, definition) for source, title in list_sources(context)]
        other = DEFINITIONS["broad" if definition == "narrow" else "narrow"]
        yield Page(
            path,
            title,
            "signals.html",
            {"reports": reports, "definition": definition, "other_path": other[0], "other_title": other[1]},
            shows_reports=bool(reports),
        )


def _describe(context: Context, source: str, title: str, definition: str) -> dict[str, Any]:
    cells = read_cells(context, source, definition)
    shown = [cell for cell in cells if cell["with_both_count"] and cell["ic"] is not None]
    frame = pd.DataFrame(
        {
            "name": [", ".join(cell[f"{name}_text"] for name in ("drug", "route", "reaction")) for cell in shown],
            "count": [cell["with_both_count"] for cell in shown],
            "ic": pd.Series([cell["ic"] for cell in shown], dtype=float),
            "is_flagged": pd.Series([cell["is_flagged"] for cell in shown], dtype=bool),
        }
    )
    return {
        "title": title,
        "cell_count": len(cells),
        "shown_count": len(shown),
        "flagged_count": sum(cell["is_flagged"] for cell in cells),
        "chart": charts.draw(
            lambda width: charts.draw_scatter(frame, width),
            "Information component against the number of cases, with the line of the criterion; "
            "every cell is in the table below.",
            f"scatter-{source}",
            wide=FULL_WIDTH,
        ),
        "table": make_table(
            f"signals-{source}",
            f"Every cell of {title}, {definition} terms, against all other cases",
            COLUMNS,
            cells,
            filters=FILTERS,
            least={"with_both_count": "Cases from"},
            level="level",
            says=SAY,
        ),
    }
