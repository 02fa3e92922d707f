"""Do small trials show another effect than large ones: tests of asymmetry for binary outcomes, from ten trials on.

Sources: Peters et al., JAMA 2006;295:676: the log odds ratio on 1 / N, weighted by 1 / (1 / E + 1 / (N - E)) with E
events among N people; its slope is tested. Harbord, Egger, Sterne, Stat Med 2006;25:3443: the score over the root of
its variance, on that root; its intercept is tested, with the variance of the hypergeometric distribution (N - 1).
Fewer than ten trials: Cochrane Handbook 13.3.5.4. Trials without events, or with nothing but events, are left out;
Peters gives a half to each cell of a trial with an empty one. Asymmetry has other causes than missing trials.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtr

from pipeline.statistics.arguments import Floats
from pipeline.statistics.codes import Reason
from pipeline.statistics.evidence import HALF
from pipeline.statistics.solved import NAN
from pipeline.statistics.trial_tables import Trials, effects, read_trials

FEWEST_TRIALS = 10


@dataclass(frozen=True)
class SmallStudyTest:
    """estimate: the slope (Peters) or intercept (Harbord) tested, with its standard error and two-sided p-value on
    study_count - 2 degrees of freedom; NaN with a reason_code where there is no test."""

    estimate: float
    standard_error: float
    p_value: float
    study_count: int
    reason_code: str | None


def assess_peters(events: Any, total: Any, comparator_events: Any, comparator_total: Any) -> SmallStudyTest:
    """Peters' test; arguments and errors as for `pool`."""
    trials = _read_informative(events, total, comparator_events, comparator_total)
    size, affected = trials.total + trials.comparator_total, trials.affected + trials.comparator_affected
    effect, _ = effects(trials.corrected(HALF, trials.has_zero), "or")
    return _regress(effect, 1 / size, affected * (size - affected) / size, tested=1)


def assess_harbord(events: Any, total: Any, comparator_events: Any, comparator_total: Any) -> SmallStudyTest:
    """Harbord's test; arguments and errors as for `pool`."""
    trials = _read_informative(events, total, comparator_events, comparator_total)
    size, affected = trials.total + trials.comparator_total, trials.affected + trials.comparator_affected
    score = trials.affected - affected * trials.total / size
    variance = affected * (size - affected) * trials.total * trials.comparator_total / (size**2 * (size - 1))
    return _regress(score / np.sqrt(variance), np.sqrt(variance), np.ones(trials.count), tested=0)


def _read_informative(*counts: Any) -> Trials:
    trials = read_trials(*counts)
    return trials.only(~trials.is_double_zero)


def _regress(outcome: Floats, predictor: Floats, weight: Floats, tested: int) -> SmallStudyTest:
    """Weighted least squares; `tested`: 0 for the intercept, 1 for the slope."""
    count = outcome.size
    if count < FEWEST_TRIALS:
        return SmallStudyTest(NAN, NAN, NAN, count, Reason.FEWER_THAN_TEN_TRIALS)
    centre = float((weight * predictor).sum() / weight.sum())
    spread = float((weight * (predictor - centre) ** 2).sum())
    if spread <= 1e-12 * weight.sum() * centre**2:
        return SmallStudyTest(NAN, NAN, NAN, count, Reason.TRIALS_OF_ONE_SIZE)
    mean = float((weight * outcome).sum() / weight.sum())
    slope = float((weight * (predictor - centre) * outcome).sum() / spread)
    residual = outcome - mean - slope * (predictor - centre)
    scale = float((weight * residual**2).sum() / (count - 2))
    intercept = (mean - slope * centre, 1 / float(weight.sum()) + centre**2 / spread)
    estimate, share = (intercept, (slope, 1 / spread))[tested]
    error = float(np.sqrt(scale * share))
    if not error > 0:
        return SmallStudyTest(NAN, NAN, NAN, count, Reason.NO_WIDTH)
    return SmallStudyTest(estimate, error, 2 * float(stdtr(count - 2, -abs(estimate) / error)), count, None)
