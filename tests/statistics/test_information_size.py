"""The optimal information size against statsmodels' sample size of two proportions and by hand."""

from math import isnan

import pytest
from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

from pipeline.statistics.meta_analysis import calculate_information_size


@pytest.mark.parametrize(("baseline", "ratio"), [(0.1, 3.0), (0.05, 2.0), (0.2, 0.5), (0.01, 1.5), (0.6, 1.4)])
def test_size_is_that_of_two_proportions(baseline, ratio):
    """statsmodels' one-tail size at 2.5 % is the two-sided size at 5 %; unpooled variance is prop2's own."""
    difference = baseline * (ratio - 1)
    one_arm = samplesize_proportions_2indep_onetail(
        difference, baseline, power=0.8, ratio=1, alpha=0.05, value=0, alternative="two-sided"
    )
    by_hand = 2 * 2.8015852181**2 * (baseline * ratio * (1 - baseline * ratio) + baseline * (1 - baseline))
    by_hand /= difference**2
    assert calculate_information_size(baseline, ratio) == pytest.approx(by_hand, rel=1e-9)
    # statsmodels takes the pooled variance under no difference: a tenth apart at most, as the guidance warns
    assert calculate_information_size(baseline, ratio) == pytest.approx(2 * one_arm, rel=0.1)


def test_trials_that_differ_need_more_people():
    assert calculate_information_size(0.1, 3.0, 50.0) == pytest.approx(2 * calculate_information_size(0.1, 3.0))


@pytest.mark.parametrize(
    ("baseline", "ratio", "i_squared"),
    [(0.0, 2.0, 0.0), (0.5, 2.0, 0.0), (0.1, 1.0, 0.0), (0.1, float("nan"), 0.0), (0.1, 2.0, 100.0)],
)
def test_size_that_does_not_exist_is_not_given(baseline, ratio, i_squared):
    assert isnan(calculate_information_size(baseline, ratio, i_squared))


@pytest.mark.parametrize(("baseline", "ratio", "i_squared"), [(1.5, 2.0, 0.0), (0.1, -1.0, 0.0), (0.1, 2.0, 120.0)])
def test_invalid_arguments_are_refused(baseline, ratio, i_squared):
    with pytest.raises(ValueError, match="pass"):
        calculate_information_size(baseline, ratio, i_squared)
