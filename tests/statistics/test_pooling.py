"""Pooled effects compared with published figures and with metafor for every method, measure and interval."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.statistics.fixed_effect import peto_effects
from pipeline.statistics.heterogeneity import cochran_q
from pipeline.statistics.meta_analysis import Pooled, pool
from pipeline.statistics.trial_tables import read_trials
from tests.statistics.bcg import ARMS

SETS = ["bcg", "collins1985a_b", "hine1989", "nielweise2007", "nissen2007_mi", "sparse_synth", "yusuf1985_t6"]
METHODS = {"iv": "EE", "dl": "DL", "reml": "REML", "pm": "PM"}
INTERVALS = {"wald": "z", "hk": "knha", "hk_adhoc": "adhoc"}
TIGHT = {"rel": 1e-6, "abs": 1e-7}


def read(shared: Path, name: str) -> tuple[dict, tuple[list[int], ...], list[str | None]]:
    reference = json.loads((shared / f"refstats/meta/{name}.json").read_text())
    arms = tuple([trial[key] for trial in reference["data"]] for key in ("ai", "n1i", "ci", "n2i"))
    return reference, arms, [trial.get("subgroup") for trial in reference["data"]]


def keep_weighable(arms, measure: str, *more):
    """The trials that metafor weighs: it leaves out differences without a variance, for which pool gives no value."""
    alike = [a == c == 0 or (a == n and c == m) for a, n, c, m in zip(*arms, strict=True)]
    return tuple(
        [value for value, is_alike in zip(column, alike, strict=True) if measure != "rd" or not is_alike]
        for column in (*arms, *more)
    )


def working(pooled: Pooled) -> list[float]:
    """Estimate, bounds and prediction bounds on the scale of the calculation."""
    ends = [pooled.estimate, pooled.lower, pooled.upper, pooled.prediction_lower, pooled.prediction_upper]
    return ends if pooled.measure == "rd" else list(np.log(ends))


# Metafor's tests (which agree with Stata's metan) and documentation print four decimals
BCG = [
    ("rr", "mh", "wald", (-0.4537, -0.5308, -0.3766), {"q": 152.5676}),
    ("or", "mh", "wald", (-0.4734, -0.5538, -0.3930), {}),
    ("rd", "mh", "wald", (-0.0033, -0.0039, -0.0027), {}),
    ("or", "peto", "wald", (-0.4744, -0.5541, -0.3948), {}),
    ("rr", "iv", "wald", (-0.4303, -0.5097, -0.3509), {"q": 152.2330}),
    ("rr", "dl", "wald", (-0.7141, -1.0644, -0.3638), {"tau_squared": 0.3088, "i_squared": 92.1173}),
    ("or", "dl", "wald", (-0.7474, None, None), {"tau_squared": 0.3663, "i_squared": 92.6455}),
    ("rd", "dl", "wald", (-0.0071, None, None), {"i_squared": 95.6596}),
    ("rr", "reml", "wald", (-0.7145, -1.0669, -0.3622), {"standard_error": 0.1798, "tau_squared": 0.3132}),
    ("rr", "reml", "hk", (-0.7145, -1.1084, -0.3206), {"standard_error": 0.1808, "i_squared": 92.2214}),
    ("rr", "pm", "wald", (None, None, None), {"tau_squared": 0.3181}),
]


@pytest.mark.parametrize(("measure", "method", "interval", "ends", "others"), BCG)
def test_published_bcg_results_are_reproduced(measure, method, interval, ends, others) -> None:
    pooled = pool(*ARMS, measure=measure, method=method, interval=interval)
    for ours, printed in zip(working(pooled), ends, strict=False):
        assert printed is None or round(ours, 4) == printed
    for name, printed in others.items():
        assert round(getattr(pooled, name), 4) == printed
    assert pooled.study_count == 13 and pooled.reason_code is None and pooled.note_code is None


# Ten invented trials with empty cells: two without events, others with one empty arm, one with all affected.
# Computed by metafor 3.8-1, adding a half in the ratio of a trial with one empty cell: estimate and bounds, then
# prediction
# bounds, tau-squared and Q
SPARSE = [0, 2, 0, 5, 1, 0, 3, 12, 1, 4], [40, 55, 30, 120, 22, 25, 60, 210, 15, 4]
SPARSE_COMPARATOR = [0, 0, 1, 1, 0, 0, 1, 4, 0, 2], [42, 50, 33, 60, 20, 25, 61, 200, 15, 5]
SPARSE_ANSWERS = [
    ("rr", "mh", "wald", (1.0581, 0.3443, 1.7718), (None, None, None, None)),
    ("or", "mh", "wald", (1.2374, 0.3980, 2.0768), (None, None, None, None)),
    ("rd", "mh", "wald", (0.0321, 0.0122, 0.0521), (None, None, None, None)),
    ("or", "peto", "wald", (1.0867, 0.3903, 1.7831), (None, None, None, 4.0915)),
    ("rr", "iv", "wald", (0.8787, 0.2654, 1.4921), (None, None, 0, 1.7421)),
    ("rr", "dl", "wald", (0.8787, 0.2654, 1.4921), (0.1131, 1.6444, 0, 1.7421)),
    ("rr", "reml", "hk", (0.8787, 0.5096, 1.2479), (0.4968, 1.2607, 0, 1.7421)),
    ("rr", "reml", "hk_adhoc", (0.8787, 0.1388, 1.6187), (0.1131, 1.6444, 0, 1.7421)),
    ("or", "pm", "wald", (1.0644, 0.2834, 1.8454), (0.0894, 2.0394, 0, 2.4772)),
    ("or", "reml", "hk", (1.0644, 0.5039, 1.6249), (0.4844, 1.6444, 0, 2.4772)),
    ("or", "reml", "hk_adhoc", (1.0644, 0.1222, 2.0067), (0.0894, 2.0394, 0, 2.4772)),
    ("rd", "iv", "wald", (0.0284, 0.0076, 0.0492), (None, None, 0, 11.5372)),
    ("rd", "dl", "wald", (0.0291, -0.0002, 0.0585), (-0.0427, 0.1010, 0.0006, 11.5372)),
    ("rd", "reml", "hk", (0.0284, -0.0038, 0.0607), (-0.0049, 0.0618, 0.0, 11.5372)),
    ("rd", "pm", "wald", (0.0371, -0.0187, 0.0928), (-0.1425, 0.2166, 0.0046, 11.5372)),
]


@pytest.mark.parametrize(("measure", "method", "interval", "ends", "others"), SPARSE_ANSWERS)
def test_trials_with_empty_cells_agree_with_metafor(measure, method, interval, ends, others) -> None:
    correction = 0.0 if measure == "rd" or method in ("mh", "peto") else 0.5
    choices = {"measure": measure, "method": method, "interval": interval, "correction": correction}
    arms = (*SPARSE, *SPARSE_COMPARATOR)
    pooled = pool(*(arms if method == "mh" else keep_weighable(arms, measure)), **choices)
    ours = [*working(pooled), 0 if method in ("mh", "peto", "iv") else pooled.tau_squared, pooled.q]
    for value, printed in zip(ours, (*ends, *others), strict=True):
        assert printed is None or value == pytest.approx(printed, abs=5.1e-5)
    assert pooled.double_zero_count == (0 if measure == "rd" and method != "mh" else 2)
    assert pooled.study_count == (10 if (measure, method) == ("rd", "mh") else 8)


def test_prediction_interval_states_its_form() -> None:
    pooled = pool(*ARMS, method="reml")
    assert [round(end, 4) for end in working(pooled)[3:]] == [-2.0084, 0.5793]  # t on 11; by z it is -1.8667, 0.4376
    assert "study_count - 2" in pooled.prediction_form
    assert pool(*ARMS, method="mh").prediction_form is None


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("measure", ["rr", "or", "rd"])
@pytest.mark.parametrize("method", METHODS)
def test_weighted_methods_agree_with_metafor(shared, name, measure, method) -> None:
    reference, arms, _ = read(shared, name)
    correction = 0.0 if measure == "rd" else 0.5
    for interval, test in INTERVALS.items():
        theirs = reference[measure.upper()]["uni"][f"{METHODS[method]}_{test}"]
        weighed = keep_weighable(arms, measure)
        ours = pool(*weighed, measure=measure, method=method, interval=interval, correction=correction)
        assert working(ours)[:3] == pytest.approx([theirs["estimate"], theirs["ci_lb"], theirs["ci_ub"]], **TIGHT)
        assert ours.standard_error == pytest.approx(theirs["se"], **TIGHT)
        if method == "iv":  # one effect is assumed, and nothing is said of its variance
            assert np.isnan(ours.tau_squared)
        else:
            assert ours.tau_squared == pytest.approx(theirs["tau2"], **TIGHT)
        assert ours.p_value == pytest.approx(theirs["pval"], **TIGHT)
        assert (ours.i_squared, ours.q, ours.q_p_value) == pytest.approx(
            (theirs["I2"], theirs["QE"], theirs["QEp"]), **TIGHT
        )
        assert ours.study_count == theirs["k"]
        if "pi_hts_lb" in theirs:
            assert working(ours)[3:] == pytest.approx([theirs["pi_hts_lb"], theirs["pi_hts_ub"]], **TIGHT)
        if method == "reml":
            bounds = reference[measure.upper()]["REML_tau2_Qprofile_ci"]["tau2"][1:]
            assert [ours.tau_squared_lower, ours.tau_squared_upper] == pytest.approx(bounds, **TIGHT)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("measure", ["rr", "or", "rd"])
def test_mantel_haenszel_without_correction_agrees_with_metafor(shared, name, measure) -> None:
    reference, arms, _ = read(shared, name)
    theirs = reference[measure.upper()]["MH_nocorr"]
    ours = pool(*arms, measure=measure, method="mh")
    assert working(ours)[:3] == pytest.approx([theirs["estimate"], theirs["ci_lb"], theirs["ci_ub"]], **TIGHT)
    assert ours.standard_error == pytest.approx(theirs["se"], **TIGHT)
    if theirs["k_yi"] == ours.df + 1:  # metafor includes double-zero trials in Q of ratios, we leave them out
        assert (ours.q, ours.i_squared) == pytest.approx((theirs["QE"], theirs["I2"]), **TIGHT)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("measure", ["rr", "or"])
def test_mantel_haenszel_with_half_correction_agrees_with_metafor(shared, name, measure) -> None:
    reference, arms, _ = read(shared, name)
    theirs = reference[measure.upper()]["MH_cc05"]
    ours = pool(*arms, measure=measure, method="mh", correction=0.5)
    assert working(ours)[:3] == pytest.approx([theirs["estimate"], theirs["ci_lb"], theirs["ci_ub"]], **TIGHT)
    assert (ours.q, ours.study_count) == pytest.approx((theirs["QE"], theirs["k"]), **TIGHT)


@pytest.mark.parametrize("name", SETS)
def test_peto_agrees_with_metafor(shared, name) -> None:
    reference, arms, _ = read(shared, name)
    ours, theirs = pool(*arms, measure="or", method="peto"), reference["PETO"]
    assert working(ours)[:3] == pytest.approx([theirs["estimate"], theirs["ci_lb"], theirs["ci_ub"]], **TIGHT)
    assert (ours.q, ours.i_squared) == pytest.approx((theirs["QE"], theirs["I2"]), **TIGHT)


def test_published_rosiglitazone_result_is_reproduced(shared) -> None:
    """Nissen and Wolski, NEJM 2007;356:2457: myocardial infarction, Peto odds ratio 1.43 (1.03 to 1.98)."""
    _, arms, _ = read(shared, "nissen2007_mi")
    ours = pool(*arms, measure="or", method="peto")
    assert [round(end, 2) for end in (ours.estimate, ours.lower, ours.upper)] == [1.43, 1.03, 1.98]
    assert ours.double_zero_count == 4 and ours.study_count == 38
    without, with_half = (pool(*arms, measure="or", correction=half).estimate for half in (0, 0.5))
    assert (round(without, 3), round(with_half, 3)) == (1.427, 1.278)  # a correction pulls towards no effect


def test_revman_result_is_reproduced(shared) -> None:
    """Aspirin after myocardial infarction (Fleiss 1993), as stored in a Cochrane review file."""
    rows = pd.read_csv(shared / "data/metaanalysis_mh/Fleiss1993_CR.csv", encoding="latin-1")
    rows = rows[(rows["Comparison Number"] == 1) & (rows["Outcome Number"] == 1)]
    reference, trials = rows.iloc[0], rows.iloc[1:]
    ours = pool(*(trials[name] for name in ("Events 1", "Total 1", "Events 2", "Total 2")), measure="or")
    assert (ours.estimate, ours.lower, ours.upper, ours.q, ours.i_squared) == pytest.approx(
        (0.89686556, 0.8405144, 0.95699471, 9.94605598, 39.67458046), rel=1e-7
    )
    assert ours.q_p_value == pytest.approx(reference["P(Q)"], rel=1e-6)


def test_single_trial_is_not_pooled() -> None:
    ours = pool(12, 30, 3, 30)
    assert [round(end, 3) for end in (ours.estimate, ours.lower, ours.upper)] == [4.0, 1.255, 12.754]
    assert (ours.study_count, ours.df, ours.reason_code, ours.note_code) == (1, 0, None, "one_trial")
    assert np.isnan([ours.i_squared, ours.q_p_value, ours.prediction_lower]).all()
    knapp = pool(12, 30, 3, 30, method="reml", interval="hk")
    assert knapp.estimate == pytest.approx(4.0)
    assert np.isnan([knapp.lower, knapp.upper, knapp.tau_squared]).all() and knapp.reason_code == "one_trial"


def test_trial_with_an_empty_arm_is_handled_by_each_measure() -> None:
    """5 of 20 against none of 20."""
    half = pool(5, 20, 0, 20, correction=0.5)
    assert [round(half.estimate, 1), round(half.lower, 3), round(half.upper, 1)] == [11.0, 0.648, 186.6]
    peto = pool(5, 20, 0, 20, measure="or", method="peto")
    assert [round(end, 3) for end in (peto.estimate, peto.lower, peto.upper)] == [9.287, 1.459, 59.091]
    assert pool(5, 20, 0, 20, measure="rd").estimate == pytest.approx(0.25)
    for method, reason in (("mh", "no_comparator_event"), ("iv", "no_comparator_event")):
        nothing = pool(5, 20, 0, 20, method=method)
        assert np.isnan([nothing.estimate, nothing.lower, nothing.upper]).all() and nothing.reason_code == reason
    assert pool(0, 20, 5, 20, method="reml").reason_code == "no_drug_event"


def test_double_zero_trials_count_for_differences_only() -> None:
    arms = [0, 3, 5], [50, 40, 60], [0, 1, 2], [50, 40, 60]
    ratio, difference = pool(*arms), pool(*arms, measure="rd")
    assert (ratio.study_count, ratio.double_zero_count) == (2, 1)
    assert (difference.study_count, difference.double_zero_count) == (3, 1)
    assert ratio.estimate == pytest.approx(pool([3, 5], [40, 60], [1, 2], [40, 60]).estimate)
    assert difference.estimate < pool([3, 5], [40, 60], [1, 2], [40, 60], measure="rd").estimate
    weighted = pool(*arms, measure="rd", method="iv")  # without variance no weight: the trial is counted
    assert (weighted.study_count, weighted.not_estimable_count) == (2, 1)
    people = ("participants_at_risk", "comparator_participants_at_risk", "left_out_participant_count")
    assert [getattr(ratio, name) for name in people] == [100, 100, 100]
    assert [getattr(difference, name) for name in people] == [150, 150, 0]
    everybody = pool([10, 3], [10, 40], [12, 1], [12, 40], measure="or")
    assert (everybody.study_count, everybody.double_zero_count) == (1, 1)


def test_empty_pool_is_null_with_a_reason() -> None:
    for arms in (([0], [10], [0], [10]), ([], [], [], [])):
        nothing = pool(*arms)
        assert np.isnan(nothing.estimate) and nothing.study_count == 0 and nothing.reason_code == "nobody_affected"
        assert not np.isinf([getattr(nothing, name) for name in ("lower", "upper", "q", "tau_squared")]).any()


# Six trials of 438 people, an event in two drug arms and none beside a comparator (domain notes, finding 1)
ONE_SIDED = [4, 0, 0, 2, 0, 0], [40, 50, 36, 32, 45, 16], [0] * 6, [40, 50, 36, 32, 45, 16]


@pytest.mark.parametrize("method", METHODS)
def test_difference_that_would_lose_trials_without_events_has_no_value(method) -> None:
    """Inverse variance weighs two of the six trials and gives 0.0793; 6 of 219 against none is 0.0274."""
    lost = pool(*ONE_SIDED, measure="rd", method=method)
    assert np.isnan([lost.estimate, lost.lower, lost.upper, lost.tau_squared, lost.q, lost.p_value]).all()
    assert (lost.reason_code, lost.not_estimable_count) == ("trials_without_variance_left_out", 4)
    assert lost.left_out_participant_count == 2 * (50 + 36 + 45 + 16)
    kept = pool(*ONE_SIDED, measure="rd")
    assert kept.estimate == pytest.approx(6 / 219) and kept.participants_at_risk == 219


def test_difference_without_any_event_has_no_wald_interval() -> None:
    """Nobody of 34 on either side is not a difference of 0 to 0."""
    none, all_of_them = pool(0, 34, 0, 34, measure="rd"), pool([34, 5], [34, 5], [34, 5], [34, 5], measure="rd")
    assert np.isnan([none.estimate, none.lower, none.upper, all_of_them.estimate]).all()
    assert (none.reason_code, all_of_them.reason_code) == ("nobody_affected", "everybody_affected")
    assert pool(34, 34, 0, 34, measure="rd").reason_code == "empty_cell_in_every_trial"


def test_peto_has_no_value_where_arms_are_unbalanced_and_the_effect_is_large() -> None:
    """The true odds ratio is 5.0; Peto gives 2.44 at 10 to 1 and 2.80 at 3 to 1 (domain notes, finding 7)."""
    for arms, printed in (((481, 10_000, 10, 1_000), 2.44), ((481, 10_000, 33, 3_333), 2.80)):
        effect, _ = peto_effects(read_trials(*arms))
        assert round(float(np.exp(effect[0])), 2) == printed
        assert pool(*arms, measure="or").estimate == pytest.approx(5.0, rel=0.02)
        biased = pool(*arms, measure="or", method="peto")
        assert np.isnan([biased.estimate, biased.upper, biased.q]).all()
        assert biased.reason_code == "peto_unbalanced"
    small = pool(110, 10_000, 10, 1_000, measure="or", method="peto")  # unbalanced, the effect is small
    even = pool(481, 10_000, 100, 10_000, measure="or", method="peto")  # large, the arms are alike
    assert small.reason_code is None and even.reason_code is None
    assert pool([9, 4], [90, 60], [0, 0], [30, 20], measure="or", method="peto").reason_code == "peto_unbalanced"


def test_trials_exactly_alike_have_no_hartung_knapp_interval_without_the_floor() -> None:
    alike = pool([9, 9], [40, 40], [3, 3], [41, 41], method="dl", interval="hk")
    assert np.isnan([alike.lower, alike.upper, alike.standard_error]).all() and alike.reason_code == "no_width"
    assert pool([9, 9], [40, 40], [3, 3], [41, 41], method="dl", interval="hk_adhoc").lower > 0


def test_two_trials_have_no_prediction_interval() -> None:
    two = pool([4, 9], [40, 60], [2, 3], [40, 60], method="dl")
    assert np.isnan(two.prediction_lower) and two.note_code == "few_trials_no_prediction"


def test_paule_mandel_equation_is_solved() -> None:
    """Q with tau-squared in the weights equals its degrees of freedom, to the last digits."""
    pooled = pool(*ARMS, method="pm", measure="or")
    a, n, c, m = (np.array(counts, dtype=float) for counts in ARMS)
    b, d = n - a, m - c
    effect, variance = np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
    assert cochran_q(effect, variance, pooled.tau_squared) == pytest.approx(12, rel=1e-10)


@pytest.mark.parametrize(
    ("arms", "choices", "named"),
    [
        (([5], [4], [1], [10]), {}, "events"),
        (([1], [4], [11], [10]), {}, "comparator_events"),
        (([1], [0], [1], [10]), {}, "total"),
        (([0], [5], [0], [0]), {}, "comparator_total"),
        (([1, 2], [4], [1], [10]), {}, "lengths differ"),
        (([1], [4], [-1], [10]), {}, "comparator_events"),
        (([1], [4], [None], [10]), {}, "comparator_events"),
        (([1], [4], [1], [10]), {"measure": "hr"}, "measure"),
        (([1], [4], [1], [10]), {"method": "sj"}, "method"),
        (([1], [4], [1], [10]), {"interval": "t"}, "interval"),
        (([1], [4], [1], [10]), {"interval": "hk"}, "interval"),
        (([1], [4], [1], [10]), {"method": "peto"}, "measure"),
        (([1], [4], [1], [10]), {"correction": -0.5}, "correction"),
        (([1], [4], [1], [10]), {"correction": None}, "correction"),
        (([1], [4], [1], [10]), {"study": ["a", "b"]}, "study"),
    ],
)
def test_invalid_arguments_are_refused_by_name(arms, choices, named) -> None:
    with pytest.raises(ValueError, match=named):
        pool(*arms, **choices)
