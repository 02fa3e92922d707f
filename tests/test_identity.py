"""What changes the identity of a build, and what does not: a needless publication is better than a missed one."""

import shutil
from pathlib import Path

import pytest

from pipeline import identity, resources
from pipeline.errors import NightvigilError
from pipeline.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A copy of everything that is hashed, to be edited."""
    for folder in ("pipeline", "sql", "expectations"):
        shutil.copytree(resources.ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(resources, "PACKAGE", tmp_path / "pipeline")
    return Settings(home=tmp_path / "data", sql_dir=tmp_path / "sql", expectations_dir=tmp_path / "expectations")


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("pipeline/warehouse.py", "code"),
        ("pipeline/alerts.py", "code"),
        ("pipeline/meta_tables.sql", "code"),
        ("pipeline/sources/new_source.py", "code"),
        ("pipeline/sources/sample/parts.py", "code"),
        ("sql/order.txt", "sql selects"),
        ("sql/summary/shared/new.sql", "sql selects"),
        ("sql/codes/shared/watched_name.csv", "sql codes"),
        ("expectations/clean/new.yaml", "expectations"),
        ("expectations/clean/new.yml", "expectations"),
        ("pipeline/sample/world.py", None),
        ("pipeline/sample/new.py", None),
        ("pipeline/command_line/output.py", None),
        ("pipeline/cli.py", None),
    ],
)
def test_an_edit_changes_the_identity_unless_it_cannot_reach_a_published_table(
    copied: Settings, tmp_path: Path, name: str, component: str | None
) -> None:
    before = identity.component_hashes(copied)
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write("\n# edited\n")
    after = identity.component_hashes(copied)
    assert {part for part in before if before[part] != after[part]} == set((component or "").split())


@pytest.mark.parametrize("missing", ["sql/order.txt", "sql/functions.sql", "expectations"])
def test_a_missing_resource_is_named_with_what_to_do(copied: Settings, tmp_path: Path, missing: str) -> None:
    resources.require_resources(copied.sql_dir, copied.expectations_dir)
    path = tmp_path / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(NightvigilError, match="incomplete") as refusal:
        resources.require_resources(copied.sql_dir, copied.expectations_dir)
    assert str(path) in refusal.value.what
    assert "NIGHTVIGIL_SQL_DIR" in refusal.value.todo


@pytest.mark.parametrize(
    ("changed", "is_other"),
    [("codes", False), ("expectations", False), ("selects", True), ("code", True), ("lock_file", True)],
)
def test_an_edit_of_a_code_list_alone_is_no_other_code(changed: str, is_other: bool) -> None:
    """`sql` holds the code lists as well, so that it is not asked where `selects` tells them apart."""
    parts = ("lock_file", "sql", "selects", "codes", "expectations", "code", "profile")
    before = dict.fromkeys(parts, "a")
    after = before | {changed: "b"} | ({"sql": "b"} if changed in ("codes", "selects") else {})
    assert identity.is_other_code(before, after) is is_other
    assert identity.is_other_code(before, before) is False
    assert identity.is_other_code(before, before, engine="1.0.0") is True
    old = {part: each for part, each in before.items() if part != "selects"}
    assert identity.is_other_code(old, after) is (is_other or changed == "codes")
