"""Deliveries for measuring: synthetic quarters, and files put into the inbox of a home."""

import shutil
import sys
from pathlib import Path

from tests.bench.measure import measure, require


def make_quarter(folder: Path, period: str, cases: int) -> Path:
    """Write the zip of a synthetic quarter into a folder."""
    generator = [sys.executable, "-m", "pipeline.sample.bench_quarter", str(folder)]
    require(measure([*generator, "--cases", str(cases), "--period", period]))
    return next(folder.glob(f"*{period.lower()}.zip"))


def offer(home: Path, source: str, files: list[Path]) -> None:
    """Copy deliveries into the inbox of a source."""
    inbox = home / "inbox" / source
    inbox.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, inbox)
