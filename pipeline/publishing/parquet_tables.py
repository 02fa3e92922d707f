"""The summary tables as canonical Parquet: the same rows give the same bytes, in any run, with any number of threads.

Rows are sorted by all columns in their order, text by its bytes, nulls first, and written in that order with a fixed
compression and row group size. The sha256 of a file therefore shows whether a published table changed at all. The
bytes also depend on the version of DuckDB that wrote them; the logical hash in the manifest does not.
"""

from collections.abc import Collection
from pathlib import Path

import duckdb

from pipeline.publishing.logical_hash import list_tables, quote
from pipeline.quoting import quoted

SETTINGS = "format parquet, compression zstd, compression_level 3, row_group_size 122880"
LARGE = 100_000  # rows from which looking for a shorter sort key is worth its cost
MAX_SORT_COLUMNS = 6  # longest sort key that is tried


def write_parquet_tables(
    connection: duckdb.DuckDBPyConnection, folder: Path, *, schema: str = "summary", there: Collection[str] = ()
) -> dict[str, Path]:
    """Write every table of a schema to `<folder>/<table>.parquet`; return the path of each `schema.table` written.

    there: tables whose files are in the folder already.
    """
    folder.mkdir(exist_ok=True)
    written = {}
    connection.execute("set preserve_insertion_order = true")
    for table, columns in list_tables(connection).items():
        if table.startswith(f"{schema}.") and table not in there:
            name = table.split(".", 1)[1].strip('"')
            written[table] = folder / f"{name}.parquet"
            write_sorted(connection, table, [column for column, _ in columns], written[table])
    return written


def write_sorted(connection: duckdb.DuckDBPyConnection, table: str, columns: list[str], target: Path) -> None:
    """Write one table with its rows in canonical order; the connection must preserve insertion order."""
    listed = ", ".join(quote(column) for column in columns)
    sort_key = columns[: _count_sort_columns(connection, table, columns)]
    order = ", ".join(f"{quote(column)} asc nulls first" for column in sort_key)
    connection.execute(
        f"copy (select {listed} from {table} order by {order}) to {quoted(target)} ({SETTINGS})"  # noqa: S608 - our own names
    )


def _count_sort_columns(connection: duckdb.DuckDBPyConnection, table: str, columns: list[str]) -> int:
    """Count the leading columns that identify a row of a large table; all columns for a small one.

    Sorting by them gives the same order as sorting by all columns, at a third of the cost.
    """
    count = connection.execute(f"select count(*) from {table}").fetchall()[0][0]  # noqa: S608 - our own names
    for width in range(1, min(len(columns), MAX_SORT_COLUMNS) + 1) if count >= LARGE else ():
        listed = ", ".join(quote(column) for column in columns[:width])
        query = f"select count(*) from (select distinct {listed} from {table})"  # noqa: S608 - our own names
        if connection.execute(query).fetchall()[0][0] == count:
            return width
    return len(columns)


def link_unchanged(folder: Path, earlier: Path) -> list[str]:
    """Replace each file that equals its counterpart in an earlier snapshot by a hard link; return their names.

    Both snapshots then share one copy on disk. That is safe because published files are never written again.
    """
    shared = []
    for path in sorted(folder.glob("*.parquet")):
        twin = earlier / path.name
        if twin.is_file() and not twin.samefile(path) and twin.read_bytes() == path.read_bytes():
            draft = path.with_name(f".{path.name}.shared")
            draft.hardlink_to(twin)
            draft.replace(path)
            shared.append(path.name)
    return shared
