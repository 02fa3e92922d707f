"""Every change in a published snapshot is detected and named."""

import json
import random

import pytest

from pipeline import publishing
from pipeline.publishing.manifest import write_manifest
from pipeline.publishing.verification import check_tables
from tests.publishing.conftest import Publisher
from tests.publishing.test_publish import flip

pytestmark = pytest.mark.slow

FILES = ("nightvigil.duckdb", "tables/reported.parquet", "tables/steady.parquet", "quality.json", "manifest.json")


def test_unchanged_snapshot_passes_verification(publisher: Publisher) -> None:
    live = publisher.publish()
    assert publishing.verify(publisher.settings, live, deep=True) == []


@pytest.mark.parametrize("name", [*FILES, "manifest.sha256"])
def test_flipped_bit_is_detected(publisher: Publisher, name: str) -> None:
    live = publisher.publish()
    flip(publishing.snapshot_path(publisher.settings, live) / name)
    (problem,) = publishing.verify(publisher.settings, live)
    assert name.split(".", maxsplit=1)[0] in problem


@pytest.mark.parametrize("name", [*FILES, "manifest.sha256"])
def test_missing_file_is_detected(publisher: Publisher, name: str) -> None:
    live = publisher.publish()
    (publishing.snapshot_path(publisher.settings, live) / name).unlink()
    assert publishing.verify(publisher.settings, live) == [f"{live}: {name} is missing"]


def test_added_file_is_detected(publisher: Publisher) -> None:
    live = publisher.publish()
    (publishing.snapshot_path(publisher.settings, live) / "tables" / "more.parquet").write_bytes(b"")
    assert publishing.verify(publisher.settings, live) == [f"{live}: tables/more.parquet was added"]


def test_forged_manifest_is_detected_by_its_child_and_its_run(publisher: Publisher) -> None:
    """An old manifest is rewritten together with its sidecar: the next manifest in the chain does not match."""
    first, second = publisher.publish(), publisher.publish()
    folder = publishing.snapshot_path(publisher.settings, first)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["verdict"]["counts"]["failed"] = 7
    for name in ("manifest.json", "manifest.sha256"):
        (folder / name).chmod(0o644)
    write_manifest(folder, manifest)
    assert publishing.verify(publisher.settings, first) != []
    (problem,) = publishing.verify(publisher.settings, second)
    assert "chained" in problem


def test_table_that_differs_from_its_logical_hash_is_detected(publisher: Publisher) -> None:
    """The manifest is consistent with every file, and yet its table hash is not that of the rows."""
    live = publisher.publish()
    tables = publishing.read_manifest(publisher.settings, live)["tables"]
    tables["summary.reported"]["logical_hash"] = "0" * 32
    found = check_tables(publisher.settings, publishing.database_path(publisher.settings, live), tables)
    assert found == ["summary.reported does not have the rows recorded in the manifest"]


def test_hundred_random_changes_are_detected(publisher: Publisher) -> None:
    """Random bytes of random files; the seed is printed on failure."""
    seed = 20261123
    draw = random.Random(seed)
    live = publisher.publish()
    folder = publishing.snapshot_path(publisher.settings, live)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.sha256")
    missed = []
    for path in files:
        path.chmod(0o644)
    for _ in range(100):
        path = draw.choice(files)
        original = path.read_bytes()
        changed = bytearray(original)
        place = draw.randrange(len(changed))
        changed[place] ^= 1 << draw.randrange(8)
        path.write_bytes(changed)
        if not publishing.verify(publisher.settings, live):
            missed.append((path.name, place))
        path.write_bytes(original)
    assert missed == [], f"seed {seed}"
    assert publishing.verify(publisher.settings, live) == []
