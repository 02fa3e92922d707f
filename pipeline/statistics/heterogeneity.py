"""How much trials differ beyond chance.

Sources: Cochran's Q; DerSimonian and Laird, Control Clin Trials 1986;7:177; restricted maximum likelihood,
Viechtbauer, J Educ Behav Stat 2005;30:261; Paule and Mandel 1982; I-squared, Higgins and Thompson, Stat Med
2002;21:1539, from tau-squared and a typical variance for random effects. Tau-squared is a variance, so it
is never below zero: where the moment estimate would be, it is zero.

A list of groups with one tau-squared between them and a mean each (subgroups with a common tau-squared) is
the general case; one group is the ordinary analysis.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri

from pipeline.statistics.arguments import Floats

Group = tuple[Floats, Floats]  # effects and their variances


def weighted_mean(effect: Floats, weight: Floats) -> float:
    return float((weight * effect).sum() / weight.sum())


def cochran_q(effect: Floats, variance: Floats, tau_squared: float = 0.0, mean: float | None = None) -> float:
    """Weighted squared distances from the mean; weights are inverse variances with tau-squared added."""
    weight = 1 / (variance + tau_squared)
    centre = weighted_mean(effect, weight) if mean is None else mean
    return float((weight * (effect - centre) ** 2).sum())


def tau_squared(groups: Sequence[Group], method: str) -> float:
    """Variance between trials within groups by "dl", "reml" or "pm"; NaN when no group has two trials."""
    if sum(effect.size - 1 for effect, _ in groups) < 1:
        return float("nan")
    estimators: dict[str, Callable[[Sequence[Group]], float]] = {
        "dl": _dersimonian_laird,
        "reml": _restricted_likelihood,
        "pm": _paule_mandel,
    }
    return estimators[method](groups)


def tau_squared_interval(effect: Floats, variance: Floats) -> tuple[float, float]:
    """95% bounds of tau-squared: where Q with tau-squared in its weights meets the quantiles of chi-squared
    (Q-profile, Viechtbauer, Stat Med 2007;26:37). NaN with fewer than two trials."""
    df = effect.size - 1
    if df < 1:
        return float("nan"), float("nan")
    bounds = [_tau_where_q_is([(effect, variance)], float(chdtri(df, tail))) for tail in (0.025, 0.975)]
    return bounds[0], bounds[1]


def i_squared(q: float, df: int) -> float:
    """Share of variation beyond chance, percent, from Q; never below zero."""
    return max(0.0, 100 * (q - df) / q) if q > 0 else 0.0


def i_squared_of(tau: float, variance: Floats) -> float:
    """The same from tau-squared and the typical variance within trials."""
    weight = 1 / variance
    typical = (variance.size - 1) * weight.sum() / (weight.sum() ** 2 - (weight**2).sum())
    return float(100 * tau / (tau + typical))


def _degrees(groups: Sequence[Group]) -> int:
    return sum(effect.size - 1 for effect, _ in groups)


def _dersimonian_laird(groups: Sequence[Group]) -> float:
    excess = sum(cochran_q(*group) for group in groups) - _degrees(groups)
    weights = [1 / variance for _, variance in groups]
    scale = sum(float(weight.sum() - (weight**2).sum() / weight.sum()) for weight in weights)
    return max(0.0, excess / scale)


def _paule_mandel(groups: Sequence[Group]) -> float:
    return _tau_where_q_is(groups, _degrees(groups))


def _tau_where_q_is(groups: Sequence[Group], wanted: float) -> float:
    """Tau-squared at which Q, which falls as tau-squared grows, is `wanted`; 0 where it is already below."""

    def excess(tau: float) -> float:
        return sum(cochran_q(*group, tau) for group in groups) - wanted

    if excess(0.0) <= 0:
        return 0.0
    ceiling = _ceiling(groups)
    while excess(ceiling) > 0:
        ceiling *= 2
    return _root(excess, 0.0, ceiling)


def _restricted_likelihood(groups: Sequence[Group]) -> float:
    """The global maximum: a grid first, since the restricted likelihood can have two maxima."""

    def loss(taus: Floats) -> Floats:
        """For many values at once: a grid evaluated one by one costs more than all the rest of pooling."""
        total = np.zeros(taus.size)
        for effect, variance in groups:
            spread = variance + taus[:, None]
            weight = 1 / spread
            mean = (weight * effect).sum(axis=1) / weight.sum(axis=1)
            total += np.log(spread).sum(axis=1) + np.log(weight.sum(axis=1))
            total += (weight * (effect - mean[:, None]) ** 2).sum(axis=1)
        return total

    def fall(tau: float) -> float:
        """Derivative of the loss."""
        total = 0.0
        for effect, variance in groups:
            weight = 1 / (variance + tau)
            residual = weight * (effect - weighted_mean(effect, weight))
            total += weight.sum() - (weight**2).sum() / weight.sum() - (residual**2).sum()
        return float(total)

    ceiling = _ceiling(groups)
    grid = np.concatenate([[0.0], np.geomspace(1e-8, 1, 161) * ceiling])
    place = int(np.argmin(loss(grid)))
    low, high = grid[max(place - 1, 0)], grid[min(place + 1, grid.size - 1)]
    if place == 0 and fall(0.0) >= 0:
        return 0.0
    if fall(low) < 0 < fall(high):
        return _root(fall, float(low), float(high))
    return float(grid[place])  # a maximum so narrow that the point of the grid is within one part in ten of it


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(function, low, high, xtol=1e-15 * high, rtol=1e-14))  # type: ignore[no-untyped-call]


def _ceiling(groups: Sequence[Group]) -> float:
    """A value that no estimate of tau-squared passes by much: all the spread there is."""
    spread = sum(float(((effect - effect.mean()) ** 2).sum()) for effect, _ in groups)
    return 2 * spread + max(float(variance.max(initial=0)) for _, variance in groups) * 1e-6 + 1e-12
