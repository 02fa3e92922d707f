"""Detection of raised reporting as quarters arrive, with the chance of any false detection held over all looks.

grain  one row per source, drug, route, reaction and quarter of the test
key    source, drug, route, reaction, quarter
not    a signal until a person validates it, and silent about what came before its first quarter or was confounded

Prospective from the start quarter of codes.sequential_plan. Each quarter's new cases, as that quarter's own delivery
reports them, are tested against that quarter's own margins, given its totals; evidence multiplies over quarters. A
decision is a function of the deliveries up to its quarter: later versions, deletions and deliveries leave it as it
is, and a detection stays. The chance that any test of the family ever detects without cause is at most alpha
(`pipeline.statistics.sequential`). A quarter that was never landed was not looked at.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from pipeline.estimates import read_table
from pipeline.estimates._signal_family import read_family
from pipeline.statistics.sequential import accumulate_evidence, conditional_log_ratios

KEY = ("source", "drug", "route", "reaction")
CELLS = ("with_both_count", "drug_only_count", "reaction_only_count", "neither_count")
COUNTS = """
    select source, drug, route, reaction, quarter, with_both_count, drug_only_count, reaction_only_count,
        neither_count, universe_count
    from intermediate.signal_sequential_count
    order by source, drug, route, reaction, quarter
"""
PLAN = "select value from codes.sequential_plan where name = ? order by try_cast(value as double)"
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in (*KEY, "quarter")),
        ("look_number", pa.int64()),
        *((name, pa.int64()) for name in (*CELLS, "universe_count")),
        *((name, pa.float64()) for name in ("expected_count", "log_evidence", "log_evidence_needed")),
        ("is_detected", pa.bool_()),
        ("detected_quarter", pa.string()),
        ("alpha", pa.float64()),
        ("family_size", pa.int64()),
        ("start_quarter", pa.string()),
    ]
)

Row = dict[str, Any]


def estimate(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Every test of the family at each of its quarters; an empty table before the start quarter has arrived."""
    yield SCHEMA.empty_table()
    ((start,),) = connection.execute(PLAN, ["start_quarter"]).fetchall()
    alpha, odds = (
        [float(value) for (value,) in connection.execute(PLAN, [name]).fetchall()] for name in ("alpha", "odds_ratio")
    )
    if len(alpha) != 1 or not 0 < alpha[0] < 1 or not odds:
        raise ValueError(
            "sql/codes/reports/sequential_plan.csv: give one alpha between 0 and 1, and an odds_ratio or more"
        )
    family = read_family(connection)
    size = len(family.drugs) * len(family.routes) * len(family.reactions)
    plan = {"alpha": alpha[0], "family_size": size, "start_quarter": start}
    rows = read_table(connection, COUNTS).to_pylist()
    tested = [
        row for _, looks in groupby(rows, itemgetter(*KEY)) for row in _accumulate(list(looks), np.array(odds), plan)
    ]
    yield pa.Table.from_pylist(tested, schema=SCHEMA)


def _accumulate(looks: list[Row], odds: np.ndarray, plan: Row) -> Iterator[Row]:
    """The rows of one test in the order of time."""
    cells = np.array([[look[name] for name in CELLS] for look in looks])
    both, drug_only, reaction_only, neither = cells.T
    log_evidence = accumulate_evidence(conditional_log_ratios(both, drug_only, reaction_only, neither, odds))
    needed = float(np.log(plan["family_size"] / plan["alpha"]))
    margins = np.array([both + drug_only, reaction_only + neither, both + reaction_only, drug_only + neither])
    has_judged = np.maximum.accumulate(margins.min(axis=0) > 0)
    detected = None
    for place, look in enumerate(looks):
        if detected is None and log_evidence[place] >= needed:
            detected = look["quarter"]
        yield (
            look
            | plan
            | {
                "look_number": place + 1,
                "expected_count": float(
                    (both + drug_only)[place] * (both + reaction_only)[place] / cells[place].sum()
                ),
                "log_evidence": float(log_evidence[place]),
                "log_evidence_needed": needed,
                "is_detected": detected is not None if has_judged[place] else None,
                "detected_quarter": detected,
            }
        )
