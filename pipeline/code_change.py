"""What the code of a run changes in published values, apart from what its deliveries change.

A run whose code is not that of the live snapshot is compared with it on the same deliveries. Where the deliveries
are the same too, the candidate is compared. Where code and deliveries changed between two runs, the new code first
builds from the old deliveries: what then differs is due to the code, what differs from the candidate is due to the
data. Nothing here judges or publishes.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline import identity, publishing
from pipeline.contract import load_contract
from pipeline.landing.receipts import Receipt, read_receipts
from pipeline.parent_views import Parent
from pipeline.runs import run_dir
from pipeline.settings import Settings

SAME_DELIVERIES = "the same deliveries"
OLD_DELIVERIES = "the deliveries of the live snapshot"
LOST_DELIVERIES = "the new deliveries, because the receipts of the live snapshot are no longer all there,"
Builder = Callable[[list[Receipt], Path], Path]


def find_parent(settings: Settings, inputs: dict[str, Any], unchanged: frozenset[str]) -> Parent | None:
    """The snapshot that the candidate of a run replaces, for what it states of changes. unchanged: its tables that
    the candidate takes over."""
    if inputs["parent"] is None:
        return None
    manifest = publishing.read_manifest(settings, inputs["parent"])
    is_other_code = identity.is_other_code(
        manifest.get("made_from", {}),
        inputs.get("made_from") or identity.component_hashes(settings),
        manifest.get("engine", {}).get("duckdb", ""),
    )
    return Parent(publishing.database_path(settings, inputs["parent"]), is_other_code, unchanged)


def find_code_change(
    settings: Settings, inputs: dict[str, Any], candidate: Path, build: Builder
) -> dict[str, Any] | None:
    """What the code of a run changes (see `publishing.read_code_change`); None where it is the parent's code.

    build: builds a database from the receipts given. A transition that was accepted is not compared again.
    """
    parent = inputs["parent"]
    if parent is None:
        return None
    manifest = publishing.read_manifest(settings, parent)
    before = identity.identify_published(manifest)
    after = inputs["code_identity"]
    if before == after:
        return None
    transition = {"before": before, "after": after, "parent": parent}
    if accepted := publishing.find_acceptance(settings, before, after):
        return {**transition, "compared_on": accepted["compared_on"], "by_code": accepted["by_code"], "by_data": []}
    return transition | _compare(settings, inputs, manifest, candidate, build)


def _compare(
    settings: Settings, inputs: dict[str, Any], manifest: dict[str, Any], candidate: Path, build: Builder
) -> dict[str, Any]:
    live = publishing.database_path(settings, inputs["parent"])
    recorded = {table: described["logical_hash"] for table, described in manifest["tables"].items()}
    old = {each["delivery_id"] for each in manifest["inputs"]}
    receipts = [receipt for receipt in read_receipts(settings) if receipt.delivery_id in old]
    is_same = old == set(inputs["deliveries"])
    if is_same or len(receipts) < len(old):
        by_code = _list_differences(settings, live, candidate, recorded)
        return {"compared_on": SAME_DELIVERIES if is_same else LOST_DELIVERIES, "by_code": by_code, "by_data": []}
    # Named after the candidate, so that what a killed process leaves is removed with it.
    rebuilt = candidate.with_name(f"{candidate.name}.old_deliveries")
    try:
        build(receipts, rebuilt)
        by_code = _list_differences(settings, live, rebuilt, recorded)
        by_data = _list_differences(settings, rebuilt, candidate) if by_code else []
    finally:
        for path in run_dir(settings, inputs["run_id"]).glob(f"{rebuilt.name}*"):
            path.unlink()
    return {"compared_on": OLD_DELIVERIES, "by_code": by_code, "by_data": by_data}


def _list_differences(
    settings: Settings, before: Path, after: Path, recorded: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    found = publishing.compare_published(
        settings,
        before,
        after,
        keys=load_contract(settings.sql_dir).keys,
        texts=publishing.read_changed_texts(settings.sql_dir),
        recorded=recorded,
    )
    return [difference.to_json() for difference in found]
