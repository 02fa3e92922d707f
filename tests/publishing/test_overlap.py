"""Two concurrent publications: one succeeds, the other reports it, and no lock is left behind."""

import errno
import fcntl
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline import publishing
from pipeline.errors import PublicationFailed
from pipeline.landing.store import lock
from pipeline.publishing.current import locked
from tests.publishing.conftest import Publisher

pytestmark = pytest.mark.slow

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
        codes = [process.wait(timeout=600) for process in racing]
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


HOLD = """
import sys, time
from pathlib import Path
from pipeline.landing.store import lock
from pipeline.landing.store import lock
from pipeline.publishing.current import locked
from pipeline.settings import Settings
settings = Settings(home=Path(sys.argv[1]))
with lock(settings.raw / "faers" / ".lock"), locked(settings, "publishing"):
    print("held", flush=True)
    time.sleep(120)
"""


def test_locks_of_a_killed_process_are_released(publisher: Publisher) -> None:
    """While it runs a second process waits; after SIGKILL the lock files remain and can be locked at once."""
    settings = publisher.settings
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(settings.home)], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
    )
    assert holder.stdout and holder.stdout.readline() == b"held\n"
    with pytest.raises(PublicationFailed), locked(settings, "publishing", wait_seconds=0.2):
        pass
    holder.kill()
    holder.wait()
    assert (settings.published / ".publishing.lock").exists()
    with locked(settings, "publishing", wait_seconds=0), lock(settings.raw / "faers" / ".lock"):
        pass


def test_lock_file_that_is_a_link_is_refused(publisher: Publisher, tmp_path: Path) -> None:
    """Whoever may write to the folder must not make a run lock, and so create, a file elsewhere."""
    publisher.settings.published.mkdir(parents=True, exist_ok=True)
    (publisher.settings.published / ".current.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"), locked(publisher.settings, "current", wait_seconds=0.2):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_file_system_without_locks_is_an_error_without_marker_file(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A marker file in place of a lock would outlive a killed process and block every later run."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSYS, "no locks here")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises((OSError, NotImplementedError)), locked(publisher.settings, "current", wait_seconds=0.2):
        pass
    with pytest.raises((OSError, NotImplementedError)), lock(publisher.settings.raw / ".lock"):
        pass
