"""The commands that read what is published, or go back to an earlier snapshot."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.command_line.output import Format, FormatOption, Result, from_records, write, write_json
from pipeline.command_line.progress import print_message, progress
from pipeline.command_line.runs import to_seconds
from pipeline.errors import NightvigilError, UsageError
from pipeline.settings import Settings

SNAPSHOT_COLUMNS = (
    "snapshot_id", "is_live", "published_at", "parent", "code_commit", "delivery_count", "bytes", "note",
)  # fmt: skip


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
    facts.append(("pages", "first_page", found["pages"] or "none"))
    write(Result(("about", "fact", "value"), [(about, name, _text(value)) for about, name, value in facts]), form)


def snapshots(form: FormatOption = Format.TABLE) -> None:
    """List the snapshots that are kept, newest first: which is live, when each was published and what it follows."""
    from pipeline import publishing

    settings = Settings.from_environment()
    live = publishing.current_snapshot(settings)
    kept = sorted(publishing.snapshot_ids(settings), reverse=True)
    rows = [_describe_snapshot(settings, snapshot_id, is_live=snapshot_id == live) for snapshot_id in kept]
    if form is Format.TABLE:
        rows = [
            row
            | {
                "published_at": to_seconds(row.get("published_at")),
                "code_commit": (row.get("code_commit") or "")[:12],
            }
            for row in rows
        ]
    write(from_records(rows, SNAPSHOT_COLUMNS), form)


def _describe_snapshot(settings: Settings, snapshot_id: str, *, is_live: bool) -> dict[str, Any]:
    from pipeline import publishing
    from pipeline.errors import PublicationFailed

    try:
        manifest = publishing.read_manifest(settings, snapshot_id)
    except PublicationFailed as problem:
        return {"snapshot_id": snapshot_id, "is_live": is_live, "note": problem.what}
    return {
        "snapshot_id": snapshot_id,
        "is_live": is_live,
        "published_at": manifest["published_at"],
        "parent": manifest["parent"] and manifest["parent"]["snapshot_id"],
        "code_commit": manifest["code_commit"],
        "delivery_count": len(manifest["inputs"]),
        "bytes": sum(file["bytes"] for file in manifest["files"].values()),
    }


def diff(
    a: Annotated[
        str | None,
        typer.Argument(
            help="The id of a snapshot or of a run with a candidate; without it, what the live one replaced."
        ),
    ] = None,
    b: Annotated[
        str | None, typer.Argument(help="The same for what is compared with it; without it, the live snapshot.")
    ] = None,
    table: Annotated[str | None, typer.Option("--table", help="List every cell of this table that differs.")] = None,
    every: Annotated[bool, typer.Option("--all", help="List every cell of every table that differs.")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Count what differs between two snapshots, by table and reason; by default the live one and the one before."""
    from pipeline.command_line.comparison import compare
    from pipeline.command_line.totals import states_reasons, summarise

    settings = Settings.from_environment()
    a = a or find_replaced(settings)
    first, second = (find_candidate(settings, each) or find_database(settings, each) for each in (a, b or "current"))
    if table or every:
        found = compare(settings, first, second, table)
        print_message(f"{len(found.rows)} differences")
    else:
        hashes = [read_hashes(settings, path) for path in (first, second)]
        found = summarise(settings, first, second, hashes_a=hashes[0], hashes_b=hashes[1])
        print_message(f"from {first.parent.name} to {second.parent.name}; cells: --table NAME or --all")
        if not states_reasons(settings, first, second):
            print_message("no reasons: the second is not the snapshot that replaced the first")
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


def find_replaced(settings: Settings) -> str:
    """The id of the snapshot that the live one replaced; raises UsageError where there is none or it is not kept."""
    from pipeline import publishing

    live = publishing.current_snapshot(settings)
    parent = publishing.read_manifest(settings, live)["parent"] if live else None
    if parent is None or not publishing.database_path(settings, parent["snapshot_id"]).is_file():
        raise UsageError(
            "there are no two snapshots to compare" if live else "nothing is published yet",
            where=str(settings.published / "snapshots"),
            todo="name two of them"
            if len(publishing.snapshot_ids(settings)) > 1
            else "run `nightvigil nightly` first",
        )
    return str(parent["snapshot_id"])


def read_hashes(settings: Settings, database: Path) -> dict[str, str]:
    """The logical hash of each table of a published database, as its manifest has them; none for a candidate."""
    from pipeline import publishing

    if database.parent.parent != settings.published / "snapshots":
        return {}
    tables = publishing.read_manifest(settings, database.parent.name)["tables"]
    return {name: table["logical_hash"] for name, table in tables.items()}


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
