"""One query on a published snapshot: one SELECT, read-only, without files, network or settings, in limited time.

DuckDB has no privileges of its own. What confines a query is that the file is opened read-only, external access
is off and the configuration is locked before the query is seen. The files are also read-only on the disk.
"""

import threading
from pathlib import Path

import duckdb

from pipeline.command_line.output import Result
from pipeline.errors import NightvigilError, UsageError
from pipeline.settings import Settings

ALLOWED = ("SELECT", "EXPLAIN")


def query(settings: Settings, database: Path, question: str, *, seconds: float, max_rows: int) -> Result:
    """The result of one SELECT (or WITH, VALUES, DESCRIBE, SUMMARIZE, EXPLAIN).

    Raises UsageError for anything else, for SQL that DuckDB refuses, and for more than max_rows rows;
    NightvigilError when it takes longer than `seconds`.
    """
    with open_sandbox(settings, database) as connection:
        require_one_statement(connection, question)
        limit = threading.Timer(seconds, connection.interrupt)
        limit.start()
        try:
            return fetch(connection, question, max_rows)
        except duckdb.InterruptException as error:
            raise NightvigilError(
                f"the query was stopped after {seconds:g} s",
                where="nightvigil sql",
                todo="query less, or allow more time with --timeout",
            ) from error
        except duckdb.Error as error:
            raise UsageError(str(error), where="nightvigil sql", todo=HINT) from error
        finally:
            limit.cancel()


HINT = "`describe summary.reported_by_drug_route` lists columns; `show all tables` lists tables"


def open_sandbox(settings: Settings, database: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection that can reach nothing but its own database, with its configuration locked."""
    connection = duckdb.connect(
        str(database),
        read_only=True,
        config={
            "threads": settings.threads,
            "memory_limit": settings.memory_limit,
            "enable_external_access": False,
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
            "allow_community_extensions": False,
            "temp_directory": "",
        },
    )
    for setting in ("enable_progress_bar = false", "python_enable_replacements = false", "lock_configuration = true"):
        connection.execute(f"set {setting}")
    return connection


def require_one_statement(connection: duckdb.DuckDBPyConnection, question: str) -> None:
    """Raise UsageError unless the text is exactly one statement that only reads."""
    try:
        statements = connection.extract_statements(question)
    except duckdb.Error as error:
        raise UsageError(str(error), where="nightvigil sql", todo="correct the SQL") from error
    kinds = [statement.type.name for statement in statements]
    if len(kinds) != 1 or kinds[0] not in ALLOWED:
        raise UsageError(
            f"a query is one SELECT, and this is {', '.join(kinds) or 'empty'}",
            where="nightvigil sql",
            todo="write one SELECT, WITH, VALUES, DESCRIBE or EXPLAIN; snapshots are never changed",
        )


def fetch(connection: duckdb.DuckDBPyConnection, question: str, max_rows: int) -> Result:
    """Run the query and fetch its rows; raises UsageError where there are more than max_rows, as a part misleads."""
    cursor = connection.execute(question)
    columns = [column[0] for column in cursor.description or []]
    kinds = [str(column[1]) for column in cursor.description or []]
    rows = cursor.fetchmany(max_rows + 1)
    if len(rows) > max_rows:
        raise UsageError(
            f"the result has more than {max_rows:,} rows",
            where="nightvigil sql",
            todo="add a limit or a where, or allow more with --max-rows",
        )
    return Result(columns, rows, kinds)
