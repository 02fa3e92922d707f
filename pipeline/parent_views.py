"""The live snapshot beside the candidate that replaces it, for the tables that state what changed.

A SELECT reads the live snapshot's `events.reported` as `before.events_reported`: the columns that the contract
states today, null where the live snapshot was built before a column existed. A table that the live snapshot does not
have, or not with its key, is empty; `before.held` lists the tables and columns that are there, so that a new table or
column is not taken for a change. `before.cause` lists what moves numbers whatever arrived: `code_list` with the name
of each list, and `code`. Without a live snapshot everything in `before` is empty.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipeline.catalog import list_columns
from pipeline.contract import Contract
from pipeline.models import Estimate, Model
from pipeline.quoting import literal, quoted
from pipeline.rows import insert_rows

CATALOG = "before"
PARENT = "parent"
READ = re.compile(r"\bbefore\.([a-z]+)_(\w+)")
CODE, CODE_LIST = "code", "code_list"
Columns = Mapping[str, Mapping[str, str]]  # table -> column -> type


@dataclass(frozen=True)
class Parent:
    """The live snapshot. is_other_code: whether SQL, code, libraries or DuckDB are not those it was built with.
    unchanged: its tables that the candidate takes over (`taken_over`)."""

    database: Path
    is_other_code: bool
    unchanged: frozenset[str] = frozenset()


def view_parent(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    ordered: Iterable[Model | Estimate],
    parent: Parent | None,
) -> None:
    """Show the live snapshot as `before`, every table that a model of `ordered` reads of it. Code lists and `meta` of
    the candidate must be filled; `close_parent` ends it."""
    connection.execute(f"attach ':memory:' as {CATALOG}")
    connection.execute(f"create table {CATALOG}.held (table_name varchar, column_name varchar)")
    connection.execute(f"create table {CATALOG}.cause (reason varchar, detail varchar)")
    if parent is not None:
        connection.execute(f"attach {quoted(parent.database)} as {PARENT} (read_only)")
    there = list_columns(connection, PARENT) if parent is not None else {}
    wanted = _list_wanted(connection, contract, ordered, there)
    for table, columns in wanted.items():
        _view_table(connection, table, columns, there.get(table, {}), contract.keys.get(table, ()))
    if parent is not None:
        _insert_causes(connection, parent, there)


def close_parent(connection: duckdb.DuckDBPyConnection) -> None:
    """Let go of the live snapshot."""
    connection.execute(f"detach {CATALOG}")
    connection.execute(f"detach database if exists {PARENT}")


def _list_wanted(
    connection: duckdb.DuckDBPyConnection, contract: Contract, ordered: Iterable[Model | Estimate], there: Columns
) -> Columns:
    """The tables that models read of the live snapshot, with their columns as the contract, the candidate or that
    snapshot has them. A table that none of these knows is left to the SELECT that names it."""
    texts = [model.sql for model in ordered if isinstance(model, Model)]
    read = sorted({f"{layer}.{name}" for text in texts for layer, name in READ.findall(text)})
    if not read:
        return {}
    built = list_columns(connection, connection.execute("select current_database()").fetchall()[0][0])
    found = {
        table: {column.name: column.type for column in contract.columns.get(table, ())}
        or built.get(table)
        or there.get(table)
        for table in read
    }
    return {table: columns for table, columns in found.items() if columns}


def _view_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, str],
    there: Mapping[str, str],
    key: tuple[str, ...],
) -> None:
    name = f"{CATALOG}.{table.replace('.', '_', 1)}"
    if not there or set(key) - there.keys():
        listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        connection.execute(f"create table {name} ({listed})")
        return
    shown = ", ".join(
        f'"{column}"::{kind} as "{column}"' if column in there else f'null::{kind} as "{column}"'
        for column, kind in columns.items()
    )
    connection.execute(f"create view {name} as select {shown} from {PARENT}.{table}")  # noqa: S608 - names of our own
    held = ", ".join(f"({literal(table)}, {literal(column)})" for column in columns if column in there)
    connection.execute(f"insert into {CATALOG}.held values {held}")  # noqa: S608 - names of our own contract


def _insert_causes(connection: duckdb.DuckDBPyConnection, parent: Parent, there: Columns) -> None:
    """State which code lists have other rows, and whether the code is another. A list that the live snapshot did not
    have came with code that reads it."""
    current = connection.execute("select current_database()").fetchall()[0][0]
    rows = [
        {"reason": CODE_LIST, "detail": table.removeprefix("codes.")}
        for table, columns in list_columns(connection, current).items()
        if table.startswith("codes.") and table in there and _differs(connection, table, columns, there[table])
    ]
    rows += [{"reason": CODE, "detail": ""}] if parent.is_other_code else []
    insert_rows(connection, f"{CATALOG}.cause", rows)


def _differs(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], there: Mapping[str, str]
) -> bool:
    """Whether the rows of a code list are others, in the columns that both have."""
    listed = ", ".join(f'"{column}"' for column in columns if column in there)
    sums = [
        connection.execute(f"select count(*), sum(hash({listed})) from {place}{table}").fetchall()  # noqa: S608
        for place in ("", f"{PARENT}.")
    ]
    return sums[0] != sums[1]
