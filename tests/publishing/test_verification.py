"""Whatever is changed in a published snapshot is found, and named."""

import json
import random

import pytest

from pipeline import publishing
from pipeline.publishing.manifest import write_manifest
from pipeline.publishing.verification import check_tables
from tests.publishing.conftest import House
from tests.publishing.test_publish import flip

FILES = ("nightvigil.duckdb", "tables/reported.parquet", "tables/steady.parquet", "quality.json", "manifest.json")


def test_an_untouched_snapshot_is_sound(house: House) -> None:
    live = house.publish()
    assert publishing.verify(house.settings, live, deep=True) == []


@pytest.mark.parametrize("name", [*FILES, "manifest.sha256"])
def test_a_flipped_bit_is_found(house: House, name: str) -> None:
    live = house.publish()
    flip(publishing.snapshot_path(house.settings, live) / name)
    (problem,) = publishing.verify(house.settings, live)
    assert name.split(".", maxsplit=1)[0] in problem


@pytest.mark.parametrize("name", [*FILES, "manifest.sha256"])
def test_a_missing_file_is_found(house: House, name: str) -> None:
    live = house.publish()
    (publishing.snapshot_path(house.settings, live) / name).unlink()
    assert publishing.verify(house.settings, live) == [f"{live}: {name} is missing"]


def test_an_added_file_is_found(house: House) -> None:
    live = house.publish()
    (publishing.snapshot_path(house.settings, live) / "tables" / "more.parquet").write_bytes(b"")
    assert publishing.verify(house.settings, live) == [f"{live}: tables/more.parquet was added"]


def test_a_forged_manifest_is_found_by_the_child_and_by_its_run(house: House) -> None:
    """Someone rewrites an old manifest together with its sidecar: the next one in the chain remembers."""
    first, second = house.publish(), house.publish()
    folder = publishing.snapshot_path(house.settings, first)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["verdict"]["counts"]["failed"] = 7
    for name in ("manifest.json", "manifest.sha256"):
        (folder / name).chmod(0o644)
    write_manifest(folder, manifest)
    assert publishing.verify(house.settings, first) != []
    (problem,) = publishing.verify(house.settings, second)
    assert "chained" in problem


def test_a_table_that_differs_from_its_logical_hash_is_found(house: House) -> None:
    """The manifest is consistent with every file, and yet its table hash is not that of the rows."""
    live = house.publish()
    tables = publishing.read_manifest(house.settings, live)["tables"]
    tables["summary.reported"]["logical_hash"] = "0" * 32
    found = check_tables(house.settings, publishing.database_path(house.settings, live), tables)
    assert found == ["summary.reported does not have the rows recorded in the manifest"]


def test_a_hundred_random_changes_are_all_found(house: House) -> None:
    """Any byte of any file, printed seed."""
    seed = 20261123
    draw = random.Random(seed)
    live = house.publish()
    folder = publishing.snapshot_path(house.settings, live)
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
        if not publishing.verify(house.settings, live):
            missed.append((path.name, place))
        path.write_bytes(original)
    assert missed == [], f"seed {seed}"
    assert publishing.verify(house.settings, live) == []
