"""A table of hundreds of thousands of rows: sorted by the columns that decide its order, by several threads."""

import hashlib
from pathlib import Path

import duckdb
import pytest

from pipeline.publishing.parquet_tables import LARGE, write_parquet_tables

pytestmark = pytest.mark.slow

ROWS = 3 * LARGE


def write(folder: Path, threads: int, key: str) -> Path:
    """The canonical file of a table that DuckDB made in no particular order; `key` decides the order of rows."""
    connection = duckdb.connect(":memory:")
    connection.execute(f"set threads = {threads}")
    connection.execute("create schema summary")
    connection.execute(
        f"create table summary.large as select {key} as ingredient, i::varchar as term, sin(i) as ic, "
        f"if(i % 7 = 0, null, 'why') as reason from range({ROWS}) as r(i) order by hash(i, {threads})"
    )
    return write_parquet_tables(connection, folder)["summary.large"]


@pytest.mark.parametrize("key", ["'same'", "if(i % 3 = 0, null, i % 50)", "if(i % 2 = 0, 'a', 'b') || i % 999"])
def test_parquet_bytes_are_equal_at_any_number_of_threads(key: str, tmp_path: Path) -> None:
    """Any order of rows and any number of threads give the same bytes."""
    files = [write(tmp_path / str(threads), threads, key) for threads in (1, 2, 4)]
    assert len({hashlib.sha256(path.read_bytes()).hexdigest() for path in files}) == 1


def test_rows_are_sorted_by_all_columns(tmp_path: Path) -> None:
    """Sorted by the deciding columns, the rows are in the order of all columns, nulls first."""
    path = write(tmp_path / "tables", 2, "if(i % 3 = 0, null, i % 50)")
    rows = duckdb.execute(f"select * from read_parquet('{path}')").fetchall()
    assert len(rows) == ROWS
    assert rows == sorted(rows, key=lambda row: [(value is not None, value) for value in row])
