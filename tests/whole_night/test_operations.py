"""Backup, restore and upgrade: the commands of `docs/how-to/operations.md`, run as they stand there."""

import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from pipeline.resources import ROOT
from tests.small_world import write_small_world

PAGE = (ROOT / "docs" / "how-to" / "operations.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
BACKUP, RESTORE, UPGRADE, ACCEPT = BLOCKS
NOTHING_NEW, WAITS = 6, 3


def run_block(block: str, home: Path, backup: Path, project: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """The commands of a block, ended by the first that fails; `nightvigil` is the code of a project."""
    command = f'nightvigil() {{ "{sys.executable}" -m pipeline.cli "$@"; }}\nset -e\n{block}'
    given = {"NIGHTVIGIL_HOME": str(home), "BACKUP": str(backup), "NIGHTVIGIL_PROFILE": "sample"}
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        ["bash", "-c", command], cwd=project, env=kept | given, capture_output=True, text=True, check=False
    )


def hash_published(home: Path) -> dict[str, str]:
    tables = (home / "published" / "current" / "tables").glob("*.parquet")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tables}


@pytest.fixture(scope="module")
def earlier_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commit before this one, as files."""
    folder = tmp_path_factory.mktemp("earlier")
    archive = subprocess.run(["git", "archive", "HEAD~1"], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


@pytest.mark.proof
@pytest.mark.timeout(2400)
def test_home_of_the_commit_before_is_upgraded_backed_up_and_restored(tmp_path: Path, earlier_project: Path) -> None:
    """The earlier code publishes the sample world; this code takes the home over; a restored copy publishes the same
    bytes and finds nothing new."""
    home, restored, backup = tmp_path / "home", tmp_path / "restored", tmp_path / "backup.tar"
    write_small_world(home / "inbox")
    first = run_block("nightvigil nightly", home, backup, earlier_project)
    assert first.returncode == 0, first.stderr
    before = hash_published(home)

    upgraded = run_block(UPGRADE, home, backup)
    if upgraded.returncode == WAITS:
        assert hash_published(home) == before, "the live snapshot stays until a person accepts"
        upgraded = run_block(ACCEPT, home, backup)
    assert upgraded.returncode in (0, NOTHING_NEW), upgraded.stderr

    saved = run_block(BACKUP, home, backup)
    assert saved.returncode == 0, saved.stderr
    again = run_block(RESTORE, restored, backup)
    assert again.returncode == 0, again.stderr
    assert hash_published(restored) == hash_published(home)
    night = run_block("nightvigil nightly", restored, backup)
    assert night.returncode == NOTHING_NEW, night.stderr
    assert hash_published(restored) == hash_published(home)
