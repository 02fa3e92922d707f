"""What a build of one synthetic quarter takes on Spark, beside DuckDB, and whether all tables are equal.

    python -m tests.bench.bench_spark [--cases 50000 100000 200000] [--master local[2]]

Prints the seconds of each size and a line fitted to them; exits with 1 where a table differs. Spark is configured as
it comes, unlike in the tests of small tables.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np

from pipeline import intake, nightly
from pipeline.settings import Settings
from tests.bench.deliveries import make_quarter, offer
from tests.spark.comparison import compare, hash_layers

PERIOD = "2017Q1"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, nargs="+", default=[50_000, 100_000, 200_000])
    parser.add_argument("--master", default="local[2]")
    chosen = parser.parse_args()
    rows, seconds, differing = [], [], 0
    for cases in chosen.cases:
        with tempfile.TemporaryDirectory(prefix="nightvigil-spark-") as folder:
            settings = Settings(home=Path(folder) / "data")
            offer(settings.home, "faers", [make_quarter(Path(folder) / "quarters", PERIOD, cases)])
            intake.land_all(settings)
            of_duckdb = build(settings)
            of_spark = build(settings.model_copy(update={"engine": "spark", "spark_master": chosen.master}))
            found = compare(of_duckdb[2], of_spark[2])
        differing += len(found.differing)
        rows.append(of_duckdb[1])
        seconds.append(of_spark[0])
        print(
            f"{cases:>9,} cases, {of_duckdb[1]:>11,} drug rows: "
            f"DuckDB {of_duckdb[0]:7.1f} s, Spark {of_spark[0]:7.1f} s; "
            f"{found.table_count} tables, differing: {', '.join(found.differing) or 'none'}",
            flush=True,
        )
    print_fit(rows, seconds)
    return int(differing > 0)


def build(settings: Settings) -> tuple[float, int, dict]:
    """The seconds of one build, the drug rows of its current cases, and the hash of every table."""
    run_id = nightly.start_run(settings)
    began = time.perf_counter()
    candidate = nightly.build(settings, run_id)
    seconds = time.perf_counter() - began
    with duckdb.connect(candidate, read_only=True) as connection:
        ((count,),) = connection.execute("select count(*) from events.exposure").fetchall()
        return seconds, count, hash_layers(connection)


def print_fit(rows: list[int], seconds: list[float]) -> None:
    """A straight line through the sizes, and the largest distance of one from it."""
    if len(rows) < 3:
        return
    slope, fixed = np.polyfit(rows, seconds, 1)
    errors = np.abs(np.polyval([slope, fixed], rows) - seconds)
    print(
        f"Spark: {fixed:.0f} s and {slope * 1e6:.1f} s for each million drug rows; "
        f"off by at most {errors.max():.0f} s ({(errors / seconds).max():.0%}) at these sizes"
    )


if __name__ == "__main__":
    sys.exit(main())
