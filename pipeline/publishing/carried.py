"""What a snapshot carries over from its parent for tables that a build took over: their logical hash, and their
Parquet file as a hard link.

A table counts as the parent's only where its fingerprint is the one that the parent's run recorded of it and showed
unchanged by judging. The parent's files were compared with its manifest before the run began, and every file of the
new snapshot is hashed for its own manifest. Hashing the tables of reports and writing them in order takes most of the
time of publishing, and most nights bring none.
"""

from collections.abc import Collection, Iterable
from pathlib import Path

from pipeline.errors import PublicationFailed
from pipeline.publishing.candidates import BEFORE_JUDGING, read_fingerprints
from pipeline.publishing.current import snapshot_path
from pipeline.publishing.logical_hash import TableHash, quote
from pipeline.publishing.manifest import Origins, read_manifest
from pipeline.settings import Settings


def find_carried(settings: Settings, run_id: str, made_of: Origins) -> dict[str, TableHash]:
    """The logical hash of each table that is the parent's, by the name it has in the manifest."""
    taken_over = made_of.inputs.get("taken_over", {}).get("tables", [])
    if made_of.parent is None or not taken_over:
        return {}
    recorded = read_manifest(settings, made_of.parent)["tables"]
    names = [_quote_table(table) for table in list_proven(settings, run_id, made_of.parent, taken_over)]
    return {
        name: TableHash(recorded[name]["row_count"], recorded[name]["logical_hash"])
        for name in names
        if name in recorded
    }


def list_proven(settings: Settings, run_id: str, parent: str, taken_over: Iterable[str]) -> list[str]:
    """Of the tables that a run took over, those that hold in its candidate what they held when the parent was
    judged."""
    compared = _read_both(settings, run_id, parent, taken_over)
    return sorted(table for table, (before, now) in compared.items() if now is not None and now == before)


def require_taken_over(settings: Settings, run_id: str, parent: str | None, taken_over: Iterable[str]) -> None:
    """Raise PublicationFailed where a table that a run took over does not hold in its candidate what was judged.

    Where the parent's run recorded no fingerprints (its folder was not kept), nothing is compared.
    """
    if parent is None:
        return
    compared = _read_both(settings, run_id, parent, taken_over)
    differing = sorted(table for table, (before, now) in compared.items() if before is not None and now != before)
    if differing:
        raise PublicationFailed(
            f"the build copied {', '.join(differing[:5])} from the live snapshot, but the copy does not hold what "
            f"was judged there, in {len(differing)} of {len(compared)} tables",
            where=f"run {run_id}, {settings.runs / run_id / BEFORE_JUDGING}",
            todo="look at the disk and the memory of this machine, then run `nightvigil nightly` again; with "
            "NIGHTVIGIL_REBUILD_DAYS=0 it makes every table anew. The live snapshot is unchanged",
        )


def link_carried(settings: Settings, parent: str | None, tables: Collection[str], folder: Path) -> set[str]:
    """Link the parent's Parquet files of these tables into a folder; return the tables that have a file."""
    if parent is None or not tables:
        return set()
    recorded = read_manifest(settings, parent)["tables"]
    files = {table: Path(recorded[table]["parquet"]) for table in tables if recorded[table]["parquet"]}
    folder.mkdir(exist_ok=True)
    for file in files.values():
        (folder / file.name).hardlink_to(snapshot_path(settings, parent) / file)
    return set(files)


def _read_both(
    settings: Settings, run_id: str, parent: str, tables: Iterable[str]
) -> dict[str, tuple[list[int] | None, list[int] | None]]:
    """The fingerprint of each table as the parent's run recorded it and as this run did; None where none was."""
    before, now = (read_fingerprints(settings.runs / run) for run in (parent, run_id))
    return {table: (before.get(_quote_table(table)), now.get(_quote_table(table))) for table in tables}


def _quote_table(table: str) -> str:
    """The name of a table as a manifest and a list of fingerprints have it."""
    return ".".join(map(quote, table.split(".")))
