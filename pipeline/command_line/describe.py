"""The command that says what a table is: its columns, their meanings and the words they may hold."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Any

import typer

from pipeline.command_line.output import Format, FormatOption, Result, write, write_json
from pipeline.command_line.tables import TABLES, Ask, make_ask
from pipeline.contract import COUNT, Word, select_words
from pipeline.errors import UsageError
from pipeline.printable import make_printable
from pipeline.quoting import literal

COLUMNS = ("column", "type", "null", "values", "meaning")
COMPARED_WITH = {
    "cases_behind": "summary.signal",
    "cases_exposed": "summary.signal",
    "arms_behind": "summary.observed_by_drug_route",
    "trials_behind": "events.trial_comparison",
}
"""By macro the table whose columns its arguments are compared with."""
QUARTERS = "summary.signal_by_quarter"
WORDS = ("vocabulary", "value", "meaning")


def describe(
    table: Annotated[str, typer.Argument(help="A table, view or macro, such as summary.signal or cases_behind.")],
    snapshot: Annotated[str | None, typer.Option(help="The snapshot; without it, the live one.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what a table is and is not, its columns with their meanings, and the words its columns may hold.

    CSV and Parquet hold the columns alone.
    """
    describe_table(make_ask(snapshot), table, form)


def describe_table(ask: Ask, table: str, form: Format) -> None:
    """Write what a snapshot says of a table; raises UsageError where it has none of that name, or several."""
    name, comment = find_table(ask, table)
    listed = _read_arguments(ask, name) if "(" in name else _read_columns(ask, name)
    columns = [_describe_column(row) for row in listed]
    words = _read_words(ask, [row[3] for row in columns])
    if form is Format.JSON:
        parts = {"columns": _to_records(COLUMNS, columns), "vocabularies": _to_records(WORDS, words)}
        write_json({"table": name, "meaning": comment, **parts})
        return
    if form is Format.TABLE:
        print(make_printable(f"{name}\n{comment}\n"))
    if columns:
        write(Result(COLUMNS, columns), form)
    if words and form is Format.TABLE:
        write(Result(WORDS, words), form)


def find_table(ask: Ask, table: str) -> tuple[str, str]:
    """The full name of a table, view or macro, and its comment. A schema may be left out where one table is meant."""
    found = {
        (name if schema == "main" else f"{schema}.{name}"): comment or ""
        for schema, name, _, comment in ask(TABLES).rows
    }
    wanted = table.strip().strip(";").lower()
    matches = [name for name in found if wanted in (name, name.partition(".")[2], name.partition("(")[0])]
    if len(matches) != 1:
        near = matches or get_close_matches(wanted, [*found, *(name.partition(".")[2] for name in found)], n=5)
        raise UsageError(
            f"{len(matches)} tables are named {table}" if matches else f"there is no table {table}",
            where="nightvigil describe",
            todo=f"use one of: {', '.join(near)}" if near else "`nightvigil tables all` lists every table",
        )
    return matches[0], found[matches[0]]


def _read_columns(ask: Ask, table: str) -> list[tuple[Any, ...]]:
    """The columns of a table in their order."""
    question = f"""
        select listed.column_name, listed.column_type, listed.nullability, listed.vocabulary, listed.meaning
        from meta.column as listed
        inner join duckdb_columns() as built
            on built.schema_name || '.' || built.table_name = listed.table_name
                and built.column_name = listed.column_name
        where not built.internal and listed.table_name = {literal(table)}
        order by built.column_index
    """  # noqa: S608 - a name that the catalog holds, quoted
    return [tuple(row) for row in ask(question).rows]


def _read_arguments(ask: Ask, macro: str) -> list[tuple[Any, ...]]:
    """The arguments of a macro in their order, each as the column that it is compared with."""
    name, _, listed = macro.rstrip(")").partition("(")
    compared = [*_read_columns(ask, QUARTERS), *_read_columns(ask, COMPARED_WITH.get(name, QUARTERS))]
    found = {row[0]: row for row in compared}
    return [found.get(argument, (argument, None, None, None, None)) for argument in listed.split(", ")]


def _describe_column(row: tuple[Any, ...]) -> tuple[Any, ...]:
    name, kind, nullability, vocabulary, meaning = row
    null = "never" if (nullability or "").startswith("not null") else "may be"
    return name, kind, null, (vocabulary or "").removesuffix(" warning") or None, meaning


def _read_words(ask: Ask, vocabularies: list[str | None]) -> list[tuple[str, str, str]]:
    """The words of every vocabulary that columns refer to, each vocabulary once, in the order of the columns."""
    rows = ask("select vocabulary, value, subset, meaning from meta.vocabulary").rows
    words = [
        Word(vocabulary, value, tuple((subset or "").split()), meaning) for vocabulary, value, subset, meaning in rows
    ]
    meanings = {(word.vocabulary, word.value): word.meaning for word in words}
    alternatives = dict.fromkeys(
        part for each in vocabularies if each and each != COUNT for part in each.split(" or ")
    )
    return [
        (alternative, value, meanings[alternative.partition(":")[0], value])
        for alternative in alternatives
        for value in select_words(words, alternative)
    ]


def _to_records(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in rows]
