"""What was changed on purpose between two commits: columns renamed, and texts replaced one to one."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


class NotOneToOne(Exception):
    """Two values before would be one after, or one before would be two after: such a change loses information."""


@dataclass(frozen=True)
class Renamed:
    """One column of a table of `summary` that has another name now."""

    table: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"column {self.table}.{self.before} renamed to {self.after}"


@dataclass(frozen=True)
class Replaced:
    """One text of a column (its name after any renaming) that reads differently now."""

    table: str
    column: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"text {self.before!r} of {self.table}.{self.column} replaced by {self.after!r}"


@dataclass
class Changes:
    """The changes made on purpose, and which of them a comparison has used so far.

    used: those that were applied, and those that BASE holds already.
    """

    renamed: list[Renamed] = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)
    used: set[Renamed | Replaced] = field(default_factory=set)

    def find_renamed(self, table: str) -> list[Renamed]:
        return [entry for entry in self.renamed if entry.table == table]

    def find_replaced(self, table: str) -> dict[str, list[Replaced]]:
        """The replaced texts of a table, by column."""
        found: dict[str, list[Replaced]] = {}
        for entry in self.replaced:
            if entry.table == table:
                found.setdefault(entry.column, []).append(entry)
        return found

    def find_unused(self) -> list[Renamed | Replaced]:
        """The entries of which no table held the state before or after: a misspelling, or a text of no world."""
        return [entry for entry in [*self.renamed, *self.replaced] if entry not in self.used]


def read_changes(columns: Path, texts: Path) -> Changes:
    """Read both lists; raise NotOneToOne where an entry is ambiguous."""
    changes = Changes([Renamed(**row) for row in _read(columns)], [Replaced(**row) for row in _read(texts)])
    _require_one_to_one(columns, ((entry.table, entry.before, entry.after) for entry in changes.renamed))
    _require_one_to_one(
        texts, ((f"{entry.table}.{entry.column}", entry.before, entry.after) for entry in changes.replaced)
    )
    return changes


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _require_one_to_one(path: Path, entries: Iterable[tuple[str, str, str]]) -> None:
    before: set[tuple[str, str]] = set()
    after: set[tuple[str, str]] = set()
    for place, old, new in entries:
        if (place, old) in before or (place, new) in after or old == new:
            raise NotOneToOne(f"{path.name}: {old!r} to {new!r} of {place} is listed twice or changes nothing")
        before.add((place, old))
        after.add((place, new))
