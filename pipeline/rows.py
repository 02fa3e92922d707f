"""Writes rows that code has put together into a table, in one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows given by the names of their columns, each value cast to the type of its column.

    All rows name the columns that the first one names; columns not named are null. Row by row, two thousand rows
    take longer than most models.
    Raises duckdb.Error where a name is no column of the table, or a value cannot be cast.
    """
    if not rows:
        return
    described = connection.execute(f"describe {table}").fetchall()
    types = {name: kind for name, kind, *_ in described}
    columns = list(rows[0])
    lists = ", ".join(f"unnest(?::{types.get(column, 'varchar')}[])" for column in columns)
    connection.execute(
        f"insert into {table} ({', '.join(columns)}) select {lists}",
        [[row[column] for row in rows] for column in columns],
    )
