"""The beta-binomial model: risks vary between the arms of trials, around one risk with the drug and one beside it.

Source: Kuss, Stat Med 2015;34:1097. One correlation within arms for both sides, log odds of the two mean risks, the
pairing of arms within trials ignored; arms and trials without events are kept as they are, nothing is added. At
correlation 0 it is the odds ratio of the collapsed table. Standard errors from the observed information (software
that takes the expected one differs slightly); where the correlation is 0, at the edge, from that of the two risks.

A likelihood of sums of logs over "trials with more than k affected" costs nothing when the correlation nears 0, where
differences of log gamma functions lose every digit.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from pipeline.statistics.arguments import Floats
from pipeline.statistics.codes import Reason
from pipeline.statistics.solved import Solved, solve_wald
from pipeline.statistics.trial_tables import Trials

DISPERSIONS = np.concatenate([[0.0], np.geomspace(1e-5, 10, 16)])  # correlation / (1 - correlation)
STEP = 1e-5


def solve_beta_binomial(trials: Trials) -> Solved:
    """Odds ratio of the mean risks with its Wald interval; NaN where a side has no event, or nothing but events."""
    sides = [_Side.of(trials.affected, trials.unaffected)]
    sides.append(_Side.of(trials.comparator_affected, trials.comparator_unaffected))
    for side, reason in zip(sides, (Reason.NO_DRUG_EVENT, Reason.NO_COMPARATOR_EVENT), strict=True):
        if not side.affected.size:
            return Solved(reason_code=reason)
        if not side.unaffected.size:
            return Solved(reason_code=Reason.EMPTY_CELL_IN_EVERY_TRIAL)
    dispersion = _likeliest_dispersion(sides)
    log_odds = [side.fit(dispersion) for side in sides]
    effect = log_odds[0] - log_odds[1]
    error = _standard_error(sides, log_odds, dispersion)
    if not np.isfinite(error):
        return Solved(reason_code=Reason.NOT_CONVERGED)
    return solve_wald(effect, error)


@dataclass(frozen=True)
class _Side:
    """The arms of one side. affected[k], unaffected[k], size[k]: number of arms with more than k such people."""

    affected: Floats
    unaffected: Floats
    size: Floats

    @classmethod
    def of(cls, affected: Floats, unaffected: Floats) -> "_Side":
        return cls(_exceeding(affected), _exceeding(unaffected), _exceeding(affected + unaffected))

    def score(self, log_odds: float, dispersion: float) -> tuple[float, float, float]:
        """Log-likelihood and its derivatives by the log odds and by the dispersion."""
        risk, other = 1 / (1 + np.exp(-log_odds)), 1 / (1 + np.exp(log_odds))
        value = by_risk = by_dispersion = 0.0
        for counts, start, sign in ((self.affected, risk, 1.0), (self.unaffected, other, -1.0)):
            place = np.arange(counts.size)
            term = start + place * dispersion
            value += float(counts @ np.log(term))
            by_risk += sign * float((counts / term).sum())
            by_dispersion += float((counts * place / term).sum())
        place = np.arange(self.size.size)
        term = 1 + place * dispersion
        value -= float(self.size @ np.log(term))
        by_dispersion -= float((self.size * place / term).sum())
        return value, by_risk * risk * other, by_dispersion

    def fit(self, dispersion: float) -> float:
        """The likeliest log odds at a dispersion."""

        more, fewer = np.arange(self.affected.size) * dispersion, np.arange(self.unaffected.size) * dispersion

        def slope(log_odds: float) -> float:
            risk, other = 1 / (1 + np.exp(-log_odds)), 1 / (1 + np.exp(log_odds))
            return float((self.affected / (risk + more)).sum() - (self.unaffected / (other + fewer)).sum())

        crude = float(np.log(self.affected.sum() / self.unaffected.sum()))
        if not dispersion:
            return crude
        low, high = crude - 1, crude + 1
        while slope(low) < 0:
            low -= 2
        while slope(high) > 0:
            high += 2
        return float(brentq(slope, low, high, xtol=1e-13, rtol=1e-13))  # type: ignore[no-untyped-call]


def _exceeding(people: Floats) -> Floats:
    counts = np.bincount(people.astype(np.int64))
    return np.asarray(counts[::-1].cumsum()[::-1][1:], dtype=np.float64)


def _likeliest_dispersion(sides: list[_Side]) -> float:
    """A grid first, since the profile can have its maximum at 0 and another above it."""

    def profile(dispersion: float) -> tuple[float, float]:
        scores = [side.score(side.fit(dispersion), dispersion) for side in sides]
        return sum(score[0] for score in scores), sum(score[2] for score in scores)

    found = [profile(dispersion) for dispersion in DISPERSIONS]
    place = int(np.argmax([value for value, _ in found]))
    low, high = DISPERSIONS[max(place - 1, 0)], DISPERSIONS[min(place + 1, DISPERSIONS.size - 1)]
    slopes = profile(low)[1], profile(high)[1]
    if slopes[0] <= 0 or slopes[1] >= 0:
        return float(DISPERSIONS[place])
    return float(brentq(lambda each: profile(each)[1], low, high, xtol=1e-14, rtol=1e-13))  # type: ignore[no-untyped-call]


def _standard_error(sides: list[_Side], log_odds: list[float], dispersion: float) -> float:
    """Of the difference of log odds: from second derivatives, as differences of the exact first ones."""
    at = np.array([*log_odds, dispersion])

    def gradient(point: Floats) -> Floats:
        first, second = (side.score(float(point[i]), float(point[2])) for i, side in enumerate(sides))
        return np.array([first[1], second[1], first[2] + second[2]])

    steps = np.array([STEP, STEP, STEP * dispersion])
    free = 3 if dispersion else 2
    information = np.empty((free, free))
    for i in range(free):
        move = np.zeros(3)
        move[i] = steps[i]
        information[i] = (gradient(at - move) - gradient(at + move))[:free] / (2 * steps[i])
    covariance = np.linalg.inv((information + information.T) / 2)
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    return float(np.sqrt(variance)) if variance > 0 else float("nan")
