"""The commands that read what is published, or go back to an earlier snapshot."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.command_line.output import Format, FormatOption, Result, from_records, write, write_json
from pipeline.command_line.progress import print_message, progress
from pipeline.errors import NightvigilError, UsageError
from pipeline.settings import Settings


def rollback(
    to: Annotated[
        str | None, typer.Argument(metavar="ID", help="The snapshot to go back to; without it, the parent.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; shown wherever publication is held.")] = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Make an earlier snapshot live and hold publication until `release`."""
    from pipeline import publishing

    hold = publishing.rollback(Settings.from_environment(), to, reason=reason)
    print_message(f"{hold['live']} is live; nothing is published until `nightvigil release`")
    write(from_records([hold], ["live", "withdrawn", "since", "reason"]), form)


def release(form: FormatOption = Format.TABLE) -> None:
    """Lift the hold of a rollback, so that the next run publishes again."""
    from pipeline import publishing

    hold = publishing.release(Settings.from_environment())
    if hold is None:
        print_message("nothing was held")
    write(from_records([hold] if hold else [], ["live", "withdrawn", "since", "reason"]), form)


def status(form: FormatOption = Format.TABLE) -> None:
    """Show what is live, how old each source is, how the last run ended, and whether publication is held or waits."""
    from pipeline import publishing

    found = publishing.status(Settings.from_environment())
    if form is Format.JSON:
        write_json(found)
        return
    facts = [
        (subject, name, value)
        for subject in ("snapshot", "last_run", "hold", "waiting")
        for name, value in (found[subject] or {"": "none"}).items()
    ]
    facts += [
        (source["source"], name, value)
        for source in found["sources"]
        for name, value in source.items()
        if name != "source"
    ]
    write(Result(("about", "fact", "value"), [(about, name, _text(value)) for about, name, value in facts]), form)


def sql(
    question: Annotated[str, typer.Argument(help="One SELECT (or WITH, VALUES, DESCRIBE, SUMMARIZE, EXPLAIN).")],
    snapshot: Annotated[str | None, typer.Option(help="The snapshot to query; without it, the live one.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds after which the query is stopped.", min=0.001)] = 60.0,
    max_rows: Annotated[int, typer.Option(help="Refuse an answer with more rows.", min=1)] = 1_000_000,
    form: FormatOption = Format.TABLE,
) -> None:
    """Query a published snapshot with one SELECT, read-only."""
    from pipeline.command_line.sandbox import query

    settings = Settings.from_environment()
    database = find_database(settings, snapshot)
    write(query(settings, database, question, seconds=timeout, max_rows=max_rows), form)


def diff(
    a: Annotated[str, typer.Argument(help="The id of a snapshot or of a run with a candidate, or `current`.")],
    b: Annotated[str, typer.Argument(help="The id of a snapshot or of a run with a candidate, or `current`.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """List every cell of the summary tables that differs between two snapshots, or a snapshot and a candidate."""
    from pipeline.command_line.comparison import compare

    settings = Settings.from_environment()
    found = compare(settings, *(find_candidate(settings, each) or find_database(settings, each) for each in (a, b)))
    print_message(f"{len(found.rows)} differences")
    write(found, form)


def doctor(form: FormatOption = Format.TABLE) -> None:
    """Examine settings, space, snapshots and versions; exit 1 when something is wrong."""
    from pipeline.command_line.examination import examine

    with progress() as say:
        say("reading every published file")
        checks = examine(Settings.from_environment())
    write(from_records(checks, ["check", "outcome", "seen", "todo"]), form)
    wrong = [check for check in checks if check["outcome"] == "wrong"]
    if wrong:
        raise NightvigilError(f"{len(wrong)} checks are wrong", where=wrong[0]["check"], todo=wrong[0]["todo"])


def find_candidate(settings: Settings, run_id: str) -> Path | None:
    """The candidate of a run, as of one that waits for acceptance; None where there is none of that name."""
    return next((path for path in settings.runs.glob("*/candidate.duckdb") if path.parent.name == run_id), None)


def find_database(settings: Settings, snapshot: str | None) -> Path:
    """The database of a snapshot; raises UsageError where there is none of that name."""
    from pipeline import publishing

    snapshot_id = publishing.current_snapshot(settings) if snapshot in (None, "current") else snapshot
    database = publishing.database_path(settings, snapshot_id) if snapshot_id else None
    if database is None or not database.is_file():
        kept = ", ".join(publishing.snapshot_ids(settings))
        raise UsageError(
            f"there is no snapshot {snapshot_id}" if snapshot_id else "nothing is published yet",
            where=str(settings.published / "snapshots"),
            todo=f"use one of: {kept}" if kept else "run `nightvigil nightly` first",
        )
    return database


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return None if value is None else str(value)
