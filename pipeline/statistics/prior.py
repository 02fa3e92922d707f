"""The prior that shrinks reporting ratios, fitted to the whole drug by reaction table.

Sources: DuMouchel, Am Stat 1999;53:177 (the mixture, maximum likelihood over the whole table); DuMouchel
and Pregibon, KDD 2001 (squashing). A fit on pairs above a count of one's choice without conditioning on it
is biased upward, so there are two likelihoods only: with the pairs never seen, or conditioned on having
been seen.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit

from pipeline.statistics.arguments import Floats, align, as_counts, as_numbers, as_positive, index_of
from pipeline.statistics.ascent import Surface, maximise, search
from pipeline.statistics.mixture import Cells, constant, log_likelihood
from pipeline.statistics.squashing import squash, squash_zeros

STARTS = (  # alpha1, beta1, alpha2, beta2, weight
    (0.2, 0.06, 1.4, 1.8, 0.1),
    (0.2, 0.1, 2.0, 4.0, 1 / 3),
    (1.0, 0.3, 2.0, 2.0, 0.2),
    (3.0, 0.4, 2.0, 2.0, 0.07),
    (6.0, 0.6, 1.5, 1.5, 0.03),
    (0.5, 1.0, 5.0, 5.0, 0.6),
)
SEARCH_BINS, ZERO_BINS = 40, 250  # bins for each tenfold of the expected count
WIDEST = float(np.log(1e5))  # the search may go this far; a prior beyond INSIDE is rejected
INSIDE, LEAST_WEIGHT = float(np.log(1e3)), 1e-4
AGREEMENT = 0.05  # starts agree when no parameter differs by more than about 5%
HARDLY_HIGHER = 2.0  # log-likelihood units: what one more parameter gains by chance one time in twenty
FEWEST_PAIRS = 20


@dataclass(frozen=True)
class Prior:
    """weight x Gamma(alpha1, rate beta1) + (1 - weight) x Gamma(alpha2, rate beta2), the first with the larger mean.

    log_likelihood: natural logarithm, over every cell given. converged: False when the starts disagree
    or end on a boundary; `reason` then states why, the parameters show where, and nothing may be scored with
    them.
    """

    alpha1: float
    beta1: float
    alpha2: float
    beta2: float
    weight: float
    log_likelihood: float = float("nan")
    converged: bool = True
    reason: str | None = None


def fit_prior(count: Any, expected: Any, *, zeros: Any = None) -> Prior:
    """Fit the prior by maximum likelihood.

    count: cases of each pair seen, 1-D. expected: its expected cases, above 0. zeros: expected cases of
    each pair never seen, 1-D of any length, and the likelihood is that of the whole table; None, and each
    component is conditioned on a count above zero, so that every count must be 1 or more (what openEBGM and
    PhViD maximise; the weight is then that among pairs seen: pass zeros where they are known).
    Several starts must agree; a boundary or degenerate solution comes back with converged False and its
    reason.
    Raises ValueError for arguments that do not fit one another.
    """
    index_of(count, expected)
    counts, cases = align(count=as_counts("count", count), expected=as_positive("expected", expected))
    never = np.empty(0) if zeros is None else np.atleast_1d(as_numbers("zeros", zeros))
    if (never < 0).any():
        raise ValueError("zeros: holds a negative expected count; pass expected counts of 0 or more")
    truncated = zeros is None
    if truncated and (counts == 0).any():
        raise ValueError("count: holds a 0 while zeros is None; pass the expected counts of those pairs as zeros")
    if counts.size < FEWEST_PAIRS:
        return _prior(np.full(5, np.nan), np.nan, f"fewer than {FEWEST_PAIRS} pairs to learn a prior from")
    seen, unseen = Cells.of(counts, cases), squash_zeros(never, ZERO_BINS)
    point, reason = _fit(seen, unseen, truncated=truncated)
    reached = log_likelihood(seen, point, truncated=truncated)[0] + constant(seen)
    reached += log_likelihood(Cells.of(np.zeros(never.shape), never), point, truncated=truncated)[0]
    return _prior(point, reached, reason)


def fit_cells(seen: Cells, unseen: Cells) -> Prior:
    """Fit the prior to the whole table given as weighted cells, for a table too large to pass pair by pair.

    seen: pairs with a case, each of weight 1 or squashed. unseen: pairs never seen, squashed (`ZeroBins`).
    log_likelihood is that of the cells. Several starts must agree, as in `fit_prior`.
    """
    if seen.weight.sum() < FEWEST_PAIRS:
        return _prior(np.full(5, np.nan), np.nan, f"fewer than {FEWEST_PAIRS} pairs to learn a prior from")
    point, reason = _fit(seen, unseen, truncated=False)
    reached = log_likelihood(seen, point, truncated=False)[0] + constant(seen)
    reached += log_likelihood(unseen, point, truncated=False)[0]
    return _prior(point, reached, reason)


def _prior(point: Floats, reached: float, reason: str | None) -> Prior:
    alpha1, beta1, alpha2, beta2 = (float(value) for value in np.exp(point[:4]))
    return Prior(alpha1, beta1, alpha2, beta2, float(expit(point[4])), float(reached), reason is None, reason)


def _fit(seen: Cells, unseen: Cells, *, truncated: bool) -> tuple[Floats, str | None]:
    """The maximum of the likelihood, and why it may not be used: searched on squashed cells, finished on all."""
    rough = _surface(squash(seen, SEARCH_BINS), unseen, truncated=truncated)
    found = [_ordered(search(rough, _point(start), WIDEST)) for start in STARTS]
    chosen, reason = _agreed(found, [rough(point)[0] for point in found])
    reason = _boundary(chosen) or reason
    if reason:
        return chosen, reason
    best, reason = maximise(_surface(seen, unseen, truncated=truncated), chosen, guide=rough)
    return _ordered(best), reason or _boundary(best)


def _surface(seen: Cells, unseen: Cells, *, truncated: bool) -> Surface:
    def surface(point: Floats) -> tuple[float, Floats]:
        value, gradient = log_likelihood(seen, point, truncated=truncated)
        more, slope = log_likelihood(unseen, point, truncated=truncated)
        return value + more, gradient + slope

    return surface


def _point(start: tuple[float, ...]) -> Floats:
    return np.append(np.log(start[:4]), logit(start[4]))


def _ordered(point: Floats) -> Floats:
    """The same mixture with the component of the larger mean first."""
    if point[0] - point[1] >= point[2] - point[3]:
        return point
    return np.append(point[[2, 3, 0, 1]], -point[4])


def _boundary(point: Floats) -> str | None:
    names = ("alpha1", "beta1", "alpha2", "beta2")
    outside = [name for name, value in zip(names, point, strict=False) if abs(value) > INSIDE]
    if outside:
        return f"boundary solution: {', '.join(outside)} left the range 0.001 to 1000"
    if not LEAST_WEIGHT < expit(point[4]) < 1 - LEAST_WEIGHT:
        return "degenerate solution: one component carries all the weight"
    if np.abs(point[:2] - point[2:4]).max() < AGREEMENT:
        return "degenerate solution: the two components are the same"
    return None


def _agreed(found: list[Floats], heights: list[float]) -> tuple[Floats, str | None]:
    """The highest maximum that two starts or more reached, and a reason where none can be trusted.

    The likelihood can have several maxima. One that a single start reached is passed over when it is hardly higher
    (a small component fitted to a few pairs), and stops the fit when it is much higher.
    """
    falling = sorted(range(len(found)), key=lambda place: -heights[place])
    for place in falling:
        near = sum(bool(np.abs(other - found[place]).max() < AGREEMENT) for other in found)
        if near > 1:
            if heights[falling[0]] - heights[place] > HARDLY_HIGHER:
                break
            return found[place], None
    return found[falling[0]], f"only one of {len(found)} starts reached the best solution"
