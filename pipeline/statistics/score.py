"""Score intervals of the stratified risk difference and risk ratio (Miettinen and Nurminen, Stat Med 1985;4:213).

A value is in the interval where the score statistic of the hypothesis that it is the common effect is within the
normal quantile: the weighted sum of (p1 - p2 - value), or (p1 - value x p2), over the square root of its variance at
the risks that fit the hypothesis best, trial by trial, times N / (N - 1). For one trial this is the interval of 1985.

Weights are those of Mantel and Haenszel, n m / (n + m). The iterated weights of section 4 of the paper become 0 / 0
where no comparator has an event; these depend on the sizes alone, so that trials without events stay in a difference
at their size, the point estimate is the Mantel-Haenszel one, and the test of no effect is that of Cochran, Mantel and
Haenszel without a correction. R's ratesci offers both weights and by default corrects for skewness as well; the
summary score interval of SAS weighs by the inverse variance and leaves N / (N - 1) out.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from pipeline.statistics.arguments import Floats
from pipeline.statistics.codes import Note, Reason
from pipeline.statistics.solved import Solved
from pipeline.statistics.trial_tables import Trials
from pipeline.statistics.two_by_two import Z95

HAIR = 1e-12  # kept from the ends of the range, where the variance vanishes
SETTLED, TINY = 1e-13, 1e-6  # of a step, relative to the risk, where the search for it ends
FARTHEST = 80.0  # of a log ratio: no table of people reaches it

Score = Callable[[float], tuple[float, float]]
"""The weighted distance from a hypothetical effect, and its standard error under that hypothesis."""


def score_difference(trials: Trials) -> Solved:
    """Mantel-Haenszel risk difference with its score interval, also where nobody was affected; NaN without trials."""
    if not trials.count:
        return Solved(reason_code=Reason.NOBODY_AFFECTED)
    weight, risk, other_risk = _weigh(trials)
    estimate = float((weight * (risk - other_risk)).sum() / weight.sum())

    def score(difference: float) -> tuple[float, float]:
        fitted = _fit_difference(trials, difference)
        return _standardise(trials, risk - other_risk - difference, fitted + difference, fitted, scale=1.0)

    lower = _solve(score, estimate - HAIR, -1 + HAIR, Z95) if estimate > -1 + 2 * HAIR else -1.0
    upper = _solve(score, estimate + HAIR, 1 - HAIR, -Z95) if estimate < 1 - 2 * HAIR else 1.0
    return Solved(estimate=estimate, lower=lower, upper=upper, p_value=_p_value(score, 0.0))


def score_ratio(trials: Trials) -> Solved:
    """Mantel-Haenszel risk ratio with its score interval.

    No event beside the comparator: the estimate and the upper bound are NaN and the lower bound is valid
    (`infinite`); no event with the drug: the other way round (`zero`); no trial: all are NaN.
    """
    if not trials.count:
        return Solved(reason_code=Reason.EMPTY_CELL_IN_EVERY_TRIAL)
    weight, risk, other_risk = _weigh(trials)
    numerator, denominator = float((weight * risk).sum()), float((weight * other_risk).sum())

    def score(log_ratio: float) -> tuple[float, float]:
        ratio = float(np.exp(log_ratio))
        fitted = _fit_ratio(trials, ratio)
        return _standardise(trials, risk - ratio * other_risk, ratio * fitted, fitted, scale=ratio)

    p_value = _p_value(score, 0.0)
    if denominator == 0:
        lower = float(np.exp(_solve(score, FARTHEST, -FARTHEST, Z95)))
        return Solved(lower=lower, p_value=p_value, reason_code=Reason.NO_COMPARATOR_EVENT, note_code=Note.INFINITE)
    if numerator == 0:
        upper = float(np.exp(_solve(score, -FARTHEST, FARTHEST, -Z95)))
        return Solved(upper=upper, p_value=p_value, reason_code=Reason.NO_DRUG_EVENT, note_code=Note.ZERO)
    centre = float(np.log(numerator / denominator))
    lower, upper = (_solve(score, centre, end, critical) for end, critical in ((-FARTHEST, Z95), (FARTHEST, -Z95)))
    estimate, lower, upper = (float(np.exp(each)) for each in (centre, lower, upper))
    return Solved(estimate=estimate, lower=lower, upper=upper, log_estimate=centre, p_value=p_value)


def _weigh(trials: Trials) -> tuple[Floats, Floats, Floats]:
    n, m = trials.total, trials.comparator_total
    return n * m / (n + m), trials.affected / n, trials.comparator_affected / m


def _standardise(
    trials: Trials, distance: Floats, fitted: Floats, other: Floats, *, scale: float
) -> tuple[float, float]:
    """The weighted distance and its standard error at the risks `fitted` and `other`, the latter times `scale`."""
    size = trials.total + trials.comparator_total
    weight = trials.total * trials.comparator_total / size
    variance = fitted * (1 - fitted) / trials.total + scale**2 * other * (1 - other) / trials.comparator_total
    spread = (weight**2 * np.maximum(variance, 0.0) * size / (size - 1)).sum()
    return float((weight * distance).sum()), float(np.sqrt(spread))


def _p_value(score: Score, none: float) -> float:
    """Two-sided, of no effect; 1 where nobody, or everybody, was affected: the hypothesis fits exactly."""
    distance, error = score(none)
    return 2 * float(ndtr(-abs(distance) / error)) if distance else 1.0


def _solve(score: Score, inside: float, end: float, critical: float) -> float:
    """The effect between `inside` and `end` whose distance is `critical` standard errors; `end` where none is."""

    @cache  # the solver begins by asking for both ends again
    def excess(effect: float) -> float:
        distance, error = score(effect)
        return distance - critical * error

    if excess(inside) * excess(end) >= 0:
        return float(np.sign(end)) if abs(end) < 1 else end
    return float(brentq(excess, inside, end, xtol=1e-15, rtol=1e-13, maxiter=200))  # type: ignore[no-untyped-call]


def _fit_ratio(trials: Trials, ratio: float) -> Floats:
    """The comparator's risk in each trial that fits best where the drug's is `ratio` times it."""
    n, m, x, y = trials.total, trials.comparator_total, trials.affected, trials.comparator_affected
    linear = ratio * (n + y) + m + x
    root = np.sqrt(np.maximum(linear**2 - 4 * (n + m) * ratio * (x + y), 0.0))
    return np.asarray(2 * (x + y) / (linear + root))  # the conjugate, which does not cancel for rare events


def _fit_difference(trials: Trials, difference: float) -> Floats:
    """The comparator's risk in each trial that fits best where the drug's is `difference` above it.

    The root of the likelihood's cubic that lies between the possible risks, found by bisection and then Newton's
    steps kept within the bracket: the trigonometric formula loses half of its digits for rare events.
    """
    n, m, x, y = trials.total, trials.comparator_total, trials.affected, trials.comparator_affected
    low = np.full(n.shape, max(0.0, -difference))
    high = np.full(n.shape, min(1.0, 1.0 - difference))
    cubic = [
        n + m,
        (n + 2 * m) * difference - (n + m) - (x + y),
        (m * difference - (n + m) - 2 * y) * difference + x + y,
        y * difference * (1 - difference),
    ]

    falls = _slope(trials, difference, low + HAIR) <= 0  # the maximum is at an end
    rises = _slope(trials, difference, high - HAIR) > 0
    low, high = np.where(rises & ~falls, high, low), np.where(falls, low, high)
    risk = (low + high) / 2
    for _ in range(60):
        value = ((cubic[0] * risk + cubic[1]) * risk + cubic[2]) * risk + cubic[3]
        slope = (3 * cubic[0] * risk + 2 * cubic[1]) * risk + cubic[2]
        # the likelihood rises below its maximum, where the cubic is positive
        low, high = np.where(value > 0, risk, low), np.where(value > 0, high, risk)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = risk - value / slope
        inside = (step >= low) & (step <= high)  # a step of nothing has arrived
        moved = np.where(inside, step, (low + high) / 2)
        if (np.abs(moved - risk) <= SETTLED * (np.abs(moved) + TINY)).all():
            return np.asarray(moved)
        risk = moved
    return np.asarray(risk)


def _slope(trials: Trials, difference: float, risk: Floats) -> Floats:
    """Slope of the log-likelihood by the comparator's risk; near the ends, where the cubic is all rounding."""
    first, other = (np.clip(each, HAIR / 2, 1 - HAIR / 2) for each in (risk + difference, risk))
    return np.asarray(
        trials.affected / first
        - trials.unaffected / (1 - first)
        + trials.comparator_affected / other
        - trials.comparator_unaffected / (1 - other)
    )
