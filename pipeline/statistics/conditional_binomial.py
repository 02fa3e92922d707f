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
from scipy.special import stdtrit

from pipeline.statistics.arguments import Floats, Ints
from pipeline.statistics.ascent import Surface, curvature
from pipeline.statistics.codes import Note, Reason
from pipeline.statistics.exact_odds import log_hypergeometric
from pipeline.statistics.solved import NAN, PREDICTION_BY_T, Solved, solve_wald
from pipeline.statistics.trial_tables import Trials

REACH = 7.0  # standard deviations of a normal distribution that are integrated over
FINENESS = 0.6  # step of the integral, in standard deviations of the product that is integrated
TAUS = (0.1, 0.3, 0.7, 1.5)  # where the search begins: the likelihood can have a maximum at 0 and another above it
LEAST_TAU, LARGEST_TAU = 1e-3, 6.0
MOST_CELLS = 1 << 15  # held at once: more do not fit a processor's cache, and take twice as long
GAIN = 1e-7  # log-likelihood above that of one effect, below which tau-squared is 0


def solve_conditional_binomial(trials: Trials) -> Solved:
    """Odds ratio with tau-squared, Wald interval and, from three trials on, prediction interval."""
    if not trials.count:
        return Solved(reason_code=Reason.EMPTY_CELL_IN_EVERY_TRIAL)
    stack = _Stack.of(_list_margins(trials))
    if not stack.places.any() or (stack.places == stack.most).all():
        return Solved(reason_code=_one_sided(trials))
    centre, tau, error = _fit(stack)
    if not np.isfinite(error):
        return Solved(reason_code=Reason.NOT_CONVERGED)
    count = stack.count
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
class _Stack:
    """All trials at once: log coefficients of the possible numbers of events with the drug (a row each, filled up
    with minus infinity), the place of the number seen, and the place of the largest one."""

    coefficients: Floats
    places: Ints
    most: Ints

    @classmethod
    def of(cls, margins: list[tuple[float, float, float, float]]) -> "_Stack":
        rows = [log_hypergeometric(total, other, events) for total, other, events, _ in margins]
        coefficients = np.full((len(rows), max(row.size for row in rows)), -np.inf)
        for place, row in enumerate(rows):
            coefficients[place, : row.size] = row
        places = [int(affected - max(0.0, events - other)) for _, other, events, affected in margins]
        return cls(coefficients, np.array(places), np.array([row.size - 1 for row in rows]))

    @property
    def count(self) -> int:
        return int(self.places.size)

    def moments(self, rows: Ints, log_odds: Floats) -> tuple[Floats, Floats, Floats]:
        """Of trial `rows[i]` at `log_odds[i]`: log-likelihood, events beyond those expected, variance of events."""
        size = max(1, MOST_CELLS // self.coefficients.shape[1])
        starts = range(0, rows.size, size)
        parts = [self._moments(rows[at : at + size], log_odds[at : at + size]) for at in starts]
        value, beyond, variance = (np.concatenate([part[i] for part in parts]) for i in range(3))
        return value, beyond, variance

    def _moments(self, rows: Ints, log_odds: Floats) -> tuple[Floats, Floats, Floats]:
        values = np.arange(self.coefficients.shape[1]) - self.places[rows, None]
        raised = self.coefficients[rows] + log_odds[:, None] * values
        highest = raised.max(axis=1)
        chances = np.exp(raised - highest[:, None])
        sums = chances.sum(axis=1)
        chances /= sums[:, None]
        beyond = -(chances * values).sum(axis=1)
        own = self.coefficients[rows, self.places[rows]]
        return own - highest - np.log(sums), beyond, (chances * values**2).sum(axis=1) - beyond**2

    def integrate(self, centre: float, tau: float) -> tuple[float, Floats]:
        """Log-likelihood over effects normal around `centre` with sd tau, and its gradient by centre and log tau.

        Of each trial a sum over equal steps, which is exact to many digits for a smooth curve that vanishes at both
        ends.
        """
        every = np.arange(self.count)
        widest = self.moments(every, np.full(self.count, centre))[2]
        step = FINENESS / np.sqrt(1 + np.maximum(widest, 0.25 * self.most / (1 + self.most)) * tau**2)
        nodes = np.ceil((2 * REACH + step) / step).astype(int)
        rows, starts = np.repeat(every, nodes), np.concatenate([[0], np.cumsum(nodes)[:-1]])
        deviates = step[rows] * (np.arange(rows.size) - starts[rows]) - REACH
        value, beyond, _ = self.moments(rows, centre + tau * deviates)
        joint = value - deviates**2 / 2
        highest = np.maximum.reduceat(joint, starts)
        weights = np.exp(joint - highest[rows])
        sums = np.add.reduceat(weights, starts)
        share = weights / sums[rows] * beyond
        gradient = np.array([share.sum(), (share * deviates).sum() * tau])
        return float((highest + np.log(sums) + np.log(step / np.sqrt(2 * np.pi))).sum()), gradient


def _fit(stack: _Stack) -> tuple[float, float, float]:
    """Mean, tau and the standard error of the mean; NaN where there is no finite maximum."""
    common, error, height, slope = _fit_common(stack)
    if stack.count < 2:
        return common, 0.0, error

    def surface(point: Floats) -> tuple[float, Floats]:
        return stack.integrate(float(point[0]), float(np.exp(point[1])))

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


def _fit_common(stack: _Stack) -> tuple[float, float, float, float]:
    """One effect: the log odds ratio whose expected events are those seen, its standard error, the log-likelihood,
    and the slope of the log-likelihood by tau-squared there, times two."""
    every = np.arange(stack.count)

    def moments(log_odds: float) -> tuple[float, float, float, float]:
        value, beyond, variance = stack.moments(every, np.full(stack.count, log_odds))
        return float(value.sum()), float(beyond.sum()), float(variance.sum()), float((beyond**2 - variance).sum())

    reach = 2.0
    while moments(-reach)[1] < 0 or moments(reach)[1] > 0:
        reach *= 2
    centre = float(brentq(lambda at: moments(at)[1], -reach, reach, xtol=1e-13, rtol=1e-13))  # type: ignore[no-untyped-call]
    value, _, variance, slope = moments(centre)
    return centre, float(variance**-0.5), value, slope
