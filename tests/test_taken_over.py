"""What a build takes over from the live snapshot, and twelve faults seeded into that choice, each caught."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from pipeline import identity, taken_over
from pipeline.models import load_models
from pipeline.publishing.current import snapshot_path
from pipeline.publishing.manifest import describe_receipt
from pipeline.settings import Settings
from pipeline.sources import load_sources
from tests.faulty_modules import load_with_fault
from tests.publishing.conftest import RECEIPT
from tests.table_reads import find_all_reads, find_reads

pytestmark = pytest.mark.slow

SOURCES = tuple(source.name for source in load_sources())
QUARTERS = [RECEIPT, replace(RECEIPT, delivery_id="2017Q3-b", period="2017Q3", content_sha256="b" * 64)]
TRIALS = replace(RECEIPT, source="clinicaltrials", delivery_id="c", period=None, era=None, content_sha256="c" * 64)
RECEIPTS = [*QUARTERS, TRIALS]


@cache
def list_expected(sql_dir: Path, *changed: str) -> frozenset[str]:
    """The tables that may be taken over where these sources changed, by DuckDB's own reading of every SELECT."""
    typed = {model.table: source.name for source in load_sources() for model in source.load_typed_models(sql_dir)}
    models = load_models(sql_dir)
    reached = find_all_reads({model.table: find_reads(model) for model in models})

    def is_fixed(table: str) -> bool:
        read = reached[table]
        return not any(name.startswith(("meta.", "before.")) or typed.get(name) in changed for name in read)

    return frozenset(model.table for model in models if is_fixed(model.table))


def check_changed_sources(module: ModuleType) -> None:
    """A delivery more, less, other or in another order changes its source, and no other."""
    before = [describe_receipt(receipt) for receipt in RECEIPTS]
    find = module.find_changed_sources
    assert find(before, RECEIPTS) == set()
    assert find(before, [TRIALS, *QUARTERS]) == set()
    assert find(before, [*reversed(QUARTERS), TRIALS]) == {"faers"}
    assert find(before, [*QUARTERS, replace(TRIALS, content_sha256="d" * 64)]) == {"clinicaltrials"}
    assert find(before, [QUARTERS[0], TRIALS]) == {"faers"}
    assert find(before, QUARTERS) == {"clinicaltrials"}
    assert find(before, [*RECEIPTS, replace(TRIALS, source="studies")]) == {"studies"}
    assert find([], []) == set()


def check_unchanged_tables(module: ModuleType, settings: Settings) -> None:
    """Nothing that a source, `meta` or the live snapshot reaches; everything else."""
    for changed in ((), *((source,) for source in SOURCES), SOURCES):
        assert module.list_unchanged(settings.sql_dir, changed) == list_expected(settings.sql_dir, *changed)


def write_parent(settings: Settings, **changes: Any) -> None:
    """A published snapshot's manifest, as far as it is read here."""
    folder = snapshot_path(settings, "parent")
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {
        "started_at": "2026-11-20T02:00:00+00:00",
        "made_from": identity.component_hashes(settings),
        "engine": {"duckdb": duckdb.__version__},
        "inputs": [describe_receipt(receipt) for receipt in RECEIPTS],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest | changes))


def check_choice(module: ModuleType, settings: Settings) -> None:
    """Code, time and deliveries each decide; the age of a chain of copies is that of its last whole build."""
    installed = identity.code_identity(identity.component_hashes(settings))
    inputs = {"parent": "parent", "started_at": "2026-11-21T02:00:00+00:00", "code_identity": installed}

    def choose(days: int = 7, **changes: Any) -> Any:
        chosen = settings.model_copy(update={"rebuild_days": days})
        return module.find_taken_over(chosen, inputs | changes, [*RECEIPTS, replace(TRIALS, delivery_id="e")])

    write_parent(settings)
    expected = list_expected(settings.sql_dir, "clinicaltrials")
    assert choose().tables == expected
    assert choose().built_whole_at == "2026-11-20T02:00:00+00:00"
    assert choose(started_at="2026-11-27T01:59:59+00:00").tables == expected
    for nothing in (
        choose(parent=None),
        choose(days=0),
        choose(started_at="2026-11-27T02:00:00+00:00"),
        choose(started_at="2026-11-19T02:00:00+00:00"),
        choose(code_identity="of another checkout"),
    ):
        assert nothing.tables == set()
        assert nothing.built_whole_at != "2026-11-20T02:00:00+00:00"

    other = {**identity.component_hashes(settings), "code": "of another checkout"}
    for changes, code in (
        ({"made_from": other}, installed),
        ({"made_from": other}, identity.code_identity(other)),
        ({"engine": {"duckdb": "1.4.0"}}, installed),
    ):
        write_parent(settings, **changes)
        assert choose(code_identity=code).tables == set()

    write_parent(settings, taken_over={"tables": ["events.case"], "built_whole_at": "2026-11-15T02:00:00+00:00"})
    assert choose().tables == expected
    assert choose().built_whole_at == "2026-11-15T02:00:00+00:00"
    assert choose(started_at="2026-11-22T02:00:00+00:00").tables == set()


def check_all(module: ModuleType, settings: Settings) -> None:
    check_changed_sources(module)
    check_unchanged_tables(module, settings)
    check_choice(module, settings)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    yield Settings(home=tmp_path_factory.mktemp("taken_over"))


def test_tables_that_nothing_has_changed_are_taken_over(home: Settings) -> None:
    check_all(taken_over, home)


FAULTS = {
    "tables that read meta": ("(?:before|meta)", "(?:before)"),
    "tables that read the live snapshot": ("(?:before|meta)", "(?:meta)"),
    "tables built from what changed": ("changed | find_downstream(parents, changed)", "changed"),
    "sources taken for tables": ("{SOURCE + source for source in changed_sources}", "set(changed_sources)"),
    "as many deliveries are the same ones": (
        "old.get(source) != new.get(source)",
        "len(old.get(source, ())) != len(new.get(source, ()))",
    ),
    "a source that came or went": ("old | new", "old.keys() & new.keys()"),
    "code that the run was not begun with": (
        'installed == before == inputs.get("code_identity")',
        "installed == before",
    ),
    "code that is no longer installed": (
        'installed == before == inputs.get("code_identity")',
        'before == inputs.get("code_identity")',
    ),
    "another version of DuckDB": ("identify_published(manifest)", "code_identity(manifest['made_from'])"),
    "a clock that went back": ("timedelta(0) <= age", "timedelta(-9) <= age"),
    "the day of a whole build": ("age < timedelta", "age <= timedelta"),
    "copies of copies for ever": (
        'manifest.get("taken_over", {}).get("built_whole_at", manifest["started_at"])',
        'manifest["started_at"]',
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_in_the_choice_is_caught(fault: str, home: Settings) -> None:
    module = load_with_fault(taken_over, *FAULTS[fault])
    with pytest.raises(AssertionError):
        check_all(module, home)
