"""How the published values of two databases differ: the tables of `summary`, as rows and largest changes.

New tables and columns are no difference. Texts that a committed list (`sql/changed_texts.csv`) replaces one to one
are replaced in the earlier database before its rows are compared.
"""

import csv
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from pipeline.catalog import list_columns
from pipeline.publishing.candidates import open_side_by_side
from pipeline.publishing.logical_hash import hash_table, quote
from pipeline.quoting import literal
from pipeline.settings import Settings

CHANGED_TEXTS = "changed_texts.csv"
NOT_COMPARED = frozenset({"change"})  # it states what is different from the parent, and so is always another
LARGEST = 5  # changes shown of one table
INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
Texts = Mapping[str, Mapping[str, Mapping[str, str]]]  # table -> column -> before -> after


@dataclass(frozen=True)
class TableDifference:
    """One table whose published values differ. gone: its columns that are no more, or "(table)".

    largest: the largest changes as {row, column, before, after}, whole numbers first; a row of one side only has
    column "(row)". Counts are rows.
    """

    table: str
    rows_changed: int = 0
    rows_new: int = 0
    rows_gone: int = 0
    gone: list[str] = field(default_factory=list)
    largest: list[dict[str, str | None]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def read_changed_texts(sql_dir: Path) -> Texts:
    """Read the list of texts that were replaced one to one; empty where the project has none."""
    path = sql_dir / CHANGED_TEXTS
    found: dict[str, dict[str, dict[str, str]]] = {}
    if path.is_file():
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found.setdefault(row["table"], {}).setdefault(row["column"], {})[row["before"]] = row["after"]
    return found


def compare_published(
    settings: Settings,
    before: Path,
    after: Path,
    *,
    keys: Mapping[str, tuple[str, ...]],
    texts: Texts,
    recorded: Mapping[str, str] | None = None,
) -> list[TableDifference]:
    """Return each table of `summary` in database `before` whose values differ in database `after`.

    keys: of the tables, as the contract states them. recorded: logical hashes of tables of `before`, as its manifest
    has them; a table of `after` that has the same is not read again.
    """
    with open_side_by_side(settings, before=before, after=after) as connection:
        shapes = {name: _list_columns(connection, name) for name in ("before", "after")}
        found = []
        for table, columns in shapes["before"].items():
            later = shapes["after"].get(table)
            if table in NOT_COMPARED:
                continue
            if later is None:
                found.append(TableDifference(table, gone=["(table)"]))
            elif not _has_hash(connection, table, columns, later, recorded):
                difference = _compare(
                    connection,
                    table,
                    columns,
                    later,
                    stated_key=keys.get(f"summary.{table}", ()),
                    texts=texts.get(table, {}),
                )
                found += [difference] if difference else []
    return found


def _list_columns(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, dict[str, str]]:
    """The columns with their types of each table of `summary`, in order."""
    found = list_columns(connection, database)
    return {name.removeprefix("summary."): columns for name, columns in found.items() if name.startswith("summary.")}


def _has_hash(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: dict[str, str],
    later: dict[str, str],
    recorded: Mapping[str, str] | None,
) -> bool:
    """Whether the later table has, in the columns of the earlier one, the logical hash that was recorded of that."""
    expected = (recorded or {}).get(f"summary.{quote(table)}")
    if expected is None or not columns.keys() <= later.keys():
        return False
    listed = [(column, later[column]) for column in columns]
    return hash_table(connection, f"after.summary.{quote(table)}", listed).logical_hash == expected


def _compare(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: dict[str, str],
    later: dict[str, str],
    *,
    stated_key: tuple[str, ...],
    texts: Mapping[str, Mapping[str, str]],
) -> TableDifference | None:
    """The difference of one table that both databases have; None where no value of a common column differs."""
    common = [column for column in columns if column in later]
    key = [column for column in stated_key if column in common] or common
    values = [column for column in common if column not in key]
    _write_differing_rows(connection, table, common, key, texts)
    changed, new, gone_count = connection.execute(
        "select count(*) filter (where was and will), count(*) filter (where was is null), "
        "count(*) filter (where will is null) from differing"
    ).fetchall()[0]
    gone = [column for column in columns if column not in later]
    if not (changed or new or gone_count or gone):
        return None
    largest = _find_largest(connection, {column: columns[column] for column in values})
    return TableDifference(table, changed, new, gone_count, gone, largest)


def _write_differing_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    common: list[str],
    key: list[str],
    texts: Mapping[str, Mapping[str, str]],
) -> None:
    """Write table `differing`: the rows of one side only (`was` or `will` is null) and those with another value."""
    replaced = [_replace_texts(column, texts[column]) for column in common if column in texts]
    earlier = f"* replace ({', '.join(replaced)})" if replaced else "*"
    same = " and ".join(f"b.{quote(column)} is not distinct from a.{quote(column)}" for column in key)
    values = [column for column in common if column not in key]
    other = [f"b.{quote(column)} is distinct from a.{quote(column)}" for column in values]
    label = ", ".join(f"coalesce(coalesce(b.{quote(column)}, a.{quote(column)})::varchar, '')" for column in key)
    pairs = "".join(
        f", b.{quote(column)} as {quote(f'{column} before')}, a.{quote(column)} as {quote(f'{column} after')}"
        for column in values
    )
    connection.execute(
        "create or replace temp table differing as "  # noqa: S608 - names of our own catalog
        f"with earlier as (select {earlier}, true as was from before.summary.{quote(table)}), "
        f"later as (select *, true as will from after.summary.{quote(table)}) "
        f"select concat_ws(' | ', {label}) as row_key, b.was, a.will{pairs} "
        f"from earlier as b full join later as a on {same} "
        f"where b.was is null or a.will is null{''.join(f' or {test}' for test in other)}"
    )


def _replace_texts(column: str, replaced: Mapping[str, str]) -> str:
    name = quote(column)
    branches = " ".join(f"when {literal(old)} then {literal(new)}" for old, new in replaced.items())
    return f"case {name} {branches} else {name} end as {name}"


def _find_largest(connection: duckdb.DuckDBPyConnection, columns: dict[str, str]) -> list[dict[str, str | None]]:
    """The largest changes of whole numbers, then of other numbers, then other values, then rows of one side only."""
    ranked: list[tuple[int, float, str, str, str | None, str | None]] = []
    for column, kind in columns.items():
        before, after = quote(f"{column} before"), quote(f"{column} after")
        rank = 0 if kind in INTEGERS else 1 if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL") else 2
        size = f"coalesce(abs({after}::double - {before}::double), 0)" if rank < 2 else "0"
        ranked += connection.execute(
            f"select {rank}, {size}, row_key, {literal(column)}, {before}::varchar, {after}::varchar "  # noqa: S608
            f"from differing where was and will and {before} is distinct from {after} "
            f"order by 2 desc, row_key limit {LARGEST}"
        ).fetchall()
    ranked += connection.execute(
        "select 3, 0, row_key, '(row)', "  # noqa: S608 - no name of another's
        "if(was, 'present', 'absent'), if(will, 'present', 'absent') from differing "
        f"where was is null or will is null order by row_key limit {LARGEST}"
    ).fetchall()
    ranked.sort(key=lambda change: (change[0], -change[1], change[3], change[2]))
    return [
        {"row": row, "column": column, "before": before, "after": after}
        for _, _, row, column, before, after in ranked[:LARGEST]
    ]
