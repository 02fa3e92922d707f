"""The full history at default settings: synthetic quarters, landed one by one, then one nightly run, measured.

    python -m tests.bench.bench_history FOLDER [--quarters 48] [--cases 527000]

48 quarters of 527,000 cases are 25.3 million versions, the size of FAERS. FOLDER is the home of the run and needs 40
GB; a quarter that is already landed there is not made again, so that a run that was stopped goes on. Prints seconds,
the peak memory of all processes, and how many versions and cases were published; asserts nothing. Hours.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

from tests.bench.measure import NIGHTVIGIL, measure, name_settings, require
from tests.bench.size import print_size

LAST_YEAR, LAST_QUARTER = 2026, 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quarters", type=int, default=48)
    parser.add_argument("--cases", type=int, default=527_000)
    chosen = parser.parse_args()
    environment = name_settings(chosen.folder)
    print(f"{os.cpu_count()} cores; default limits of memory", flush=True)
    for period in list_periods(chosen.quarters):
        land_quarter(chosen.folder, period, chosen.cases, environment)
    run = measure([NIGHTVIGIL, "nightly"], environment)
    print(run.output[-3000:])
    print(f"nightly run: exit {run.exit_code}, {run.seconds:.0f} s, peak of all {run.peak_pss / 1e9:.2f} GB")
    pages = measure([NIGHTVIGIL, "report"], environment)
    print(f"pages: exit {pages.exit_code}, {pages.seconds:.0f} s, peak of all {pages.peak_pss / 1e9:.2f} GB")
    print_size(chosen.folder)


def list_periods(count: int) -> list[str]:
    """The quarters up to the last one, oldest first."""
    last = LAST_YEAR * 4 + LAST_QUARTER - 1
    return [f"{number // 4}Q{number % 4 + 1}" for number in range(last - count + 1, last + 1)]


def land_quarter(folder: Path, period: str, cases: int, environment: dict[str, str]) -> None:
    done = folder / "made" / period
    if done.exists():
        return
    inbox, made = folder / "inbox" / "faers", folder / "made"
    for each in (inbox, made):
        each.mkdir(parents=True, exist_ok=True)
    generator = [sys.executable, "-m", "pipeline.sample.bench_quarter", str(folder / "new")]
    require(measure([*generator, "--cases", str(cases), "--period", period]))
    for archive in (folder / "new").glob("*.zip"):
        shutil.move(archive, inbox / archive.name)
    landed = require(measure([NIGHTVIGIL, "land", "faers"], environment))
    print(f"{period} landed in {landed.seconds:.0f} s, peak {landed.peak_pss / 1e9:.2f} GB", flush=True)
    done.touch()


if __name__ == "__main__":
    main()
