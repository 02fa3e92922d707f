"""One effect common to all trials, pooled from the counts themselves, so that an empty cell needs no correction.

Sources: Mantel and Haenszel 1959; variances: odds ratio, Robins, Breslow, Greenland, Biometrics
1986;42:311; risk ratio, Greenland and Robins, Biometrics 1985;41:55; risk difference, Sato, Greenland,
Robins, Biometrics 1989;45:1323. Peto: Yusuf et al., Prog Cardiovasc Dis 1985;27:335 (biased when arms are
unbalanced or effects large: a sensitivity only).
"""

import numpy as np

from pipeline.statistics.arguments import Floats
from pipeline.statistics.trial_tables import Trials

Estimate = tuple[float, float]
NOTHING: Estimate = (float("nan"), float("nan"))


def mantel_haenszel_effect(trials: Trials, measure: str) -> Estimate:
    """Pooled effect (log for ratios) and standard error; NaN when an arm has no event in any trial."""
    if trials.count == 0:
        return NOTHING
    return {"or": _odds_ratio, "rr": _risk_ratio, "rd": _risk_difference}[measure](trials)


def _odds_ratio(trials: Trials) -> Estimate:
    a, b, c, d = trials.affected, trials.unaffected, trials.comparator_affected, trials.comparator_unaffected
    size = trials.total + trials.comparator_total
    forward, backward = a * d / size, b * c / size
    numerator, denominator = forward.sum(), backward.sum()
    if numerator == 0 or denominator == 0:
        return NOTHING
    agree, differ = (a + d) / size, (b + c) / size
    variance = (
        (agree * forward).sum() / (2 * numerator**2)
        + (agree * backward + differ * forward).sum() / (2 * numerator * denominator)
        + (differ * backward).sum() / (2 * denominator**2)
    )
    return float(np.log(numerator / denominator)), float(np.sqrt(variance))


def _risk_ratio(trials: Trials) -> Estimate:
    a, c, n, m = trials.affected, trials.comparator_affected, trials.total, trials.comparator_total
    size = n + m
    numerator, denominator = (a * m / size).sum(), (c * n / size).sum()
    if numerator == 0 or denominator == 0:
        return NOTHING
    variance = ((n * m * (a + c) - a * c * size) / size**2).sum() / (numerator * denominator)
    return float(np.log(numerator / denominator)), float(np.sqrt(variance)) if variance > 0 else float("nan")


def _risk_difference(trials: Trials) -> Estimate:
    a, c, n, m = trials.affected, trials.comparator_affected, trials.total, trials.comparator_total
    size = n + m
    weight = (n * m / size).sum()
    difference = ((a * m - c * n) / size).sum() / weight
    within = (a * (m - c) + c * (n - a)) / size / 2
    skew = c * (n / size) ** 2 - a * (m / size) ** 2 + n * m * (m - n) / (2 * size**2)
    # Sato's estimate, which stays right with many small trials as well as with a few large ones
    variance = (difference * skew.sum() + within.sum()) / weight**2
    return float(difference), float(np.sqrt(variance)) if variance > 0 else float("nan")


def peto_effects(trials: Trials) -> tuple[Floats, Floats]:
    """Each trial's Peto log odds ratio and variance; NaN for trials without or with only events."""
    size = trials.total + trials.comparator_total
    affected = trials.affected + trials.comparator_affected
    expected = affected * trials.total / size
    spread = affected * (size - affected) * trials.total * trials.comparator_total
    with np.errstate(divide="ignore", invalid="ignore"):
        information = spread / (size**2 * (size - 1))
        effect = (trials.affected - expected) / information
    known = information > 0
    return np.where(known, effect, np.nan), np.where(known, 1 / np.where(known, information, 1), np.nan)
