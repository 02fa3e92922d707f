"""Acceptances: a person agrees that new code moves published values, once for each change of code.

An acceptance covers the transition from one code identity to another. It is one file that is never written again,
`published/acceptances/<run id>.json`, named by the run whose differences were shown; every later run on the same
transition inherits it.
"""

from pathlib import Path
from typing import Any

from pipeline import identity, runs
from pipeline.errors import AcceptanceNeeded
from pipeline.publishing.current import current_snapshot
from pipeline.settings import Settings

FOLDER = "acceptances"
RECORD = "code_change.json"
WAITING = "waiting"
TABLES_SHOWN = 4


def read_code_change(settings: Settings, run_id: str) -> dict[str, Any] | None:
    """Read what the code of a run changes in published values; None where the run has compared nothing.

    before, after: code identities. parent: the snapshot compared with. compared_on: the deliveries. by_code, by_data:
    one entry for each table that differs (`TableDifference`).
    """
    path = runs.run_dir(settings, run_id) / RECORD
    found: dict[str, Any] | None = runs.read_json(path) if path.exists() else None
    return found


def write_code_change(settings: Settings, run_id: str, change: dict[str, Any]) -> None:
    """Keep with a run what its code changes in published values."""
    runs.write_json(runs.run_dir(settings, run_id) / RECORD, change)


def forget_code_change(settings: Settings, run_id: str) -> None:
    """Remove what was compared of an earlier candidate of the same run: it says nothing of this one."""
    (runs.run_dir(settings, run_id) / RECORD).unlink(missing_ok=True)


def find_acceptance(settings: Settings, before: str, after: str) -> dict[str, Any] | None:
    """Find the first acceptance of the transition between two code identities."""
    for path in sorted((settings.published / FOLDER).glob("*.json")):
        acceptance: dict[str, Any] = runs.read_json(path)
        if (acceptance["before"], acceptance["after"]) == (before, after):
            return acceptance
    return None


def record_acceptance(settings: Settings, run_id: str, *, reason: str, by: str) -> dict[str, Any]:
    """Record that a person accepts the change of code of a waiting run; an acceptance that exists is returned."""
    change = read_code_change(settings, run_id)
    if change is None:
        raise ValueError(f"run {run_id} compared nothing")
    existing = find_acceptance(settings, change["before"], change["after"])
    if existing is not None:
        return existing
    acceptance = {
        **{name: change[name] for name in ("before", "after", "parent", "compared_on", "by_code")},
        "run_id": run_id,
        "accepted_at": runs.now(),
        "accepted_by": by,
        "reason": reason,
    }
    runs.write_json(_path(settings, run_id), acceptance)
    return acceptance


def _path(settings: Settings, run_id: str) -> Path:
    return settings.published / FOLDER / f"{run_id}.json"


def find_waiting(settings: Settings) -> dict[str, Any] | None:
    """Find the newest run whose candidate waits for acceptance: {run_id, since, message}; None where none does.

    It was built on the snapshot that is live, by the code that is installed: any other can no longer be published.
    """
    waiting = [run for run in runs.summaries(settings) if run["outcome"] == WAITING]
    live = current_snapshot(settings)
    if not waiting or live is None:
        return None
    installed = identity.code_identity(identity.component_hashes(settings))
    for run in reversed(waiting):
        change = read_code_change(settings, run["run_id"])
        if change is not None and (change["parent"], change["after"]) == (live, installed):
            return {"run_id": run["run_id"], "since": run["finished_at"], "message": run["message"]}
    return None


def need_acceptance(settings: Settings, run_id: str, change: dict[str, Any]) -> AcceptanceNeeded:
    """The error that states which published values new code moves, and what to do."""
    data = change["by_data"]
    return AcceptanceNeeded(
        f"the code is not that of the live snapshot {change['parent']}, and on {change['compared_on']} it changes "
        f"{describe_differences(change['by_code'])}"
        + (f"; the new deliveries change {describe_differences(data)}" if data else "")
        + "; publication waits for acceptance",
        where=f"run {run_id}, {runs.run_dir(settings, run_id) / RECORD}",
        todo=f"`nightvigil accept` lists the changes, `nightvigil diff current {run_id} --all` every cell; then "
        "`nightvigil accept --reason TEXT --by NAME`, or restore the earlier code; the live snapshot is unchanged",
    )


def describe_differences(tables: list[dict[str, Any]]) -> str:
    """State tables, rows and the largest change of each, the tables with the most rows first."""
    ordered = sorted(tables, key=lambda each: -(each["rows_changed"] + each["rows_new"] + each["rows_gone"]))
    shown = "; ".join(_describe_table(each) for each in ordered[:TABLES_SHOWN])
    more = f"; and {len(ordered) - TABLES_SHOWN} more" if len(ordered) > TABLES_SHOWN else ""
    return f"{len(tables)} published table{'' if len(tables) == 1 else 's'} ({shown}{more})"


def _describe_table(difference: dict[str, Any]) -> str:
    counts = [
        f"{difference[f'rows_{kind}']} rows {kind}"
        for kind in ("changed", "new", "gone")
        if difference[f"rows_{kind}"]
    ]
    counts += [f"{name} gone" for name in difference["gone"]]
    text = f"{difference['table']}: {', '.join(counts)}"
    for change in difference["largest"][:1]:
        text += f", as {change['column']} of {change['row']} from {change['before']} to {change['after']}"
    return text
