"""The summary tables as canonical Parquet: same rows, same bytes, on any night and with any number of threads.

Rows are sorted by all columns in their order, text by its bytes, nulls first, and written in that order whatever the
number of threads; fixed compression and row groups. So the sha256 of a file says whether a published table changed at
all. The bytes also depend on the version of DuckDB that wrote them; the logical hash of the manifest does not.
"""

from pathlib import Path

import duckdb

from pipeline.publishing.logical_hash import list_tables, quote

SETTINGS = "format parquet, compression zstd, compression_level 3, row_group_size 122880"
LARGE, MOST_DECIDING = 100_000, 6  # rows of a table, and columns, that are worth looking for fewer columns to sort by


def write_parquet_tables(
    connection: duckdb.DuckDBPyConnection, folder: Path, *, schema: str = "summary"
) -> dict[str, Path]:
    """Write every table of a schema to `<folder>/<table>.parquet`; return the file of each `schema.table`."""
    folder.mkdir()
    written = {}
    connection.execute("set preserve_insertion_order = true")
    for table, columns in list_tables(connection).items():
        if table.startswith(f"{schema}."):
            name = table.split(".", 1)[1].strip('"')
            written[table] = folder / f"{name}.parquet"
            write_sorted(connection, table, [column for column, _ in columns], written[table])
    return written


def write_sorted(connection: duckdb.DuckDBPyConnection, table: str, columns: list[str], target: Path) -> None:
    """Write one table, its rows in canonical order, which the connection must preserve."""
    listed = ", ".join(quote(column) for column in columns)
    deciding = columns[: _deciding(connection, table, columns)]
    order = ", ".join(f"{quote(column)} asc nulls first" for column in deciding)
    path = str(target).replace("'", "''")
    connection.execute(
        f"copy (select {listed} from {table} order by {order}) to '{path}' ({SETTINGS})"  # noqa: S608 - our own names
    )


def _deciding(connection: duckdb.DuckDBPyConnection, table: str, columns: list[str]) -> int:
    """How many of the first columns decide the order of a large table: no two rows share them.

    The order is then that of all columns, and what a sort carries along is a third of the work.
    """
    count = connection.execute(f"select count(*) from {table}").fetchall()[0][0]  # noqa: S608 - our own names
    for width in range(1, min(len(columns), MOST_DECIDING) + 1) if count >= LARGE else ():
        listed = ", ".join(quote(column) for column in columns[:width])
        query = f"select count(*) from (select distinct {listed} from {table})"  # noqa: S608 - our own names
        if connection.execute(query).fetchall()[0][0] == count:
            return width
    return len(columns)


def link_unchanged(folder: Path, earlier: Path) -> list[str]:
    """Share with an earlier snapshot each file whose bytes are the same; return their names.

    Both names then lead to one copy on the disk. Published files are never written again, so nothing that
    happens to one snapshot reaches the other through the shared file.
    """
    shared = []
    for path in sorted(folder.glob("*.parquet")):
        twin = earlier / path.name
        if twin.is_file() and twin.read_bytes() == path.read_bytes():
            draft = path.with_name(f".{path.name}.shared")
            draft.hardlink_to(twin)
            draft.replace(path)
            shared.append(path.name)
    return shared
