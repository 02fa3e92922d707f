"""Makes the tables of a build with Apache Spark, from the same SELECTs and the same typed Parquet files as DuckDB.

What DuckDB has (code lists, `meta`, estimates, the live snapshot) is written to Parquet when a SELECT first reads it;
what Spark makes stays Parquet for Spark and becomes a table of the candidate. A table has the types that DuckDB gives
its SELECT. All files are below one folder of `cache`, which every executor must see at the same path, and which is
removed at the end.
"""

import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from pipeline.errors import NightvigilError
from pipeline.models import Model
from pipeline.quoting import quoted
from pipeline.settings import Settings
from pipeline.spark.macros import read_macros
from pipeline.spark.recursion import ALL, LAST, SCHEMA, Recursion, split_recursion
from pipeline.spark.regexes import translate_pattern
from pipeline.spark.session import end_session, find_cause, list_failures, open_session
from pipeline.spark.translate import PATTERN, show_as, translate

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

TYPES = {
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "INTEGER": "int",
    "BIGINT": "bigint",
    "UINTEGER": "bigint",
    "UBIGINT": "decimal(20,0)",
    "HUGEINT": "decimal(38,0)",
    "DOUBLE": "double",
    "DATE": "date",
    "TIMESTAMP": "timestamp_ntz",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
}
"""The type of Spark for each of DuckDB's; a decimal is one of both, and a list one of its elements."""
LIST = "[]"


class SparkEngine:
    """Makes tables of a candidate with a session of Spark, whose files are below `folder`."""

    def __init__(self, settings: Settings, session: "SparkSession", folder: Path) -> None:
        self._spark, self._folder = session, folder
        self._macros = read_macros(settings.sql_dir / "functions.sql")
        self._shown: set[str] = set()

    def show_typed(self, files: Mapping[str, Sequence[Path]]) -> None:
        """Read these Parquet files as `typed.<model>`, by model."""
        for name, paths in files.items():
            with _explained(f"typed.{name}"):
                self._show("typed", name, *paths)

    def make_table(self, connection: duckdb.DuckDBPyConnection, model: Model) -> None:
        """Make the table of a model, for Spark and in the candidate; raises NightvigilError where Spark fails."""
        columns = _list_columns(connection, model.sql)
        with _explained(model.table):
            recursion = split_recursion(model.sql)
            sql = self._recur(connection, model, recursion) if recursion else model.sql
            folder = self._write(model.table, self._select(connection, sql), columns)
            self._show(model.layer, model.name, folder, columns=columns)
        # names and types of our own SELECT, a path of our own making
        listed = ", ".join(f'"{name}"::{kind} as "{name}"' for name, kind in columns.items())
        connection.execute(
            f"create table {model.table} as select {listed} from read_parquet({quoted(folder / '*.parquet')})"  # noqa: S608
        )

    def _select(self, connection: duckdb.DuckDBPyConnection, sql: str) -> "DataFrame":
        for table in sqlglot.parse_one(sql, read="duckdb").find_all(exp.Table):
            if table.db not in ("", SCHEMA) and show_as(table.db, table.name) not in self._shown:
                self._hand_over(connection, table.db, table.name)
        return self._spark.sql(translate(sql, self._macros, lambda view: self._spark.table(view).columns))

    def _write(self, name: str, rows: "DataFrame", columns: Mapping[str, str]) -> Path:
        """The rows as Parquet with DuckDB's names and types, in a folder that did not exist."""
        from pyspark.sql import functions

        named = rows.toDF(*columns)
        typed = [functions.col(f"`{column}`").cast(name_type(kind)) for column, kind in columns.items()]
        folder = self._folder / name
        named.select(*typed).write.parquet(str(folder))
        return folder

    def _recur(self, connection: duckdb.DuckDBPyConnection, model: Model, recursion: Recursion) -> str:
        """Find all rows of a recursive table, as `recursion.found`; return the SELECT that reads them."""
        columns = _list_columns(connection, recursion.beginning)
        rows = self._select(connection, recursion.beginning)
        found: list[Path] = []
        while True:
            if recursion.is_distinct:
                rows = rows.distinct()
                rows = rows.subtract(self._spark.read.parquet(*map(str, found))) if found else rows
            last = self._write(f"{model.table}-{len(found)}", rows, columns)
            if not sum(pq.read_metadata(path).num_rows for path in last.glob("*.parquet")):
                break
            found.append(last)
            self._show(SCHEMA, LAST, last, columns=columns)
            rows = self._select(connection, recursion.step)
        self._show(SCHEMA, ALL, *(found or [last]), columns=columns)
        return recursion.rest

    def _hand_over(self, connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> None:
        """Write a table of DuckDB's session to Parquet and show it."""
        path = self._folder / f"{schema}.{name}.parquet"
        columns = _list_columns(connection, f"{schema}.{name}")
        # Parquet has no integer of 128 bits: DuckDB would write doubles
        shown = ", ".join(
            f'"{column}"::decimal(38, 0) as "{column}"' if kind == "HUGEINT" else f'"{column}"'
            for column, kind in columns.items()
        )
        connection.execute(f"copy (select {shown} from {schema}.{name}) to {quoted(path)} (format parquet)")  # noqa: S608
        if schema == "codes" and PATTERN in columns:
            _translate_patterns(path)
        self._show(schema, name, path)

    def _show(self, schema: str, name: str, *paths: Path, columns: Mapping[str, str] | None = None) -> None:
        """Show Parquet files as a table. columns: their types in DuckDB; without them Spark looks into the files."""
        reader = self._spark.read
        if columns is not None:
            reader = reader.schema(", ".join(f"`{column}` {name_type(kind)}" for column, kind in columns.items()))
        view = show_as(schema, name)
        reader.parquet(*map(str, paths)).createOrReplaceTempView(view)
        if schema != SCHEMA:
            self._shown.add(view)


def name_type(kind: str) -> str:
    """Spark's name of a type of DuckDB; raises NightvigilError for one that no table has had."""
    if kind.endswith(LIST):
        return f"array<{name_type(kind.removesuffix(LIST))}>"
    if kind.startswith("DECIMAL("):
        return kind.lower()
    if kind not in TYPES:
        raise NightvigilError(
            f"Spark has no type for DuckDB's {kind}",
            where="pipeline/spark/engine.py",
            todo="give the column another type in its SELECT, or add the type to TYPES",
        )
    return TYPES[kind]


@contextmanager
def open_spark(settings: Settings) -> Iterator[SparkEngine]:
    """A Spark engine; the end of the block ends its session and removes its files."""
    folder = settings.cache / "spark" / uuid.uuid4().hex
    folder.mkdir(parents=True)
    try:
        session = open_session(settings, folder)
        try:
            yield SparkEngine(settings, session, folder)
        finally:
            end_session(session)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _list_columns(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    """The columns of a SELECT or a table with the types that DuckDB gives them, without running it."""
    return {name: kind for name, kind, *_ in connection.execute(f"describe\n{query}").fetchall()}


def _translate_patterns(path: Path) -> None:
    rows = pq.read_table(path)
    patterns: list[Any] = rows[PATTERN].to_pylist()
    translated = pa.array([pattern and translate_pattern(pattern) for pattern in patterns], pa.string())
    pq.write_table(rows.set_column(rows.schema.names.index(PATTERN), PATTERN, translated), path)


@contextmanager
def _explained(table: str) -> Iterator[None]:
    """Raise a failure of Spark, or of the translation, as an error that names the table."""
    failures: tuple[type[Exception], ...] = (*list_failures(), SqlglotError)
    try:
        yield
    except failures as error:
        raise NightvigilError(
            f"Spark could not make {table}: {find_cause(error)}",
            where=table,
            todo="see the logs of Spark's executors, which must see NIGHTVIGIL_HOME at the same path; nothing "
            "is published. Free what ran out and run it again, or set NIGHTVIGIL_ENGINE=duckdb",
        ) from error
