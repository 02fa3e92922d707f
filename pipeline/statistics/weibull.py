"""The Weibull distribution of times that are known to lie between two bounds, by maximum likelihood.

Survival to time t is exp(-(t / scale) ** shape). A shape below 1 says that the hazard falls with time, above 1 that
it rises. Each time counts by the probability of its interval, S(lower) - S(upper). Intervals are those of the profile
likelihood at 95 per cent: half the chi-squared quantile of one degree of freedom below the maximum. Lawless,
Statistical Models and Methods for Lifetime Data, 2nd edition 2003, sections 3.5 and 5.1.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import chdtri

from pipeline.statistics.arguments import Floats, align, as_counts, as_numbers

FALL = float(chdtri(1, 0.05)) / 2  # of the log-likelihood, from the maximum to a bound
LEAST, MOST = -5.0, 4.0  # of the logarithm of the shape: beyond them the likelihood has no maximum worth the name
FURTHEST = 12.0  # how far from the scale, in logarithms, its bounds are looked for


class WeibullFit(NamedTuple):
    """Shape (a pure number) and scale (in the unit of the times; 63 per cent lie below it), with their bounds."""

    shape: float
    shape_lower: float
    shape_upper: float
    scale: float
    scale_lower: float
    scale_upper: float


def fit_weibull(lower: object, upper: object, counts: object) -> WeibullFit | None:
    """The fit to `counts` times between `lower` and `upper` (arrays of one length; 0 <= lower < upper).

    None where the likelihood has no maximum between shapes of 0.007 and 55, or an interval has no end: times in one
    interval, in two that touch, or close together far from 0. Raises ValueError for counts that are no counts,
    and bounds out of order.
    """
    begin, end, number = align(
        lower=as_numbers("lower", lower), upper=as_numbers("upper", upper), counts=as_counts("counts", counts)
    )
    if (begin < 0).any() or (begin >= end).any():
        raise ValueError("lower, upper: an interval is empty or begins before 0; pass 0 <= lower < upper")
    observed = _Observed(begin[number > 0], end[number > 0], number[number > 0])
    inside = observed.begin.max(initial=0) <= end[number > 0].min(initial=0)  # one interval, or two that touch
    if inside or observed.slope(LEAST) <= 0 or observed.slope(MOST) >= 0:
        return None
    shape = brentq(observed.slope, LEAST, MOST, xtol=1e-12)  # type: ignore[no-untyped-call]
    scale = observed.scale_at(shape)
    shapes = _find_bounds(observed.height_at_shape, shape, LEAST - 1, MOST + 1)
    scales = _find_bounds(
        lambda log_scale: observed.height_at_scale(log_scale, shape), scale, scale - FURTHEST, scale + FURTHEST
    )
    if shapes is None or scales is None:
        return None
    return WeibullFit(*(float(np.exp(value)) for value in (shape, *shapes, scale, *scales)))


class _Observed:
    """Interval-censored times; shapes and scales are handed in as logarithms, times are in units of the largest."""

    def __init__(self, begin: Floats, end: Floats, number: Floats) -> None:
        self.begin, self.number = begin, number
        self.unit = float(end.max()) if end.size else 1.0
        with np.errstate(divide="ignore"):
            self.log_begin, self.log_end = np.log(begin / self.unit), np.log(end / self.unit)

    def _powers(self, shape: float, log_scale: float = 0.0) -> tuple[Floats, Floats]:
        power = np.exp(shape)
        low, high = ((logs - log_scale) * power for logs in (self.log_begin, self.log_end))
        return np.exp(np.minimum(low, 700.0)), np.exp(np.minimum(high, 700.0))

    def _height(self, low: Floats, high: Floats) -> float:
        """The log-likelihood where the cumulative hazard is `low` and `high` at the ends of the intervals."""
        with np.errstate(divide="ignore"):
            return float(self.number @ (np.log(-np.expm1(low - high)) - low))

    def _hazard(self, shape: float) -> float:
        """Of this shape, the most likely cumulative hazard at the largest time: the root of a falling function."""
        low, high = self._powers(shape)
        width = high - low

        def rise(log_hazard: float) -> float:
            hazard = np.exp(log_hazard)
            with np.errstate(over="ignore"):
                share = np.expm1(hazard * width)
            # an interval too narrow for a float: width / expm1(hazard * width) nears 1 / hazard
            return float(
                self.number @ (np.divide(width, share, out=np.full_like(low, 1 / hazard), where=share > 0) - low)
            )

        return float(np.exp(brentq(rise, -300.0, 300.0, xtol=1e-13)))  # type: ignore[no-untyped-call]

    def height_at_shape(self, shape: float) -> float:
        low, high = self._powers(shape)
        hazard = self._hazard(shape)
        return self._height(hazard * low, hazard * high)

    def scale_at(self, shape: float) -> float:
        """The logarithm of the most likely scale, in the unit of the times as handed in."""
        return float(np.log(self.unit) - np.log(self._hazard(shape)) / np.exp(shape))

    def slope(self, shape: float) -> float:
        """The derivative of height_at_shape: where it is 0 the likelihood has its maximum."""
        low, high = self._powers(shape)
        hazard = self._hazard(shape)
        finite = np.where(np.isfinite(self.log_begin), self.log_begin, 0.0)  # 0 times log 0 is 0
        low_change, high_change = low * finite, high * self.log_end
        with np.errstate(over="ignore"):
            share = np.expm1(hazard * (high - low))
        change = high_change - low_change
        return float(self.number @ (np.divide(change, share, out=np.zeros_like(low), where=share > 0) - low_change))

    def height_at_scale(self, log_scale: float, near: float) -> float:
        """The greatest log-likelihood of this scale over every shape."""
        centred = log_scale - float(np.log(self.unit))
        found = minimize_scalar(  # type: ignore[no-untyped-call]
            lambda shape: -self._height(*self._powers(shape, centred)),
            bounds=(near - 4.0, near + 4.0), method="bounded", options={"xatol": 1e-9},
        )  # fmt: skip
        return -float(found.fun)


def _find_bounds(
    height: Callable[[float], float], top: float, least: float, most: float
) -> tuple[float, float] | None:
    """Where a profile has fallen by FALL on either side of its maximum; None where it does not between the limits."""
    limit = height(top) - FALL
    bounds = []
    for side, furthest in ((-1.0, least), (1.0, most)):
        reach = 0.05
        while height(top + side * reach) > limit:
            reach *= 2
            if not least < top + side * reach < most:
                reach = abs(furthest - top)
                if height(furthest) > limit:
                    return None
        bounds.append(float(brentq(lambda value: height(value) - limit, top, top + side * reach, xtol=1e-10)))  # type: ignore[no-untyped-call]
    return bounds[0], bounds[1]
