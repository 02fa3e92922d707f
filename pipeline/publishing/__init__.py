"""Publication: judged candidates become snapshots that are never written again; one of them is live.

This package compares published values and keeps acceptances of new code, stages a candidate, writes the manifest and
its hashes, swaps the live snapshot, rolls back, applies retention, and verifies that a snapshot is still what was
published. Whether a candidate may be published is decided by `pipeline.quality`.
"""

from pipeline.publishing.acceptance import (
    describe_differences,
    find_acceptance,
    find_waiting,
    forget_code_change,
    need_acceptance,
    read_code_change,
    record_acceptance,
    write_code_change,
)
from pipeline.publishing.candidates import list_limits, note_tables, require_room_to_build
from pipeline.publishing.carried import list_proven, require_taken_over
from pipeline.publishing.current import current_snapshot, database_path, repair_link, snapshot_ids, snapshot_path
from pipeline.publishing.differences import CHANGED_TEXTS, TableDifference, compare_published, read_changed_texts
from pipeline.publishing.hold import read_hold, require_no_hold
from pipeline.publishing.logical_hash import TableHash, hash_tables
from pipeline.publishing.manifest import read_manifest
from pipeline.publishing.pages import find_first_page
from pipeline.publishing.retention import remove_superseded_candidates, retire
from pipeline.publishing.rollback import release, rollback
from pipeline.publishing.snapshot import publish, require_open, require_parent, was_published
from pipeline.publishing.status import status
from pipeline.publishing.verification import (
    find_missing_deliveries,
    require_deliveries,
    require_intact_parent,
    verify,
)

__all__ = [
    "CHANGED_TEXTS",
    "TableDifference",
    "TableHash",
    "compare_published",
    "current_snapshot",
    "database_path",
    "describe_differences",
    "find_acceptance",
    "find_first_page",
    "find_missing_deliveries",
    "find_waiting",
    "forget_code_change",
    "hash_tables",
    "list_limits",
    "list_proven",
    "need_acceptance",
    "note_tables",
    "publish",
    "read_changed_texts",
    "read_code_change",
    "read_hold",
    "read_manifest",
    "record_acceptance",
    "release",
    "remove_superseded_candidates",
    "repair_link",
    "require_deliveries",
    "require_intact_parent",
    "require_no_hold",
    "require_open",
    "require_parent",
    "require_room_to_build",
    "require_taken_over",
    "retire",
    "rollback",
    "snapshot_ids",
    "snapshot_path",
    "status",
    "verify",
    "was_published",
    "write_code_change",
]
