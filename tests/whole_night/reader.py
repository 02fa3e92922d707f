"""One reader of published snapshots: a fresh connection a query, at a steady pace, until the stop file exists.

    python -m tests.whole_night.reader PUBLISHED WAY PER_SECOND STOP_FILE PROGRESS_FILE

WAY is `CURRENT` (what programs follow) or `current` (the link for people). The progress file holds the newest run
number that was read. Prints one JSON object at the end.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

RUN_NUMBERS = """
select
    (select list(distinct run_number) from summary.steady_rows), (select count(*) from summary.steady_rows),
    (select list(distinct run_number) from events.rows), (select count(*) from events.rows)
"""
ROWS = (4_000, 1_000)


def read_once(published: Path, way: str) -> tuple[int, bool]:
    """The number of the live run, and whether every row of both tables belongs to it."""
    folder = published / "current"
    if way == "CURRENT":
        folder = published / "snapshots" / (published / "CURRENT").read_text().strip()
    with duckdb.connect(str(folder / "nightvigil.duckdb"), read_only=True, config={"threads": 1}) as connection:
        summary, summary_rows, events, event_rows = connection.execute(RUN_NUMBERS).fetchall()[0]
    is_whole = summary == events and len(summary) == 1 and (summary_rows, event_rows) == ROWS
    return int(summary[0]), is_whole


def main(published: Path, way: str, per_second: float, stop: Path, progress: Path) -> None:
    """Read at the times of a timetable, so that a slow answer does not lower the pace."""
    found = {"queries": 0, "errors": [], "torn": 0, "backward": 0, "run_numbers": [], "milliseconds": []}
    newest, began = -1, time.monotonic()
    while not stop.exists():
        due = began + found["queries"] / per_second
        time.sleep(max(0.0, due - time.monotonic()))
        started = time.monotonic()
        found["queries"] += 1
        try:
            run_number, is_whole = read_once(published, way)
        except (duckdb.Error, OSError) as error:
            found["errors"].append(f"{type(error).__name__}: {error}")
            continue
        found["milliseconds"].append(round((time.monotonic() - started) * 1000, 1))
        found["torn"] += not is_whole
        found["backward"] += run_number < newest
        newest = max(newest, run_number)
        if run_number not in found["run_numbers"]:
            found["run_numbers"] = sorted([*found["run_numbers"], run_number])
            progress.write_text(str(newest))
    print(json.dumps({**found, "seconds": time.monotonic() - began}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), Path(sys.argv[4]), Path(sys.argv[5]))
