"""The information component: log2 of observed over expected, each with half a case added, and its interval.

Sources: Norén, Hopstadius, Bate, Stat Methods Med Res 2013;22:57 (shrunk ratio; the gamma posterior and the
closed form that approximates its quantiles). The half is the prior of the measure itself, not a repair of a
zero cell. The gamma form is the one stored; papers often print the closed form, so both are offered and
named.
"""

import numpy as np
from scipy.special import gammaincinv

from pipeline.statistics.arguments import Floats, distinct

SHRINKAGE = 0.5


def information_component(count: Floats, expected: Floats) -> Floats:
    """log2((count + 1/2) / (expected + 1/2)): the ratio itself, not the median of the posterior."""
    return np.asarray(np.log2((count + SHRINKAGE) / (expected + SHRINKAGE)))


def gamma_interval(count: Floats, expected: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Exact credibility bounds: log2 quantiles of Gamma(shape count + 1/2, rate expected + 1/2)."""
    levels, position = distinct(count)
    tail = (1 - level) / 2
    lower, upper = (
        np.log2(gammaincinv(levels + SHRINKAGE, probability)[position] / (expected + SHRINKAGE))
        for probability in (tail, 1 - tail)
    )
    return lower, upper


def closed_form_interval(count: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """The approximate 95% bounds of Norén 2013, close for counts above about ten."""
    centre = information_component(count, expected)
    root = (count + SHRINKAGE) ** -0.5
    return centre - 3.3 * root - 2.0 * root**3, centre + 2.4 * root - 0.5 * root**3
