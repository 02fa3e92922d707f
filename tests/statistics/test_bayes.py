"""Bayesian rows compared with fine grids of R, and what they say where the data say nothing."""

import numpy as np
import pytest

from pipeline.statistics.bayes import TURNER, find_turner_prior, half_normal_prior
from pipeline.statistics.meta_analysis import pool
from tests.statistics.reference_answers import TRIALS_OF_BAYES, read_answers
from tests.statistics.test_pooling import ONE_SIDED

PRIORS = {
    "half_normal": {"method": "bayes_half_normal"},
    "turner_placebo": {"method": "bayes_turner", "comparator": "placebo"},
    "turner_pharmacological": {"method": "bayes_turner", "comparator": "active_placebo"},
}
CREDIBLE = {"measure": "or", "interval": "credible"}


@pytest.mark.parametrize("name", TRIALS_OF_BAYES)
@pytest.mark.parametrize("prior", PRIORS)
def test_posterior_agrees_with_a_fine_grid_of_r(name, prior) -> None:
    theirs = read_answers(f"bayes_{prior}", "bayes.txt")[name]
    ours = pool(*TRIALS_OF_BAYES[name], **CREDIBLE, **PRIORS[prior])
    found = np.log([ours.estimate, ours.lower, ours.upper])
    assert found == pytest.approx([theirs["median"], theirs["lower"], theirs["upper"]], rel=1e-4, abs=1e-4)
    coarse = 0.015 if prior == "half_normal" else 2e-3  # that grid of tau begins half a step above 0
    assert ours.tau_squared == pytest.approx(theirs["tau2_median"], rel=coarse)
    assert ours.tau_squared_upper == pytest.approx(theirs["tau2_upper"], rel=2e-3)
    assert ours.prediction_lower < ours.lower and ours.upper < ours.prediction_upper
    assert np.isnan(ours.p_value)


def test_one_sided_events_have_a_finite_posterior() -> None:
    """The prior of the mean holds the estimate; the lower bound stays above no effect."""
    ours = pool(*ONE_SIDED, **CREDIBLE, method="bayes_half_normal")
    assert 1 < ours.lower < ours.estimate < ours.upper < np.inf and ours.reason_code is None
    assert (ours.study_count, ours.left_out_participant_count) == (2, 294)
    mirrored = pool(*ONE_SIDED[2:], *ONE_SIDED[:2], **CREDIBLE, method="bayes_half_normal")
    assert [mirrored.estimate, mirrored.upper] == pytest.approx([1 / ours.estimate, 1 / ours.lower], rel=1e-8)


def test_trials_without_events_leave_the_posterior_as_it_is() -> None:
    """And without any event there is no information: no row that would show the prior."""
    with_event = [4, 2], [40, 32], [1, 0], [40, 32]
    more = [4, 2, 0], [40, 32, 90], [1, 0, 0], [40, 32, 90]
    one, other = (pool(*arms, **CREDIBLE, method="bayes_half_normal") for arms in (with_event, more))
    assert (one.estimate, one.upper) == (other.estimate, other.upper)
    none = pool([0, 0], [40, 32], [0, 0], [40, 32], **CREDIBLE, method="bayes_half_normal")
    assert np.isnan([none.estimate, none.lower, none.upper, none.tau_squared]).all()
    assert (none.reason_code, none.note_code) == ("nobody_affected", "no_information")
    mixed = pool([0, 9], [40, 9], [0, 8], [40, 8], **CREDIBLE, method="bayes_half_normal")
    assert mixed.reason_code == "empty_cell_in_every_trial"


def test_many_large_trials_agree_with_restricted_likelihood() -> None:
    """Where the data say much, priors and the model of zeros do not matter."""
    draw = np.random.default_rng(5)
    total = draw.integers(400, 600, 12)
    effect = 0.5 + draw.normal(0, 0.2, 12)
    arms = draw.binomial(total, 1 / (1 + np.exp(1 - effect))), total, draw.binomial(total, 1 / (1 + np.e)), total
    ours = pool(*arms, **CREDIBLE, method="bayes_half_normal")
    theirs = pool(*arms, measure="or", method="reml", interval="hk")
    assert ours.log_estimate == pytest.approx(theirs.log_estimate, abs=0.01)
    assert np.log([ours.lower, ours.upper]) == pytest.approx(np.log([theirs.lower, theirs.upper]), abs=0.04)
    assert ours.tau_squared == pytest.approx(theirs.tau_squared, abs=0.03)


def test_one_trial_says_little_of_tau() -> None:
    """Its posterior is nearly the prior: the median of a half-normal of 0.5 is 0.337."""
    one = pool(9, 40, 3, 41, **CREDIBLE, method="bayes_half_normal")
    assert one.note_code == "one_trial" and one.tau_squared**0.5 == pytest.approx(0.337, abs=0.01)


def test_priors_have_the_moments_of_their_distributions() -> None:
    """Turner 2015, table IV: mean and deviation of the log of tau-squared; half-normal: mean of the square."""
    printed = {
        ("adverse_event", "no_treatment"): (-1.87, 1.52), ("adverse_event", "active"): (-2.10, 1.58),
        ("withdrawal", "placebo"): (-2.99, 1.74), ("withdrawal", "active_placebo"): (-3.23, 1.79),
    }  # fmt: skip
    assert len(printed) == len(TURNER)
    for kinds, (mean, spread) in printed.items():
        prior = find_turner_prior(*kinds)
        weight, log_square = prior.density * prior.weight / (prior.density @ prior.weight), 2 * np.log(prior.tau)
        assert weight @ log_square == pytest.approx(mean, abs=1e-9)
        assert weight @ (log_square - mean) ** 2 == pytest.approx(spread**2, rel=1e-3)
    prior = half_normal_prior()
    weight = prior.density * prior.weight / (prior.density @ prior.weight)
    assert weight @ prior.tau**2 == pytest.approx(0.25, rel=1e-3)


@pytest.mark.parametrize(
    ("choices", "named"),
    [
        ({"method": "bayes_turner"}, "comparator"),
        ({"method": "bayes_turner", "comparator": "sham"}, "comparator"),
        ({"method": "bayes_turner", "comparator": "active", "outcome": "pain"}, "outcome"),
        ({"method": "bayes_half_normal", "interval": "wald"}, "interval"),
        ({"method": "bayes_half_normal", "measure": "rr"}, "measure"),
    ],
)
def test_choices_that_do_not_go_with_bayes_are_refused(choices, named) -> None:
    with pytest.raises(ValueError, match=named):
        pool([1], [10], [2], [10], **CREDIBLE | choices)
