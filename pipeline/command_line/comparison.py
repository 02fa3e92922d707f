"""The cells of the summary tables that differ between two snapshots, by their keys."""

import re
from pathlib import Path

import duckdb

from pipeline.command_line.output import Result
from pipeline.errors import UsageError
from pipeline.publishing.candidates import open_side_by_side
from pipeline.publishing.differences import NOT_COMPARED
from pipeline.publishing.logical_hash import quote
from pipeline.quoting import literal
from pipeline.settings import Settings

COLUMNS = ("table_name", "row_key", "column_name", "in_a", "in_b")
WHOLE_ROW = "(row)"


def compare(settings: Settings, a: Path, b: Path, only: str | None = None) -> Result:
    """Every cell of schema `summary` that differs between databases a and b. only: one table of it.

    row_key: the values of the table's key as text, joined by " | ". A row that only one side has is one line
    with column_name "(row)". The key is the one the table's comment states ("key ..."); a table without one is
    compared row by row. Raises UsageError where neither has the table `only`.
    """
    with open_side_by_side(settings, a=a, b=b) as connection:
        rows: list[tuple[str, ...]] = []
        found_a, found_b = list_summaries(connection, "a"), list_summaries(connection, "b")
        for table in _choose_tables(found_a.keys() | found_b.keys(), only):
            rows += compare_table(connection, table, found_a.get(table), found_b.get(table))
    return Result(COLUMNS, rows, ("VARCHAR",) * len(COLUMNS))


def _choose_tables(found: set[str], only: str | None) -> list[str]:
    """The tables to compare. `change` states what differs from another snapshot, and so always differs."""
    name = only and only.removeprefix("summary.")
    if name and name not in found:
        raise UsageError(
            f"neither snapshot has a table summary.{name}",
            where="--table",
            todo=f"use one of: {', '.join(sorted(found))}",
        )
    return [name] if name else sorted(found - NOT_COMPARED)


Shape = tuple[list[str], list[str]]  # key columns, all columns


def list_summaries(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, Shape]:
    """The tables of schema `summary` with the columns of their keys and all their columns."""
    found = connection.execute(
        "select t.table_name, t.comment, list(c.column_name order by c.column_index) "
        "from duckdb_tables() as t join duckdb_columns() as c "
        "on c.table_oid = t.table_oid and c.database_oid = t.database_oid "
        "where t.database_name = ? and t.schema_name = 'summary' group by all",
        [catalog],
    ).fetchall()
    return {table: (key_columns(comment, columns), columns) for table, comment, columns in found}


def key_columns(comment: str | None, columns: list[str]) -> list[str]:
    """The key that a table's comment states; all columns where it states none that the table has."""
    stated = re.search(r"(?m)^key\s+(.+)$", comment or "")
    names = [name.strip() for name in stated.group(1).split(",")] if stated else []
    return names if names and set(names) <= set(columns) else list(columns)


def compare_table(
    connection: duckdb.DuckDBPyConnection, table: str, a: Shape | None, b: Shape | None
) -> list[tuple[str, ...]]:
    """The differing cells of one table; one line where a side has no such table or no such column."""
    if a is None or b is None:
        return [(table, "", "(table)", _presence(a), _presence(b))]
    common = [column for column in a[1] if column in b[1]]
    lines = [
        (table, "", f"{column} (column)", _presence(column in a[1] or None), _presence(column in b[1] or None))
        for column in [*a[1], *b[1]]
        if column not in common
    ]
    keys = [key for key in b[0] if key in common]
    for column in [WHOLE_ROW, *(column for column in common if column not in keys)]:
        lines += connection.execute(_difference(table, keys, column)).fetchall()
    return sorted(lines, key=lambda line: tuple(map(str, line)))


def _difference(table: str, keys: list[str], column: str) -> str:
    """SQL for the rows of one side only, or for the cells of one column that differ."""
    name = quote(table)
    same = " and ".join(f"a.{quote(key)} is not distinct from b.{quote(key)}" for key in keys)
    label = ", ".join(f"coalesce(coalesce(a.{quote(key)}, b.{quote(key)})::varchar, '')" for key in keys)
    if column == WHOLE_ROW:
        shown = ", ".join(f"case when {side}.is_there then 'present' else 'absent' end" for side in "ab")
        condition = "a.is_there is null or b.is_there is null"
    else:
        cell = quote(column)
        shown = ", ".join(f"{side}.{cell}::varchar" for side in "ab")
        condition = f"a.is_there and b.is_there and a.{cell} is distinct from b.{cell}"
    return (
        f"with earlier as (select *, true as is_there from a.summary.{name}), "  # noqa: S608 - names of our own catalog
        f"later as (select *, true as is_there from b.summary.{name}) "
        f"select '{table}', concat_ws(' | ', {label}), {literal(column)}, {shown} "
        f"from earlier as a full join later as b on {same} where {condition}"
    )


def _presence(there: object) -> str:
    return "absent" if there is None else "present"
