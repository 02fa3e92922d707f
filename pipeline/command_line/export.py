"""The command that writes a table, or the answer to a query, as a file for a colleague."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.command_line.output import Format, Result, write
from pipeline.command_line.progress import print_message
from pipeline.command_line.snapshots import find_database
from pipeline.errors import UsageError
from pipeline.exports.formats import FileFormat
from pipeline.settings import Settings

MAX_ROWS = 1_000_000


def export(
    table: Annotated[
        str | None, typer.Argument(metavar="TABLE", help="A table, such as reported_by_drug_route or events.case.")
    ] = None,
    *,
    query: Annotated[str, typer.Option("--query", help="One SELECT instead of a table.", show_default=False)] = "",
    form: Annotated[FileFormat, typer.Option("--format", help="How to write the file.")] = FileFormat.CSV,
    to: Annotated[
        Path | None, typer.Option(help="The file; without it, named after the table and the snapshot, here.")
    ] = None,
    where: Annotated[str, typer.Option(help="A condition on the columns, such as \"drug = 'ketamine'\".")] = "",
    is_suppressed: Annotated[
        bool | None,
        typer.Option(
            "--suppress/--no-suppress", help="Without counts of 1 to 4; as NIGHTVIGIL_EXPORT_SUPPRESS says."
        ),
    ] = None,
    snapshot: Annotated[str | None, typer.Option(help="The snapshot; without it, the live one.")] = None,
    is_overwriting: Annotated[bool, typer.Option("--overwrite", help="Replace a file of the same name.")] = False,
    max_rows: Annotated[int, typer.Option(help="Refuse an answer with more rows.", min=1)] = MAX_ROWS,
) -> None:
    """Write a table or the answer to a query as CSV, Parquet or XLSX, with a manifest beside it."""
    from pipeline.command_line.extraction import extract_query, extract_table
    from pipeline.exports.files import write_export
    from pipeline.exports.suppression import TABLES

    settings = Settings.from_environment()
    if bool(table) == bool(query) or (query and where):
        raise UsageError(
            "name a table, or write one query with its conditions in it",
            where="nightvigil export",
            todo='nightvigil export reported_by_drug_route --where "drug = \'ketamine\'", or --query "select ..."',
        )
    database = find_database(settings, snapshot)
    is_suppressed = settings.export_suppress if is_suppressed is None else is_suppressed
    if table:
        extract = extract_table(settings, database, table, where, max_rows=max_rows, is_suppressed=is_suppressed)
    elif is_suppressed:
        raise UsageError(
            "the answer to a query cannot be suppressed: no rule says what follows from it",
            where="--suppress, or NIGHTVIGIL_EXPORT_SUPPRESS",
            todo=f"export a table: {', '.join(TABLES)}; or add --no-suppress for use inside",
        )
    else:
        extract = extract_query(settings, database, query, max_rows=max_rows)
    target = to or Path(f"{extract.name.rpartition('.')[2]}_{extract.origin.snapshot_id}.{form.value}")
    manifest = write_export(extract, form, target.absolute(), is_overwriting=is_overwriting)
    if manifest["is_synthetic"]:
        print_message("the data are invented: nothing may be concluded from them")
    facts = ("file", "manifest", "rows", "sha256")
    values = (str(target), f"{target}.manifest.json", manifest["row_count"], manifest["file"]["sha256"])
    write(Result(facts, [values]), Format.TABLE)
