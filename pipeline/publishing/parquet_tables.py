"""The summary tables as canonical Parquet: same rows, same bytes, on any night and with any number of threads.

Rows are sorted by all columns in their order, text by its bytes, nulls first; one writer thread; fixed compression
and row groups. So the sha256 of a file says whether a published table changed at all. The bytes also depend
on the version of DuckDB that wrote them; the logical hash of the manifest does not.
"""

from pathlib import Path

import duckdb

from pipeline.publishing.logical_hash import list_tables, quote

SETTINGS = "format parquet, compression zstd, compression_level 3, row_group_size 122880"


def write_parquet_tables(
    connection: duckdb.DuckDBPyConnection, folder: Path, *, schema: str = "summary"
) -> dict[str, Path]:
    """Write every table of a schema to `<folder>/<table>.parquet`; return the file of each `schema.table`."""
    folder.mkdir()
    written = {}
    before = connection.execute("select current_setting('threads')").fetchall()[0][0]
    connection.execute("set threads = 1")
    try:
        for table, columns in list_tables(connection).items():
            if table.startswith(f"{schema}."):
                name = table.split(".", 1)[1].strip('"')
                written[table] = folder / f"{name}.parquet"
                write_sorted(connection, table, [column for column, _ in columns], written[table])
    finally:
        connection.execute(f"set threads = {int(before)}")
    return written


def write_sorted(connection: duckdb.DuckDBPyConnection, table: str, columns: list[str], target: Path) -> None:
    """Write one table, its rows in canonical order. The connection has one thread."""
    listed = ", ".join(quote(column) for column in columns)
    order = ", ".join(f"{quote(column)} asc nulls first" for column in columns)
    path = str(target).replace("'", "''")
    connection.execute(
        f"copy (select {listed} from {table} order by {order}) to '{path}' ({SETTINGS})"  # noqa: S608 - our own names
    )


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
