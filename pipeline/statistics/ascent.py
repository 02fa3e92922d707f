"""The maximum of a smooth log-likelihood: a wide search from a rough start, then Newton steps.

A surface is a function of a point that returns the log-likelihood there and its gradient.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

from pipeline.statistics.arguments import Floats

Surface = Callable[[Floats], tuple[float, Floats]]

STEP = 1e-4  # for second derivatives, taken as differences of the exact gradient
GAIN = 1e-9  # Newton stops when a step promises less log-likelihood than this
MOST_STEPS = 50


def search(surface: Surface, start: Floats, bound: float) -> Floats:
    """The best point within +-bound of zero in every coordinate that a quasi-Newton search finds from `start`."""

    def below(point: Floats) -> tuple[float, Floats]:
        value, gradient = surface(np.clip(point, -bound, bound))
        return -value, np.where(np.abs(point) < bound, -gradient, 0.0)  # flat beyond the bound

    options = {"maxiter": 500, "gtol": 1e-4}
    found = minimize(below, start, jac=True, method="BFGS", options=options)  # type: ignore[no-untyped-call]
    return np.asarray(np.clip(found.x, -bound, bound))


def maximise(surface: Surface, point: Floats, guide: Surface) -> tuple[Floats, str | None]:
    """Newton steps on `surface`, with the curvature of `guide`, a cheaper surface of nearly the same shape.

    Returns the maximum, and a reason where there is none: the curvature is flat, or the steps do not settle.
    """
    bend: Floats = curvature(guide, point)
    if np.linalg.eigvalsh(bend)[0] <= 1e-8 * np.abs(np.diag(bend)).max():
        return point, "flat likelihood: the table does not tell the two components apart"
    value, gradient = surface(point)
    for _ in range(MOST_STEPS):
        move: Floats = np.asarray(np.linalg.solve(bend, gradient), dtype=np.float64)
        if abs(gradient @ move) < GAIN:
            return point, None
        stride = 1.0
        while True:
            reached, slope = surface(point + stride * move)
            if reached > value or stride < 1e-6:
                break
            stride /= 2
        if reached <= value:
            return point, None if abs(gradient @ move) < 1e-6 else "the search stalled below the top"
        bend = _updated_curvature(bend, stride * move, gradient - slope)
        point, value, gradient = point + stride * move, reached, slope
    return point, f"the search did not settle within {MOST_STEPS} Newton steps"


def _updated_curvature(bend: Floats, move: Floats, fall: Floats) -> Floats:
    """The curvature corrected by what one step showed (Broyden, Fletcher, Goldfarb, Shanno 1970)."""
    if move @ fall <= 0:
        return bend
    before = bend @ move
    return np.asarray(bend + np.outer(fall, fall) / (move @ fall) - np.outer(before, before) / (move @ before))


def curvature(surface: Surface, point: Floats) -> Floats:
    """Minus the second derivatives at a point: positive definite at a proper maximum."""
    columns = []
    for unit in np.eye(point.size) * STEP:
        columns.append((surface(point - unit)[1] - surface(point + unit)[1]) / (2 * STEP))
    bend = np.array(columns)
    return np.asarray((bend + bend.T) / 2)
