"""Effects pooled over trials: the drug by the route against one kind of control, by measure, method and interval.

grain  one row per drug, route, reaction, definition, population, comparator, bound, register, analysis, measure,
       method and interval
key    drug, route, reaction, definition, population, comparator, bound, register, analysis, measure, method, interval
not    a ranking of drugs: trials differ in people, dose and care. Rows do not sum

Trials registered as not randomised are counted and left out. Where one trial is left, its own effect is given with
methods of one effect only: one trial has no random effects. A crossover enters as if its people were different ones,
which widens its interval (Cochrane Handbook 23.2.4) and is counted.

Each population has two headline rows over the same trials: the risk ratio and the risk difference of Mantel and
Haenszel with score intervals (Miettinen and Nurminen 1985), which keep trials without events and need no correction.
Inverse-variance ratios give 0.5 to the cells of trials with an empty one (`correction`), as the Cochrane review did;
the other methods give nothing. An estimate rests on `participants_at_risk` and `comparator_participants_at_risk`;
people of trials that the method cannot use are counted in `left_out_participant_count`. Models of rare counts are
given up to a hundred trials.
"""

from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa

from pipeline.estimates import estimate_parts, make_table
from pipeline.estimates._comparisons import (
    COUNTS,
    KEY,
    TRIAL_COUNTS,
    VIEW,
    Counts,
    Row,
    counts_of,
    is_primary,
    read_cells,
    remembered,
)
from pipeline.estimates._effects import CERTAINTY, Judge, Way, mark_moved_shares, pool_trials
from pipeline.estimates._unchanged import CHANGED, mark_changed, read_unchanged
from pipeline.statistics import choices
from pipeline.statistics.meta_analysis import describe_exact, describe_number_needed

HEADLINES: tuple[Way, ...] = (("rr", "mh", "score"), ("rd", "mh", "score"))
ONE_EFFECT: tuple[Way, ...] = (
    ("rr", "mh", "wald"), ("rr", "mh", "score"), ("rr", "iv", "wald"),
    ("or", "mh", "wald"), ("or", "iv", "wald"), ("or", "peto", "wald"), ("or", "exact", "exact"),
    ("rd", "mh", "wald"), ("rd", "mh", "score"), ("rd", "iv", "wald"),
)  # fmt: skip
RANDOM: tuple[Way, ...] = (
    *(
        (measure, method, interval)
        for measure in ("rr", "or", "rd")
        for method in choices.RANDOM
        for interval in ("wald", "hk", "hk_adhoc")
    ),
    *(("or", method, interval) for method, interval in choices.MODELS.items() if method != "exact"),
)
OF_THE_REVIEW: Way = ("rr", "dl", "wald")
MOST_TRIALS_OF_MODELS = 100  # with more trials the other methods need no model of rare counts, and these take minutes
ESTIMATES = (
    "estimate", "lower", "upper", "confidence_level", "p_value", "standard_error", "tau_squared", "tau_squared_lower",
    "tau_squared_upper", "i_squared", "q", "q_p_value", "prediction_lower", "prediction_upper",
)  # fmt: skip
EXACT = ("lower_one_sided", "p_value_one_sided", "mid_p_value")


def estimate(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Every cell of `events.trial_comparison`, pooled; an empty table where nothing is compared."""
    yield make_table([], COLUMNS)
    yield from _estimate(connection)


def estimate_changed(connection: duckdb.DuckDBPyConnection, earlier: str) -> Iterator[pa.Table]:
    """The same, with the rows of unchanged cells as the live snapshot has them."""
    mark_changed(connection, earlier)
    mark_moved_shares(connection, earlier)
    yield make_table([], COLUMNS)
    yield from read_unchanged(connection, earlier, "summary.trial_effect", COLUMNS)
    yield from _estimate(connection, CHANGED)


def _estimate(connection: duckdb.DuckDBPyConnection, only: str = "true") -> Iterator[pa.Table]:
    parts, judge = read_cells(connection, only=only), Judge(connection)
    yield from estimate_parts(connection, _pool_cells, parts, judge)


def _pool_cells(cells: list[Row], judge: Judge) -> pa.Table:
    return make_table([row for cell in cells for row in _effects(cell, judge)], COLUMNS)


def _effects(cell: Row, judge: Judge) -> Iterator[Row]:
    """The rows of one cell."""
    counts = counts_of(cell)
    described = {name: cell[name] for name in (*KEY, *VIEW, *TRIAL_COUNTS)}
    described["unposted_share"] = judge.find_unposted_share(cell)
    is_main = cell["definition"] == "narrow" and cell["bound"] == "lower" and is_primary(cell)
    ways = _choose_ways(cell)
    for way, certainty in zip(ways, judge.judge(cell, counts, ways), strict=True):
        row = described | _row(counts, way, cell["comparator"]) | certainty
        row["is_headline"] = is_main and way in HEADLINES
        if not cell["trial_count"]:
            row["reason_code"] = "no_randomised_trial"
        yield row


def _choose_ways(cell: Row) -> tuple[Way, ...]:
    """Every way for the primary analysis of all registers; else the headlines, and for sheets the review's own."""
    is_single = cell["trial_count"] < 2
    if is_primary(cell):
        ways = ONE_EFFECT if is_single else ONE_EFFECT + RANDOM
        has_models = cell["trial_count"] <= MOST_TRIALS_OF_MODELS
        return ways if has_models else tuple(way for way in ways if way[1] not in choices.MODELS)
    return HEADLINES if is_single or cell["register"] != "studies" else (*HEADLINES, OF_THE_REVIEW)


@remembered
def _row(counts: Counts, way: Way, comparator: str) -> Row:
    """The result of pooling as columns of the table."""
    pooled = pool_trials(counts, way, comparator)
    needed = None
    if pooled.measure == "rd":
        # a Wald bound may exceed the range of a risk difference
        needed = describe_number_needed(*np.clip((pooled.estimate, pooled.lower, pooled.upper), -1, 1))
    return (
        {name: getattr(pooled, name) for name in (*ESTIMATES, *COUNTS)}
        | _describe_tails(counts, pooled.method)
        | {
            "measure": pooled.measure,
            "method": pooled.method,
            "interval": pooled.interval,
            "correction": pooled.correction,
            "pooled_trial_count": pooled.study_count,
            "double_zero_trial_count": pooled.double_zero_count,
            "not_estimable_trial_count": pooled.not_estimable_count,
            "left_out_participant_count": pooled.left_out_participant_count,
            "df": pooled.df,
            "prediction_form": pooled.prediction_form,
            "number_needed_to_harm_text": needed,
            "reason_code": pooled.reason_code,
            "note_code": pooled.note_code,
        }
    )


def _describe_tails(counts: Counts, method: str) -> Row:
    """What the exact distribution says of more events with the drug; absent beside other methods."""
    if method != "exact" or not counts[0]:
        return dict.fromkeys(EXACT, np.nan)
    exact = describe_exact(*counts)
    return dict(zip(EXACT, (exact.lower_one_sided, exact.p_greater, exact.mid_p), strict=True))


COLUMNS: dict[str, pa.DataType] = {
    **dict.fromkeys((*KEY, *VIEW, "measure", "method", "interval"), pa.string()),
    "correction": pa.float64(),
    "is_headline": pa.bool_(),
    **dict.fromkeys((*TRIAL_COUNTS, "pooled_trial_count", "double_zero_trial_count"), pa.int64()),
    "not_estimable_trial_count": pa.int64(),
    **dict.fromkeys((*COUNTS, "left_out_participant_count"), pa.int64()),
    **dict.fromkeys((*ESTIMATES, *EXACT), pa.float64()),
    "df": pa.int64(),
    "prediction_form": pa.string(),
    "number_needed_to_harm_text": pa.string(),
    "unposted_share": pa.float64(),
    **dict.fromkeys((*CERTAINTY, "reason_code", "note_code"), pa.string()),
}
