"""A nightly run as a separate process, observed from outside: its phase and its end."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

PHASES = ("land", "type", "build", "judge", "publish", "notify")
PHASE_BY_MESSAGE = {"building": "build", "judging": "judge", "publishing": "publish"}


@dataclass
class NightlyRun:
    """One `nightvigil nightly` in a separate process group. Its phase follows from its messages and its files:

    land: it reported landing a delivery that has no receipt yet; type: the receipt exists;
    build, judge, publish: it reported so; notify: CURRENT has moved.
    """

    home: Path
    began: dict[str, float] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    def start(self) -> "NightlyRun":
        self.before = self._current()
        self.receipts_before = self._receipts()
        self.began_at = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli", "nightly"],
            env={**os.environ, "NIGHTVIGIL_HOME": str(self.home), "NIGHTVIGIL_PROFILE": "sample"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()
        return self

    def phase(self) -> str:
        """The phase as it can be seen from outside, now."""
        if self._current() != self.before:
            return "notify"
        spoken = [PHASE_BY_MESSAGE[line] for line in list(self.messages) if line in PHASE_BY_MESSAGE]
        if spoken:
            return spoken[-1]
        offered = self.offered()
        if offered == 0:
            return "start"
        return "type" if self._receipts() - self.receipts_before >= offered else "land"

    def offered(self) -> int:
        """How many deliveries it has begun to land."""
        return sum(line.startswith("landing ") for line in list(self.messages))

    def wait_for(self, phase: str, delivery: int = 0) -> bool:
        """Watch until a phase (of the given delivery, from 1) is reached; False when the run ended before."""
        while self.process.poll() is None:
            now = self.phase()
            self.began.setdefault(now, time.monotonic() - self.began_at)
            if now == phase and self.offered() >= delivery:
                return True
            time.sleep(0.003)
        return False

    def kill(self) -> str | None:
        """SIGKILL the whole group; return the phase it was in, or None where it had already ended by itself."""
        if self.process.poll() is not None:
            return None
        os.killpg(self.process.pid, signal.SIGKILL)
        phase = self.phase()
        code = self.process.wait(timeout=300)
        self.listener.join(timeout=300)
        return phase if code == -signal.SIGKILL else None

    def finish(self, timeout: float = 900) -> int:
        """Observe the run to its end; return its exit code."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "the run did not end"
            self.began.setdefault(self.phase(), time.monotonic() - self.began_at)
            time.sleep(0.01)
        self.began["end"] = time.monotonic() - self.began_at
        self.listener.join(timeout=300)
        return self.process.returncode

    def seconds_of(self, phase: str) -> float:
        """How long a phase lasted in a run that was observed to its end."""
        later = [moment for moment in self.began.values() if moment > self.began[phase]]
        return min(later, default=self.began[phase]) - self.began[phase]

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            # Progress is "<seconds> s  <what>"; anything else is kept as it is.
            _, _, what = line.rstrip("\n").partition(" s  ")
            self.messages.append(what or line.rstrip("\n"))

    def _current(self) -> str | None:
        path = self.home / "published" / "CURRENT"
        return path.read_text().strip() if path.exists() else None

    def _receipts(self) -> int:
        return len(list((self.home / "raw").glob("*/[!.]*/receipt.json")))


def published_tables(home: Path) -> dict[str, str]:
    """sha256 of each canonical table of the live snapshot."""
    live = (home / "published" / "CURRENT").read_text().strip()
    manifest = json.loads((home / "published" / "snapshots" / live / "manifest.json").read_text())
    return {name: file["sha256"] for name, file in manifest["files"].items() if name.startswith("tables/")}


def received_contents(home: Path) -> list[tuple[str, str]]:
    """Source and content of every receipt."""
    receipts = [json.loads(path.read_text()) for path in (home / "raw").glob("*/[!.]*/receipt.json")]
    return sorted((receipt["source"], receipt["content_sha256"]) for receipt in receipts)
