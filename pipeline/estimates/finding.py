"""What trials show, in one row and one sentence: a summary of findings, after GRADE.

grain  one row per drug, route, reaction, population, comparator, bound and register
key    drug, route, reaction, population, comparator, bound, register
not    a ranking, nor a rate in practice: trials ask other people and for a short time. Rows do not sum. Narrow terms

Risk ratio and difference per 1,000 are the headline rows of `summary.trial_effect` (Mantel and Haenszel, score
intervals), over the same trials. The difference per 1,000 is the pooled risk difference times 1,000. An illustration
is the difference that the risk ratio would make at a stated risk of the comparator (Cochrane Handbook 14.1.5.3): all
trials together, and from three trials on the lowest and the highest of them. The optimal information size (Pogue and
Yusuf, Control Clin Trials 1997;18:580) is the number of people a trial would need to show the risk ratio found, and
the share is what all trials together reach of it: it is no probability of knowing.
"""

from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa

from pipeline.estimates import estimate_parts, make_table
from pipeline.estimates._comparisons import COUNTS, KEY, TRIAL_COUNTS, Counts, Row, counts_of, read_cells, remembered
from pipeline.estimates._effects import CERTAINTY, Judge, mark_moved_shares, pool_trials
from pipeline.estimates._sentences import Phrases, write_sentence
from pipeline.estimates._unchanged import CELL, CHANGED, mark_changed, read_unchanged
from pipeline.estimates.trial_effect import HEADLINES
from pipeline.statistics.meta_analysis import (
    Pooled,
    assess_harbord,
    assess_peters,
    compute_information_share,
    compute_information_size,
)

FINDING_KEY = (*(name for name in KEY if name != "definition"), "bound", "register")
WHERE = "definition = 'narrow' and analysis = 'primary'"
PHRASES = "select vocabulary, value, phrase from codes.sentence_word"
LEVELS = ("very low", "low", "moderate", "high")
RATIO, DIFFERENCE = HEADLINES
RANDOM = ("rr", "reml", "hk_adhoc")
ENDS = ("", "_lower", "_upper")
PLACES = ("baseline", "low_baseline", "high_baseline")
FEWEST_TRIALS_FOR_RANGE = 3
ROUNDING = 1e-12
"""By which a risk of exactly 1 may come out greater: whether it is possible must not hang on the last digit."""


def estimate(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """The findings of every cell of narrow terms; an empty table where nothing is compared."""
    yield make_table([], COLUMNS)
    yield from _estimate(connection)


def estimate_changed(connection: duckdb.DuckDBPyConnection, earlier: str) -> Iterator[pa.Table]:
    """The same, with the rows of unchanged cells as the live snapshot has them."""
    mark_changed(connection, earlier)
    mark_moved_shares(connection, earlier)
    yield make_table([], COLUMNS)
    key = tuple(name for name in CELL if name != "definition")
    narrow = "from changed_cell where definition = 'narrow'"
    yield from read_unchanged(connection, earlier, "summary.finding", COLUMNS, key=key, changed=narrow)
    yield from _estimate(connection, CHANGED)


def _estimate(connection: duckdb.DuckDBPyConnection, only: str = "true") -> Iterator[pa.Table]:
    judge = Judge(connection)
    phrases: Phrases = {row[:2]: row[2] for row in connection.execute(PHRASES).fetchall()}
    parts = read_cells(connection, WHERE, only)
    yield from estimate_parts(connection, _find_cells, parts, judge, phrases)


def _find_cells(cells: list[Row], judge: Judge, phrases: Phrases) -> pa.Table:
    return make_table([_find(cell, judge, phrases) for cell in cells], COLUMNS)


def _find(cell: Row, judge: Judge, phrases: Phrases) -> Row:
    counts = counts_of(cell)
    row = {name: cell[name] for name in (*FINDING_KEY, *TRIAL_COUNTS)} | _summarise(counts, cell["comparator"])
    ratio, difference = judge.judge(cell, counts, HEADLINES)
    is_ratio_known = row["risk_ratio"] is not None
    # the less certain of the two headlines, since the sentence states both trials and difference
    row |= min((ratio, difference), key=lambda one: LEVELS.index(one["certainty"])) if is_ratio_known else difference
    if not cell["trial_count"]:
        row["reason_code"] = "no_randomised_trial"
    return row | {"sentence_text": write_sentence(row, phrases)}


@remembered
def _summarise(counts: Counts, comparator: str) -> Row:
    """Every number of the row that follows from the counts alone."""
    ratio, difference = (pool_trials(counts, way, comparator) for way in HEADLINES)
    row: Row = {name: sum(column) for name, column in zip(COUNTS, counts, strict=True)}
    row |= _name_ends("risk_ratio", ratio)
    row |= {
        f"difference_per_1000{end}": _scale(value, 1000)
        for end, value in zip(ENDS, (difference.estimate, difference.lower, difference.upper), strict=True)
    }
    row |= _name_ends("random_effects_risk_ratio", _pool_at_random(counts, comparator))
    row |= _illustrate(counts, ratio)
    size = compute_information_size(
        _risk(row["comparator_participants_affected"], row["comparator_participants_at_risk"]),
        ratio.estimate,
        i_squared=ratio.i_squared,
    )
    people = row["participants_at_risk"] + row["comparator_participants_at_risk"]
    return row | {
        "optimal_information_size": None if np.isnan(size) else int(size),
        "information_share": _scale(compute_information_share(people, size)),
        "peters_p_value": _scale(assess_peters(*counts).p_value) if counts[0] else None,
        "harbord_p_value": _scale(assess_harbord(*counts).p_value) if counts[0] else None,
        "reason_code": ratio.reason_code,
        "note_code": ratio.note_code,
    }


def _pool_at_random(counts: Counts, comparator: str) -> Pooled | None:
    """The random-effects risk ratio where trials differ by more than chance (tau-squared above 0), else None."""
    if len(counts[0]) < 2:
        return None
    pooled = pool_trials(counts, RANDOM, comparator)
    return pooled if pooled.tau_squared > 0 else None


def _illustrate(counts: Counts, ratio: Pooled) -> Row:
    """The risk of the comparator per 1,000, and the difference that the risk ratio would make there."""
    risks = [_risk(affected, at_risk) for affected, at_risk in zip(*counts[2:], strict=True)]
    baselines = [_risk(sum(counts[2]), sum(counts[3])), np.nan, np.nan]
    if len(risks) >= FEWEST_TRIALS_FOR_RANGE:
        baselines[1:] = min(risks), max(risks)
    row: Row = {}
    for place, baseline in zip(PLACES, baselines, strict=True):
        row[f"{place}_per_1000"] = _scale(baseline, 1000)
        for end, value in zip(ENDS, (ratio.estimate, ratio.lower, ratio.upper), strict=True):
            is_possible = baseline > 0 and value * baseline <= 1 + ROUNDING
            more = baseline * (value - 1) * 1000 if is_possible else np.nan
            row[f"{place}_illustration_per_1000{end}"] = _scale(more)
    return row


def _name_ends(name: str, pooled: Pooled | None) -> Row:
    values = (pooled.estimate, pooled.lower, pooled.upper) if pooled else (np.nan,) * len(ENDS)
    return {f"{name}{end}": _scale(value) for end, value in zip(ENDS, values, strict=True)}


def _risk(affected: int, at_risk: int) -> float:
    return affected / at_risk if at_risk else np.nan


def _scale(value: float, by: float = 1.0) -> float | None:
    return None if np.isnan(value) else value * by


RATIOS = tuple(f"{name}{end}" for name in ("risk_ratio", "random_effects_risk_ratio") for end in ENDS)
DIFFERENCES = tuple(f"difference_per_1000{end}" for end in ENDS)
ILLUSTRATIONS = tuple(
    name
    for place in PLACES
    for name in (f"{place}_per_1000", *(f"{place}_illustration_per_1000{end}" for end in ENDS))
)
COLUMNS: dict[str, pa.DataType] = {
    **dict.fromkeys(FINDING_KEY, pa.string()),
    "sentence_text": pa.string(),
    **dict.fromkeys((*TRIAL_COUNTS, *COUNTS), pa.int64()),
    **dict.fromkeys((*DIFFERENCES, *RATIOS, *ILLUSTRATIONS), pa.float64()),
    **dict.fromkeys(CERTAINTY, pa.string()),
    "optimal_information_size": pa.int64(),
    "information_share": pa.float64(),
    "peters_p_value": pa.float64(),
    "harbord_p_value": pa.float64(),
    "reason_code": pa.string(),
    "note_code": pa.string(),
}
