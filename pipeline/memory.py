"""How much memory a run may use where no limit is set: a quarter of what this machine or control group has."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

SMALLEST, LARGEST = 600_000_000, 5_000_000_000
LANDINGS_AT_ONCE = 4  # two deliveries in each of the two landing DAGs


def choose_limit() -> str:
    """The limit of a build or a judgement: a quarter of the memory, within fixed bounds, as DuckDB reads sizes.

    Below SMALLEST no quarter of reports can be built. LARGEST keeps all processes of a full history below 8 GB. A
    build and its judge do not work at the same time, so each may have the quarter.
    """
    return _write_size(min(max(read_memory() // 4, SMALLEST), LARGEST))


def choose_landing_limit() -> str:
    """The limit of typing one delivery: the quarter is shared among the deliveries that may be typed at once."""
    return _write_size(min(max(read_memory() // 4 // LANDINGS_AT_ONCE, SMALLEST), LARGEST))


def divide_limit(limit: str, count: int) -> str:
    """An equal part of a limit as DuckDB reads sizes, such as 300MB of 600MB for each of two processes."""
    return re.sub(r"[0-9.]+", lambda number: f"{float(number[0]) / count:g}", limit)


def read_bytes(size: str) -> int:
    """A size as DuckDB reads it, such as 600MB or 2GiB, in bytes."""
    number, prefix, binary = re.fullmatch(r"([0-9.]+)\s*([KMGT])(i?)B", size.upper().replace("IB", "iB")).groups()  # type: ignore[union-attr]
    return int(float(number) * (1024 if binary else 1000) ** ("KMGT".index(prefix) + 1))


def read_memory(system: Path = Path("/")) -> int:
    """Bytes of memory this process may use: those of the machine, or fewer where its control group has a limit."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *_read_group_limits(system)])


def _read_group_limits(system: Path) -> Iterator[int]:
    """The limits of this process's control group and of those above it, in version 2 or 1 of the kernel's files."""
    groups = system / "proc/self/cgroup"
    for line in groups.read_text().splitlines() if groups.is_file() else ():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, name = system / "sys/fs/cgroup", "memory.max"
        elif "memory" in controllers.split(","):
            root, name = system / "sys/fs/cgroup/memory", "memory.limit_in_bytes"
        else:
            continue
        group = root / path.lstrip("/")
        for folder in (group, *group.parents):
            limit = folder / name
            if limit.is_file() and (text := limit.read_text().strip()).isdigit():  # "max" is no limit
                yield int(text)
            if folder == root:
                break


def _write_size(size: int) -> str:
    return f"{size // 1_000_000}MB"
