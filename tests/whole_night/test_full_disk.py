"""A disk that is full, has no inodes or is read-only: a clear message with the right exit code, and nothing lost.

The disks are file systems in memory, which only root may mount: elsewhere these tests are skipped and say so.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.sample.world import write_world
from tests.small_disks import MakeDisk
from tests.without_statistics import remove_statistics

pytestmark = pytest.mark.slow


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """One quarter of the invented world, and the settings of runs without the statistics."""
    folder = tmp_path_factory.mktemp("world")
    write_world(folder / "world")
    return folder / "world" / "faers" / "faers_ascii_2024q1.zip", remove_statistics(folder / "plain")[0]


def run(home: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *arguments],
        env={**os.environ, "NIGHTVIGIL_HOME": str(home), "NIGHTVIGIL_PROFILE": "sample", **settings},
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def deposit(folder: Path, quarter: Path) -> Path:
    """A home on this disk whose inbox holds the quarter."""
    home = folder / "home"
    (home / "inbox" / "faers").mkdir(parents=True, exist_ok=True)
    shutil.copy(quarter, home / "inbox" / "faers")
    return home


@pytest.mark.proof
def test_disk_that_is_full_while_landing_loses_nothing(disk: MakeDisk, world: tuple[Path, dict[str, str]]) -> None:
    """Room for the zip and not for its tables; then the disk grows."""
    quarter, settings = world
    folder = disk("size=128k")
    home = deposit(folder, quarter)
    done = run(home, "land", "faers", **settings)
    assert done.returncode == 1, done.stderr
    assert "no space, or no inode, is left on the disk" in done.stderr and "do:" in done.stderr
    assert list((home / "inbox" / "faers").iterdir()), "the delivery waits"
    assert not list(home.rglob(".working-*"))
    remount(folder, "size=256m")
    assert run(home, "land", "faers", **settings).returncode == 0


@pytest.mark.proof
@pytest.mark.parametrize("size", ["2m", "6m"])
def test_disk_that_is_full_while_building_is_stated(
    disk: MakeDisk, world: tuple[Path, dict[str, str]], size: str
) -> None:
    quarter, settings = world
    folder = disk(f"size={size}")
    home = deposit(folder, quarter)
    done = run(home, "nightly", **settings)
    assert done.returncode in (1, 5), done.stderr
    assert "space" in done.stderr and "do:" in done.stderr, done.stderr
    remount(folder, "size=512m")
    again = run(home, "nightly", **settings)
    assert again.returncode == 0, again.stderr


@pytest.mark.proof
def test_disk_without_inodes_is_stated(disk: MakeDisk, world: tuple[Path, dict[str, str]]) -> None:
    quarter, settings = world
    folder = disk("size=256m,nr_inodes=20")
    home = deposit(folder, quarter)
    done = run(home, "land", "faers", **settings)
    assert done.returncode == 1 and "no inode, is left" in done.stderr, done.stderr
    remount(folder, "size=256m,nr_inodes=20000")
    assert run(home, "land", "faers", **settings).returncode == 0


@pytest.mark.parametrize("arguments", [("nightly",), ("status",)])
def test_home_that_is_read_only_is_stated(
    disk: MakeDisk, world: tuple[Path, dict[str, str]], arguments: tuple[str, ...]
) -> None:
    quarter, settings = world
    folder = disk("size=64m")
    home = deposit(folder, quarter)
    remount(folder, "ro")
    done = run(home, *arguments, **settings)
    if arguments == ("status",):
        assert done.returncode == 0, "what only reads works"
    else:
        assert done.returncode == 1 and "read-only" in done.stderr and "do:" in done.stderr, done.stderr
    remount(folder, "rw")


@pytest.mark.proof
def test_memory_limit_that_is_too_small_is_stated(tmp_path: Path, world: tuple[Path, dict[str, str]]) -> None:
    """The message says what the limit was, which table was built, and what to set."""
    quarter, settings = world
    home = deposit(tmp_path, quarter)
    assert run(home, "land", "faers", **settings).returncode == 0
    done = run(home, "build", NIGHTVIGIL_MEMORY_LIMIT="45MB")
    assert done.returncode == 1, done.stderr
    assert "out of memory at the limit of 45MB" in done.stderr
    assert "NIGHTVIGIL_MEMORY_LIMIT" in done.stderr and "while building" in done.stderr
