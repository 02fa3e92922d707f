"""Logistic regression with Firth's penalty, and intervals from the penalised profile likelihood.

Sources: Firth, Biometrika 1993;80:27; Heinze and Schemper, Stat Med 2002;21:2409. The penalty is half the log
determinant of the information, which keeps estimates finite where a level separates cases with the reaction from
those without. A bound is the value of a coefficient at which twice the fall of the penalised log-likelihood,
maximised over the others, is the 95% quantile of chi-squared; in that maximisation the penalty keeps the information
matrix of all coefficients (as R's logistf does), so that the profile meets the full fit at its top.

Rows with the same predictors are one row with a count, which changes nothing in the likelihood.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc, chdtri

from pipeline.statistics.arguments import Floats, as_counts, as_numbers
from pipeline.statistics.codes import Reason
from pipeline.statistics.solved import NAN
from pipeline.statistics.two_by_two import Z95

FALL = float(chdtri(1, 0.05)) / 2  # of the log-likelihood, from the top to a 95% bound
MOST_STEPS, LONGEST_STEP = 200, 5.0
SETTLED, SETTLED_BOUND = 1e-9, 1e-8  # of a step, where a search ends
FARTHEST = 60.0  # of a coefficient


@dataclass(frozen=True)
class Coefficient:
    """One coefficient on the logit scale with its 95% bounds and the p-value of the penalised likelihood ratio;
    NaN with a reason_code where the search does not settle."""

    estimate: float
    lower: float
    upper: float
    standard_error: float
    p_value: float
    reason_code: str | None


def estimate_firth(design: Any, events: Any, totals: Any, place: int) -> tuple[float, float]:
    """One coefficient and its standard error without a profile; NaN where the search does not settle. Arguments and
    errors as for `fit_firth`."""
    model = _read(design, events, totals)
    point, value = model.maximise(np.zeros(model.design.shape[1]), None)
    if np.isnan(value):
        return NAN, NAN
    return float(point[place]), float(np.sqrt(np.linalg.inv(model.information(point))[place, place]))


def fit_firth(design: Any, events: Any, totals: Any, tested: Sequence[int]) -> dict[int, Coefficient]:
    """Fit and return the coefficients `tested`, by column of the design.

    design: rows by columns, finite, of full column rank, with a column of ones for the intercept. events, totals: for
    each row, cases with the reaction and all cases, whole. Raises ValueError for arguments that do not fit and for a
    design whose columns depend on each other.
    """
    model = _read(design, events, totals)
    point, value = model.maximise(np.zeros(model.design.shape[1]), None)
    return {place: _describe(model, point, value, place) for place in tested}


def _read(design: Any, events: Any, totals: Any) -> "_Model":
    matrix = as_numbers("design", design, dimensions=(2,))
    affected = as_counts("events", events, dimensions=(1,))
    size = as_counts("totals", totals, dimensions=(1,))
    if not affected.size == size.size == matrix.shape[0]:
        raise ValueError("events: design, events and totals differ in rows; pass one row of each")
    if (affected > size).any():
        raise ValueError("events: more cases with the reaction than cases; count cases, not reactions")
    filled = size > 0
    model = _Model(matrix[filled], affected[filled], size[filled])
    if np.linalg.matrix_rank(model.design) < model.design.shape[1]:
        raise ValueError("design: columns depend on each other; leave one level of each factor out")
    return model


def _describe(model: "_Model", point: Floats, value: float, place: int) -> Coefficient:
    if np.isnan(value):
        return Coefficient(NAN, NAN, NAN, NAN, NAN, Reason.NOT_CONVERGED)
    error = float(np.sqrt(np.linalg.inv(model.information(point))[place, place]))
    lower, upper = (_find_bound(model, point, value, place, direction * error) for direction in (-1.0, 1.0))
    start = point.copy()
    start[place] = 0.0
    _, without = model.maximise(start, place)
    p_value = float(chdtrc(1, max(2 * (value - without), 0.0)))
    reason = Reason.NOT_CONVERGED if np.isnan([lower, upper, p_value]).any() else None
    return Coefficient(float(point[place]), lower, upper, error, p_value, reason)


def _find_bound(model: "_Model", point: Floats, value: float, place: int, step: float) -> float:
    """Where the profile has fallen by FALL, in the direction of `step`; NaN where it never does.

    Steps of a secant on the root of the fall, which is nearly straight; each search starts where the last one ended,
    moved along with the coefficient.
    """
    direction = np.linalg.inv(model.information(point))[:, place]
    direction = direction / direction[place]
    latest, coefficients, roots = point, [float(point[place])], [0.0]
    coefficient = float(point[place]) + Z95 * step
    for _ in range(MOST_STEPS):
        if abs(coefficient) > FARTHEST:
            return NAN
        latest, height = model.maximise(latest + direction * (coefficient - latest[place]), place)
        if np.isnan(height):
            return NAN
        coefficients.append(coefficient)
        roots.append(float(np.sqrt(max(value - height, 0.0))))
        slope = (roots[-1] - roots[-2]) / (coefficients[-1] - coefficients[-2])
        if slope * step <= 0:  # a profile that no longer falls
            return NAN
        move = (np.sqrt(FALL) - roots[-1]) / slope
        if abs(move) < SETTLED_BOUND:
            return coefficient + float(move)
        coefficient += float(np.clip(move, -4 * abs(step), 4 * abs(step)))
    return NAN


@dataclass(frozen=True)
class _Model:
    design: Floats
    affected: Floats
    size: Floats

    def information(self, point: Floats) -> Floats:
        risk = self._risk(point)
        return np.asarray((self.design * (self.size * risk * (1 - risk))[:, None]).T @ self.design)

    def maximise(self, start: Floats, fixed: int | None) -> tuple[Floats, float]:
        """The point of the largest penalised log-likelihood with the coefficient `fixed` held, and that value; NaN
        where the steps do not settle."""
        free = np.array([place for place in range(start.size) if place != fixed], dtype=np.intp)
        point, (value, score, information) = start.copy(), self._describe(start)
        for _ in range(MOST_STEPS):
            move = np.zeros(point.size)
            if free.size:
                move[free] = np.linalg.solve(information[np.ix_(free, free)], score[free])
            longest = np.abs(move).max()
            if longest < SETTLED:
                return point, value
            move *= min(1.0, LONGEST_STEP / longest)
            reached = self._describe(point + move)
            while not reached[0] >= value - 1e-12 * abs(value) and np.abs(move).max() > SETTLED:
                move = move / 2
                reached = self._describe(point + move)
            point, (value, score, information) = point + move, reached
        return point, NAN

    def _describe(self, point: Floats) -> tuple[float, Floats, Floats]:
        """Penalised log-likelihood, Firth's score and the information at a point."""
        linear, risk = self.design @ point, self._risk(point)
        spread = self.size * risk * (1 - risk)
        information = (self.design * spread[:, None]).T @ self.design
        sign, determinant = np.linalg.slogdet(information)
        if not sign > 0:
            return NAN, np.zeros(point.size), information
        leverage = spread * ((self.design @ np.linalg.inv(information)) * self.design).sum(axis=1)
        score = self.design.T @ (self.affected - self.size * risk + leverage * (0.5 - risk))
        likelihood = (self.affected * linear - self.size * np.logaddexp(0, linear)).sum()
        return float(likelihood + determinant / 2), score, information

    def _risk(self, point: Floats) -> Floats:
        return np.asarray(1 / (1 + np.exp(-np.clip(self.design @ point, -500, 500))))
