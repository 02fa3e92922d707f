"""Tables that two engines made, compared by their logical hashes: no tolerance, whatever the order of rows."""

from collections.abc import Collection
from dataclasses import dataclass

import duckdb

from pipeline.models import LAYERS
from pipeline.publishing.logical_hash import TableHash, hash_tables


@dataclass(frozen=True)
class Comparison:
    """Tables that differ, how many were compared, and those that have rows."""

    differing: list[str]
    table_count: int
    filled: frozenset[str]

    @property
    def filled_count(self) -> int:
        """How many tables have rows."""
        return len(self.filled)


def hash_layers(connection: duckdb.DuckDBPyConnection, layers: Collection[str] = LAYERS) -> dict[str, TableHash]:
    """The logical hash of every table of these layers in the current database."""
    return {table: found for table, found in hash_tables(connection).items() if table.split(".")[0] in layers}


def compare(of_duckdb: dict[str, TableHash], of_spark: dict[str, TableHash]) -> Comparison:
    """Compare the tables of two builds; one that only one of them has differs."""
    tables = sorted(of_duckdb | of_spark)
    return Comparison(
        differing=[table for table in tables if of_duckdb.get(table) != of_spark.get(table)],
        table_count=len(tables),
        filled=frozenset(table for table, found in of_duckdb.items() if found.row_count > 0),
    )
