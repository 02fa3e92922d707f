"""The disk fails, or the process is killed, at the first, second, third ... operation, until one try succeeds.

After each failure the live snapshot is the old one or the new one and passes verification; the same run published
again makes the new one live and leaves no temporary file.
"""

import contextlib
import errno
import itertools
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
from tests.publishing.conftest import CELLS, Publisher
from tests.repetitions import choose_count

pytestmark = pytest.mark.slow

OPERATIONS = ("fsync", "rename", "replace", "chmod", "link", "symlink", "mkdir", "unlink", "rmdir")
INTERRUPTED = 77
LATER = (*CELLS, ("memantine", "oral", "confusion", 5))
INTERRUPT_AT = """
import json, os, sys
from pathlib import Path
from pipeline import publishing
from pipeline.settings import Settings
from tests.publishing.conftest import RECEIPT
from tests.publishing.test_failing_disk import INTERRUPTED, count_operations
home, number, request = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
count_operations(number, lambda: os._exit(INTERRUPTED), setattr)
publishing.publish(Settings(home=home), **request | {"candidate": Path(request["candidate"]), "receipts": [RECEIPT]})
"""


def count_operations(number: int, act: Callable[[], None], patch: Callable[..., Any]) -> list[str]:
    """Call `act` before the number-th operation that changes folders or writes to the disk; return the operations
    seen."""
    seen: list[str] = []

    def wrap(name: str) -> Callable[..., Any]:
        original = getattr(os, name)

        def operation(*arguments: Any, **options: Any) -> Any:
            seen.append(name)
            if len(seen) == number:
                act()
            return original(*arguments, **options)

        return operation

    for name in OPERATIONS:
        patch(os, name, wrap(name))
    return seen


def raise_io_error() -> None:
    raise OSError(errno.EIO, "Input/output error")


def assert_old_or_new(publisher: Publisher, old: str, new: str) -> str:
    live = publishing.current_snapshot(publisher.settings)
    assert live in (old, new)
    assert publishing.verify(publisher.settings, live, deep=True) == []
    return live


def assert_published_again(publisher: Publisher, request: dict[str, Any]) -> None:
    assert publishing.publish(publisher.settings, **request) == publishing.current_snapshot(publisher.settings)
    assert publishing.verify(publisher.settings, request["run_id"], deep=True) == []
    assert publisher.read_live() == sorted(LATER)
    assert (publisher.settings.published / "current").resolve().name == request["run_id"]
    assert not list((publisher.settings.published / "snapshots").glob(".*"))
    assert not request["candidate"].exists()


def fail_once(publisher: Publisher, number: int) -> tuple[bool, str]:
    """EIO at one operation, then a retry: whether the operation was reached, and which snapshot was live in
    between."""
    old, request = publisher.publish(), publisher.stage(cells=LATER)
    with pytest.MonkeyPatch.context() as patched:
        seen = count_operations(number, raise_io_error, patched.setattr)
        with contextlib.suppress(OSError, PublicationFailed):
            publishing.publish(publisher.settings, **request)
    live = assert_old_or_new(publisher, old, request["run_id"])
    assert_published_again(publisher, request)
    return len(seen) >= number, "old" if live == old else "new"


def interrupt_once(publisher: Publisher, number: int) -> tuple[bool, str]:
    """The same with a process that ends at that operation without any clean-up."""
    old, request = publisher.publish(), publisher.stage(cells=LATER)
    serializable = {name: value for name, value in request.items() if name != "receipts"}
    text = json.dumps(serializable | {"candidate": str(request["candidate"])})
    command = [sys.executable, "-c", INTERRUPT_AT, str(publisher.settings.home), str(number), text]
    done = subprocess.run(command, check=False, cwd=Path(__file__).parents[2], capture_output=True)
    assert done.returncode in (0, INTERRUPTED), done.stderr
    live = assert_old_or_new(publisher, old, request["run_id"])
    assert_published_again(publisher, request)
    return done.returncode == INTERRUPTED, "old" if live == old else "new"


@pytest.mark.parametrize("number", [2, 6, 12, 20, 24, 26])
def test_failed_operation_leaves_a_valid_snapshot(publisher: Publisher, number: int) -> None:
    """While staging, at the rename, before and after CURRENT moved."""
    assert fail_once(publisher, number)[0]


def test_process_interrupted_after_the_rename_leaves_a_valid_snapshot(publisher: Publisher) -> None:
    assert interrupt_once(publisher, 22)[0]


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("trial", [fail_once, interrupt_once])
def test_failure_at_operations_leaves_a_valid_snapshot(
    make_publisher: Callable[[str], Publisher], trial: Callable[..., tuple[bool, str]]
) -> None:
    """Until one try succeeds: never a mixture, and the retry always publishes. The gate tries every fourth."""
    every, lives = choose_count(4, 1), list[str]()
    for number in itertools.count(1, every):
        reached, live = trial(make_publisher(f"{trial.__name__}-{number}"), number)
        if not reached:
            break
        lives.append(live)
    print(
        f"\n{trial.__name__} at {len(lives)} operations, one of {every}: live between {Counter(lives)}, 0 torn, "
        "all published"
    )
    assert len(lives) > 30 // every and lives.count("old") > 20 // every and lives.count("new") > 1 // every
