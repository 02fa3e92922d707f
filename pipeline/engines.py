"""What makes the tables of a candidate from their SELECTs: DuckDB, or Apache Spark where the settings say so."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import duckdb

from pipeline.models import Model
from pipeline.settings import Settings


class Engine(Protocol):
    """Makes each table of a SELECT in the candidate that a session of DuckDB has open."""

    def show_typed(self, files: Mapping[str, Sequence[Path]]) -> None:
        """Take note of the typed files of the current deliveries, by model; a source without any has no file."""

    def make_table(self, connection: duckdb.DuckDBPyConnection, model: Model) -> None:
        """Make the table of one model."""


class DuckDBEngine:
    """Makes tables in the session itself, which reads typed files through its own views."""

    def show_typed(self, files: Mapping[str, Sequence[Path]]) -> None:
        """Do nothing: the session has views of them."""

    def make_table(self, connection: duckdb.DuckDBPyConnection, model: Model) -> None:
        """Make the table of one model."""
        connection.execute(f"create table {model.table} as\n{model.sql}")


DUCKDB = DuckDBEngine()


@contextmanager
def open_engine(settings: Settings) -> Iterator[Engine]:
    """The engine of the settings, until the end of the block."""
    if settings.engine == "duckdb":
        yield DUCKDB
        return
    from pipeline.spark.engine import open_spark

    with open_spark(settings) as engine:
        yield engine
