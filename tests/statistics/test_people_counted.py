"""Numbers needed to harm in words, and a shared control of which nobody is counted twice."""

import pytest

from pipeline.statistics.meta_analysis import (
    describe_number_needed,
    split_control,
)


def test_number_needed_to_harm_has_bounds_when_the_interval_excludes_zero() -> None:
    """12 of 30 against 3 of 30: one more harmed for every 3.3 treated."""
    assert describe_number_needed(0.3, 0.0944, 0.5056) == "NNTH 3.3 (2.0 to 10.6)"
    assert describe_number_needed(-0.1, -0.2, -0.05) == "NNTB 10.0 (5.0 to 20.0)"


def test_number_needed_to_harm_passes_infinity_when_the_interval_includes_zero() -> None:
    assert describe_number_needed(0.01, -0.02, 0.04) == "NNTH 25.0 to infinity to NNTB 50.0"
    assert describe_number_needed(0.0, 0.0, 0.1) == "NNTH 10.0 to infinity to infinity"
    assert describe_number_needed(float("nan"), 0, 0) == "not estimable"
    with pytest.raises(ValueError, match="lower"):
        describe_number_needed(0.1, 0.2, 0.3)


@pytest.mark.parametrize(("events", "total", "comparisons"), [(7, 50, 3), (0, 5, 2), (5, 5, 4), (1, 40, 2)])
def test_shared_control_is_divided_without_remainder(events, total, comparisons) -> None:
    affected, size = split_control(events, total, comparisons)
    assert affected.sum() == events and size.sum() == total
    assert (affected <= size).all() and size.max() - size.min() <= 1


def test_control_that_cannot_be_divided_is_refused() -> None:
    with pytest.raises(ValueError, match="people, not episodes"):
        split_control(3, 2, 2)
    with pytest.raises(ValueError, match="comparisons"):
        split_control(3, 20, 0)
