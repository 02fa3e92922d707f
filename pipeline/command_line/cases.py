"""The command that tallies and lists an analyst's own cases."""

import csv
import io
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.command_line.output import Format, FormatOption, Result, write, write_json
from pipeline.command_line.progress import print_message
from pipeline.command_line.tables import Ask, make_ask
from pipeline.errors import UsageError
from pipeline.quoting import literal

MAX_BYTES = 16 << 20
CASE_COLUMN = "case_id"
TALLY = """
    with exposed as (
        select exposed_case.source, exposed_case.case_id, exposed_case.drug, exposed_case.route
        from events.exposed_case as exposed_case
        inner join listed on listed.case_id = exposed_case.case_id
    ),

    counted as (
        select source, drug, route, count(*) as drug_route_case_count from exposed group by source, drug, route
    ),

    reported as (
        select exposed.source, exposed.drug, exposed.route, reported.reaction, reported.definition,
            count(*) as case_count
        from exposed
        inner join events.reported as reported
            on reported.source = exposed.source and reported.case_id = exposed.case_id
                and reported.drug = exposed.drug and reported.route = exposed.route
        group by all
    )

    select counted.source, counted.drug, counted.route, reported.reaction, reported.definition,
        coalesce(reported.case_count, 0) as case_count, counted.drug_route_case_count
    from counted
    left join reported using (source, drug, route)
    order by source, drug, route, reaction, definition
"""
LINES = """
    select case_line.*
    from answer.case_line as case_line
    inner join listed on listed.case_id = case_line.case_id
    order by case_line.source, case_line.case_id
"""
UNKNOWN = """
    select listed.case_id,
        case
            when cases.case_id is not null then 'names no watched drug'
            when version.case_id is not null then version.disposition
            else 'never received'
        end as why
    from listed
    left join answer.case_line as case_line on case_line.case_id = listed.case_id
    left join events.case as cases on cases.case_id = listed.case_id
    left join (
        select case_id, max_by(disposition, period) as disposition from clean.faers_version group by case_id
    ) as version on version.case_id = listed.case_id
    where case_line.case_id is null
    order by listed.case_id
"""


class Part(StrEnum):
    """What to show of the cases: how many by drug, route and reaction; each in a line; or those not found."""

    TALLY = "tally"
    CASES = "cases"
    UNKNOWN = "unknown"


QUERIES = {Part.TALLY: TALLY, Part.CASES: LINES, Part.UNKNOWN: UNKNOWN}
TITLES = {
    Part.TALLY: "Cases of the list by drug, route and reaction; rows hold the same cases again, and are no rates",
    Part.CASES: "Cases of the list that name a watched drug",
    Part.UNKNOWN: "Cases of the list that are in no count",
}


def cases(
    file: Annotated[
        str,
        typer.Option(
            "--list",
            metavar="FILE",
            help="Case numbers: one a line, or a CSV with a column case_id; - is standard input.",
        ),
    ],
    show: Annotated[Part | None, typer.Option(help="What to show; without it all three, as a table or JSON.")] = None,
    snapshot: Annotated[str | None, typer.Option(help="The snapshot; without it, the live one.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Tally and list your own cases: by drug, route and reaction, each in one line, and those that are not found."""
    if show is None and form in (Format.CSV, Format.PARQUET):
        raise UsageError(
            f"three tables do not fit into one {form}", where="--format", todo="add --show tally, cases or unknown"
        )
    ask = make_ask(snapshot)
    listed = read_case_numbers(file)
    results = {part: ask_about(ask, listed, part) for part in ([show] if show else Part)}
    if form is Format.JSON and show is None:
        write_json({part.value: _to_records(found) for part, found in results.items()})
    else:
        for part, found in results.items():
            write(found, form, title=TITLES[part])
    print_message(f"{len(listed)} case numbers in the list")


def read_case_numbers(file: str) -> list[str]:
    """The case numbers of a list without leading zeros, each once, in their order.

    Raises UsageError where it cannot be read, is too large or names no case.
    """
    text = _read_text(file)
    rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    place = header.index(CASE_COLUMN) if CASE_COLUMN in header else 0
    body = rows[1:] if CASE_COLUMN in header else rows
    cells = (row[place].strip() for row in body if len(row) > place)
    numbers = dict.fromkeys(cell.lstrip("0") for cell in cells if cell and not cell.startswith("#"))
    if found := [number for number in numbers if number]:
        return found
    raise UsageError("the list names no case", where=file, todo="write one case number a line")


def ask_about(ask: Ask, listed: Sequence[str], part: Part) -> Result:
    """One part of the answer for these cases."""
    values = ", ".join(f"({literal(number)})" for number in listed)
    query = QUERIES[part].strip()
    of_list = f"listed as (select * from (values {values}) as one (case_id))"  # noqa: S608 - quoted
    return ask(
        f"with {of_list}, {query.removeprefix('with ')}" if query.startswith("with") else f"with {of_list} {query}"
    )


def _read_text(file: str) -> str:
    try:
        if file == "-":
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(file).open("rb") as stream:
                content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise UsageError(f"the list is larger than {MAX_BYTES} bytes", where=file, todo="split it")
        return content.decode("utf-8-sig").replace("\0", "")
    except (OSError, UnicodeError) as error:
        raise UsageError(
            f"the list cannot be read: {error}",
            where=file,
            todo="give a text file in UTF-8 with one case number a line",
        ) from error


def _to_records(found: Result) -> list[dict[str, Any]]:
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]
