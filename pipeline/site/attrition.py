"""What became of everything received: each source's steps as a table and as a funnel."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline.site import charts
from pipeline.site.charts.funnel import draw_funnel
from pipeline.site.context import Context
from pipeline.site.numbers import show_count
from pipeline.site.tables import Column, make_table

FULL_WIDTH = 1000
STEPS = """
select step_number, step, reason, rows_in, rows_left, rows_out, cases_in, cases_left, cases_out
from summary.attrition where source = $source order by step_number
"""
COLUMNS = (
    Column("step", "What came into the step"),
    Column("rows_in", "Rows in", "count"),
    Column("rows_left", "Rows left out", "count"),
    Column("rows_out", "Rows handed on", "count"),
    Column("cases_in", "Cases in", "count", tip="A dash where a step counts lines only."),
    Column("cases_left", "Cases left out", "count"),
    Column("cases_out", "Cases handed on", "count"),
    Column("reason", "Why rows leave here", "prose"),
)
END = "counted in the end"
CELLS = {
    "reports": """
        select count(*) as cell_count, count(*) filter (where case_count > 0) as filled_count
        from summary.reported_by_drug_route where source = $source
    """,
    "trials": "select count(*) as cell_count, null as filled_count from summary.observed_by_drug_route",
}


def describe_attrition(context: Context) -> list[dict[str, Any]]:
    """A part for each source that delivered something: bytes and files, its steps, and the published cells."""
    found = []
    for source in context.sources:
        steps = context.ask(STEPS, {"source": source.source})
        if steps:
            found.append(
                {
                    "title": source.title,
                    "received": _say_received(context, source.source),
                    "chart": _draw(steps, source.source, source.title),
                    "table": make_table(
                        f"attrition-{source.source}",
                        f"Every step of {source.title}",
                        [column for column in COLUMNS if any(step[column.name] is not None for step in steps)],
                        steps,
                        is_sortable=False,
                    ),
                    "last": steps[-1],
                    "cells": _count_cells(context, source.wing, source.source),
                }
            )
    return found


def _say_received(context: Context, source: str) -> str:
    """The bytes and files that the manifest lists of a source; empty where it lists none."""
    inputs = [each for each in context.manifest.get("inputs", ()) if each["source"] == source]
    files = [file for each in inputs for file in each["files"]]
    size = show_count(sum(file["bytes"] for file in files))
    return f"{size} bytes in {_count_things(len(files), 'file')} were received." if files else ""


def _count_things(count: int, thing: str) -> str:
    return f"1 {thing}" if count == 1 else f"{show_count(count)} {thing}s"


def _count_cells(context: Context, wing: str, source: str) -> dict[str, Any]:
    # Cells of trials are over every register of trials together.
    parameters = {"source": source} if wing == "reports" else {}
    return context.ask(CELLS[wing], parameters)[0] | {"wing": wing}


def _draw(steps: Sequence[dict[str, Any]], source: str, title: str) -> Any:
    frame = pd.DataFrame(
        {
            "step": [*(step["step"] for step in steps), END],
            "kept": [*(step["rows_out"] for step in steps), steps[-1]["rows_out"]],
            "left": [*(step["rows_left"] for step in steps), 0],
            "text": [*(_say_step(step) for step in steps), show_count(steps[-1]["rows_out"])],
            "short_text": [show_count(number) for number in (*(s["rows_in"] for s in steps), steps[-1]["rows_out"])],
        }
    )
    return charts.draw(
        lambda width: draw_funnel(frame, width),
        f"Rows of {title} that came into each step and that left there. The same numbers are in the table below.",
        f"funnel-{source}",
        wide=FULL_WIDTH,
    )


def _say_step(step: dict[str, Any]) -> str:
    text = show_count(step["rows_in"])
    return f"{text}, less {show_count(step['rows_left'])}" if step["rows_left"] else text
