"""The default limits of memory, on invented machines."""

import os
from pathlib import Path

import duckdb
import pytest

from pipeline import memory
from pipeline.settings import PREFIX, Settings

PHYSICAL = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def write(system: Path, path: str, text: str) -> None:
    (system / path).parent.mkdir(parents=True, exist_ok=True)
    (system / path).write_text(text)


def test_machine_without_control_groups_has_its_physical_memory(tmp_path: Path) -> None:
    assert memory.read_memory(tmp_path) == PHYSICAL


@pytest.mark.parametrize(
    ("groups", "limits", "found"),
    [
        ("0::/\n", {"sys/fs/cgroup/memory.max": "1000\n"}, 1000),
        ("0::/a.slice/b.service\n", {"sys/fs/cgroup/a.slice/memory.max": "2000\n"}, 2000),
        ("0::/a.slice/b\n", {"sys/fs/cgroup/a.slice/b/memory.max": "max\n"}, PHYSICAL),
        ("0::/gone\n", {"sys/fs/cgroup/memory.max": "3000\n"}, 3000),
        ("4:memory:/c\n2:cpu:/\n", {"sys/fs/cgroup/memory/c/memory.limit_in_bytes": "4000\n"}, 4000),
        ("4:memory:/\n", {"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, PHYSICAL),
    ],
)
def test_limit_of_the_control_group_counts(tmp_path: Path, groups: str, limits: dict[str, str], found: int) -> None:
    """A container or service with a limit, on itself or on a group above it; version 2 and version 1."""
    write(tmp_path, "proc/self/cgroup", groups)
    for path, text in limits.items():
        write(tmp_path, path, text)
    assert memory.read_memory(tmp_path) == found


@pytest.mark.parametrize(
    ("gigabytes", "build", "landing"),
    [(1, "600MB", "600MB"), (8, "2000MB", "600MB"), (24, "5000MB", "1500MB"), (256, "5000MB", "5000MB")],
)
def test_quarter_of_the_memory_within_bounds(
    monkeypatch: pytest.MonkeyPatch, gigabytes: int, build: str, landing: str
) -> None:
    """A quarter is for the build, which four deliveries that are typed at once share."""
    for name in ("MEMORY_LIMIT", "JUDGE_MEMORY_LIMIT", "LANDING_MEMORY_LIMIT"):
        monkeypatch.delenv(PREFIX + name, raising=False)
    monkeypatch.setattr(memory, "read_memory", lambda: gigabytes * 10**9)
    chosen = Settings()
    assert (chosen.memory_limit, chosen.judge_memory_limit, chosen.landing_memory_limit) == (build, build, landing)


@pytest.mark.parametrize(
    ("limit", "count", "part"),
    [("600MB", 2, "300MB"), ("5000MB", 3, "1666.67MB"), ("1.5 GiB", 2, "0.75 GiB"), ("2gb", 1, "2gb")],
)
def test_limit_is_divided(limit: str, count: int, part: str) -> None:
    assert memory.divide_limit(limit, count) == part
    with duckdb.connect(config={"memory_limit": part}) as connection:
        connection.execute("select 1")


@pytest.mark.parametrize(
    ("size", "count"), [("600MB", 600_000_000), ("1.5 GiB", 1_610_612_736), ("2gb", 2_000_000_000), ("1 KiB", 1024)]
)
def test_size_in_bytes(size: str, count: int) -> None:
    assert memory.read_bytes(size) == count
