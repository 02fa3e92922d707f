"""Readers are not affected by a publication: no error, no mixture of two runs, no older snapshot."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline import publishing
from pipeline.settings import Settings
from tests.publishing.conftest import Publisher
from tests.whole_night.reader import ROWS

pytestmark = pytest.mark.slow

WAYS = ("CURRENT",) * 6 + ("current",) * 2
QUERIES_PER_SECOND = 56.0  # what is asked for
THREE_SECONDS = 3 / 3600


def publish_numbered(publisher: Publisher, number: int) -> str:
    """Publish a snapshot in which every row states the number of its run."""
    tables = zip(("summary.steady_rows", "events.rows"), ROWS, strict=True)
    return publisher.publish(
        more=[
            f"create table {table} as select {number} as run_number, range as number from range({n})"
            for table, n in tables
        ]
    )


def read_during(publisher: Publisher, publications: int, stop: Path) -> tuple[list[dict[str, Any]], float]:
    """Publish `publications` snapshots under the readers, the next once every reader has read the one before; return
    what each reader found and how long it took."""
    publish_numbered(publisher, 0)
    command = [sys.executable, "-m", "tests.whole_night.reader", str(publisher.settings.published)]
    pace = str(QUERIES_PER_SECOND / len(WAYS))
    read = [stop.with_name(f"read_by_{place}") for place, _ in enumerate(WAYS)]
    readers = [
        subprocess.Popen([*command, way, pace, str(stop), str(progress)], stdout=subprocess.PIPE)
        for way, progress in zip(WAYS, read, strict=True)
    ]
    wait_until_read(read, 0)
    began = time.monotonic()
    for number in range(1, publications + 1):
        publish_numbered(publisher, number)
        wait_until_read(read, number)
    seconds = time.monotonic() - began
    stop.touch()
    return [json.loads(reader.communicate(timeout=300)[0]) for reader in readers], seconds


def wait_until_read(read: list[Path], number: int) -> None:
    """Wait until every reader has read this run or a later one."""
    deadline = time.monotonic() + 600
    while not all(path.exists() and int(path.read_text() or -1) >= number for path in read):
        assert time.monotonic() < deadline, f"run {number} was not read"
        time.sleep(0.02)


def read_and_check(settings: Settings, publications: int, stop: Path) -> None:
    """Publish under readers, and check all that they read."""
    publisher = Publisher(settings.model_copy(update={"retention": 2, "retention_hours": THREE_SECONDS}))
    found, seconds = read_during(publisher, publications, stop)
    queries = sum(each["queries"] for each in found)
    pace = sum(each["queries"] / each["seconds"] for each in found)
    times = sorted(one for each in found for one in each["milliseconds"])
    print(
        f"\n{publications} publications in {seconds:.1f} s under {queries} fresh-connection queries "
        f"({pace:.0f} a second), "
        f"p50 {times[len(times) // 2]:.0f} ms, p99 {times[len(times) * 99 // 100]:.0f} ms; "
        f"{publications + 1 - len(publishing.snapshot_ids(publisher.settings))} snapshots retired meanwhile"
    )
    assert [error for each in found for error in each["errors"]] == []
    assert sum(each["torn"] for each in found) == 0
    assert sum(each["backward"] for each in found) == 0
    assert {number for each in found for number in each["run_numbers"]} == set(range(publications + 1)), (
        "every publication was read"
    )


def test_five_publications_under_readers(settings: Settings, tmp_path: Path) -> None:
    read_and_check(settings, 5, tmp_path / "stop")


@pytest.mark.proof
def test_twenty_publications_under_readers(settings: Settings, tmp_path: Path) -> None:
    """The pace that was reached is printed: a busy machine reads less often, and must read as right."""
    read_and_check(settings, 20, tmp_path / "stop")
