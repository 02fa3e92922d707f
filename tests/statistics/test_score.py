"""Score intervals compared with figures in print and with other software, and at the ends of the range."""

from functools import partial

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import xlog1py, xlogy

from pipeline.statistics.meta_analysis import newcombe_interval, pool
from pipeline.statistics.score import score_difference
from pipeline.statistics.trial_tables import read_trials
from tests.statistics.test_pooling import ONE_SIDED, SETS, read

# Newcombe, Stat Med 1998;17:873, table II: Miettinen-Nurminen (method 6), and the hybrid of Wilson intervals (10)
NEWCOMBE_1998 = [
    ((56, 70, 48, 80), (0.0528, 0.3382), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1700, 0.8406), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0342, 0.8534), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0326, 0.1933), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1658, 0.2844), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2879, 0.2879), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.7156, 1.0000), (0.6791, 1.0000)),
]


@pytest.mark.parametrize(("arms", "score", "hybrid"), NEWCOMBE_1998)
def test_intervals_of_a_single_table_are_those_in_print(arms, score, hybrid) -> None:
    ours = pool(*arms, measure="rd", interval="score")
    assert [round(ours.lower, 4), round(ours.upper, 4)] == list(score)
    assert [round(end, 4) for end in newcombe_interval(*arms)[1:]] == list(hybrid)


def test_stratified_intervals_agree_with_other_software() -> None:
    """R's lrstat (its own tests) and cicalc (its documentation), both with Mantel-Haenszel weights."""
    arms = [4, 3], [10, 10], [2, 0], [20, 10]
    difference, ratio = (pool(*arms, measure=measure, interval="score") for measure in ("rd", "rr"))
    assert [difference.estimate, difference.lower, difference.upper] == pytest.approx(
        [0.3, 0.082536, 0.53206], abs=5e-6
    )
    assert [ratio.estimate, ratio.lower, ratio.upper] == pytest.approx([6.25, 1.475588, 27.6909], abs=5e-5)
    assert ratio.p_value == pytest.approx(difference.p_value, rel=1e-9)
    assert ratio.p_value == pytest.approx(0.0086034, abs=1e-6)  # z 2.627423
    cicalc = pool([7, 5], [10, 10], [5, 4], [10, 10], measure="rd", interval="score")
    assert [round(end, 4) for end in (cicalc.estimate, cicalc.lower, cicalc.upper)] == [0.15, -0.1606, 0.4338]


@pytest.mark.parametrize("name", SETS)
def test_p_value_is_that_of_the_cochran_mantel_haenszel_test(shared, name) -> None:
    """R's mantelhaen.test without a correction, on the trials that carry information."""
    reference, arms, _ = read(shared, name)
    theirs = reference["mantelhaen_test"]["p"]
    for measure in ("rr", "rd"):
        assert pool(*arms, measure=measure, interval="score").p_value == pytest.approx(theirs, rel=1e-6)


def test_one_sided_events_have_a_lower_bound_of_the_ratio_and_an_interval_of_the_difference() -> None:
    """Six trials, 6 of 219 against nobody (domain notes, findings 1 and 2)."""
    ratio, difference = (pool(*ONE_SIDED, measure=measure, interval="score") for measure in ("rr", "rd"))
    assert np.isnan([ratio.estimate, ratio.upper, ratio.log_estimate]).all() and 1 < ratio.lower < 2
    assert (ratio.reason_code, ratio.note_code) == ("no_comparator_event", "infinite")
    assert difference.estimate == pytest.approx(6 / 219)
    assert 0 < difference.lower < difference.estimate < difference.upper == pytest.approx(0.0588, abs=5e-5)
    assert difference.reason_code is None and difference.participants_at_risk == 219
    collapsed = pool(6, 219, 0, 219, measure="rd", interval="score")  # as one table: 10 to 59 per 1,000
    assert [round(1000 * end) for end in (collapsed.lower, collapsed.upper)] == [10, 59]
    assert [round(1000 * end) for end in newcombe_interval(6, 219, 0, 219)] == [27, 5, 58]
    mirrored = pool(*ONE_SIDED[2:], *ONE_SIDED[:2], interval="score")
    assert np.isnan([mirrored.estimate, mirrored.lower]).all() and mirrored.upper == pytest.approx(1 / ratio.lower)
    assert (mirrored.reason_code, mirrored.note_code) == ("no_drug_event", "zero")


def test_no_event_anywhere_has_an_interval_of_the_difference_and_no_ratio() -> None:
    none = pool([0, 0], [34, 50], [0, 0], [34, 40], measure="rd", interval="score")
    assert none.lower < none.estimate == 0 < none.upper and none.p_value == 1
    assert [round(end, 4) for end in newcombe_interval(0, 34, 0, 34)] == [0, -0.1015, 0.1015]
    ratio = pool([0, 0], [34, 50], [0, 0], [34, 40], interval="score")
    assert np.isnan([ratio.estimate, ratio.lower, ratio.upper]).all()
    assert ratio.reason_code == "nobody_affected"
    assert pool([], [], [], [], measure="rd", interval="score").reason_code == "nobody_affected"


def test_trials_without_events_stay_in_the_difference_at_their_size() -> None:
    with_event = [3, 5], [40, 60], [1, 2], [40, 60]
    more = [3, 5, 0], [40, 60, 100], [1, 2, 0], [40, 60, 100]
    fewer, all_of_them = (pool(*arms, measure="rd", interval="score") for arms in (with_event, more))
    assert all_of_them.estimate == pytest.approx(fewer.estimate / 2)
    assert pool(*with_event, interval="score").lower == pool(*more, interval="score").lower


def test_four_in_forty_against_none_is_not_called_certain_by_newcombe() -> None:
    """Published before as 0.007 to 0.193 (domain notes, finding 3)."""
    assert [round(end, 3) for end in newcombe_interval(4, 40, 0, 40)] == [0.1, -0.006, 0.231]


def test_difference_that_is_complete_keeps_within_one() -> None:
    whole = score_difference(read_trials(10, 10, 0, 20))
    assert whole.estimate == whole.upper == 1 and 0.7 < whole.lower < 0.72
    assert score_difference(read_trials(0, 20, 10, 10)).lower == -1


EDGES = [
    ((0, 170, 276, 276), (4, 282, 143, 143)),  # nobody on one side, everybody on the other
    ((10, 10, 253, 253), (3, 40, 1, 44)),
    ((0, 30, 0, 40), (0, 5, 2, 900)),
    ((4, 40, 0, 40), (0, 50, 0, 50)),
    ((7, 9, 1, 300), (9, 9, 2, 3)),
]


def compute_misfit(trial: tuple[int, ...], difference: float, risk: float) -> float:
    """Minus the log-likelihood of a comparator's risk, the drug's being `difference` above it."""
    x, size, y, others = trial
    first = min(max(risk + difference, 0.0), 1.0)
    return -float(xlogy(x, first) + xlog1py(size - x, -first) + xlogy(y, risk) + xlog1py(others - y, -risk))


@pytest.mark.parametrize("trials", EDGES)
def test_bounds_satisfy_their_definition_at_risks_maximised_by_scipy(trials) -> None:
    """At a bound the score statistic is 1.96, with the risks that fit best found by another optimiser."""
    a, n, c, m = (np.array(column, dtype=float) for column in zip(*trials, strict=True))
    ours = pool(a, n, c, m, measure="rd", interval="score")
    for bound in (ours.lower, ours.upper):
        fitted = []
        for trial in trials:
            ends = max(0.0, -bound), min(1.0, 1 - bound)
            misfit = partial(compute_misfit, trial, bound)
            inner = minimize_scalar(misfit, bounds=ends, method="bounded", options={"xatol": 1e-13}).x
            fitted.append(min((*ends, inner), key=misfit))
        other, first = np.array(fitted), np.array(fitted) + bound
        weight, size = n * m / (n + m), n + m
        variance = (first * (1 - first) / n + other * (1 - other) / m) * size / (size - 1)
        statistic = (weight * (a / n - c / m - bound)).sum() / np.sqrt((weight**2 * variance).sum())
        assert abs(statistic) == pytest.approx(1.959964, abs=1e-4)


@pytest.mark.parametrize(
    "choices", [{"measure": "or"}, {"method": "iv"}, {"correction": 0.5}, {"measure": "or", "method": "peto"}]
)
def test_score_interval_of_another_method_is_refused(choices) -> None:
    with pytest.raises(ValueError, match="interval"):
        pool([1], [10], [2], [10], interval="score", **choices)
