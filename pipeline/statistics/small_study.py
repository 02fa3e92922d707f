"""Do small trials show other effects than large ones: two tests of odds ratios that keep their error.

Sources: Peters et al., JAMA 2006;295:676 (the slope of the log odds ratio on 1 / N, weighted by E (N - E) / N, where
E is everybody affected among N); Harbord, Egger, Sterne, Stat Med 2006;25:3443 (the intercept of score over the root
of its variance on that root; variance with N - 1). A small p-value has many causes beside publication bias. Asked
from ten trials on (Cochrane Handbook 13.3.5.4): below that a test cannot tell chance from asymmetry. A regression on
1 / N with inverse-variance weights is another test than Peters'.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtr

from pipeline.statistics.arguments import Floats
from pipeline.statistics.trial_tables import effects, read_trials

FEWEST_TRIALS = 10
HALF = 0.5
NAN = float("nan")


@dataclass(frozen=True)
class Asymmetry:
    """Two-sided p-values; NaN below FEWEST_TRIALS trials that carry information, or where all are of one size."""

    peters_p_value: float
    harbord_p_value: float


def measure_asymmetry(events: Any, total: Any, comparator_events: Any, comparator_total: Any) -> Asymmetry:
    """Peters' and Harbord's tests over trials in which somebody, and not everybody, was affected.

    Peters gives a half to the cells of trials with an empty one, as the log odds ratio needs; Harbord needs none.
    Arguments and ValueError are those of `pool`.
    """
    every = read_trials(events, total, comparator_events, comparator_total)
    trials = every.only(~every.is_double_zero)
    if trials.count < FEWEST_TRIALS:
        return Asymmetry(NAN, NAN)
    affected = trials.affected + trials.comparator_affected
    size = trials.total + trials.comparator_total
    log_odds, _ = effects(trials.corrected(HALF, trials.has_zero), "or")
    weight = affected * (size - affected) / size
    score = trials.affected - affected * trials.total / size
    spread = trials.total * trials.comparator_total * affected * (size - affected) / (size**2 * (size - 1))
    root = np.sqrt(spread)
    return Asymmetry(
        peters_p_value=_test_coefficient(log_odds, 1 / size, weight, of_slope=True),
        harbord_p_value=_test_coefficient(score / root, root, np.ones_like(root), of_slope=False),
    )


def _test_coefficient(answer: Floats, predictor: Floats, weight: Floats, *, of_slope: bool) -> float:
    """Two-sided p-value, by t on two degrees of freedom fewer than trials, of a slope or intercept."""
    total = weight.sum()
    centre = (weight * predictor).sum() / total
    spread = (weight * (predictor - centre) ** 2).sum()
    if spread <= 1e-12 * (weight * predictor**2).sum():
        return NAN
    slope = (weight * (predictor - centre) * answer).sum() / spread
    intercept = (weight * answer).sum() / total - slope * centre
    df = answer.size - 2
    residual = (weight * (answer - intercept - slope * predictor) ** 2).sum() / df
    variance = residual / spread if of_slope else residual * (1 / total + centre**2 / spread)
    if variance <= 0:
        return NAN
    return 2 * float(stdtr(df, -abs(slope if of_slope else intercept) / np.sqrt(variance)))
