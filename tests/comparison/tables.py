"""Compares two folders of published Parquet files, table by table."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipeline.publishing.logical_hash import quote
from pipeline.publishing.parquet_tables import write_sorted
from tests.comparison.changes import Changes, NotOneToOne, Replaced

SHOWN = 5  # differing rows of each side that are printed


@dataclass(frozen=True)
class Outcome:
    """What the comparison of one table found: how, and the differing rows as lines that start with '-' or '+'."""

    table: str
    is_same: bool
    how: str
    rows: tuple[str, ...] = ()

    def __str__(self) -> str:
        line = f"{'same' if self.is_same else 'DIFFERENT':10}{self.table:40}{self.how}"
        return "\n".join([line, *(f"    {row}" for row in self.rows)])


def compare_folders(base: Path, head: Path, changes: Changes) -> Iterator[Outcome]:
    """Compare every table that either folder holds; raise NotOneToOne when a listed change would lose a value."""
    names = {path.stem for folder in (base, head) for path in folder.glob("*.parquet")}
    if not names:
        yield Outcome("(none)", False, f"no Parquet file in {base} and {head}")
    for name in sorted(names):
        before, after = base / f"{name}.parquet", head / f"{name}.parquet"
        if before.is_file() and after.is_file():
            yield _compare_table(name, before, after, changes)
        else:
            yield Outcome(name, False, "published by HEAD only" if after.is_file() else "published by BASE only")


def _compare_table(name: str, before: Path, after: Path, changes: Changes) -> Outcome:
    with tempfile.TemporaryDirectory() as folder, closing(duckdb.connect()) as connection:
        connection.execute(f"create view head as from '{_escape(after)}'")
        connection.execute(f"create table base as from '{_escape(before)}'")
        applied = _apply_changes(connection, name, changes)
        if applied:
            before = Path(folder) / "base.parquet"
            connection.execute("set preserve_insertion_order = true")
            write_sorted(connection, "base", [column for column, _ in _columns(connection, "base")], before)
        count = connection.execute("select count(*) from head").fetchall()[0][0]
        if before.read_bytes() == after.read_bytes():
            changed = f", {applied} changes on purpose applied" if applied else ""
            return Outcome(name, True, f"{count} rows, {after.stat().st_size} bytes{changed}")
        return _describe_difference(connection, name)


def _apply_changes(connection: duckdb.DuckDBPyConnection, table: str, changes: Changes) -> int:
    """Change the table `base` as listed; return how many entries had an effect.

    An entry whose column or text before is absent from the table has none.
    """
    applied = 0
    for renamed in changes.find_renamed(table):
        columns = dict(_columns(connection, "base"))
        if renamed.before in columns:
            connection.execute(f"alter table base rename {quote(renamed.before)} to {quote(renamed.after)}")
            applied += 1
        if renamed.before in columns or renamed.after in columns:
            changes.used.add(renamed)
    for column, entries in changes.find_replaced(table).items():
        if column in dict(_columns(connection, "base")):
            applied += _replace_texts(connection, table, column, entries, changes)
    return applied


def _replace_texts(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, entries: list[Replaced], changes: Changes
) -> int:
    """Replace whole values of a text column at once, so that two texts may change places."""
    values = {value for (value,) in connection.execute(f"select distinct {quote(column)} from base").fetchall()}
    found = {entry.before: entry.after for entry in entries if entry.before in values}
    if len({found.get(value, value) for value in values}) < len(values):
        raise NotOneToOne(f"the replaced texts of {table}.{column} make one value of two")
    connection.execute("create or replace temp table replacement (before varchar, after varchar)")
    if found:
        connection.executemany("insert into replacement values (?, ?)", list(found.items()))
        connection.execute(
            f"update base set {quote(column)} = replacement.after from replacement "
            f"where base.{quote(column)} = replacement.before"
        )
    changes.used.update(entry for entry in entries if values & {entry.before, entry.after})
    return len(found)


def _describe_difference(connection: duckdb.DuckDBPyConnection, name: str) -> Outcome:
    base, head = _columns(connection, "base"), _columns(connection, "head")
    if base != head:
        gone = [f"- {column} {kind}" for column, kind in base if (column, kind) not in head]
        come = [f"+ {column} {kind}" for column, kind in head if (column, kind) not in base]
        return Outcome(name, False, "other columns or another order of columns", (*gone, *come))
    lost = connection.execute("from base except all from head order by all").fetchall()
    new = connection.execute("from head except all from base order by all").fetchall()
    if not lost and not new:
        return Outcome(name, False, "same rows and types, other bytes: another writer or DuckDB")
    shown = [*_show("-", base, lost, new), *_show("+", base, new, lost)]
    return Outcome(name, False, f"{len(lost)} rows of BASE only, {len(new)} of HEAD only", tuple(shown))


def _show(mark: str, columns: list[tuple[str, str]], rows: list[Any], others: list[Any]) -> Iterator[str]:
    """The first rows: their texts, which say what a row is about, and whatever is not equal in all differing rows."""
    shown = [
        at
        for at, (_, kind) in enumerate(columns)
        if kind == "VARCHAR" or len({repr(row[at]) for row in [*rows, *others]}) > 1
    ]
    for row in rows[:SHOWN]:
        yield f"{mark} " + ", ".join(f"{columns[at][0]} {row[at]!r}" for at in shown)
    if len(rows) > SHOWN:
        yield f"{mark} and {len(rows) - SHOWN} more"


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute(f"describe {table}").fetchall()]


def _escape(path: Path) -> str:
    return str(path).replace("'", "''")
