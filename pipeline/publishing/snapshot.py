"""Publication: a judged candidate becomes the live snapshot, whole or not at all.

Contents of a snapshot. `nightvigil.duckdb`: schemas `summary` (what is published), `events` and `intermediate` (every
case, exposure and reaction received, coded, and the steps in between), `meta` and `codes` in full, `verify` (empty
tables, by their nature), and of `clean` the rows of current cases that name a watch-list drug in any role, so that a
full history stays within a few GB; the received text of all others is in `raw/`. `tables/*.parquet`: the summary
tables in canonical form, each a hard link to the parent snapshot's file where its bytes did not change. The DuckDB
file is never shared: every run writes a new one, whose bytes differ even when its rows do not. Beside them
`quality.json`, `manifest.json` and `manifest.sha256`, and the pages in `site/`, unless they are switched off or could
not be made.

Order of the commit: everything is staged under `snapshots/.<id>.building`, flushed to the disk and renamed; then
CURRENT is replaced. A process that is interrupted before that leaves the old snapshot live; the same run, published
again, completes what it finds. A run publishes once: the snapshot has the id of the run.
"""

import errno
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pipeline.durable import flush, write_durably
from pipeline.errors import GateClosed, PublicationFailed
from pipeline.landing.receipts import Receipt
from pipeline.publishing import candidates
from pipeline.publishing.carried import find_carried, link_carried
from pipeline.publishing.current import (
    DATABASE,
    LOCK_SECONDS,
    current_snapshot,
    locked,
    repair_link,
    set_current,
    snapshot_path,
)
from pipeline.publishing.hold import require_no_hold
from pipeline.publishing.manifest import NAME, SIDECAR, Origins, compose_manifest, describe_files, write_manifest
from pipeline.publishing.pages import SITE, add_pages
from pipeline.publishing.parquet_tables import link_unchanged, write_parquet_tables
from pipeline.publishing.retention import discard_leftovers, read_lineage, retire
from pipeline.publishing.verification import verify
from pipeline.quality.verdict import Verdict, read_verdict
from pipeline.settings import Settings


def publish(
    settings: Settings,
    *,
    run_id: str,
    candidate: Path,
    inputs: Mapping[str, Any],
    receipts: Iterable[Receipt],
    component_hashes: Mapping[str, str],
) -> str:
    """Publish the judged candidate of a run; return the id of the snapshot, which is the id of the run.

    inputs: the frozen inputs of the run (run_id, parent, build_identity, code_commit, started_at) and, where its code
    is not that of the parent, code_change: what that changes and who accepted it. component_hashes: sha256 of each
    component of the build. Publishing a run again changes nothing. Raises PublicationFailed when the parent is no
    longer live, a hold is in force, the disk is full or the candidate is not what was judged; GateClosed when its
    verdict is not open.
    """
    with locked(settings, "publishing", wait_seconds=LOCK_SECONDS + settings.site_timeout):
        if not was_published(settings, run_id):
            require_parent(settings, inputs["parent"], run_id)
            require_no_hold(settings)
            if snapshot_path(settings, run_id).is_dir():
                require_intact(settings, run_id)
            else:
                stage(settings, run_id, candidate, Origins(inputs, tuple(receipts), component_hashes))
            commit(settings, run_id, inputs["parent"])
        repair_link(settings)
        for snapshot in read_lineage(settings):  # also the parent's, if its run was interrupted here
            keep_manifest(settings, snapshot)
        discard_leftovers(settings)
        retire(settings)
    return run_id


def was_published(settings: Settings, run_id: str) -> bool:
    """Return whether the snapshot of this run is live or an ancestor of the live one."""
    return run_id in read_lineage(settings)


def require_parent(settings: Settings, parent: str | None, run_id: str) -> None:
    """Raise PublicationFailed when another snapshot became live since the run began."""
    live = current_snapshot(settings)
    if live != parent:
        raise PublicationFailed(
            f"run {run_id} was built on {parent or 'no snapshot'}, but {live or 'no snapshot'} is live now",
            where=str(settings.published / "CURRENT"),
            todo="run `nightvigil nightly` again: it builds on the snapshot that is live",
        )


def require_intact(settings: Settings, run_id: str) -> None:
    """Raise PublicationFailed when a snapshot that was finished but never live differs from its manifest."""
    problems = verify(settings, run_id)
    if problems:
        raise PublicationFailed(
            f"the finished snapshot of run {run_id} changed before it became live: {problems[0]}",
            where=str(snapshot_path(settings, run_id)),
            todo="remove that folder, then run `nightvigil nightly` again",
        )


def stage(settings: Settings, run_id: str, candidate: Path, made_of: Origins) -> None:
    """Create the complete, flushed folder of a snapshot from a judged candidate. Nothing becomes live yet."""
    run_folder, target = settings.runs / run_id, snapshot_path(settings, run_id)
    verdict = require_open(run_folder)
    with candidates.move_to_staging(settings, run_id, candidate) as folder, explain_disk_errors(folder):
        carried = find_carried(settings, run_id, made_of)
        hashes = candidates.close_and_read(settings, folder / DATABASE, run_folder, carried)
        linked = link_carried(settings, made_of.parent, carried, folder / "tables")
        with candidates.open_database(settings, folder / DATABASE) as connection:
            write_parquet_tables(connection, folder / "tables", there=linked)
        if made_of.parent:
            link_unchanged(folder / "tables", snapshot_path(settings, made_of.parent) / "tables")
        shutil.copyfile(run_folder / "quality.json", folder / "quality.json")
        manifest = compose_manifest(settings, folder, made_of, hashes, verdict)
        write_manifest(folder, manifest)
        if add_pages(settings, run_id, folder, {*manifest["files"], NAME, SIDECAR}):
            files = manifest["files"] | describe_files(folder, SITE)
            write_manifest(folder, manifest | {"files": files})
        seal(folder)
        folder.rename(target)
        flush(target.parent)


def require_open(run_folder: Path) -> Verdict:
    """Return the verdict of a run; raise GateClosed unless it is open."""
    verdict = read_verdict(run_folder / "quality.json")
    if not verdict.is_open:
        raise GateClosed(
            f"the verdict of run {run_folder.name} is not open, so it cannot be published",
            where=str(run_folder / "quality.json"),
            todo="read there which rules failed; the live snapshot is unchanged",
        )
    return verdict


def seal(folder: Path) -> None:
    """Make every file read-only and flush all files to the disk, the folders last."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file():
            path.chmod(0o444)
        flush(path)
    flush(folder)


def commit(settings: Settings, run_id: str, parent: str | None) -> None:
    """Make a finished snapshot live, unless another was published or rolled back since the first check."""
    with locked(settings, "current"):
        require_parent(settings, parent, run_id)
        require_no_hold(settings)
        set_current(settings, run_id)


def keep_manifest(settings: Settings, snapshot_id: str) -> None:
    """Copy the manifest to the run, where it outlives the snapshot."""
    published, kept = snapshot_path(settings, snapshot_id) / NAME, settings.runs / snapshot_id / NAME
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_durably(kept, published.read_bytes())


@contextmanager
def explain_disk_errors(folder: Path) -> Iterator[None]:
    """Turn an error of the disk or of DuckDB during staging into one that names the next step."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        is_full = getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error)
        raise PublicationFailed(
            f"the snapshot could not be staged: {error}",
            where=str(folder),
            todo="free disk space, then publish again"
            if is_full
            else "check the disk, then run `nightvigil nightly` again",
        ) from error
