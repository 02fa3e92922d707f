"""Corrections of known upstream errors in lines, read from `line_corrections.csv`, where each has its reason.

A correction is tried only on a line that has too many fields, and is applied only if every resulting record is
regular.
"""

import csv
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.landing.layout import DELIMITER
from pipeline.models import find_code_lists

ACTIONS = ("split_before", "remove_delimiter")


@dataclass(frozen=True)
class Correction:
    """split_before: a new record begins where the pattern matches; remove_delimiter: the match loses its `$`."""

    table: str
    pattern: re.Pattern[str]
    action: str
    why: str

    def apply(self, text: str) -> list[str]:
        """Return the text as it should have been sent, one piece per record; unchanged without a match."""
        if self.action == "remove_delimiter":
            return [self.pattern.sub(lambda match: match.group().replace(DELIMITER, ""), text)]
        cuts = [0, *(match.start() for match in self.pattern.finditer(text) if match.start() > 0), len(text)]
        return [text[start:end] for start, end in pairwise(cuts)]


def read_corrections(sql_dir: Path) -> list[Correction]:
    """Read the list; an absent file is an empty list. Raise UsageError for a row that cannot be used."""
    path = find_code_lists(sql_dir)["line_corrections"]
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [_read_row(row, path) for row in csv.DictReader(file)]


def _read_row(row: dict[str, str], path: Path) -> Correction:
    try:
        if row["action"] not in ACTIONS:
            raise ValueError(f"action {row['action']!r} is none of {', '.join(ACTIONS)}")
        return Correction(row["table_name"], re.compile(row["pattern"]), row["action"], row["why"])
    except (KeyError, ValueError, re.error) as error:
        raise UsageError(
            f"a line correction cannot be used: {error}",
            where=f"{path}, row {row}",
            todo="correct the row: it needs table_name, pattern (a regular expression), action and why",
        ) from error
