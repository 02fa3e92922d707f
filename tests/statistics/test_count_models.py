"""Models of the counts and score intervals compared with R, and what they do where nothing can be estimated."""

import numpy as np
import pytest

from pipeline.statistics.meta_analysis import describe_exact, pool
from tests.statistics.reference_answers import TRIALS, read_answers
from tests.statistics.test_pooling import ONE_SIDED

BETA_BINOMIAL = {"measure": "or", "method": "beta_binomial"}
CONDITIONAL = {"measure": "or", "method": "conditional_binomial"}


@pytest.mark.parametrize(("name", "theirs"), read_answers("exact_two.sided").items())
def test_exact_interval_agrees_with_r(name, theirs) -> None:
    """R leaves 1e-4 to 2e-4 at its roots; the whole-number test of the exact odds ratio is tighter."""
    ours = pool(*TRIALS[name], measure="or", method="exact", interval="exact")
    assert [ours.estimate, ours.lower, ours.upper] == pytest.approx(
        [theirs["estimate"], theirs["lower"], theirs["upper"]], rel=2e-4
    )
    assert ours.p_value == pytest.approx(theirs["p"], rel=1e-8)
    greater, one_sided = read_answers("exact_greater")[name], describe_exact(*TRIALS[name])
    assert one_sided.lower_one_sided == pytest.approx(greater["lower"], rel=2e-4)
    assert one_sided.p_greater == pytest.approx(greater["p"], rel=1e-8)


@pytest.mark.parametrize("measure", ["rr", "rd"])
@pytest.mark.parametrize("name", TRIALS)
def test_score_interval_agrees_with_the_definition_solved_by_r(name, measure) -> None:
    theirs = read_answers(f"score_{measure}")[name]
    ours = pool(*TRIALS[name], measure=measure, interval="score")
    assert [ours.estimate, ours.lower, ours.upper] == pytest.approx(
        [theirs["estimate"], theirs["lower"], theirs["upper"]], rel=1e-6, abs=1e-9
    )


@pytest.mark.parametrize(("name", "theirs"), read_answers("conditional_ML").items())
def test_conditional_model_agrees_with_metafor(name, theirs) -> None:
    ours = pool(*TRIALS[name], **CONDITIONAL)
    assert ours.tau_squared == pytest.approx(theirs["tau2"], rel=1e-5)
    assert [ours.log_estimate, ours.standard_error] == pytest.approx([theirs["effect"], theirs["se"]], rel=1e-4)
    assert ours.prediction_lower < ours.lower < ours.upper < ours.prediction_upper


@pytest.mark.parametrize("name", ["rare", "double_zero", "eleven"])
def test_conditional_model_without_heterogeneity_is_that_of_one_effect(name) -> None:
    """Metafor fails there with random effects; its model of one effect is the answer."""
    theirs, ours = read_answers("conditional_EE")[name], pool(*TRIALS[name], **CONDITIONAL)
    assert name not in read_answers("conditional_ML") and ours.tau_squared == 0
    assert ours.log_estimate == pytest.approx(theirs["effect"], rel=1e-6)
    assert ours.standard_error == pytest.approx(theirs["se"], rel=2e-4)  # numerical second derivatives there
    exact = pool(*TRIALS[name], measure="or", method="exact", interval="exact")
    assert ours.estimate == pytest.approx(exact.estimate, rel=1e-9)


@pytest.mark.parametrize(("name", "theirs"), read_answers("beta_binomial").items())
def test_beta_binomial_agrees_with_the_likelihood_maximised_by_r(name, theirs) -> None:
    ours = pool(*TRIALS[name], **BETA_BINOMIAL)
    assert ours.study_count == len(TRIALS[name][0]) and ours.left_out_participant_count == 0
    if theirs["log_theta"] > -15:
        assert [ours.log_estimate, ours.standard_error] == pytest.approx([theirs["effect"], theirs["se"]], rel=1e-6)
    else:  # no correlation: the odds ratio of the collapsed table, with its standard error
        a, n, c, m = (sum(column) for column in TRIALS[name])
        assert ours.estimate == pytest.approx(a * (m - c) / (c * (n - a)), rel=1e-12)
        assert ours.standard_error == pytest.approx((1 / a + 1 / (n - a) + 1 / c + 1 / (m - c)) ** 0.5, rel=1e-6)
        assert ours.log_estimate == pytest.approx(theirs["effect"], abs=1e-4)


@pytest.mark.parametrize("choices", [BETA_BINOMIAL, CONDITIONAL])
def test_one_sided_events_have_no_finite_maximum(choices) -> None:
    for arms, reason in ((ONE_SIDED, "no_comparator_event"), ((*ONE_SIDED[2:], *ONE_SIDED[:2]), "no_drug_event")):
        none = pool(*arms, **choices)
        assert np.isnan([none.estimate, none.lower, none.upper, none.p_value]).all() and none.reason_code == reason
    assert pool([0, 0], [9, 8], [0, 0], [9, 8], **choices).reason_code == "nobody_affected"


def test_trials_that_contradict_each_other_outright_have_no_conditional_answer() -> None:
    """All events with the drug in one trial, all beside it in the other: the likelihood grows with tau-squared."""
    assert pool([4, 0], [40, 50], [0, 3], [40, 50], **CONDITIONAL).reason_code == "not_converged"


def test_one_trial_is_its_own_effect() -> None:
    one = pool(9, 40, 3, 41, **CONDITIONAL)
    assert (one.note_code, one.study_count) == ("one_trial", 1) and np.isnan(one.tau_squared)
    crude = pool(9, 40, 3, 41, **BETA_BINOMIAL)
    assert crude.estimate == pytest.approx(9 * 38 / (3 * 31)) and crude.note_code == "one_trial"
