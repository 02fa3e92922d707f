"""Quantiles of a mixture of two gamma distributions, to about twelve digits, many at a time.

The quantile of a mixture is between the quantiles of its two components, which is the bracket. Inside it
Halley's step (Newton's with the curvature) in the logarithm of the ratio finds where the logarithm of the
cumulative probability, or of its complement for an upper quantile, is right: nearly straight lines, even
where bisection of the plain curve converges slowly. A step that would leave the bracket becomes a bisection.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammainc, gammaincc, gammaincinv, gammaln

from pipeline.statistics.arguments import Floats

ERROR = 1e-10  # of a quantile's logarithm, at most: a Halley step leaves near the cube of the gap it closed
MOST_STEPS = 100


@dataclass(frozen=True)
class Mixture:
    """share x Gamma(shape1, rate1) + (1 - share) x Gamma(shape2, rate2), one for each cell.

    `shapes` are for distinct counts, `level` is the position of a cell's count among them.
    """

    share: Floats
    shapes: tuple[Floats, Floats]
    level: npt.NDArray[np.intp]
    rates: tuple[Floats, Floats]


def mixture_quantile(mixture: Mixture, probability: float) -> Floats:
    """The value that each mixture falls below with this probability."""
    ends = [
        np.log(np.maximum(gammaincinv(shape, probability), 1e-300))[mixture.level] - np.log(rate)
        for shape, rate in zip(mixture.shapes, mixture.rates, strict=True)
    ]
    low, high = np.minimum(*ends), np.maximum(*ends)
    point = mixture.share * ends[0] + (1 - mixture.share) * ends[1]
    norms = [gammaln(shape) for shape in mixture.shapes]
    active = np.arange(point.size)
    for _ in range(MOST_STEPS):
        if not active.size:
            return np.asarray(np.exp(point))
        here = point[active]
        gap, slope, step = _step(mixture, norms, active, here, probability)
        high[active] = np.where(gap >= 0, here, high[active])
        low[active] = np.where(gap <= 0, here, low[active])
        there = here + step
        inside = (there >= low[active]) & (there <= high[active])
        point[active] = np.where(inside, there, (low[active] + high[active]) / 2)
        settled = (inside & (np.abs(gap) ** 3 < ERROR * slope)) | (high[active] - low[active] < 1e-12)
        active = active[~settled]
    raise ArithmeticError(f"{active.size} mixture quantiles did not settle within {MOST_STEPS} steps")


def _step(
    mixture: Mixture, norms: list[Floats], active: npt.NDArray[np.intp], log_ratio: Floats, probability: float
) -> tuple[Floats, Floats, Floats]:
    """How far the logarithm of the tail is from the wanted one, its slope in the ratio, and Halley's step."""
    upper = probability > 0.5
    mass, slope, bend = np.zeros(active.size), np.zeros(active.size), np.zeros(active.size)
    share = mixture.share[active]
    level = mixture.level[active]
    for part, shapes, rate, norm in zip((share, 1 - share), mixture.shapes, mixture.rates, norms, strict=True):
        shape = shapes[level]
        log_scaled = log_ratio + np.log(rate[active])
        scaled = np.exp(log_scaled)
        density = part * np.exp(shape * log_scaled - scaled - norm[level])
        mass += part * (gammaincc if upper else gammainc)(shape, scaled)
        slope += density
        bend += density * (shape - scaled)
    sign = -1.0 if upper else 1.0
    gap = sign * np.log(mass / (1 - probability if upper else probability))
    first = slope / mass
    second = bend / mass - sign * first**2
    newton = -gap / first
    return gap, first, newton / np.maximum(1 + newton * second / (2 * first), 0.2)
