"""The command that asks a published snapshot: one query, or a shell where none is given."""

import sys
from typing import Annotated

import typer

from pipeline.command_line.output import Format, FormatOption, write
from pipeline.command_line.snapshots import find_database
from pipeline.errors import UsageError
from pipeline.settings import Settings


def sql(
    question: Annotated[
        str | None,
        typer.Argument(
            metavar="QUERY",
            help="One SELECT (or WITH, VALUES, DESCRIBE, SUMMARIZE, EXPLAIN); without it a shell begins.",
        ),
    ] = None,
    snapshot: Annotated[str | None, typer.Option(help="The snapshot to query; without it, the live one.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds after which a query is stopped.", min=0.001)] = 60.0,
    max_rows: Annotated[int, typer.Option(help="Refuse an answer with more rows.", min=1)] = 1_000_000,
    form: FormatOption = Format.TABLE,
) -> None:
    """Query a published snapshot, read-only, with one SELECT, or in a shell with history and completion (Tab)."""
    from pipeline.command_line.sandbox import query

    settings = Settings.from_environment()
    if question is not None:
        database = find_database(settings, snapshot)
        write(query(settings, database, question, seconds=timeout, max_rows=max_rows), form)
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "there is no query, and no terminal for a shell",
            where="nightvigil sql",
            todo='give one: nightvigil sql "select * from answer.source_freshness"',
        )
    from pipeline.command_line.shell import Shell

    Shell(settings, find_database(settings, snapshot), seconds=timeout, max_rows=max_rows, form=form).run()
