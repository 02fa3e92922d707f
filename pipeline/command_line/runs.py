"""The command that lists what each run did."""

import json
from typing import Annotated, Any

import typer

from pipeline.command_line.output import Format, FormatOption, from_records, write
from pipeline.settings import Settings

COLUMNS = ("run_id", "started_at", "finished_at", "outcome", "snapshot_id", "message")


def runs(
    limit: Annotated[int, typer.Option(help="How many runs, newest first.", min=1)] = 20,
    form: FormatOption = Format.TABLE,
) -> None:
    """List the last runs, newest first: when each began and ended, its outcome and what it published."""
    from pipeline.alerts.running import list_killed

    settings = Settings.from_environment()
    killed = {mark["run_id"] for _, mark in list_killed(settings)}
    records = sorted(settings.runs.glob("*/run.json"), reverse=True)[:limit]
    found = [_describe(record.parent.name, record.read_bytes(), killed) for record in records]
    if form is Format.TABLE:
        found = [run | {name: to_seconds(run.get(name)) for name in ("started_at", "finished_at")} for run in found]
    # A run publishes under its own id, which a table need not show twice.
    write(from_records(found, [name for name in COLUMNS if form is not Format.TABLE or name != "snapshot_id"]), form)


def to_seconds(moment: str | None) -> str | None:
    """An ISO moment without its fraction, for people."""
    return f"{moment[:19]}Z" if moment else None


def _describe(run_id: str, record: bytes, killed: set[Any]) -> dict[str, Any]:
    try:
        run = json.loads(record)
    except ValueError:
        return {"run_id": run_id, "outcome": "unreadable", "message": "its run.json is torn"}
    outcome = run.get("outcome") or (
        "killed" if run_id in killed else f"in progress: {run.get('phase', 'beginning')}"
    )
    return {name: run.get(name) for name in COLUMNS} | {"run_id": run_id, "outcome": outcome}
