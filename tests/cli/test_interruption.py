"""Ctrl-C and SIGTERM end a command with 130 and 143, one line and a consistent state, wherever it is."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from psutil import Process

from pipeline import publishing
from pipeline.errors import PublicationFailed
from pipeline.settings import Settings
from tests.cli.conftest import Command
from tests.publishing.conftest import Publisher
from tests.small_world import write_small_world
from tests.without_statistics import remove_statistics

pytestmark = pytest.mark.slow

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


class Night:
    """A nightly run in a process group of its own, whose messages are read as they come."""

    def __init__(self, home: Path, settings: dict[str, str]) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli", "nightly"],
            env={**os.environ, **settings, "NIGHTVIGIL_HOME": str(home), "NIGHTVIGIL_PROFILE": "sample"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.messages: list[str] = []

    def wait_for(self, words: str) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.messages.append(line)
            if words in line:
                return
        raise AssertionError("".join(self.messages))

    def end(self) -> int:
        assert self.process.stderr is not None
        self.messages += self.process.stderr.readlines()
        return self.process.wait(timeout=300)

    def last_run(self) -> dict[str, str]:
        path = max((self.home / "runs").glob("*/run.json"))
        record: dict[str, str] = json.loads(path.read_text())
        return record

    def has_processes(self) -> bool:
        """Whether a process of its group is left after a moment."""
        for _ in range(600):
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return False
            time.sleep(0.1)
        return True


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Night]:
    """Starts a run over one quarter of the invented world, in one home for all tests of this module."""
    folder = tmp_path_factory.mktemp("interrupted")
    write_small_world(folder / "world")
    settings = remove_statistics(folder / "plain")[0]
    inbox = folder / "home" / "inbox" / "faers"
    inbox.mkdir(parents=True)

    def begin() -> Night:
        shutil.copy(folder / "world" / "faers" / "faers_ascii_2024q1.zip", inbox)
        return Night(folder / "home", settings)

    return begin


def interrupt(night: Night, number: signal.Signals, *, is_from_terminal: bool) -> None:
    """Send a signal: a terminal sends Ctrl-C to the whole group, an operator's kill reaches one process."""
    if is_from_terminal:
        os.killpg(night.process.pid, number)
    else:
        night.process.send_signal(number)
    assert night.end() == CODES[number]
    text = "".join(night.messages)
    assert "Traceback" not in text
    assert text.splitlines()[-1].startswith("nightvigil: stopped by ")
    assert not night.has_processes(), "the judge ends with the run"


CASES = [
    (signal.SIGTERM, "clean.faers_case"),
    (signal.SIGINT, "clean.faers_case"),
    (signal.SIGINT, "landing"),
    (signal.SIGTERM, "landing"),
    (signal.SIGINT, "judging"),
    (signal.SIGTERM, "judging"),
    (signal.SIGINT, "publishing"),
]


@pytest.mark.parametrize(
    ("number", "place"),
    [pytest.param(*case, marks=[] if index < 2 else pytest.mark.proof) for index, case in enumerate(CASES)],
)
def test_interrupted_run_ends_with_its_code_and_is_recorded(
    begun: Callable[[], Night], number: signal.Signals, place: str
) -> None:
    night = begun()
    night.wait_for(place)
    interrupt(night, number, is_from_terminal=number == signal.SIGINT)
    if place != "landing":
        assert night.last_run()["outcome"] in ("interrupted", "published")
        assert "stopped by" in night.last_run()["message"] or night.last_run()["outcome"] == "published"
    assert not list(night.home.rglob(".working-*")), "no draft is left"


@pytest.mark.proof
def test_run_after_interruptions_publishes(begun: Callable[[], Night]) -> None:
    interrupted = begun()
    interrupted.wait_for("building")
    interrupt(interrupted, signal.SIGTERM, is_from_terminal=False)
    night = begun()
    code = night.end()
    assert code == 0, "".join(night.messages)
    assert night.last_run()["outcome"] == "published"
    assert (night.home / "published" / "CURRENT").exists()


@pytest.mark.parametrize("number", CODES)
def test_interrupted_query_ends_with_its_code_and_leaves_no_process(
    publisher: Publisher, number: signal.Signals
) -> None:
    publisher.publish()
    endless = "select count(*) from range(10000000) as a, range(10000000) as b"
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", "sql", endless],
        env={**os.environ, "NIGHTVIGIL_HOME": str(publisher.settings.home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 300
    while not Process(process.pid).children():  # the process that asks is begun once signals are listened for
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == CODES[number]
    assert b"Traceback" not in errors and b"stopped by" in errors
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"since": 1}', b"\xff\xfe", b"null"])
def test_hold_that_cannot_be_read_holds(settings: Settings, content: bytes) -> None:
    settings.published.mkdir(parents=True)
    (settings.published / "HOLD").write_bytes(content)
    with pytest.raises(PublicationFailed, match="HOLD"):
        publishing.require_no_hold(settings)
    assert publishing.release(settings) is not None
    assert publishing.read_hold(settings) is None


def test_broken_hold_is_shown_and_released_by_the_commands(publisher: Publisher, nightvigil: Command) -> None:
    """Four commands ended in tracebacks. A person meant to stop publication: it stays stopped."""
    publisher.publish()
    (publisher.settings.published / "HOLD").write_bytes(b"{")
    status = nightvigil("status", "--format", "json")
    assert status.returncode == 0 and "HOLD" in json.loads(status.stdout)["hold"]["reason"]
    held = nightvigil("build")
    assert held.returncode == 5 and b"nightvigil release" in held.stderr and b"Traceback" not in held.stderr
    assert nightvigil("release").returncode == 0


def test_run_after_the_clock_was_set_back_is_the_last_run(publisher: Publisher, nightvigil: Command) -> None:
    from pipeline import runs

    settings = publisher.settings
    runs.begin_phase(settings, "20991231T235959Z-abcdef", "freeze")
    later = runs.new_run_id(settings)
    runs.begin_phase(settings, later, "freeze")
    assert later > "20991231T235959Z-abcdef"
    assert json.loads(nightvigil("status", "--format", "json").stdout)["last_run"]["run_id"] == later
