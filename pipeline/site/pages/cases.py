"""A page for each cell of drug, route and reaction with a case (narrow terms, main analysis): the cases behind it.

Where small counts are suppressed there is no such page: a list shows what a suppressed count would hide.
"""

import shlex
from collections.abc import Iterator
from typing import Any

from pipeline.quoting import literal
from pipeline.site.case_lists import MOST, choose_cases, read_lines, read_listed
from pipeline.site.cells import list_sources, read_cells
from pipeline.site.context import Context
from pipeline.site.numbers import show_count
from pipeline.site.page import Link, Page
from pipeline.site.tables import Column, Row, make_row, make_table
from pipeline.site.words import say_route

COLUMNS = (
    Column("case_id", "Case"),
    Column("version_number", "Version", "count"),
    Column("quarter", "First received"),
    Column("age_band", "Age"),
    Column("sex", "Sex"),
    Column("country", "Country", tip="Where it occurred, else of the reporter"),
    Column("terms", "Reported terms", "prose", tip="Every preferred term of the report"),
    Column("outcomes", "Serious outcomes", tip="Of the whole report, not of one reaction"),
    Column("role", "Role of the drug"),
    Column("routes", "Routes stated"),
    Column("indications", "Given for"),
    Column("reporter", "Reporter"),
    Column("duplicate", "Probable duplicate"),
)
FILTERS = {
    "age_band": "Age",
    "sex": "Sex",
    "is_serious": "Serious",
    "reporter": "Reporter",
    "is_duplicate": "Probable duplicate",
}
ALL_CASES = (
    "select case_line.* from answer.case_line as case_line "
    "semi join cases_behind({drug}, {route}, {reaction}, 'narrow') as behind "
    "on behind.source = case_line.source and behind.case_id = case_line.case_id"
)


def name_links(context: Context) -> tuple[Link, ...]:
    """None: the pages are reached from the numbers of their cells."""
    return ()


def make_pages(context: Context) -> Iterator[Page]:
    """A page for each cell with a case, drug by drug."""
    if context.is_suppressed:
        return
    cells = [(title, cell) for source, title in list_sources(context) for cell in read_cells(context, source)]
    linked = [(title, cell) for title, cell in cells if cell["cases_href"]]
    if linked:
        choose_cases(context)
    for drug in dict.fromkeys(cell["drug"] for _, cell in linked):
        # A case is on several pages of its drug: by any route and by its own, for each of its reactions.
        rows = {case: make_row(COLUMNS, line, FILTERS) for case, line in read_lines(context, drug).items()}
        listed = read_listed(context, drug)
        for title, cell in linked:
            if cell["drug"] == drug:
                cases = listed.get((cell["source"], cell["route"], cell["reaction"]), [])
                yield _make_page(context, title, cell, [rows[case] for case in cases])


def _make_page(context: Context, title: str, cell: dict[str, Any], lines: list[Row]) -> Page:
    route = say_route(cell["route"])
    count = show_count(cell["with_both_count"])
    of_what = f"{cell['reaction_text'].lower()} with {cell['drug_text'].lower()}, {route.lower()}"
    is_whole = len(lines) == cell["with_both_count"]
    listed = "" if is_whole else f"the {show_count(len(lines))} newest of "
    return Page(
        cell["cases_href"],
        f"Cases: {of_what}",
        "cases.html",
        {
            "cell": cell,
            "source_title": title,
            "route": route,
            "is_whole": is_whole,
            "duplicate_count": sum(line.values["is_duplicate"] == "yes" for line in lines),
            "most": MOST,
            "command": write_command(context, cell),
            "table": make_table("cases", f"Cases of {of_what}: {listed}{count}", COLUMNS, lines, filters=FILTERS),
        },
    )


def write_command(context: Context, cell: dict[str, Any]) -> str:
    """The command that lists every case of a cell from this snapshot."""
    query = ALL_CASES.format(**{name: literal(cell[name]) for name in ("drug", "route", "reaction")})
    query += f" where case_line.source = {literal(cell['source'])}"
    quoted = shlex.quote(query) if set(query) & set('"$`\\!') else f'"{query}"'  # double quotes read better
    return f"nightvigil sql --snapshot {shlex.quote(context.snapshot_id)} --format csv {quoted}"
