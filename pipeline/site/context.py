"""The snapshot that pages are made from: its facts for header and footer, and the one way to ask its database."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from pipeline.errors import PublicationFailed
from pipeline.exports.caveats import DISPROPORTIONALITY, GENERAL, REPORTS, TRIALS
from pipeline.exports.suppression import RULE
from pipeline.publishing.current import DATABASE, MANIFEST
from pipeline.site.numbers import show_count, show_day, show_quarter, show_time

LEFT_OUT = (
    "On these pages a cell whose count is suppressed has no row: it is not zero. Counts split by quarter, patient, "
    "indication, dose or onset, contrasts of routes, changes of counts and lists of cases are left out."
)
VERDICT = "quality.json"
PAGES = "site/"
"""Of the files of a snapshot, those that are made from all others."""
Limits = Mapping[str, str | bool | int | float | list[str]]
"""Settings of DuckDB by name, such as memory_limit."""
CONFIG: Limits = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


@dataclass(frozen=True)
class SourceFacts:
    """A source as header and freshness show it. wing: `reports` or `trials`. missing: quarters that are not held."""

    source: str
    title: str
    wing: str
    newest_period: str | None
    data_date: Any
    last_received_at: Any
    missing: tuple[str, ...]

    @property
    def reach(self) -> str:
        """Up to when its data reach, in a few words."""
        if self.newest_period:
            return f"to {show_quarter(self.newest_period)}"
        if self.data_date is not None:
            return f"to {show_day(self.data_date)}"
        return f"received {show_day(self.last_received_at)}" if self.last_received_at else "nothing received"


@dataclass(frozen=True)
class Context:
    """One snapshot. manifest and verdict: its manifest.json and quality.json as read.

    is_suppressed: whether pages are for outside, without small counts of cases.
    """

    connection: duckdb.DuckDBPyConnection = field(repr=False)
    manifest: Mapping[str, Any] = field(repr=False)
    verdict: Mapping[str, Any] = field(repr=False)
    snapshot_id: str
    started_at: str
    code_commit: str
    profile: str
    is_synthetic: bool
    sources: tuple[SourceFacts, ...]
    caveat: str = f"{REPORTS} {DISPROPORTIONALITY}"
    trial_caveat: str = TRIALS
    general_caveat: str = GENERAL
    is_suppressed: bool = False

    def ask(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query. Values go in as parameters, never into the text of the query."""
        cursor = self.connection.execute(query, parameters)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def has_table(self, name: str) -> bool:
        """Whether the snapshot has a table of this name, such as `summary.change`."""
        return name in self._tables

    def find_meaning(self, vocabulary: str, value: str) -> str:
        """What the snapshot says that a value of a vocabulary means; empty where it says nothing."""
        return self._meanings.get((vocabulary, value), "")

    @cached_property
    def _tables(self) -> frozenset[str]:
        rows = self.ask("select schema_name || '.' || table_name as name from duckdb_tables() where not internal")
        return frozenset(row["name"] for row in rows)

    @cached_property
    def described_tables(self) -> frozenset[str]:
        """The tables and views whose columns `meta.column` describes, as `summary.signal`."""
        return frozenset(row["table_name"] for row in self.ask("select distinct table_name from meta.column"))

    @cached_property
    def row_counts(self) -> dict[str, int]:
        """The rows of each table as the manifest counts them, by name without quotes; empty where it counts none."""
        tables = self.manifest.get("tables", {})
        return {name.replace('"', ""): found["row_count"] for name, found in tables.items()}

    @cached_property
    def _meanings(self) -> dict[tuple[str, str], str]:
        rows = self.ask("select vocabulary, value, meaning from meta.vocabulary where meaning is not null")
        return {(row["vocabulary"], row["value"]): row["meaning"] for row in rows}

    @cached_property
    def drugs(self) -> tuple[str, ...]:
        """The single drugs of the watch list, in the order of the vocabulary."""
        return self._list_words("drug", "single")

    @cached_property
    def all_drugs(self) -> tuple[str, ...]:
        """The single drugs, then those that are a sum or a part of them."""
        return self._list_words("drug", "single", "rollup", "subclass")

    @cached_property
    def reactions(self) -> tuple[str, ...]:
        """The reactions of the watch list, in the order of the vocabulary, the roll-up after the single ones."""
        return self._list_words("reaction", "single", "rollup")

    def _list_words(self, vocabulary: str, *subsets: str) -> tuple[str, ...]:
        query = """
        select value from meta.vocabulary
        where vocabulary = $vocabulary and list_contains(string_split(subset, ' '), $subset)
        order by rowid
        """
        rows = [row for subset in subsets for row in self.ask(query, {"vocabulary": vocabulary, "subset": subset})]
        return tuple(row["value"] for row in rows)

    @property
    def suppression_note(self) -> str:
        """What is left out of pages where small counts are suppressed."""
        return f"{RULE} {LEFT_OUT}"

    @property
    def data_lock(self) -> str:
        """When the inputs were frozen: what came later is not in the snapshot."""
        return show_time(self.started_at)

    @property
    def code_version(self) -> str:
        """The commit in short, with a mark where files differed from it."""
        commit, _, changes = self.code_commit.partition("+")
        return commit[:10] + (" with changes" if changes else "")

    @cached_property
    def caveats(self) -> tuple[str, ...]:
        """What a reader must know of this very snapshot, as sentences."""
        found = [
            f"{_count_quarters(len(each.missing))} missing of {each.title}, between the first and the newest; charts "
            "mark them, and they are not zeros."
            for each in self.sources
            if each.missing
        ]
        found += [
            f"{each.title} has delivered nothing yet." for each in self.sources if each.reach == "nothing received"
        ]
        overridden = len(self.manifest.get("verdict", {}).get("overridden", ()))
        if overridden:
            found.append(f"{show_count(overridden)} failed rules were overridden by a person when it was published.")
        return tuple(found)


@contextmanager
def open_context(
    folder: Path, limits: Limits = MappingProxyType({}), *, is_suppressed: bool = False
) -> Iterator[Context]:
    """The snapshot in a folder, opened read-only and without access to anything else.

    limits: settings of DuckDB, such as memory_limit. Raises PublicationFailed where a file of it is missing or cannot
    be read.
    """
    manifest, verdict = (_read_json(folder / name) for name in (MANIFEST, VERDICT))
    try:
        connection = duckdb.connect(folder / DATABASE, read_only=True, config={**CONFIG, **limits})
    except duckdb.Error as error:
        raise _explain(folder / DATABASE, error) from error
    with connection:
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        made = _make_context(connection, _without_pages(manifest), verdict)
        yield replace(made, is_suppressed=is_suppressed)


def _without_pages(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest as it was before the pages were made, so that they are the same whenever they are made."""
    files = manifest.get("files", {})
    return manifest | {"files": {name: files[name] for name in files if not name.startswith(PAGES)}}


def _make_context(
    connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any], verdict: Mapping[str, Any]
) -> Context:
    found = connection.execute(
        "select run_id, started_at, code_commit, profile, is_synthetic from meta.snapshot"
    ).fetchone()
    assert found is not None  # noqa: S101 - a rule of the gate: it has exactly one row
    snapshot_id, started_at, commit, profile, is_synthetic = found
    rows = connection.execute(
        "select source, title, wing, newest_period, data_date, last_received_at, missing_periods "
        "from meta.source order by wing, source"
    ).fetchall()
    sources = tuple(
        SourceFacts(source, title, wing, newest, reach, received, tuple((missing or "").split()))
        for source, title, wing, newest, reach, received, missing in rows
    )
    return Context(
        connection=connection,
        manifest=manifest,
        verdict=verdict,
        snapshot_id=snapshot_id,
        started_at=started_at,
        code_commit=commit,
        profile=profile,
        is_synthetic=profile == "sample" if is_synthetic is None else is_synthetic,
        sources=sources,
    )


def _count_quarters(count: int) -> str:
    return "1 quarter is" if count == 1 else f"{show_count(count)} quarters are"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise _explain(path, error) from error
    return content


def _explain(path: Path, error: Exception) -> PublicationFailed:
    return PublicationFailed(
        f"a file of the snapshot cannot be read: {error}",
        where=str(path),
        todo="run `nightvigil doctor`; use another snapshot with --snapshot ID",
    )
