"""What an export holds: rows of a snapshot, asked for within the limits of `nightvigil sql`, with their origin."""

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipeline.command_line.output import Result
from pipeline.command_line.question import open_sandbox
from pipeline.command_line.sandbox import query as ask
from pipeline.errors import UsageError
from pipeline.exports.caveats import SUPPRESSED, list_caveats
from pipeline.exports.extract import Extract
from pipeline.exports.origin import Column, Origin, describe_columns, read_meanings, read_origin
from pipeline.exports.suppression import require_rule, suppress
from pipeline.settings import Settings

SECONDS = 600.0
SCHEMA = "summary"


@contextmanager
def open_snapshot(settings: Settings, database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a snapshot that reads nothing else."""
    with open_sandbox(database, memory_limit=settings.memory_limit, threads=settings.threads) as connection:
        yield connection


def read_snapshot_origin(connection: duckdb.DuckDBPyConnection, database: Path) -> Origin:
    """The origin of a snapshot, written down by the code that runs now."""
    from pipeline.identity import code_commit

    return read_origin(connection, database, code_commit())


def extract_query(settings: Settings, database: Path, question: str, *, max_rows: int) -> Extract:
    """The answer to one SELECT. Raises UsageError as `nightvigil sql` does."""
    found = ask(settings, database, question, seconds=SECONDS, max_rows=max_rows)
    with open_snapshot(settings, database) as connection:
        tables = find_tables(connection, question)
        return _compose(connection, database, "query", found, question=question, tables=tables)


def extract_table(
    settings: Settings, database: Path, name: str, where: str, *, max_rows: int, is_suppressed: bool
) -> Extract:
    """The rows of a table, ordered by its key, or by all columns where it has none.

    Raises UsageError for a table that the snapshot lacks, and where suppression is asked of a table without a rule.
    """
    with open_snapshot(settings, database) as connection:
        table = find_table(connection, name)
        if is_suppressed:
            return _extract_suppressed(connection, database, table, where, max_rows)
    # The condition ends with its own line, so that a comment in it ends there too.
    condition = f" where (\n{where}\n)" if where else ""
    question = f"select * from {table}{condition} order by all"  # noqa: S608 - one of the snapshot's own tables
    found = ask(settings, database, question, seconds=SECONDS, max_rows=max_rows)
    with open_snapshot(settings, database) as connection:
        return _compose(connection, database, table, found, question=question, tables=[table], where=where)


def find_table(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """The table of a name, `summary.` where it names no schema. Raises UsageError with those of a similar name."""
    tables = [
        f"{schema}.{table}"
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = current_database() "
            "union all select schema_name, view_name from duckdb_views() "
            "where not internal and database_name = current_database() order by all"
        ).fetchall()
    ]
    wanted = name if "." in name else f"{SCHEMA}.{name}"
    if wanted not in tables:
        near = difflib.get_close_matches(wanted, tables, n=5)
        listed = near or [table for table in tables if table.startswith(f"{SCHEMA}.")]
        raise UsageError(
            f"the snapshot has no table {wanted}", where="nightvigil export", todo=f"name one of: {', '.join(listed)}"
        )
    return wanted


def find_tables(connection: duckdb.DuckDBPyConnection, question: str) -> list[str]:
    """The tables that a query reads; none where DuckDB cannot say."""
    try:
        # A table comes quoted where its name is a word of SQL, and with the alias that the query gives it.
        found = connection.get_table_names(question, qualified=True)
        return sorted({name.partition(" AS ")[0].replace('"', "") for name in found})
    except duckdb.Error:
        return []


def _extract_suppressed(
    connection: duckdb.DuckDBPyConnection, database: Path, table: str, where: str, max_rows: int
) -> Extract:
    require_rule(table)
    columns = _describe_table(connection, table)
    found = suppress(connection, table, columns)
    names = [column.name for column in found.columns]
    rows = _select_rows(found.columns, found.rows, where) if where else found.rows
    if len(rows) > max_rows:
        raise UsageError(
            f"the result has more than {max_rows:,} rows", where=table, todo="allow more with --max-rows"
        )
    condition = f" where (\n{where}\n)" if where else ""
    question = f"select {', '.join(names)} from {table} after suppression{condition}"  # noqa: S608 - shown, never run
    result = Result(names, rows, [column.type for column in found.columns])
    made = _compose(
        connection,
        database,
        table,
        result,
        question=question,
        tables=[table],
        where=where,
        suppression=found.describe(),
    )
    return made


def _select_rows(columns: list[Column], rows: list[list[object]], where: str) -> list[list[object]]:
    """The rows that meet a condition on what is shown: a condition on what is hidden would reveal it."""
    import pyarrow

    from pipeline.exports.arrow import build_arrays

    arrays = build_arrays(columns, rows)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("shown", pyarrow.Table.from_arrays(arrays, names=[column.name for column in columns]))
        connection.execute("create table kept as select row_number() over () as place, * from shown")
        connection.execute("set enable_external_access = false")
        connection.execute("set python_enable_replacements = false")
        connection.execute("set lock_configuration = true")
        try:
            places = f"select place from kept where (\n{where}\n) order by place"  # noqa: S608 - the person's own filter
            found = connection.execute(places).fetchall()
        except duckdb.Error as error:
            raise UsageError(
                str(error), where="--where", todo="write a condition on the columns of the table"
            ) from None
    return [rows[place - 1] for (place,) in found]


def _describe_table(connection: duckdb.DuckDBPyConnection, table: str) -> list[Column]:
    described = connection.execute(f"describe {table}").fetchall()
    names, kinds = [row[0] for row in described], [row[1] for row in described]
    return describe_columns(names, kinds, read_meanings(connection), [table])


def _compose(
    connection: duckdb.DuckDBPyConnection,
    database: Path,
    name: str,
    found: Result,
    *,
    question: str,
    tables: list[str],
    where: str = "",
    suppression: dict[str, object] | None = None,
) -> Extract:
    origin = read_snapshot_origin(connection, database)
    caveats = list_caveats(tables, is_synthetic=origin.is_synthetic)
    schema, _, table = name.rpartition(".")
    text = connection.execute(
        "select coalesce(max(comment), '') from (select schema_name, table_name, comment from duckdb_tables() "
        "union all select schema_name, view_name, comment from duckdb_views()) "
        "where schema_name = ? and table_name = ?",
        [schema, table],
    ).fetchall()[0][0]
    columns = describe_columns(list(found.columns), list(found.types), read_meanings(connection), tables)
    if suppression:
        caveats.append(SUPPRESSED)
        columns = [*columns[:-1], Column(columns[-1].name, "VARCHAR", "Columns of this row that are suppressed")]
    return Extract(
        name=name,
        columns=columns,
        rows=found.rows,
        query=question,
        tables=tables,
        origin=origin,
        caveats=caveats,
        table_text=text,
        where=where,
        suppression=suppression,
    )
