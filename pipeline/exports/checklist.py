"""The READUS-PV checklist for one question: each item answered, assigned to the author, or stated as missing.

The items are those of the statement (Drug Safety 2024;47:575, table 1), with topics in our own words. What an item
asks of a person is never answered here: a suggestion is marked as a fact to use.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

ITEMS = Path(__file__).with_name("readus_pv.csv")
STATUSES = {
    "answered": "answered by {where}",
    "author": "assigned to the author",
    "missing": "missing",
}
COLUMNS = ("item", "section", "topic", "status", "answer")


def fill_checklist(facts: Mapping[str, str], where: str = "this bundle") -> list[tuple[str, ...]]:
    """The rows of the checklist, with the facts of a question. Raises KeyError where one is absent.

    where: what answers an item that is answered.
    """
    with ITEMS.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        (
            row["item"],
            row["section"],
            row["topic"],
            STATUSES[row["status"]].format(where=where),
            row["answer"].format_map(facts),
        )
        for row in rows
    ]
