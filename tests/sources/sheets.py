"""Invented extraction sheets for tests: rows that are valid, and files of them."""

import csv
from pathlib import Path
from typing import Any

from pipeline.sources.studies.layout import SHEET_COLUMN_NAMES

Row = dict[str, Any]

BASE: Row = dict.fromkeys(SHEET_COLUMN_NAMES, "") | {
    "study": "Invented 2020",
    "year": "2020",
    "allocation": "randomised",
    "design": "parallel",
    "population": "chronic_pain",
    "outcome": "nausea",
    "ascertainment": "not stated",
    "source": "invented, table 2",
    "verified": "yes",
}


def make_pair(affected: Any, analysed: int, other_affected: Any, other_analysed: int, **more: Any) -> list[Row]:
    """A row of intravenous ketamine and one of its placebo, for one outcome. more: cells of both rows."""
    drug = {"arm": "ketamine", "drug": "ketamine", "route": "intravenous", "comparator_arm": "placebo",
            "comparator": "placebo", "review_group": "1"}  # fmt: skip
    counts = {"participants_analysed": analysed, "events": affected}
    other_counts = {"participants_analysed": other_analysed, "events": other_affected}
    return [BASE | drug | counts | more, BASE | {"arm": "placebo", "drug": "none"} | other_counts | more]


def write_csv(path: Path, rows: list[Row], columns: tuple[str, ...] = SHEET_COLUMN_NAMES) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_xlsx(path: Path, rows: list[Row]) -> Path:
    """The rows as the first worksheet of a workbook, numbers as numbers."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.append(list(SHEET_COLUMN_NAMES))
    for row in rows:
        sheet.append([row[name] if row[name] != "" else None for name in SHEET_COLUMN_NAMES])
    book.save(path)
    return path
