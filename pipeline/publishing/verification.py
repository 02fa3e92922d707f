"""Verification of published snapshots: every file is read again and compared with the manifest."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.durable import sha256_of
from pipeline.errors import PublicationFailed
from pipeline.landing.receipts import Receipt
from pipeline.publishing.candidates import open_database
from pipeline.publishing.current import DATABASE, snapshot_path
from pipeline.publishing.logical_hash import hash_tables
from pipeline.publishing.manifest import NAME, SIDECAR, read_manifest, sidecar_line
from pipeline.publishing.pages import SITE
from pipeline.settings import Settings


def verify(settings: Settings, snapshot_id: str, *, deep: bool = False, with_pages: bool = True) -> list[str]:
    """Return what is wrong with a snapshot, one sentence per problem; empty when it is intact.

    deep: also recompute the logical hash of every table, which reads the whole database. with_pages: false where
    only its data matter.
    """
    folder = snapshot_path(settings, snapshot_id)
    problems = check_manifest(settings, snapshot_id)
    if problems:
        return problems
    manifest = json.loads((folder / NAME).read_text())
    problems = check_files(folder, manifest["files"], with_pages=with_pages) + check_parent(
        settings, manifest["parent"]
    )
    if deep and not problems:
        problems += check_tables(settings, folder / DATABASE, manifest["tables"])
    return problems


def require_intact_parent(settings: Settings, parent: str | None) -> None:
    """Raise PublicationFailed when the data of the live snapshot, which a run is compared with, are not as published.

    Its pages may be damaged: no run reads them, and the next one brings its own.
    """
    problems = verify(settings, parent, with_pages=False) if parent else []
    if problems:
        raise PublicationFailed(
            f"the live snapshot is not as it was published: {'; '.join(problems)}",
            where=str(snapshot_path(settings, parent or "")),
            todo="restore that folder from a backup, or go back with `nightvigil rollback ID` to a snapshot that "
            "`nightvigil doctor` finds as published, then `nightvigil release`",
        )


def require_deliveries(settings: Settings, live: str | None, receipts: Iterable[Receipt]) -> None:
    """Raise PublicationFailed when deliveries of the live snapshot are gone, or its manifest is damaged.

    After a partial restore a run would publish without them. The same bytes received again under another id count.
    """
    if live and (problems := check_manifest(settings, live)):
        raise PublicationFailed(
            f"the manifest of the live snapshot is not as it was published: {problems[0]}",
            where=str(snapshot_path(settings, live) / NAME),
            todo="restore that folder from a backup; runs/<id>/manifest.json is a copy of the manifest",
        )
    missing = find_missing_deliveries(settings, live, receipts)
    if missing:
        raise PublicationFailed(
            f"deliveries of the live snapshot are missing: {', '.join(each['delivery_id'] for each in missing)}",
            where="; ".join(str(settings.raw / each["source"] / each["delivery_id"]) for each in missing),
            todo="restore these folders from a backup; where one cannot be restored, land its bytes again: "
            + "; ".join(f"`nightvigil land {each['source']} {_find_bytes(settings, each)}`" for each in missing),
        )


def find_missing_deliveries(
    settings: Settings, live: str | None, receipts: Iterable[Receipt]
) -> list[dict[str, Any]]:
    """The inputs of the live snapshot that have no receipt: neither under their id nor with the same bytes."""
    found = list(receipts)
    ids = {receipt.delivery_id for receipt in found}
    contents = {(receipt.source, receipt.content_sha256) for receipt in found}
    inputs: list[dict[str, Any]] = read_manifest(settings, live)["inputs"] if live else []
    return [
        each
        for each in inputs
        if each["delivery_id"] not in ids and (each["source"], each["content_sha256"]) not in contents
    ]


def _find_bytes(settings: Settings, delivery: dict[str, Any]) -> str:
    """Where the bytes of a delivery are kept, else the name they came with."""
    kept = next((settings.landing / delivery["source"] / delivery["content_sha256"]).glob("*"), None)
    return str(kept) if kept else ", ".join(file["name"] for file in delivery["files"][:1])


def check_manifest(settings: Settings, snapshot_id: str) -> list[str]:
    """Report a manifest that is missing, differs from its hash or its run's copy, or belongs to another snapshot."""
    folder = snapshot_path(settings, snapshot_id)
    manifest, sidecar = folder / NAME, folder / SIDECAR
    kept = settings.runs / snapshot_id / NAME
    missing = [path.name for path in (manifest, sidecar) if not path.is_file()]
    if missing:
        return [f"{snapshot_id}: {name} is missing" for name in missing]
    if sidecar.read_bytes() != sidecar_line(sha256_of(manifest)):
        return [f"{snapshot_id}: {NAME} does not have the sha256 recorded in {SIDECAR}"]
    if json.loads(manifest.read_text())["snapshot_id"] != snapshot_id:
        return [f"{snapshot_id}: {NAME} belongs to another snapshot"]
    if kept.is_file() and kept.read_bytes() != manifest.read_bytes():
        return [f"{snapshot_id}: {NAME} differs from the copy kept with its run"]
    return []


def check_files(folder: Path, recorded: dict[str, dict[str, Any]], *, with_pages: bool) -> list[str]:
    """Report files that are missing, changed or were added since publication."""
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    found = {name for name in present if with_pages or not name.startswith(f"{SITE}/")}
    files = {name: recorded[name] for name in recorded if with_pages or not name.startswith(f"{SITE}/")}
    problems = [f"{folder.name}: {name} is missing" for name in sorted(set(files) - found)]
    problems += [f"{folder.name}: {name} was added" for name in sorted(found - set(files) - {NAME, SIDECAR})]
    for name in sorted(found & set(files)):
        if sha256_of(folder / name) != files[name]["sha256"]:
            problems.append(f"{folder.name}: {name} does not have the sha256 recorded in {NAME}")
    return problems


def check_parent(settings: Settings, parent: dict[str, str] | None) -> list[str]:
    """Report a parent whose manifest, or whose run's copy of it, is no longer the one this snapshot is chained to."""
    if parent is None:
        return []
    kept = settings.runs / parent["snapshot_id"] / NAME
    for path in (snapshot_path(settings, parent["snapshot_id"]) / NAME, kept):
        if path.is_file() and sha256_of(path) != parent["manifest_sha256"]:
            return [f"{parent['snapshot_id']}: the manifest at {path} is not the one its child is chained to"]
    return []


def check_tables(settings: Settings, database: Path, tables: dict[str, dict[str, Any]]) -> list[str]:
    """Report tables whose rows are not those recorded in the manifest."""
    with open_database(settings, database) as connection:
        found = {table: made.logical_hash for table, made in hash_tables(connection).items()}
    recorded = {table: described["logical_hash"] for table, described in tables.items()}
    differing = {table for table in found.keys() | recorded.keys() if found.get(table) != recorded.get(table)}
    return [f"{table} does not have the rows recorded in the manifest" for table in sorted(differing)]
