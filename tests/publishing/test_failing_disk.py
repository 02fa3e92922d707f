"""The disk fails, or the process dies, at the first, the second, the third ... operation, until one try gets through.

After each: what is live is the old snapshot or the new one, sound to the last row, and the same run published again
ends with the new one live and nothing left behind.
"""

import contextlib
import errno
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import publishing
from pipeline.errors import PublicationFailed
from tests.publishing.conftest import CELLS, House

OPERATIONS = ("fsync", "rename", "replace", "chmod", "link", "symlink", "mkdir", "unlink", "rmdir")
DEAD = 77
LATER = (*CELLS, ("memantine", "oral", "confusion", 5))
DIE_AT = """
import json, os, sys
from pathlib import Path
from pipeline import publishing
from pipeline.settings import Settings
from tests.publishing.conftest import RECEIPT
from tests.publishing.test_failing_disk import DEAD, count_operations
home, number, request = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
count_operations(number, lambda: os._exit(DEAD), setattr)
publishing.publish(Settings(home=home), **request | {"candidate": Path(request["candidate"]), "receipts": [RECEIPT]})
"""


def count_operations(number: int, act: Callable[[], None], patch: Callable[..., Any]) -> list[str]:
    """Have `act` called before the number-th operation that changes folders or reaches the disk; list them all."""
    seen: list[str] = []

    def counted(name: str) -> Callable[..., Any]:
        original = getattr(os, name)

        def operation(*arguments: Any, **options: Any) -> Any:
            seen.append(name)
            if len(seen) == number:
                act()
            return original(*arguments, **options)

        return operation

    for name in OPERATIONS:
        patch(os, name, counted(name))
    return seen


def fail() -> None:
    raise OSError(errno.EIO, "Input/output error")


def assert_old_or_new(house: House, old: str, new: str) -> str:
    live = publishing.current_snapshot(house.settings)
    assert live in (old, new)
    assert publishing.verify(house.settings, live, deep=True) == []
    return live


def assert_published_again(house: House, request: dict[str, Any]) -> None:
    assert publishing.publish(house.settings, **request) == publishing.current_snapshot(house.settings)
    assert publishing.verify(house.settings, request["run_id"], deep=True) == []
    assert house.read_live() == sorted(LATER)
    assert (house.settings.published / "current").resolve().name == request["run_id"]
    assert not list((house.settings.published / "snapshots").glob(".*"))
    assert not request["candidate"].exists()


def fail_once(house: House, number: int) -> tuple[bool, str]:
    """EIO at one operation, then the next try: was there such an operation, and which snapshot was live between."""
    old, request = house.publish(), house.stage(cells=LATER)
    with pytest.MonkeyPatch.context() as patched:
        seen = count_operations(number, fail, patched.setattr)
        with contextlib.suppress(OSError, PublicationFailed):
            publishing.publish(house.settings, **request)
    live = assert_old_or_new(house, old, request["run_id"])
    assert_published_again(house, request)
    return len(seen) >= number, "old" if live == old else "new"


def die_once(house: House, number: int) -> tuple[bool, str]:
    """The same with a process that is gone in that instant, without any clean-up of its own."""
    old, request = house.publish(), house.stage(cells=LATER)
    plain = {name: value for name, value in request.items() if name != "receipts"}
    text = json.dumps(plain | {"candidate": str(request["candidate"])})
    command = [sys.executable, "-c", DIE_AT, str(house.settings.home), str(number), text]
    done = subprocess.run(command, check=False, cwd=Path(__file__).parents[2], capture_output=True)
    assert done.returncode in (0, DEAD), done.stderr
    live = assert_old_or_new(house, old, request["run_id"])
    assert_published_again(house, request)
    return done.returncode == DEAD, "old" if live == old else "new"


@pytest.mark.parametrize("number", [2, 6, 12, 20, 24, 26])
def test_an_operation_fails(house: House, number: int) -> None:
    """While staging, at the rename, before and after CURRENT moved."""
    assert fail_once(house, number)[0]


def test_a_process_dies_after_the_rename(house: House) -> None:
    assert die_once(house, 22)[0]


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("trial", [fail_once, die_once])
def test_every_operation_in_turn(new_house: Callable[[str], House], trial: Callable[..., tuple[bool, str]]) -> None:
    """Until one try gets through: never a mixture, and the next try always publishes."""
    lives: list[str] = []
    while True:
        reached, live = trial(new_house(f"{trial.__name__}-{len(lives)}"), len(lives) + 1)
        if not reached:
            break
        lives.append(live)
    print(
        f"\n{trial.__name__} at each of {len(lives)} operations: live between {Counter(lives)}, 0 torn, all published"
    )
    assert len(lives) > 30 and lives.count("old") > 20 and lives.count("new") > 1
