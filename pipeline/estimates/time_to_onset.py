"""How long after the start of the drug by a route the event of a case is dated, or why it has no date.

grain  one row per source, drug, route, reaction and definition; a drug and route with a case has every row
key    source, drug, route, reaction, definition
not    the delay of one reaction, nor a latency of all who took the drug: a report has one event date, and what came
       late is reported less. Dates have no hours: what happens within minutes stands on day 0

Days from the first start of the suspect drug by that route to the event, where both are known to the day; before 2013
a day 01 may be a completed month and is no day. An event before the start is counted and not used. Read the share on
day 0 first. Quartiles interpolate between ordered days (Hyndman and Fan 1996, type 7). The Weibull distribution takes
day d as a time from d to d + 1 days; it is null below 30 dated cases and where day 0 holds more than a fifth of them.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from pipeline.estimates import make_table, read_table
from pipeline.statistics.arguments import Floats
from pipeline.statistics.weibull import WeibullFit, fit_weibull

KEY = ("source", "drug", "route", "reaction", "definition")
LEAST_DATED = 30
DAY_0_AT_MOST = 5  # a fifth: dated cases for each case on day 0, at least
CHALLENGES = ("positive", "negative", "contradictory", "not_stated")
COUNTS = (
    "dated_case_count", "no_start_date_case_count", "start_not_exact_case_count", "no_event_date_case_count",
    "event_not_exact_case_count", "event_after_receipt_case_count", "event_before_start_case_count",
    "day_0_case_count", "several_starts_case_count",
    *(f"dechallenge_{answer}_case_count" for answer in CHALLENGES),
    *(f"rechallenge_{answer}_case_count" for answer in CHALLENGES),
)  # fmt: skip
CELLS = f"""
    select source, drug, route, reaction, definition, whole.case_count,
        {", ".join(f"coalesce({name}, 0) as {name}" for name in COUNTS)}
    from summary.reported_by_drug_route as whole
    left join intermediate.onset_count as onset using (source, drug, route, reaction, definition)
    order by source, drug, route, reaction, definition
"""  # noqa: S608 - names of our own
DAYS = """
    select source, drug, route, reaction, definition, onset_days, case_count
    from intermediate.onset_day_count
    order by source, drug, route, reaction, definition, onset_days
"""
QUARTILES = {"lower_quartile_days": 0.25, "median_days": 0.5, "upper_quartile_days": 0.75}
COLUMNS = {
    **dict.fromkeys(KEY, pa.string()),
    "case_count": pa.int64(),
    **dict.fromkeys(COUNTS[:7], pa.int64()),
    "dated_share": pa.float64(),
    "day_0_case_count": pa.int64(),
    "day_0_share": pa.float64(),
    "several_starts_case_count": pa.int64(),
    **dict.fromkeys(QUARTILES, pa.float64()),
    **{f"weibull_{name}": pa.float64() for name in WeibullFit._fields},
    "reason_code": pa.string(),
    **dict.fromkeys(COUNTS[9:], pa.int64()),
}

Row = dict[str, Any]


def estimate(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Every cell of `summary.reported_by_drug_route` with its days; an empty table where there is none."""
    days = {
        key: np.array([row[-2:] for row in rows], dtype=np.float64)
        for key, rows in groupby(_list_rows(connection, DAYS), itemgetter(*range(len(KEY))))
    }
    names = (*KEY, "case_count", *COUNTS)
    cells = [dict(zip(names, row, strict=True)) for row in _list_rows(connection, CELLS)]
    yield make_table([_describe(cell, days.get(tuple(cell[name] for name in KEY))) for cell in cells], COLUMNS)


def _list_rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    table = read_table(connection, query)
    return list(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))


def _describe(cell: Row, days: Floats | None) -> Row:
    """One published row: the counts of a cell, and what its days (a column of days, a column of cases) say."""
    dated, at_once = cell["dated_case_count"], cell["day_0_case_count"]
    row = cell | dict.fromkeys((*QUARTILES, *(f"weibull_{name}" for name in WeibullFit._fields)))
    row["dated_share"] = dated / cell["case_count"] if cell["case_count"] else None
    row["day_0_share"] = at_once / dated if dated else None
    row["reason_code"] = _find_reason(dated, at_once)
    if days is None:
        return row
    onset, counts = days.T
    row |= {name: find_quantile(onset, counts, share) for name, share in QUARTILES.items()}
    if row["reason_code"] is None:
        fit = fit_weibull(onset, onset + 1, counts)
        if fit is None:
            row["reason_code"] = "no_spread"
        else:
            row |= {f"weibull_{name}": value for name, value in fit._asdict().items()}
    return row


def _find_reason(dated: int, at_once: int) -> str | None:
    if dated < LEAST_DATED:
        return "too_few_dated"
    return "day_0_over_a_fifth" if at_once * DAY_0_AT_MOST > dated else None


def find_quantile(values: Floats, counts: Floats, share: float) -> float:
    """The quantile of type 7 of ordered values, each standing for its count of equal ones."""
    last = np.cumsum(counts) - 1  # the place, from 0, of the last of each value in the ordered list
    place = share * last[-1]
    below, above = (values[np.searchsorted(last, at, side="left")] for at in (np.floor(place), np.ceil(place)))
    return float(below + (above - below) * (place - np.floor(place)))
