"""Two publications at once: one wins, the other says so, and no lock is left behind."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline import publishing
from pipeline.errors import PublicationFailed
from pipeline.publishing.current import locked
from tests.publishing.conftest import House

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


@pytest.mark.parametrize("rounds", [2, pytest.param(5, marks=pytest.mark.proof)])
def test_of_two_publications_on_one_parent_exactly_one_wins(house: House, rounds: int) -> None:
    """Both start in the same instant, twice and five times over."""
    house.publish()
    for _ in range(rounds):
        requests = [house.stage(), house.stage()]
        start = str(time.time() + 2.5)
        racing = []
        for request in requests:
            plain = {name: value for name, value in request.items() if name != "receipts"}
            text = json.dumps(plain | {"candidate": str(request["candidate"])})
            command = [sys.executable, "-c", PUBLISH_AT, str(house.settings.home), start, text]
            racing.append(subprocess.Popen(command, cwd=Path(__file__).parents[2]))
        codes = [process.wait(timeout=120) for process in racing]
        assert sorted(codes) == [0, PublicationFailed.exit_code]
        winner = requests[codes.index(0)]["run_id"]
        assert publishing.current_snapshot(house.settings) == winner
        assert publishing.verify(house.settings, winner, deep=True) == []


def test_a_lock_that_is_kept_too_long_is_an_error_that_names_it(house: House) -> None:
    with locked(house.settings, "current"):
        try:
            with locked(house.settings, "current", wait_seconds=0.2):
                raise AssertionError("two had the lock")
        except PublicationFailed as error:
            assert ".current.lock" in error.where
    with locked(house.settings, "current", wait_seconds=0.2):
        pass
