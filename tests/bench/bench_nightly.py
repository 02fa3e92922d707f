"""The cost of a nightly run, as ratios to the floor of reading the same bytes once. Prints figures; asserts nothing.

    python -m tests.bench.bench_nightly [--cases 200000] [--trials 600]

The run is that of the command line, from zips in the inbox to a published snapshot. The same run on a world of one
case (imports, expectations, an empty build) is subtracted. The cost of the statistics is the run of four quarters
minus the same run without their tables and suites (`tests/without_statistics.py`), each minus its own run of one
case. Runs make no pages; what pages cost is a line of its own. Absolute seconds vary with the machine; compare the
ratios.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.bench.deliveries import make_quarter, offer
from tests.bench.measure import NIGHTVIGIL, Measured, measure, name_settings
from tests.bench.registry_pages import write_pages
from tests.bench.size import print_size
from tests.without_statistics import remove_statistics

PERIODS = ("2017Q1", "2017Q2", "2017Q3", "2017Q4", "2018Q2")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--trials", type=int, default=600)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nightvigil-bench-") as folder:
        empty, without_empty = run(Path(folder), chosen.cases)
    with tempfile.TemporaryDirectory(prefix="nightvigil-bench-") as folder:
        run_trials(Path(folder), chosen.trials, empty, without_empty)
    print(measure([sys.executable, "-m", "tests.statistics.bench_ebgm"]).output, end="")


def run(folder: Path, cases: int) -> tuple[Measured, Measured]:
    """Print the figures of reports; return the runs of one case, with and without the statistics."""
    archives = [make_quarter(folder / "quarters", period, cases) for period in PERIODS]
    single = make_quarter(folder / "single", PERIODS[0], 1)
    floor_one, floor_four = floor(archives[:1]), floor(archives[:4])
    empty = nightly(folder / "empty", [single])
    one = nightly(folder / "one", archives[:1])
    four = nightly(folder / "four", archives[:4])
    without_settings, removed = remove_statistics(folder / "without")
    without_empty = nightly(folder / "without_empty", [single], without_settings)
    without = nightly(folder / "without_four", archives[:4], without_settings)
    shutil.rmtree(folder / "without_four")
    again = measure(command(), home(folder / "four"))
    pages = measure([command()[0], "report", "--to", str(folder / "pages")], home(folder / "four"))
    print_size(folder / "four")
    forget_old_bytes(folder / "four")
    added = nightly(folder / "four", archives[4:])
    write_pages(folder / "trials", 1)
    trial = nightly(folder / "four", sorted((folder / "trials").glob("*.json")), source="clinicaltrials")

    print(f"synthetic quarters of {cases} cases, {archives[0].stat().st_size / 1e6:.0f} MB zipped each")
    line("nightvigil --help", measure([command()[0], "--help"]))
    line("floor, one quarter", floor_one)
    line("floor, four quarters", floor_four)
    line("run, one case", empty)
    line("run, one quarter", one, (one.seconds - empty.seconds) / floor_one.seconds)
    line("run, four quarters", four, (four.seconds - empty.seconds) / floor_four.seconds)
    line("the same four without statistics", without, (without.seconds - without_empty.seconds) / floor_four.seconds)
    line("pages of the four", pages)
    line("second run, nothing new", again)
    line("run that adds a quarter to four", added, (added.seconds - empty.seconds) / floor_one.seconds)
    line("run that adds one trial to five quarters", trial, (trial.seconds - empty.seconds) / floor_one.seconds)
    print(f"{'four quarters to one (linear is 4.0)':42}{ratio(four, one, empty):8.1f}")
    added_by_statistics = (four.seconds - empty.seconds) - (without.seconds - without_empty.seconds)
    print(f"{'statistics add to four quarters':42}{added_by_statistics:8.1f} s, {len(removed)} tables", end="")
    print(f"   {added_by_statistics / floor_four.seconds:5.1f} times the floor (at most 3 wanted)")
    print("old deliveries' bytes and raw Parquet were removed before the last two runs: they read none of them")
    return empty, without_empty


def run_trials(folder: Path, count: int, empty: Measured, without_empty: Measured) -> None:
    """A registry of trials with results: the run, and what effects and findings add to it."""
    write_pages(folder / "pages", count)
    pages = sorted((folder / "pages").glob("*.json"))
    floor_trials = floor(pages)
    whole = nightly(folder / "whole", pages, source="clinicaltrials")
    settings, _ = remove_statistics(folder / "without")
    without = nightly(folder / "without_whole", pages, settings, source="clinicaltrials")
    line(f"floor, {count} trials", floor_trials)
    line(f"run, {count} trials", whole, (whole.seconds - empty.seconds) / floor_trials.seconds)
    added = (whole.seconds - empty.seconds) - (without.seconds - without_empty.seconds)
    print(f"{'statistics add to the trials':42}{added:8.1f} s   {added / floor_trials.seconds:5.1f} times the floor")


def ratio(four: Measured, one: Measured, empty: Measured) -> float:
    return (four.seconds - empty.seconds) / (one.seconds - empty.seconds)


def line(name: str, measured: Measured, times_floor: float | None = None) -> None:
    text = f"{name:42}{measured.seconds:8.1f} s {measured.peak_pss / 1e6:8.0f} MB peak  exit {measured.exit_code}"
    print(text if times_floor is None else f"{text}   {times_floor:5.1f} times the floor", flush=True)


def floor(archives: list[Path]) -> Measured:
    return measure([sys.executable, "-m", "tests.bench.floor", *map(str, archives)])


def nightly(
    folder: Path, archives: list[Path], settings: dict[str, str] | None = None, *, source: str = "faers"
) -> Measured:
    offer(folder, source, archives)
    measured = measure(command(), {**home(folder), **(settings or {})})
    if measured.exit_code != 0:
        print(measured.output[-3000:])
    return measured


def command() -> list[str]:
    return [NIGHTVIGIL, "nightly"]


def home(folder: Path) -> dict[str, str]:
    """Settings of a run; the limits of memory are pinned, so that peaks of two machines can be compared."""
    limits = dict.fromkeys(("MEMORY_LIMIT", "LANDING_MEMORY_LIMIT", "JUDGE_MEMORY_LIMIT"), "600MB")
    return name_settings(folder, **limits)


def forget_old_bytes(folder: Path) -> None:
    """Remove the landed bytes and their raw Parquet; only receipts are kept."""
    shutil.rmtree(folder / "landing")
    for path in (folder / "raw").rglob("*.parquet"):
        path.unlink()


if __name__ == "__main__":
    main()
