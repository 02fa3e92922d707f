"""The information component of each drug, route and reaction as cases accumulate by quarter of first receipt.

grain  one row per source, drug, route, reaction, definition and quarter, from the first with a case of that drug
       and route
key    source, drug, route, reaction, definition, quarter
not    what was known at the time: cases have the content of today, and quarters hold the cases before them

Universe and margins accumulate alike; `quarter_...` counts are those of the quarter itself. Of a quarter that was
never landed only cases are known that a later delivery brought: `is_landed` and `not_landed_before_count` show where
the history has such gaps. Repeated looks at the cumulative component are not corrected for: this is description, and
`signal_sequential` the test. `not stated` comes last: it adds the cases without a date of receipt,
so where it exists it holds every case. Norén, Hopstadius, Bate 2013 for the component and its gamma interval.
"""

from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa

from pipeline.estimates import null_where_absent, read_table
from pipeline.estimates._information import UNEXPECTED
from pipeline.statistics.disproportionality import two_by_two

CELLS = ("with_both_count", "drug_only_count", "reaction_only_count", "neither_count")
COUNTS = """
    select source, drug, route, reaction, definition, quarter, with_both_count, drug_only_count, reaction_only_count,
        neither_count, universe_count, quarter_with_both_count, quarter_drug_route_case_count,
        quarter_reaction_case_count, quarter_universe_count, is_landed, not_landed_before_count
    from intermediate.signal_quarter_count
    order by source, drug, route, reaction, definition, quarter
"""
MEASURES = ("ic", "ic_lower", "ic_upper")
ALONE = "no case without the drug to compare with"
ROWS_AT_A_TIME = 100_000


def estimate(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Every row of `intermediate.signal_quarter_count` with its component."""
    counts = read_table(connection, COUNTS).combine_chunks()
    yield _measure(counts.slice(0, 0))
    for start in range(0, counts.num_rows, ROWS_AT_A_TIME):
        yield _measure(counts.slice(start, ROWS_AT_A_TIME))


def _measure(counts: pa.Table) -> pa.Table:
    measured = two_by_two(*(counts[name].to_numpy() for name in CELLS))
    is_alone = (counts["reaction_only_count"].to_numpy() + counts["neither_count"].to_numpy()) == 0
    expected = np.where(is_alone, np.nan, measured["expected_count"].to_numpy())
    reason = np.select([is_alone, expected == 0], [ALONE, UNEXPECTED], default="")
    counts = counts.append_column("expected_count", null_where_absent(expected))
    for name in MEASURES:
        column = null_where_absent(np.where(reason == "", measured[name].to_numpy(), np.nan))
        counts = counts.append_column(name, column)
    return counts.append_column("reason", pa.array([text or None for text in reason], pa.string()))
