"""Tables written as text: a line of column names, then one row a line, cells between bars."""

from typing import Any

from tests.sql.reports.database import Delivery, Row


def parse_table(text: str) -> list[Row]:
    """The rows of a table written as text; an empty cell is a blank field, `-` a column the file does not have."""
    lines = [line.strip() for line in text.strip().splitlines()]
    names = [name.strip() for name in lines[0].split("|")]
    return [dict(zip(names, map(_cell, line.split("|")), strict=True)) for line in lines[1:]]


def make_quarter(period: str, **tables: str) -> Delivery:
    """One quarter's delivery of tables written as text; the era follows from the period."""
    era = "laers" if period < "2012Q4" else "faers"
    return Delivery(period, era, {table: parse_table(text) for table, text in tables.items()})


def make_case(drugs: str, reactions: str = "pt\nHeadache", **more: str) -> Delivery:
    """A quarter with one case, number 10, whose drugs and reactions are written without keys."""
    key = {"primaryid": "101", "caseid": "10"}
    delivery = make_quarter(
        "2017Q2",
        demo="primaryid | caseid | caseversion | fda_dt\n101 | 10 | 1 | 20170405",
        drug=drugs,
        reac=reactions,
        **more,
    )
    for table, rows in delivery.tables.items():
        for number, row in enumerate(rows, start=1):
            delivery.tables[table][number - 1] = {**key, "drug_seq": str(number), **row}
    return delivery


def format_table(rows: list[tuple[Any, ...]]) -> str:
    """Rows as text, sorted, to compare with a normalised table."""
    return "\n".join(sorted(" | ".join("" if cell is None else str(cell) for cell in row) for row in rows))


def normalise_table(text: str) -> str:
    """A table written as text, without indents, its rows sorted."""
    cells = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    return "\n".join(sorted(" | ".join(row) for row in cells))


def _cell(text: str) -> str | None:
    return None if text.strip() == "-" else text.strip()
