"""The floor a nightly is measured against: unzip, then DuckDB's reader of the same bytes to Parquet, all text.

python -m tests.bench.floor FILE [FILE ...]     reads once, in this process, and prints nothing
"""

import sys
import tempfile
import zipfile
from pathlib import Path

import duckdb


def read_once(archives: list[Path]) -> None:
    """Copy each table of each zip, or the studies of each page of JSON, to Parquet in the simplest way."""
    connection = duckdb.connect(":memory:")
    connection.execute("set threads = 2")
    connection.execute("set enable_progress_bar = false")
    for archive in archives:
        if archive.suffix == ".json":
            copy_studies(connection, archive)
            continue
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(archive) as unzipped:
            unzipped.extractall(folder)
            for path in sorted(each for each in Path(folder).rglob("*") if each.suffix.lower() == ".txt"):
                with path.open("rb") as file:
                    columns = file.readline().decode().strip().split("$")
                if len(columns) > 1:
                    copy_table(connection, path, columns)


def copy_studies(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    connection.execute(
        f"copy (select unnest(studies) from read_json('{path}', columns = {{'studies': 'json[]'}}, "
        f"maximum_object_size = 1000000000)) to '{path}.parquet' (format parquet, compression zstd)"
    )


def copy_table(connection: duckdb.DuckDBPyConnection, path: Path, columns: list[str]) -> None:
    named = ", ".join(f"'{column}': 'varchar'" for column in columns)
    connection.execute(
        f"copy (select * from read_csv('{path}', delim = '$', quote = '', escape = '', header = true, "
        f"auto_detect = false, columns = {{{named}}})) to '{path}.parquet' (format parquet, compression zstd)"
    )


if __name__ == "__main__":
    read_once([Path(argument) for argument in sys.argv[1:]])
