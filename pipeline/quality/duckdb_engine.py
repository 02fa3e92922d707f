"""Great Expectations on a DuckDB file, read-only.

Great Expectations 1.24.1 closes the connection before it reads the rows (its issue 10738), so the engine here
keeps one open. It relies on two private names of that version (`_connection` and the datasource's engine type),
hence the exact pin in pyproject.toml.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import great_expectations as gx
from great_expectations.core import ExpectationSuite
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.validator.v1_validator import Validator
from sqlalchemy.exc import SQLAlchemyError

from pipeline.errors import NightvigilError
from pipeline.quoting import quoted


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """The SQL engine, holding one connection for as long as it lives."""

    @contextmanager
    def get_connection(self) -> Iterator[Any]:
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        super().close()


class DuckDBDatasource(SQLDatasource):
    """Registers `data_sources.add_duckdb`."""

    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]

    @property
    def execution_engine_type(self) -> Any:
        return DuckDBExecutionEngine


class Candidate:
    """A candidate opened read-only for one judging, with the earlier snapshot attached as `earlier`."""

    is_read_only = True

    def __init__(self, path: Path, earlier: Path | None, *, memory_limit: str, threads: int, spill: Path) -> None:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        config = {"memory_limit": memory_limit, "threads": threads}
        self._source = context.data_sources.add_duckdb(
            "candidate",
            connection_string=f"duckdb:///{path}",
            kwargs={"connect_args": {"read_only": self.is_read_only, "config": config}},
        )
        self._asset = self._source.add_query_asset(name="table", query="select 1 as nothing")
        self._all_rows = self._asset.add_batch_definition_whole_table("all rows")
        self._engine = self._source.get_execution_engine()
        self.catalog = str(self.ask("select current_database() as name")[0]["name"])
        self.run("set enable_progress_bar = false")
        self.run(f"set temp_directory = {quoted(spill)}")
        if earlier is not None:
            self.run(f"attach {quoted(earlier)} as earlier (read_only)")

    def close(self) -> None:
        """Let go of the file: DuckDB keeps it, and all that is attached, while any connection is open."""
        self._engine.close()
        self._source.get_engine().dispose()

    def run(self, statement: str) -> None:
        """Run a statement that returns nothing."""
        self._execute(statement, lambda cursor: None)

    def ask(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query, all of them: keep it small."""
        rows: list[dict[str, Any]] = self._execute(
            query, lambda cursor: [dict(row._mapping) for row in cursor.fetchall()]
        )
        return rows

    def validate(self, table: str, suite: ExpectationSuite, result_format: dict[str, Any]) -> list[Any]:
        """Great Expectations' results for the whole table, pushed down to DuckDB.

        One query asset serves all tables in turn: each asset added makes Great Expectations write out its
        whole configuration again, which for seventy tables takes longer than the rules.
        """
        self._end_transaction()
        self._asset.query = f"select * from {table}"  # noqa: S608 - a name of our own
        validator = Validator(batch_definition=self._all_rows, result_format=result_format)
        return list(validator.validate_expectation_suite(suite).results)

    def _execute(self, statement: str, read: Callable[[Any], Any]) -> Any:
        """Each statement is a transaction of its own, so that one which fails takes nothing along."""
        self._end_transaction()
        with self._engine.get_connection() as connection:
            try:
                answer = read(connection.exec_driver_sql(statement))
                connection.commit()
            except SQLAlchemyError as error:
                connection.rollback()
                raise NightvigilError(
                    f"DuckDB refused a query of the judge: {getattr(error, 'orig', error)}",
                    where=" ".join(statement.split()),
                    todo="correct the query in expectations/, or the table it asks",
                ) from error
            return answer

    def _end_transaction(self) -> None:
        """A query that failed leaves its transaction aborted, and every later one would fail with it."""
        with self._engine.get_connection() as connection:
            connection.rollback()
