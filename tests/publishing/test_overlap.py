"""Two concurrent publications: one succeeds, the other reports it, and no lock is left behind."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline import publishing
from pipeline.errors import PublicationFailed
from pipeline.publishing.current import locked
from tests.publishing.conftest import Publisher

PUBLISH_AT = """
import json, sys, time
from pathlib import Path
from pipeline import publishing
from pipeline.errors import PublicationFailed
from pipeline.settings import Settings
from tests.publishing.conftest import RECEIPT
request = json.loads(sys.argv[3])
time.sleep(max(0.0, float(sys.argv[2]) - time.time()))
try:
    publishing.publish(
        Settings(home=Path(sys.argv[1])), **request | {"candidate": Path(request["candidate"]), "receipts": [RECEIPT]}
    )
except PublicationFailed as error:
    sys.exit(error.exit_code)
"""


@pytest.mark.parametrize("rounds", [2, pytest.param(5, marks=pytest.mark.evidence)])
def test_exactly_one_of_two_concurrent_publications_succeeds(publisher: Publisher, rounds: int) -> None:
    """Both start at the same instant, two rounds, or five in the slow tests."""
    publisher.publish()
    for _ in range(rounds):
        requests = [publisher.stage(), publisher.stage()]
        start = str(time.time() + 2.5)
        racing = []
        for request in requests:
            serializable = {name: value for name, value in request.items() if name != "receipts"}
            text = json.dumps(serializable | {"candidate": str(request["candidate"])})
            command = [sys.executable, "-c", PUBLISH_AT, str(publisher.settings.home), start, text]
            racing.append(subprocess.Popen(command, cwd=Path(__file__).parents[2]))
        codes = [process.wait(timeout=120) for process in racing]
        assert sorted(codes) == [0, PublicationFailed.exit_code]
        winner = requests[codes.index(0)]["run_id"]
        assert publishing.current_snapshot(publisher.settings) == winner
        assert publishing.verify(publisher.settings, winner, deep=True) == []


def test_lock_timeout_error_names_the_lock(publisher: Publisher) -> None:
    with locked(publisher.settings, "current"):
        try:
            with locked(publisher.settings, "current", wait_seconds=0.2):
                raise AssertionError("two had the lock")
        except PublicationFailed as error:
            assert ".current.lock" in error.where
    with locked(publisher.settings, "current", wait_seconds=0.2):
        pass
