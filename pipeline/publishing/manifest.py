"""The manifest: what a snapshot was made from, what it holds, how it was judged, and the hash of every file.

Each manifest names the sha256 of its parent's, so that the manifests form a chain: one cannot be changed unnoticed
without changing all that follow. `manifest.sha256` beside it holds its own hash; the copy kept with the run
(`runs/<run id>/manifest.json`) outlives the snapshot.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipeline import runs
from pipeline.durable import sha256_of
from pipeline.errors import PublicationFailed
from pipeline.landing.receipts import Receipt, is_any_synthetic
from pipeline.printable import encode_name
from pipeline.publishing.current import MANIFEST, snapshot_path
from pipeline.publishing.logical_hash import TableHash
from pipeline.quality.verdict import Verdict
from pipeline.settings import Settings

MANIFEST_VERSION = 1
APPENDED = "meta.quality_result"  # the one table written after judging
NAME, SIDECAR = MANIFEST, "manifest.sha256"


def read_manifest(settings: Settings, snapshot_id: str) -> dict[str, Any]:
    """Read the manifest of a published snapshot. Raise PublicationFailed when it is missing or not JSON."""
    path = snapshot_path(settings, snapshot_id) / NAME
    try:
        manifest: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise PublicationFailed(
            f"the manifest of snapshot {snapshot_id} cannot be read: {error}",
            where=str(path),
            todo="run `nightvigil doctor`; roll back to another snapshot if this one is live",
        ) from error
    return manifest


def hash_manifest(settings: Settings, snapshot_id: str) -> str:
    """Compute the sha256 of a snapshot's manifest file."""
    return sha256_of(snapshot_path(settings, snapshot_id) / NAME)


@dataclass(frozen=True)
class Origins:
    """What a snapshot is made from: the frozen inputs of its run, the receipts, and the sha256 of each component of
    the build (lock file, SQL, codes, expectations, code)."""

    inputs: Mapping[str, Any]
    receipts: tuple[Receipt, ...]
    component_hashes: Mapping[str, str]

    @property
    def parent(self) -> str | None:
        """The snapshot that was live when the run began, and that this one replaces."""
        parent: str | None = self.inputs["parent"]
        return parent


def compose_manifest(
    settings: Settings, folder: Path, made_of: Origins, hashes: Mapping[str, TableHash], verdict: Verdict
) -> dict[str, Any]:
    """Compose the manifest of the snapshot whose other files are complete in `folder`."""
    inputs, parent = made_of.inputs, made_of.parent
    return {
        "manifest_version": MANIFEST_VERSION,
        "snapshot_id": inputs["run_id"],
        "run_id": inputs["run_id"],
        "started_at": inputs["started_at"],
        "published_at": runs.now(),
        "parent": parent and {"snapshot_id": parent, "manifest_sha256": hash_manifest(settings, parent)},
        "profile": verdict.profile,
        "is_synthetic": is_any_synthetic(made_of.receipts),
        "build_identity": inputs["build_identity"],
        "code_commit": inputs["code_commit"],
        "made_from": dict(made_of.component_hashes),
        "code_change": inputs.get("code_change"),
        "taken_over": inputs.get("taken_over", {"tables": [], "built_whole_at": inputs["started_at"]}),
        "engine": {"duckdb": duckdb.__version__},
        "inputs": [describe_receipt(receipt) for receipt in made_of.receipts],
        "tables": {table: describe_table(folder, table, found) for table, found in hashes.items()},
        "files": describe_files(folder),
        "verdict": describe_verdict(verdict),
        "unchanged_by_judging": sorted(set(hashes) - {APPENDED}),
    }


def describe_verdict(verdict: Verdict) -> dict[str, Any]:
    """Describe the verdict: the number of rules by outcome, and each overridden failure with its override."""
    return {
        "is_open": verdict.is_open,
        "judged_at": verdict.judged_at,
        "profile": verdict.profile,
        "rule_count": verdict.declared_rule_count,
        "counts": verdict.counts,
        "overridden": [
            {"suite": result.suite, "rule": result.rule, "override": result.override} for result in verdict.overridden
        ],
    }


def describe_receipt(receipt: Receipt) -> dict[str, Any]:
    """Describe a delivery: enough to find its bytes, or to request them again."""
    return {
        "source": receipt.source,
        "delivery_id": receipt.delivery_id,
        "period": receipt.period,
        "content_sha256": receipt.content_sha256,
        "received_at": receipt.received_at.isoformat(timespec="microseconds"),
        "is_synthetic": receipt.is_marked_synthetic,
        "files": [
            {"name": encode_name(file.name), "sha256": file.sha256, "bytes": file.bytes} for file in receipt.files
        ],
    }


def describe_table(folder: Path, table: str, found: TableHash) -> dict[str, Any]:
    """Describe a table: row count, logical hash and, for a summary table, its Parquet file."""
    path = Path("tables") / f"{table.split('.', 1)[1]}.parquet"
    has_file = table.startswith("summary.") and (folder / path).is_file()
    return {
        "row_count": found.row_count,
        "logical_hash": found.logical_hash,
        "parquet": path.as_posix() if has_file else None,
    }


def describe_files(folder: Path, below: str = ".") -> dict[str, dict[str, Any]]:
    """Describe every file of a snapshot, except the manifest and its hash: sha256 and size in bytes.

    below: only the files in this folder of it.
    """
    return {
        path.relative_to(folder).as_posix(): {"sha256": sha256_of(path), "bytes": path.stat().st_size}
        for path in sorted((folder / below).rglob("*"))
        if path.is_file() and path.relative_to(folder).as_posix() not in (NAME, SIDECAR)
    }


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> str:
    """Write the manifest and its hash into a folder that is not yet published; return the hash."""
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / NAME).write_text(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    (folder / SIDECAR).write_bytes(sidecar_line(digest))
    return digest


def sidecar_line(digest: str) -> bytes:
    """The content of the file that holds the hash of the manifest, as sha256sum writes and checks it."""
    return f"{digest}  {NAME}\n".encode()
