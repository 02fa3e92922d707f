"""The command that lists what a snapshot holds."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from pipeline.command_line.output import Format, FormatOption, Result, write
from pipeline.command_line.snapshots import find_database
from pipeline.errors import UsageError
from pipeline.settings import Settings

FIRST = ("answer", "summary", "main", "events", "meta")
SECONDS, MAX_ROWS = 60.0, 1_000_000
TABLES = """
    select schema_name, table_name, estimated_size as row_count, comment from duckdb_tables() where not internal
    union all
    select schema_name, view_name, null, comment from duckdb_views() where not internal
    union all
    select schema_name, function_name || '(' || array_to_string(parameters, ', ') || ')', null, comment
    from duckdb_functions()
    where not internal and function_type = 'table_macro' and function_name <> 'refuse_unknown_words'
    order by schema_name, table_name
"""
Ask = Callable[[str], Result]
"""ask(query): the result of one query on the snapshot."""


def tables(
    schema: Annotated[
        str | None,
        typer.Argument(
            help="A schema, or `all`; without it what analysts need: answer, summary, macros, events, meta."
        ),
    ] = None,
    snapshot: Annotated[str | None, typer.Option(help="The snapshot; without it, the live one.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List the tables, views and macros of a snapshot, with their rows and meanings."""
    write(list_tables(make_ask(snapshot), schema), form)


def make_ask(snapshot: str | None) -> Ask:
    """A function that asks a snapshot; raises UsageError where there is none of that name."""
    from pipeline.command_line.sandbox import query

    settings = Settings.from_environment()
    return partial(query, settings, find_database(settings, snapshot), seconds=SECONDS, max_rows=MAX_ROWS)


def list_tables(ask: Ask, schema: str | None) -> Result:
    """What a snapshot holds, those that analysts ask first before others; raises UsageError for an unknown schema."""
    found = ask(TABLES).rows
    schemas = sorted({row[0] for row in found})
    if schema not in (None, "all", *schemas):
        raise UsageError(
            f"there is no schema {schema}", where="nightvigil tables", todo=f"use one of: all, {', '.join(schemas)}"
        )
    shown = schemas if schema == "all" else [schema] if schema else FIRST
    rows = [
        (name if group == "main" else f"{group}.{name}", row_count, summarise(comment))
        for wanted in sorted(shown, key=lambda each: (FIRST.index(each) if each in FIRST else len(FIRST), each))
        for group, name, row_count, comment in found
        if group == wanted
    ]
    return Result(("table", "row_count", "meaning"), rows)


def summarise(comment: str | None) -> str:
    """What a table is, of its comment: without grain, key and what it is not."""
    lines: list[str] = []
    for line in (comment or "").splitlines():
        if line.startswith(("grain ", "key ", "not ")):
            break
        lines.append(line)
    return " ".join(lines).partition(" grain one row")[0]
