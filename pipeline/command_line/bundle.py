"""The command that packs everything about one question into one zip."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.command_line.output import Format, Result, write
from pipeline.command_line.progress import print_message
from pipeline.command_line.snapshots import find_database
from pipeline.errors import UsageError
from pipeline.settings import Settings


def bundle(
    drug: Annotated[str, typer.Argument(help="A drug of the watch list, or a roll-up such as ketamine_any.")],
    *,
    route: Annotated[str | None, typer.Option(help="One route, beside all and the other known ones.")] = None,
    reaction: Annotated[str | None, typer.Option(help="One reaction; of a roll-up its parts too.")] = None,
    to: Annotated[Path | None, typer.Option(help="The zip; without it, named after the question, here.")] = None,
    snapshot: Annotated[str | None, typer.Option(help="The snapshot; without it, the live one.")] = None,
    is_overwriting: Annotated[bool, typer.Option("--overwrite", help="Replace a file of the same name.")] = False,
) -> None:
    """Pack tables, methods, READUS-PV checklist, citation and a script that reproduces the numbers into one zip."""
    from pipeline.command_line.extraction import open_snapshot, read_snapshot_origin
    from pipeline.durable import write_durably
    from pipeline.exports.asking import read_question
    from pipeline.exports.bundle import make_bundle
    from pipeline.exports.files import require_free
    from pipeline.exports.origin import hash_bytes

    settings = Settings.from_environment()
    if settings.export_suppress:
        raise UsageError(
            "a bundle holds tables without a rule of suppression, such as summary.signal",
            where="NIGHTVIGIL_EXPORT_SUPPRESS",
            todo="export the count tables with `nightvigil export TABLE --suppress`; for use inside set it to false",
        )
    database = find_database(settings, snapshot)
    with open_snapshot(settings, database) as connection:
        question = read_question(connection, drug, route, reaction)
        origin = read_snapshot_origin(connection, database)
        target = (to or Path(f"nightvigil_{question.name}_{origin.snapshot_id}.zip")).absolute()
        require_free((target,), is_overwriting=is_overwriting)
        content, manifest = make_bundle(connection, question, origin)
    write_durably(target, content)
    if origin.is_synthetic:
        print_message("the data are invented: nothing may be concluded from them")
    values = (str(to or target.name), len(manifest["files"]), hash_bytes(content))
    write(Result(("file", "files", "sha256"), [values]), Format.TABLE)
