"""A small snapshot of the sample world with two drugs and two reactions, and its pages."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from pipeline.publishing.current import DATABASE, MANIFEST
from pipeline.site.build import build_site
from pipeline.site.context import VERDICT
from tests.sample_database import SampleDatabase

DRUGS = ("ketamine", "magnesium_oral")
REACTIONS = ("hallucination", "nausea")
TABLES = (
    "summary.signal",
    "summary.signal_by_quarter",
    "summary.finding",
    "summary.trial_effect",
    "events.trial_comparison",
)


class PageParser(HTMLParser):
    """What is in a page: every element with its attributes, the text of each cell, and all text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.tables: dict[str, list[list[tuple[str, str | None]]]] = {}
        self._rows: list[list[tuple[str, str | None]]] = []
        self._cell: list[str] | None = None
        self._sort: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        if tag == "table":
            self._rows = self.tables.setdefault(found.get("id") or "", [])
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._cell, self._sort = [], found.get("data-sort")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self._rows[-1].append(("".join(self._cell).strip(), self._sort))
            self._cell = None

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._cell is not None:
            self._cell.append(data)


@dataclass(frozen=True)
class Site:
    """A finished site. snapshot: the folder that it was made from."""

    folder: Path
    snapshot: Path

    @cached_property
    def pages(self) -> dict[str, PageParser]:
        """Every page, parsed."""
        return {path.name: parse_page(path) for path in sorted(self.folder.glob("*.html"))}

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Rows of the snapshot's database."""
        with duckdb.connect(self.snapshot / DATABASE, read_only=True) as connection:
            return connection.execute(query).fetchall()


def parse_page(path: Path) -> PageParser:
    parser = PageParser()
    parser.feed(path.read_text())
    parser.close()
    return parser


def make_snapshot(folder: Path, database: Path, *changes: str) -> Path:
    """A folder with the files of a snapshot that pages read, after some changes of its database."""
    folder.mkdir(parents=True)
    shutil.copyfile(database, folder / DATABASE)
    (folder / DATABASE).chmod(0o644)
    with duckdb.connect(folder / DATABASE) as connection:
        for change in changes:
            connection.execute(change)
    (folder / MANIFEST).write_text(json.dumps({"snapshot_id": folder.name, "parent": None, "verdict": {}}))
    (folder / VERDICT).write_text(json.dumps({"results": []}))
    return folder


@pytest.fixture(scope="session")
def small_database(sample_database: SampleDatabase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample world's database with two drugs and two reactions in what pages show."""
    drugs, reactions = (", ".join(f"'{word}'" for word in words) for words in (DRUGS, REACTIONS))
    changes = [
        f"delete from meta.vocabulary where vocabulary = '{name}' and value not in ({words})"
        for name, words in (("drug", drugs), ("reaction", reactions))
    ]
    changes += [f"delete from {t} where drug not in ({drugs}) or reaction not in ({reactions})" for t in TABLES]
    folder = make_snapshot(tmp_path_factory.mktemp("small") / "small", sample_database.candidate, *changes)
    return folder / DATABASE


@pytest.fixture(scope="session")
def make_site(small_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Site]:
    """Make the site of the small snapshot after some changes of its database."""

    def make(*changes: str) -> Site:
        folder = tmp_path_factory.mktemp("site")
        snapshot = make_snapshot(folder / "snapshot", small_database, *changes)
        build_site(snapshot, folder / "report")
        return Site(folder / "report", snapshot)

    return make


@pytest.fixture(scope="session")
def site(make_site: Callable[..., Site]) -> Site:
    """The site of the small snapshot, that tests only read."""
    return make_site()
