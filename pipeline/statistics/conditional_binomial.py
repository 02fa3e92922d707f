"""The conditional model with random effects: log odds ratios of trials vary normally around their mean.

Given its margins, the events with the drug in a trial follow Fisher's non-central hypergeometric distribution with
the trial's own odds ratio (Stijnen, Hamza, Ozdemir, Stat Med 2010;29:3046: the hypergeometric-normal model, "CM.EL"
of R's metafor; its binomial approximation "CM.AL" is not used). Baselines drop out, nothing is added to a cell,
trials without events carry nothing. Maximum likelihood, integrated over each trial's effect; Wald interval from the
observed information of mean and tau-squared together.

Where tau-squared is 0 the model is that of one effect, and its estimate and standard error are the answer (metafor
fails there, or gives a standard error of 1e-6). Where every trial has all of its events on one side there is no
finite maximum, although software may print one; nor is there where single trials contradict each other outright.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import logsumexp, stdtrit

from pipeline.statistics.arguments import Floats
from pipeline.statistics.ascent import Surface, curvature
from pipeline.statistics.codes import Note, Reason
from pipeline.statistics.exact_odds import log_hypergeometric
from pipeline.statistics.solved import NAN, PREDICTION_BY_T, Solved, solve_wald
from pipeline.statistics.trial_tables import Trials

REACH = 7.0  # standard deviations of a normal distribution that are integrated over
FINENESS = 0.6  # step of the integral, in standard deviations of the product that is integrated
TAUS = (0.1, 0.3, 0.7, 1.5)  # where the search begins: the likelihood can have a maximum at 0 and another above it
LEAST_TAU, LARGEST_TAU = 1e-3, 6.0
GAIN = 1e-7  # log-likelihood above that of one effect, below which tau-squared is 0


def solve_conditional_binomial(trials: Trials) -> Solved:
    """Odds ratio with tau-squared, Wald interval and, from three trials on, prediction interval."""
    if not trials.count:
        return Solved(reason_code=Reason.EMPTY_CELL_IN_EVERY_TRIAL)
    each = [_Trial.of(*margins) for margins in _list_margins(trials)]
    if all(one.place == 0 for one in each) or all(one.place == one.most for one in each):
        return Solved(reason_code=_one_sided(trials))
    centre, tau, error = _fit(each)
    if not np.isfinite(error):
        return Solved(reason_code=Reason.NOT_CONVERGED)
    count = len(each)
    reach = float(stdtrit(count - 2, 0.975)) * float(np.hypot(tau, error)) if count > 2 else NAN
    return solve_wald(
        centre,
        error,
        tau_squared=tau**2 if count > 1 else NAN,
        prediction_lower=float(np.exp(centre - reach)),
        prediction_upper=float(np.exp(centre + reach)),
        prediction_form=None if np.isnan(reach) else PREDICTION_BY_T,
        note_code=Note.FEW_TRIALS if count == 2 else None,
    )


def _list_margins(trials: Trials) -> list[tuple[float, float, float, float]]:
    events = trials.affected + trials.comparator_affected
    return list(zip(trials.total, trials.comparator_total, events, trials.affected, strict=True))


def _one_sided(trials: Trials) -> Reason:
    if not trials.comparator_affected.any():
        return Reason.NO_COMPARATOR_EVENT
    return Reason.EMPTY_CELL_IN_EVERY_TRIAL if trials.affected.any() else Reason.NO_DRUG_EVENT


@dataclass(frozen=True)
class _Trial:
    """Log coefficients of the possible numbers of events with the drug, and the place of the number seen."""

    coefficients: Floats
    place: int

    @classmethod
    def of(cls, total: float, other: float, events: float, affected: float) -> "_Trial":
        return cls(log_hypergeometric(total, other, events), int(affected - max(0.0, events - other)))

    @property
    def most(self) -> int:
        return self.coefficients.size - 1

    def moments(self, log_odds: Floats) -> tuple[Floats, Floats, Floats]:
        """At each log odds ratio: log-likelihood, events beyond those expected, variance of the events."""
        values = np.arange(self.coefficients.size) - self.place
        raised = self.coefficients + log_odds[:, None] * values
        scale = logsumexp(raised, axis=1)
        chances = np.exp(raised - scale[:, None])
        beyond = -(chances @ values)
        return self.coefficients[self.place] - scale, beyond, chances @ values**2 - beyond**2

    def integrate(self, centre: float, tau: float) -> tuple[float, Floats]:
        """Log-likelihood over effects normal around `centre` with sd tau, and its gradient by centre and log tau.

        A sum over equal steps, which is exact to many digits for a smooth curve that vanishes at both ends.
        """
        widest = float(self.moments(np.array([centre]))[2][0])
        step = FINENESS / np.sqrt(1 + max(widest, 0.25 * self.most / (1 + self.most)) * tau**2)
        deviates = np.arange(-REACH, REACH + step, step)
        value, beyond, _ = self.moments(centre + tau * deviates)
        joint = value - deviates**2 / 2
        total = float(logsumexp(joint))
        share = np.exp(joint - total) * beyond
        gradient = np.array([share.sum(), (share * deviates).sum() * tau])
        return total + float(np.log(step / np.sqrt(2 * np.pi))), gradient


def _fit(each: list[_Trial]) -> tuple[float, float, float]:
    """Mean, tau and the standard error of the mean; NaN where there is no finite maximum."""
    common, error, height, slope = _fit_common(each)
    if len(each) < 2:
        return common, 0.0, error

    def surface(point: Floats) -> tuple[float, Floats]:
        parts = [one.integrate(float(point[0]), float(np.exp(point[1]))) for one in each]
        return sum(part[0] for part in parts), np.sum([part[1] for part in parts], axis=0)

    heights = [surface(np.array([common, np.log(tau)]))[0] for tau in TAUS]
    if max(heights) <= height and slope <= 0:
        return common, 0.0, error
    point = _climb(surface, np.array([common, np.log(TAUS[int(np.argmax(heights))])]))
    if surface(point)[0] <= height + GAIN or np.exp(point[1]) < 2 * LEAST_TAU:
        return common, 0.0, error
    if np.exp(point[1]) > LARGEST_TAU / 1.01:
        return NAN, NAN, NAN
    information = curvature(surface, point)
    if np.linalg.eigvalsh(information)[0] <= 0:
        return NAN, NAN, NAN
    return float(point[0]), float(np.exp(point[1])), float(np.sqrt(np.linalg.inv(information)[0, 0]))


def _climb(surface: Surface, start: Floats) -> Floats:
    """The maximum from a start: a search within bounds."""
    bounds = [(-25.0, 25.0), (float(np.log(LEAST_TAU)), float(np.log(LARGEST_TAU)))]

    def below(point: Floats) -> tuple[float, Floats]:
        value, gradient = surface(point)
        return -value, -gradient

    options = {"ftol": 1e-15, "gtol": 1e-8, "maxiter": 200}
    found = minimize(below, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)  # type: ignore[no-untyped-call]
    return np.asarray(found.x)


def _fit_common(each: list[_Trial]) -> tuple[float, float, float, float]:
    """One effect: the log odds ratio whose expected events are those seen, its standard error, the log-likelihood,
    and the slope of the log-likelihood by tau-squared there, times two."""

    def moments(log_odds: float) -> tuple[float, float, float, float]:
        parts = [one.moments(np.array([log_odds])) for one in each]
        value, beyond, variance = (np.array([part[i][0] for part in parts]) for i in range(3))
        return float(value.sum()), float(beyond.sum()), float(variance.sum()), float((beyond**2 - variance).sum())

    reach = 2.0
    while moments(-reach)[1] < 0 or moments(reach)[1] > 0:
        reach *= 2
    centre = float(brentq(lambda at: moments(at)[1], -reach, reach, xtol=1e-13, rtol=1e-13))  # type: ignore[no-untyped-call]
    value, _, variance, slope = moments(centre)
    return centre, float(variance**-0.5), value, slope
