"""Answer keys labelled by hand: a row names a line of a file of `../shared/data`, and holds none of its text."""

import csv
import gzip
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
DATA = PROJECT.parent / "shared" / "data"
HELD_OUT_PARTS = 3
PARTS = {"developed on": False, "held out": True}


@dataclass(frozen=True)
class PublicList:
    """A file below DATA, what separates its fields, the places of those that are labelled, and its encoding."""

    file: str
    separator: str
    places: tuple[int | None, ...]
    encoding: str = "latin-1"

    @property
    def path(self) -> Path:
        return DATA / self.file

    def read_fields(self, line: int) -> tuple[str, ...]:
        """The labelled fields of a line, counted from 1; blank where the file has no such field."""
        text = _read_lines(self.path, self.encoding)[line - 1].rstrip("\r")
        fields = next(csv.reader([text])) if self.separator == "," else text.split(self.separator)
        return tuple("" if place is None else fields[place].strip() for place in self.places)


@dataclass(frozen=True)
class Labelled:
    """A labelled line of a public list."""

    list_name: str
    line: int

    @property
    def is_held_out(self) -> bool:
        """Whether it belongs to the third whose errors were not looked at while the code was written."""
        digest = hashlib.sha256(f"{self.list_name}:{self.line}".encode()).hexdigest()
        return int(digest[:8], 16) % HELD_OUT_PARTS == 0


@dataclass(frozen=True)
class Score:
    """How many labels were read rightly, read wrongly, and missed."""

    right: int
    wrong: int
    missed: int

    @classmethod
    def count(cls, pairs: Iterable[tuple[bool, bool]]) -> "Score":
        """From pairs of whether a thing was read and whether the key has it."""
        listed = list(pairs)
        return cls(listed.count((True, True)), listed.count((True, False)), listed.count((False, True)))

    @property
    def precision(self) -> float | None:
        """The share of what was read that is right; None where nothing was read."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        """The share of what the key has that was read rightly; None where it has nothing."""
        return self.right / (self.right + self.missed) if self.right + self.missed else None

    def __str__(self) -> str:
        """Counts and shares in the columns of a printed table."""
        shares = "  ".join(
            "      n/a" if share is None else f"{share:>9.3f}" for share in (self.precision, self.recall)
        )
        return f"{self.right:>5}  {self.wrong:>5}  {self.missed:>6}  {shares}"


def find_absent(lists: Mapping[str, PublicList]) -> list[str]:
    """The files that are not on this machine."""
    return [listed.file for listed in lists.values() if not listed.path.exists()]


def read_key(path: Path) -> list[dict[str, str]]:
    """The rows of an answer key."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def _read_lines(path: Path, encoding: str) -> list[str]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return raw.decode(encoding).split("\n")
