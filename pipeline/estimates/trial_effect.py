"""Effects pooled over trials: the drug by the route against one kind of control, by measure, method and interval.

grain  one row per drug, route, reaction, definition, population, comparator, bound, measure, method and interval
key    drug, route, reaction, definition, population, comparator, bound, measure, method, interval
not    a ranking of drugs: trials differ in people, dose and care. Rows do not sum

Trials registered as not randomised are counted and left out. Where one trial is left, its own effect is given
with fixed methods only: one trial has no random effects. A crossover enters as if its people were
different ones, which widens its interval (Cochrane Handbook 23.2.4) and is counted. Inverse-variance ratios give 0.5
to the cells of trials with an empty one (`correction`); Mantel-Haenszel, the headline, and Peto give nothing.
"""

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from pipeline.estimates import null_where_absent
from pipeline.estimates._comparisons import (
    COUNTS,
    REASONS,
    Counts,
    correction_for,
    describe_reason,
    is_alike,
    remembered,
)
from pipeline.statistics.meta_analysis import Pooled, Reason, assess_certainty, describe_number_needed, pool

KEY = ("drug", "route", "reaction", "definition", "population", "comparator")
TRIAL_COUNTS = (
    "trial_count",
    "crossover_trial_count",
    "not_randomised_trial_count",
    "randomisation_not_stated_trial_count",
    "trials_below_threshold_count",
    "trials_hidden_in_composite_count",
)
FIXED = (("mh", "wald"), ("iv", "wald"), ("peto", "wald"))
RANDOM = tuple((method, interval) for method in ("dl", "reml", "pm") for interval in ("wald", "hk", "hk_adhoc"))
HEADLINE = {
    "definition": "narrow", "population": "chronic_pain", "bound": "lower", "measure": "rr", "method": "mh",
    "interval": "wald",
}  # fmt: skip
CERTAINTY = ("certainty", "certainty_reasons", "certainty_basis")
SUGGESTED, REVIEWED = "machine-assisted, not GRADE", "reviewed"
ESTIMATES = (
    "estimate", "lower", "upper", "standard_error", "tau_squared", "tau_squared_lower", "tau_squared_upper",
    "i_squared", "q", "q_p_value", "prediction_lower", "prediction_upper",
)  # fmt: skip
CELLS = f"""
    select {", ".join(KEY)}, bound,
        {", ".join(f"list({name} order by trial_id) filter (is_pooled) as {name}" for name in COUNTS)},
        count(*) filter (is_pooled) as trial_count,
        count(*) filter (is_pooled and is_crossover) as crossover_trial_count,
        count(*) filter (not is_pooled) as not_randomised_trial_count,
        count(*) filter (randomisation = 'not stated') as randomisation_not_stated_trial_count,
        count(*) filter (is_pooled and is_below_threshold) as trials_below_threshold_count,
        count(*) filter (is_pooled and is_hidden_in_composite) as trials_hidden_in_composite_count
    from (select *, randomisation <> 'not randomised' as is_pooled from events.trial_comparison)
    group by {", ".join(KEY)}, bound
    order by {", ".join(KEY)}, bound
"""  # noqa: S608 - our own names
POSTING = "select drug, population, unposted_trial_count / ended_trial_count from intermediate.trial_posting"
REVIEWS = f"select {', '.join(KEY)}, certainty, reasons from codes.certainty_review"  # noqa: S608
CELLS_AT_A_TIME = 2000

Row = dict[str, Any]
Way = tuple[str, str, str]  # measure, method, interval


def estimate(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Every cell of `events.trial_comparison`, pooled; an empty table where nothing is compared."""
    cells = connection.execute(CELLS).to_arrow_table()
    unposted = {row[:2]: row[2] for row in connection.execute(POSTING).fetchall()}
    reviews = {row[:6]: row[6:] for row in connection.execute(REVIEWS).fetchall()}
    yield _table([])
    for start in range(0, cells.num_rows, CELLS_AT_A_TIME):
        part = cells.slice(start, CELLS_AT_A_TIME).to_pylist()
        yield _table([row for cell in part for row in _effects(cell, unposted, reviews)])


def _effects(cell: Row, unposted: dict[Any, float], reviews: dict[Any, Any]) -> Iterator[Row]:
    """The rows of one cell at one bound."""
    counts = tuple(tuple(cell[name] or ()) for name in COUNTS)
    share = unposted.get((cell["drug"], cell["population"]))
    review = reviews.get(tuple(cell[name] for name in KEY))
    is_headline_population = cell["population"] == HEADLINE["population"]
    described = {name: cell[name] for name in (*KEY, "bound", *TRIAL_COUNTS)}
    described |= {name: sum(column) for name, column in zip(COUNTS, counts, strict=True)} | {"unposted_share": share}
    for measure in ("rr", "or", "rd"):
        for method, interval in FIXED if cell["trial_count"] < 2 else FIXED + RANDOM:
            if method == "peto" and measure != "or":
                continue
            way = (measure, method, interval)
            row = described | _row(counts, way)
            if not cell["trial_count"]:
                row["reason_code"], row["reason"] = Reason.NO_RANDOMISED_TRIAL, REASONS[Reason.NO_RANDOMISED_TRIAL]
            row["is_headline"] = all(row[name] == value for name, value in HEADLINE.items())
            if review:  # a reviewer's level in place of the suggested one
                certainty = dict(zip(CERTAINTY, (*review, REVIEWED), strict=True))
            else:
                certainty = _certainty(counts, way, is_headline_population, share)
            yield row | certainty


@remembered
def _pool(counts: Counts, way: Way) -> Pooled:
    """One set of counts pooled in one way."""
    measure, method, interval = way
    correction = correction_for(counts, measure, method)
    return pool(*counts, measure=measure, method=method, interval=interval, correction=correction)


@remembered
def _row(counts: Counts, way: Way) -> Row:
    """The result of pooling as columns of the table."""
    pooled = _pool(counts, way)
    needed = None
    if pooled.measure == "rd":
        # a Wald bound may exceed the range of a risk difference
        needed = describe_number_needed(*np.clip((pooled.estimate, pooled.lower, pooled.upper), -1, 1))
    return {name: getattr(pooled, name) for name in ESTIMATES} | {
        "measure": pooled.measure,
        "method": pooled.method,
        "interval": pooled.interval,
        "correction": pooled.correction,
        "pooled_trial_count": pooled.study_count,
        "double_zero_trial_count": pooled.double_zero_count,
        "not_estimable_trial_count": pooled.not_estimable_count,
        "df": pooled.df,
        "prediction_form": pooled.prediction_form,
        "number_needed_to_harm_text": needed,
        "reason": describe_reason(pooled),
        "reason_code": pooled.reason_code,
        "note_code": pooled.note_code,
    }


@remembered
def _certainty(counts: Counts, way: Way, is_headline_population: bool, unposted_share: float | None) -> Row:
    """The level suggested from the participants of the trials pooled."""
    pooled = _pool(counts, way)
    pooled_trials = [trial for trial in zip(*counts, strict=True) if pooled.measure == "rd" or not is_alike(*trial)]
    suggested = assess_certainty(
        pooled,
        event_count=sum(trial[0] + trial[2] for trial in pooled_trials),
        participant_count=sum(trial[1] + trial[3] for trial in pooled_trials),
        is_headline_population=is_headline_population,
        unposted_share=unposted_share,
    )
    return dict(zip(CERTAINTY, (suggested.level, ", ".join(suggested.reasons), SUGGESTED), strict=True))


COLUMNS: dict[str, pa.DataType] = {
    **dict.fromkeys((*KEY, "bound", "measure", "method", "interval"), pa.string()),
    "correction": pa.float64(),
    "is_headline": pa.bool_(),
    **dict.fromkeys((*TRIAL_COUNTS, "pooled_trial_count", "double_zero_trial_count"), pa.int64()),
    "not_estimable_trial_count": pa.int64(),
    **dict.fromkeys(COUNTS, pa.int64()),
    **dict.fromkeys(ESTIMATES, pa.float64()),
    "df": pa.int64(),
    "prediction_form": pa.string(),
    "number_needed_to_harm_text": pa.string(),
    "unposted_share": pa.float64(),
    **dict.fromkeys((*CERTAINTY, "reason", "reason_code", "note_code"), pa.string()),
}


def _table(rows: list[Row]) -> pa.Table:
    columns = {
        name: null_where_absent([np.nan if row[name] is None else row[name] for row in rows])
        if kind == pa.float64()
        else pa.array([row[name] for row in rows], kind)
        for name, kind in COLUMNS.items()
    }
    return pa.table(columns)
