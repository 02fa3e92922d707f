"""Publication: judged candidates become snapshots that are never written again; one of them is live.

This package stages a candidate, writes the manifest and its hashes, swaps the live snapshot, rolls back, applies
retention, and verifies that a snapshot is still what was published. Whether a candidate may be published is decided
by `pipeline.quality`.
"""

from pipeline.publishing.candidates import note_tables
from pipeline.publishing.current import current_snapshot, database_path, repair_link, snapshot_ids, snapshot_path
from pipeline.publishing.hold import read_hold, require_no_hold
from pipeline.publishing.logical_hash import TableHash, hash_tables
from pipeline.publishing.manifest import read_manifest
from pipeline.publishing.retention import remove_superseded_candidates, retire
from pipeline.publishing.rollback import release, rollback
from pipeline.publishing.snapshot import publish, was_published
from pipeline.publishing.status import status
from pipeline.publishing.verification import (
    find_missing_deliveries,
    require_deliveries,
    require_intact_parent,
    verify,
)

__all__ = [
    "TableHash",
    "current_snapshot",
    "database_path",
    "find_missing_deliveries",
    "hash_tables",
    "note_tables",
    "publish",
    "read_hold",
    "read_manifest",
    "release",
    "remove_superseded_candidates",
    "repair_link",
    "require_deliveries",
    "require_intact_parent",
    "require_no_hold",
    "retire",
    "rollback",
    "snapshot_ids",
    "snapshot_path",
    "status",
    "verify",
    "was_published",
]
