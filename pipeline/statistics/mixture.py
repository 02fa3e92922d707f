"""How likely counts are under DuMouchel's mixture of two negative binomials, and how that changes with the prior.

A count is Poisson(ratio x expected); the ratio is drawn from weight x Gamma(alpha1, rate beta1) + (1 -
weight) x Gamma(alpha2, rate beta2). Source: DuMouchel, Am Stat 1999;53:177. Everything is summed as
logarithms: the densities of a count of 20,000 where 0.001 were expected are far below the smallest float.

`truncated` conditions each component on a count above zero, as openEBGM and PhViD do (dividing the whole
mixture by its chance of a count above zero is another likelihood, with another optimum). Searched over
`point` = (log alpha1, log beta1, log alpha2, log beta2, logit weight), where no bound is needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, gammaln, psi

from pipeline.statistics.arguments import Floats, distinct

BLOCK = 32_768  # cells worked on at a time: temporaries stay in the processor's cache, and memory is bounded


@dataclass(frozen=True)
class Cells:
    """Cells of a drug by reaction table. `level` is the position of each count in `levels`, the distinct counts:
    functions of the count alone are computed once for each level."""

    levels: Floats
    level: npt.NDArray[np.intp]
    expected: Floats
    weight: Floats

    @classmethod
    def of(cls, count: Floats, expected: Floats, weight: Floats | None = None) -> "Cells":
        levels, level = distinct(count)
        return cls(levels, level, expected, np.ones(expected.shape) if weight is None else weight)

    def blocks(self) -> Iterator["Cells"]:
        for start in range(0, self.expected.size, BLOCK):
            part = slice(start, start + BLOCK)
            yield Cells(self.levels, self.level[part], self.expected[part], self.weight[part])


def constant(cells: Cells) -> float:
    """The part of the log-likelihood that no prior changes: n log(expected) - log n!."""
    count = cells.levels[cells.level]
    logs = count * np.log(cells.expected) - gammaln(cells.levels + 1)[cells.level]
    return _sum(cells.weight, logs)


def log_likelihood(cells: Cells, point: Floats, *, truncated: bool) -> tuple[float, Floats]:
    """Weighted log-likelihood of the cells without its `constant`, and its gradient in `point`."""
    total, gradient = 0.0, np.zeros(5)
    weight = expit(point[4])
    log_weights = -np.logaddexp(0, -point[4]), -np.logaddexp(0, point[4])
    parameters = np.exp(point[:4])
    rises = [_Rise.of(cells.levels, parameters[index]) for index in (0, 2)]
    for block in cells.blocks():
        one, two = (
            _component(block, rise, beta, truncated=truncated)
            for rise, beta in zip(rises, parameters[1::2], strict=True)
        )
        first, second = log_weights[0] + one[0], log_weights[1] + two[0]
        gap = second - first
        fall = np.exp(-np.abs(gap))
        total += _sum(block.weight, np.maximum(first, second) + np.log1p(fall))
        share = np.where(gap > 0, fall, 1.0) / (1.0 + fall)  # posterior weight of the first component
        mine, other = block.weight * share, block.weight * (1 - share)
        gradient += [
            _sum(mine, one[1]),
            _sum(mine, one[2]),
            _sum(other, two[1]),
            _sum(other, two[2]),
            mine.sum() - weight * block.weight.sum(),
        ]
    return total, gradient * np.append(parameters, 1.0)


def _sum(one: Floats, two: Floats) -> float:
    """Sum of products in one thread: BLAS would start a thread for each core, which waits where cores are busy."""
    return float(np.einsum("i,i->", one, two))


@dataclass(frozen=True)
class _Rise:
    """log(Gamma(alpha + n) / Gamma(alpha)) and its derivative, for each distinct count n."""

    alpha: float
    value: Floats
    slope: Floats

    @classmethod
    def of(cls, levels: Floats, alpha: float) -> "_Rise":
        return cls(alpha, gammaln(alpha + levels) - gammaln(alpha), psi(alpha + levels) - psi(alpha))


def _component(cells: Cells, rise: _Rise, beta: float, *, truncated: bool) -> tuple[Floats, Floats, Floats]:
    """Log density of one component without the constant, and its derivatives in alpha and beta."""
    alpha, expected, count = rise.alpha, cells.expected, cells.levels[cells.level]
    growth = np.log1p(expected / beta)
    log_density = rise.value[cells.level] - (alpha + count) * growth - count * np.log(beta)
    by_alpha = rise.slope[cells.level] - growth
    pull = alpha * expected / beta
    by_beta = (pull - count) / (beta + expected)
    if truncated:
        above_zero = -np.expm1(-alpha * growth)
        odds_of_zero = (1 - above_zero) / above_zero
        log_density = log_density - np.log(above_zero)
        by_alpha = by_alpha - odds_of_zero * growth
        by_beta = by_beta + odds_of_zero * pull / (beta + expected)
    return log_density, by_alpha, by_beta
