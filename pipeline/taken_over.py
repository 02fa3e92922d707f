"""Which tables a build takes over from the live snapshot as they are, because nothing they are made of has changed.

Most nights bring only trials; the tables of reports are then what they were, and the other way about. A table is
taken over where all of this holds:

- SQL, code lists, code, libraries and DuckDB are those of the live snapshot (`identity.code_identity`);
- every source that it reads, at any distance, has the deliveries it had then, with the same content;
- it reads neither the live snapshot itself nor `meta`, at any distance: both differ in every run.

The live snapshot was compared with its manifest before the run began, so that what is copied is what was published.
Rules about tables taken over keep the outcome they had where that is proved (`quality/carrying.py`). A fault of one
build could otherwise live on in copies: after `rebuild_days` a build takes nothing over.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline import identity, publishing
from pipeline.landing.receipts import Receipt
from pipeline.models import load_models
from pipeline.publishing.manifest import describe_receipt
from pipeline.quality.dependencies import SOURCE, find_downstream, find_parents, read_text
from pipeline.settings import Settings

DIFFERS_IN_EVERY_RUN = re.compile(r"\b(?:from|join)\s+(?:before|meta)\.", re.IGNORECASE)


@dataclass(frozen=True)
class TakenOver:
    """tables: what a build copies from the live snapshot. built_whole_at: when the last build of this chain of
    snapshots that copied nothing began, ISO 8601."""

    tables: frozenset[str]
    built_whole_at: str

    def to_json(self) -> dict[str, Any]:
        return {"tables": sorted(self.tables), "built_whole_at": self.built_whole_at}


def find_taken_over(settings: Settings, inputs: Mapping[str, Any], receipts: Sequence[Receipt]) -> TakenOver:
    """What the build of a run copies from the live snapshot; nothing where there is none, or a build of all is due.

    inputs: the frozen inputs of the run. Raises PublicationFailed where the manifest of the snapshot cannot be read.
    """
    nothing = TakenOver(frozenset(), inputs["started_at"])
    if inputs["parent"] is None:
        return nothing
    manifest = publishing.read_manifest(settings, inputs["parent"])
    installed = identity.code_identity(identity.component_hashes(settings))
    before = identity.identify_published(manifest)
    if not installed == before == inputs.get("code_identity"):
        return nothing
    built_whole_at = manifest.get("taken_over", {}).get("built_whole_at", manifest["started_at"])
    age = datetime.fromisoformat(inputs["started_at"]) - datetime.fromisoformat(built_whole_at)
    if not timedelta(0) <= age < timedelta(days=settings.rebuild_days):
        return nothing
    tables = list_unchanged(settings.sql_dir, find_changed_sources(manifest["inputs"], receipts))
    return TakenOver(tables, built_whole_at if tables else inputs["started_at"])


def find_changed_sources(before: Iterable[Mapping[str, Any]], receipts: Iterable[Receipt]) -> frozenset[str]:
    """The sources whose deliveries, in their order, are not those of a manifest. before: its `inputs`."""
    old, new = _group_by_source(before), _group_by_source(map(describe_receipt, receipts))
    return frozenset(source for source in old | new if old.get(source) != new.get(source))


def list_unchanged(sql_dir: Path, changed_sources: Iterable[str]) -> frozenset[str]:
    """The tables that nothing of these sources, of `meta` or of the live snapshot reaches."""
    models = load_models(sql_dir)
    parents = find_parents(models)
    moving = {model.table for model in models if DIFFERS_IN_EVERY_RUN.search(read_text(model))}
    changed = moving | {SOURCE + source for source in changed_sources}
    reached = changed | find_downstream(parents, changed)
    return frozenset(model.table for model in models if model.table not in reached)


def _group_by_source(described: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for each in described:
        grouped.setdefault(each["source"], []).append(each)
    return grouped
