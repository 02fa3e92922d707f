"""Runs a command and measures it as a whole: seconds on the clock, and peak memory of its process tree.

Memory is PSS (proportional set size: a page shared by n processes counts 1/n in each), summed over the tree and
sampled while the command runs, so a peak shorter than the sampling interval can be missed.
"""

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

NIGHTVIGIL = str(Path(sys.executable).with_name("nightvigil"))
INTERVAL = 0.25
LEAST_PAUSE = 20  # times what a sample took: it reads the page tables of every process, which takes long at 6 GB


@dataclass(frozen=True)
class Measured:
    """One finished command: wall seconds, peak PSS in bytes, exit code, what it printed."""

    seconds: float
    peak_pss: int
    exit_code: int
    output: str


def measure(command: list[str], environment: dict[str, str] | None = None) -> Measured:
    """Run a command to its end and measure it."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak = [0]
    sampler = threading.Thread(target=_sample, args=(process, peak), daemon=True)
    sampler.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - started
    sampler.join()
    return Measured(seconds, peak[0], process.returncode, output)


def name_settings(home: Path, **further: str) -> dict[str, str]:
    """The environment of a run in this home: no agency is asked, no pages are made. further: settings by name."""
    chosen = {"HOME": str(home), "FAERS_URL": "", "CLINICALTRIALS_URL": "", "SITE": "false", **further}
    return {f"NIGHTVIGIL_{name}": value for name, value in chosen.items()}


def require(measured: Measured) -> Measured:
    """What was measured, or the end with its output where the command failed."""
    if measured.exit_code != 0:
        sys.exit(measured.output[-3000:])
    return measured


def _sample(process: subprocess.Popen[str], peak: list[int]) -> None:
    while process.poll() is None:
        began = time.perf_counter()
        peak[0] = max(peak[0], tree_pss(process.pid))
        time.sleep(max(INTERVAL, LEAST_PAUSE * (time.perf_counter() - began)))


def tree_pss(pid: int) -> int:
    """PSS in bytes of a process and everything it started."""
    try:
        root = psutil.Process(pid)
        members = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    return sum(_pss(member.pid) for member in members)


def _pss(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0  # it ended between listing and reading
    return 0
