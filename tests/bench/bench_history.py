"""The full history at default settings: a first night, its pages, and the kinds of night that follow, measured.

    python -m tests.bench.bench_history FOLDER [--quarters 48] [--cases 527000] [--trials 2000]

48 synthetic quarters of 527,000 cases are 25.3 million versions, the size of FAERS. A night of five new trials, one
with a new quarter and one with nothing new follow the first. FOLDER is the home of the runs and needs 60 GB; a
quarter that is already landed there is not made again, so that a run that was stopped before its first night goes
on. Prints seconds, the peak memory of all processes, the seconds of each phase and the targets; asserts nothing.
"""

import argparse
import json
import os
import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.bench.deliveries import make_quarter, offer
from tests.bench.measure import NIGHTVIGIL, Measured, measure, name_settings, require
from tests.bench.registry_pages import PAGE_SIZE, invent_study, write_pages
from tests.bench.size import print_size
from tests.sql.trials.study_records import Study, add_flow

LAST_YEAR, LAST_QUARTER = 2026, 2
NEXT_QUARTER = "2026Q3"
NEW_TRIALS = 5
PHASES = ("build", "judge", "publish")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quarters", type=int, default=48)
    parser.add_argument("--cases", type=int, default=527_000)
    parser.add_argument("--trials", type=int, default=2000, help="watched, in hundreds; a third have results")
    chosen = parser.parse_args()
    home, environment = chosen.folder, name_settings(chosen.folder)
    print(f"{os.cpu_count()} cores; default limits of memory", flush=True)
    archives = [land_quarter(home, period, chosen.cases, environment) for period in list_periods(chosen.quarters)]
    pages = write_trials(home / "pages", chosen.trials // PAGE_SIZE * PAGE_SIZE + NEW_TRIALS)
    floor = measure([sys.executable, "-m", "tests.bench.floor", *map(str, archives)])
    line("floor: unzip and read to Parquet, all quarters", floor)

    offer(home, "clinicaltrials", pages[:-1])
    run_night(home, environment, "first night (at most 20 minutes and 8 GB wanted)")
    print_size(home)
    line("its pages (at most 60 s wanted)", measure([NIGHTVIGIL, "report"], environment))
    run_night(home, environment, "nothing new (under 3 s wanted)")
    offer(home, "clinicaltrials", pages[-1:])
    run_night(home, environment, "night with new trials only (at most 3 minutes wanted)")
    offer(home, "faers", [make_quarter(home / "new", NEXT_QUARTER, chosen.cases)])
    run_night(home, environment, "night that adds one quarter (at most 6 minutes wanted)")
    print_size(home)


def list_periods(count: int) -> list[str]:
    """The quarters up to the last one, oldest first."""
    last = LAST_YEAR * 4 + LAST_QUARTER - 1
    return [f"{number // 4}Q{number % 4 + 1}" for number in range(last - count + 1, last + 1)]


def land_quarter(home: Path, period: str, cases: int, environment: dict[str, str]) -> Path:
    """Land a synthetic quarter, unless it was; return its zip, which is kept for the floor."""
    archive = home / "quarters" / f"faers_ascii_{period.lower()}.zip"
    if archive.exists():
        return archive
    made = make_quarter(home / "new", period, cases)
    offer(home, "faers", [made])
    landed = require(measure([NIGHTVIGIL, "land", "faers"], environment))
    print(f"{period} landed in {landed.seconds:.0f} s, peak {landed.peak_pss / 1e9:.2f} GB", flush=True)
    archive.parent.mkdir(exist_ok=True)
    return made.rename(archive)


def write_trials(folder: Path, count: int) -> list[Path]:
    """Pages of invented trials of the watched drugs."""
    shutil.rmtree(folder, ignore_errors=True)
    write_pages(folder, count, invent_registered)
    return sorted(folder.glob("*.json"))


def invent_registered(number: int) -> Study:
    """A trial with the flow of its participants; two of three have not posted results."""
    study = invent_study(number)
    if number % 3:
        study["hasResults"] = False
        del study["resultsSection"]
        return study
    groups = study["resultsSection"]["adverseEventsModule"]["eventGroups"]
    flow = {"STARTED": [group["otherNumAtRisk"] for group in groups]}
    return add_flow(study, flow, titles=[group["title"] for group in groups])


def run_night(home: Path, environment: dict[str, str], name: str) -> None:
    """Run a night; print what it cost, and what each phase did."""
    night = measure([NIGHTVIGIL, "nightly"], environment)
    line(name, night)
    if night.exit_code not in (0, 6):  # 6: nothing new
        print(night.output[-3000:])
        return
    if night.exit_code == 0:
        record = json.loads((max((home / "runs").iterdir()) / "run.json").read_text())
        print("    " + ", ".join(describe_phase(name, record["phases"][name]) for name in PHASES), flush=True)


def describe_phase(name: str, phase: dict[str, Any]) -> str:
    """Its seconds, and how much it took over from the snapshot before."""
    began, ended = (datetime.fromisoformat(phase[each]) for each in ("began_at", "ended_at"))
    taken = {"tables": phase.get("taken_over"), "rules": phase.get("carried")}
    over = "".join(f" ({count} {what} taken over)" for what, count in taken.items() if count)
    return f"{name} {(ended - began).total_seconds():.0f} s{over}"


def line(name: str, measured: Measured) -> None:
    print(
        f"{name:60}{measured.seconds:8.0f} s {measured.peak_pss / 1e9:8.2f} GB peak  exit {measured.exit_code}",
        flush=True,
    )


if __name__ == "__main__":
    main()
