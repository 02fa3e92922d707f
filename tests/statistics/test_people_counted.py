"""Numbers needed to harm as text, and arms whose participants are counted once."""

import numpy as np
import pytest

from pipeline.statistics.meta_analysis import (
    combine_arms,
    newcombe_interval,
    number_needed_from_ratio,
    number_needed_to_harm,
    split_control,
)


def test_number_needed_to_harm_has_bounds_when_the_interval_excludes_zero() -> None:
    """12 of 30 against 3 of 30: one more harmed for every 3.3 treated."""
    needed = number_needed_to_harm(0.3, 0.0944, 0.5056)
    assert round(needed.number, 2) == 3.33
    assert needed.text == "NNTH 3.3 (2.0 to 10.6)"
    assert needed.lower < needed.number < needed.upper
    assert number_needed_to_harm(-0.1, -0.2, -0.05).text == "NNTB 10.0 (5.0 to 20.0)"


def test_number_needed_to_harm_passes_infinity_when_the_interval_includes_zero() -> None:
    needed = number_needed_to_harm(0.01, -0.02, 0.04)
    assert needed.text == "NNTH 25.0 to infinity to NNTB 50.0"
    assert np.isnan([needed.lower, needed.upper]).all()
    assert number_needed_to_harm(0.0, 0.0, 0.1).text == "NNTH 10.0 to infinity to infinity"
    assert number_needed_to_harm(float("nan"), 0, 0).text == "not estimable"


def test_newcombe_interval_of_one_trial_is_reproduced() -> None:
    assert [round(end, 4) for end in newcombe_interval(12, 30, 3, 30)] == [0.3, 0.0806, 0.4885]
    assert [round(end, 4) for end in newcombe_interval(5, 20, 0, 20)] == [0.25, 0.0378, 0.4687]


def test_number_needed_from_a_ratio_requires_a_control_risk() -> None:
    assert number_needed_from_ratio(3.0, 0.1) == pytest.approx(5)
    assert np.isnan(number_needed_from_ratio(1.0, 0.1))
    with pytest.raises(ValueError, match="control_risk"):
        number_needed_from_ratio(2.0, 1.5)


@pytest.mark.parametrize(("events", "total", "comparisons"), [(7, 50, 3), (0, 5, 2), (5, 5, 4), (1, 40, 2)])
def test_shared_control_is_divided_without_remainder(events, total, comparisons) -> None:
    affected, size = split_control(events, total, comparisons)
    assert affected.sum() == events and size.sum() == total
    assert (affected <= size).all() and size.max() - size.min() <= 1


def test_arms_of_one_trial_are_combined() -> None:
    assert combine_arms([3, 5], [20, 21]) == (8, 41)
    for refuse in (lambda: combine_arms([30], [20]), lambda: split_control(3, 2, 2)):
        with pytest.raises(ValueError, match="people, not episodes"):
            refuse()
    with pytest.raises(ValueError, match="comparisons"):
        split_control(3, 20, 0)
    with pytest.raises(ValueError, match="lower"):
        number_needed_to_harm(0.1, 0.2, 0.3)
