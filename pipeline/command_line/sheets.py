"""The command for extraction sheets: write an empty one, or say what is wrong with a filled one."""

import csv
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pipeline.command_line.output import Format, FormatOption, from_records, write
from pipeline.command_line.progress import print_message
from pipeline.errors import UsageError
from pipeline.settings import Settings


def studies(
    template: Annotated[bool, typer.Option("--template", help="Write an empty sheet (CSV).")] = False,
    check: Annotated[
        Path | None, typer.Option("--check", help="A sheet (.csv, .xlsx) or RevMan file (.rm5) to check; not landed.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Write an empty extraction sheet, or check a filled one; exit 4 when it would be refused."""
    if template == (check is not None):
        raise UsageError("nothing to do", where="OPTIONS", todo="give either --template or --check FILE")
    if check is not None:
        check_file(check, form)
    else:
        write_template()


def write_template() -> None:
    """Write the heading of a sheet to standard output, and what each column holds to standard error."""
    from pipeline.sources.studies.checking import load_words
    from pipeline.sources.studies.layout import SHEET_COLUMN_NAMES, SHEET_COLUMNS

    csv.writer(sys.stdout, lineterminator="\n").writerow(SHEET_COLUMN_NAMES)
    words = load_words(Settings.from_environment().sql_dir)
    for column in SHEET_COLUMNS:
        listed = f": one of {', '.join(words[column.name])}" if column.name in words else ""
        print_message(
            f"{column.name} ({'required' if column.is_required else 'may be blank'}): {column.expected}{listed}"
        )


def check_file(path: Path, form: Format) -> None:
    """Print every error of a sheet. Raises DeliveryRefused where it has any, or is no sheet at all."""
    from pipeline.sources.studies.staging import describe_errors, find_records

    if not path.is_file():
        raise UsageError(f"there is no file {path}", where="--check", todo="name a sheet that exists")
    records, errors = find_records(path, Settings.from_environment())
    if errors:
        write(from_records([asdict(error) for error in errors], ("row", "column", "found", "expected")), form)
        raise describe_errors(errors, path.name)
    print_message(f"{path.name}: {len(records)} rows, no error; put it into the inbox as it is")
