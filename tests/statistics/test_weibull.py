"""The Weibull fit to interval-censored times, against values computed apart."""

import numpy as np
import pytest
from scipy.stats import weibull_min

from pipeline.statistics.weibull import FALL, fit_weibull

TIMES = np.array([1, 1, 2, 2, 3, 5, 8, 13, 21, 34, 55, 89], dtype=float)
ONE_EACH = np.ones(TIMES.size)


def measure_grid(lower: np.ndarray, upper: np.ndarray, counts: np.ndarray, shapes: np.ndarray, scales: np.ndarray):
    """The log-likelihood on a grid, written from the definition of survival and nothing else."""
    shape, scale = np.meshgrid(shapes, scales, indexing="ij")
    height = np.zeros(shape.shape)
    for low, high, count in zip(lower, upper, counts, strict=True):
        height += count * np.log(np.exp(-((low / scale) ** shape)) - np.exp(-((high / scale) ** shape)))
    return height


def test_narrow_intervals_give_the_fit_to_exact_times() -> None:
    """The reference value of the domain notes for exact times: shape 0.714681, scale 15.42754."""
    fit = fit_weibull(TIMES * (1 - 1e-6), TIMES * (1 + 1e-6), ONE_EACH)
    assert fit is not None
    assert (fit.shape, fit.scale) == (pytest.approx(0.714681, abs=5e-7), pytest.approx(15.42754, abs=5e-6))
    shape, _, scale = weibull_min.fit(TIMES, floc=0)
    assert (fit.shape, fit.scale) == (pytest.approx(shape, rel=1e-4), pytest.approx(scale, rel=1e-4))


@pytest.mark.parametrize("first", [0.0, 1.0])
def test_maximum_and_bounds_are_those_of_a_fine_grid(first: float) -> None:
    """Days as intervals of one day, the first of them day 0 or day 1: maximum and both profiles from a grid."""
    days, counts = np.unique(np.maximum(TIMES, 1) - 1 + first, return_counts=True)
    shapes, scales = np.linspace(0.3, 1.4, 1101), np.linspace(4, 50, 921)
    height = measure_grid(days, days + 1, counts, shapes, scales)
    fit = fit_weibull(days, days + 1, counts)
    assert fit is not None
    best = np.unravel_index(height.argmax(), height.shape)
    assert (fit.shape, fit.scale) == (
        pytest.approx(shapes[best[0]], abs=0.01),
        pytest.approx(scales[best[1]], abs=0.25),
    )
    held_shapes = shapes[height.max(axis=1) >= height.max() - FALL]
    held_scales = scales[height.max(axis=0) >= height.max() - FALL]
    assert (fit.shape_lower, fit.shape_upper) == pytest.approx((held_shapes[0], held_shapes[-1]), abs=0.003)
    assert (fit.scale_lower, fit.scale_upper) == pytest.approx((held_scales[0], held_scales[-1]), abs=0.1)


def test_slope_of_the_likelihood_is_zero_at_the_fit() -> None:
    """Neither a larger nor a smaller shape or scale is more likely, of days that hold two thousand cases."""
    draw = np.random.default_rng(11)
    days, counts = np.unique(np.floor(draw.weibull(0.6, 2000) * 40), return_counts=True)
    fit = fit_weibull(days, days + 1, counts)
    assert fit is not None
    near = np.array([0.999, 1.0, 1.001])
    height = measure_grid(days, days + 1, counts, fit.shape * near, fit.scale * near)
    assert height.argmax() == 4
    assert fit.shape_lower < 0.6 < fit.shape_upper
    assert fit.scale_lower < 40 < fit.scale_upper


def test_counts_stand_for_repeated_times_and_the_unit_does_not_matter() -> None:
    days, counts = np.unique(TIMES, return_counts=True)
    whole = fit_weibull(TIMES, TIMES + 1, ONE_EACH)
    assert whole is not None
    assert fit_weibull(days, days + 1, counts) == pytest.approx(whole, rel=1e-6)
    hours = fit_weibull(TIMES * 24, (TIMES + 1) * 24, ONE_EACH)
    assert hours is not None
    assert hours[:3] == pytest.approx(whole[:3], rel=1e-6)
    assert hours[3:] == pytest.approx([value * 24 for value in whole[3:]], rel=1e-6)


@pytest.mark.parametrize(
    "days",
    [[0], [7], [0, 1], [5, 6], [36500, 36501], [9000, 9003]],
    ids=["day 0 alone", "one day", "days 0 and 1", "neighbouring days", "a century", "one week of 25 years"],
)
def test_days_without_spread_have_no_fit(days: list[int]) -> None:
    """The likelihood rises without end as the shape does, or up to a shape that no drug has."""
    assert fit_weibull(days, np.array(days) + 1, [20] * len(days)) is None


@pytest.mark.parametrize("days", [[0, 2], [0, 40000], [1, 2, 40000], [0, 1, 2]])
def test_days_at_the_edges_have_a_finite_fit(days: list[int]) -> None:
    fit = fit_weibull(days, np.array(days) + 1, [20] * len(days))
    assert fit is not None
    assert np.isfinite(fit).all()
    assert fit.shape_lower < fit.shape < fit.shape_upper
    assert fit.scale_lower < fit.scale < fit.scale_upper


def test_intervals_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="empty or begins before 0"):
        fit_weibull([3.0], [3.0], [1])
    with pytest.raises(ValueError, match="negative count"):
        fit_weibull([3.0], [4.0], [-1])
