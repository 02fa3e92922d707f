"""Known upstream errors in lines, as data: `sql/codes/line_corrections.csv` says what is mended, and why.

A correction is tried only on a line that has too many fields, and stands only if the result is regular.
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
        """The text as it should have been sent: one piece a record. Unchanged where the pattern is absent."""
        if self.action == "remove_delimiter":
            return [self.pattern.sub(lambda match: match.group().replace(DELIMITER, ""), text)]
        cuts = [0, *(match.start() for match in self.pattern.finditer(text) if match.start() > 0), len(text)]
        return [text[start:end] for start, end in pairwise(cuts)]


def read_corrections(sql_dir: Path) -> list[Correction]:
    """Read the list; an absent file is an empty list. Raises UsageError on a row that cannot be used."""
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
            todo="mend the row: table_name, pattern (a regular expression), action, why",
        ) from error
