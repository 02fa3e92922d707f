"""One reporting odds ratio across strata (age band, sex, period, report length), and whether strata agree.

Sources: Mantel and Haenszel, J Natl Cancer Inst 1959;22:719; variance, Robins, Breslow, Greenland,
Biometrics 1986;42:311; homogeneity, Breslow and Day 1980 with Tarone's correction, Biometrika 1985;72:91;
expected counts summed over strata, DuMouchel 1999. A stratum with no event stays in the sums: leaving it
out biases the ratio upward. Nothing is added to a cell: Mantel-Haenszel needs no correction.

The test of homogeneity is asymptotic within each stratum ("at least 80% of the expected cell counts should be greater
than 5", SAS/STAT User's Guide, The FREQ Procedure), unlike the pooled ratio. On 76 strata of one case each it rejects
a common ratio that is true several times too often. It is held valid here by Cochran's rule (Biometrics 1954;10:417):
of the counts fitted under the pooled ratio the smallest of a stratum is at least 5 in four of five informative
strata, and below 1 in none. `tests/statistics/test_planted_truth.py` shows the share of false rejections with and
without it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc

from pipeline.statistics.arguments import Floats, align, as_counts, index_of
from pipeline.statistics.two_by_two import Z95

AMPLE_FITTED, AMPLE_SHARE, LEAST_FITTED = 5.0, 0.8, 1.0
NOT_POOLED = "no pooled ratio: homogeneity not tested"
FEW_STRATA = "fewer than two informative strata: homogeneity not tested"
SPARSE = (
    "strata too sparse (smallest fitted count below 5 in over a fifth of them, or below 1): homogeneity not tested"
)


@dataclass(frozen=True)
class StratifiedRatio:
    """Pooled reporting odds ratio with its 95% interval (natural scale); NaN with a reason when not estimable.

    log_standard_error: of the natural logarithm. breslow_day: Tarone-corrected statistic of homogeneity on
    `df` degrees of freedom. stratum_count: strata with any case; informative_count: those with both drug
    and comparator, event and none. homogeneity_reason: why breslow_day is absent or, on strata too sparse for the
    test, must not be used; None where it may be.
    """

    ror: float
    ror_lower: float
    ror_upper: float
    log_standard_error: float
    breslow_day: float
    df: int
    p_value: float
    stratum_count: int
    informative_count: int
    reason: str | None
    homogeneity_reason: str | None


def mantel_haenszel(with_both: Any, drug_only: Any, reaction_only: Any, neither: Any) -> StratifiedRatio:
    """Pool one four-cell table a stratum. Counts of cases, 1-D of one length; ValueError when they do not fit."""
    cells = {"with_both": with_both, "drug_only": drug_only, "reaction_only": reaction_only, "neither": neither}
    index_of(*cells.values())
    both, drug, reaction, rest = align(**{name: as_counts(name, cell) for name, cell in cells.items()})
    filled = both + drug + reaction + rest > 0
    both, drug, reaction, rest = both[filled], drug[filled], reaction[filled], rest[filled]
    universe = both + drug + reaction + rest
    forward, backward = both * rest / universe, drug * reaction / universe
    numerator, denominator = forward.sum(), backward.sum()
    margins = (both + drug) * (reaction + rest) * (both + reaction) * (drug + rest)
    strata, informative = int(filled.sum()), int((margins > 0).sum())
    if numerator == 0 or denominator == 0:
        why = "no case with both" if numerator == 0 else "no case to weigh against"
        nan = float("nan")
        return StratifiedRatio(
            nan, nan, nan, nan, nan, 0, nan, strata, informative, f"{why} in any informative stratum", NOT_POOLED
        )
    ratio = numerator / denominator
    agree, differ = (both + rest) / universe, (drug + reaction) / universe
    variance = (
        (agree * forward).sum() / (2 * numerator**2)
        + (agree * backward + differ * forward).sum() / (2 * numerator * denominator)
        + (differ * backward).sum() / (2 * denominator**2)
    )
    error = float(np.sqrt(variance))
    spread = float(np.exp(Z95 * error))
    statistic, df, why_not = _breslow_day_tarone(both, drug, reaction, rest, ratio)
    p_value = float(chdtrc(df, statistic)) if df else float("nan")
    pooled, lower, upper = float(ratio), float(ratio / spread), float(ratio * spread)
    return StratifiedRatio(pooled, lower, upper, error, statistic, df, p_value, strata, informative, None, why_not)


def _breslow_day_tarone(
    both: Floats, drug: Floats, reaction: Floats, rest: Floats, ratio: float
) -> tuple[float, int, str | None]:
    """Statistic and degrees of freedom over the informative strata, and why not to use them."""
    exposed, events, universe = both + drug, both + reaction, both + drug + reaction + rest
    is_informative = (exposed > 0) & (exposed < universe) & (events > 0) & (events < universe)
    df = int(is_informative.sum()) - 1
    if df < 1:
        return float("nan"), 0, FEW_STRATA
    both, exposed, events, universe = (
        both[is_informative],
        exposed[is_informative],
        events[is_informative],
        universe[is_informative],
    )
    fitted = _cell_of_ratio(exposed, events, universe, ratio)
    others = np.array([fitted, exposed - fitted, events - fitted, universe - exposed - events + fitted])
    variance = 1 / (1 / others).sum(axis=0)
    distance = (both - fitted).sum()
    statistic = ((both - fitted) ** 2 / variance).sum() - distance**2 / variance.sum()
    smallest = others.min(axis=0)
    is_dense = (smallest >= AMPLE_FITTED).mean() >= AMPLE_SHARE and smallest.min() >= LEAST_FITTED
    return float(max(statistic, 0.0)), df, None if is_dense else SPARSE


def _cell_of_ratio(exposed: Floats, events: Floats, universe: Floats, ratio: float) -> Floats:
    """The first cell of a table with these margins whose odds ratio is `ratio`: root of a quadratic.

    Written with the root's conjugate, which does not cancel when the ratio nears 1.
    """
    square = 1 - ratio
    linear = universe - exposed - events + ratio * (exposed + events)
    product = ratio * exposed * events
    root = np.sqrt(linear**2 + 4 * square * product)
    return np.asarray(2 * product / (linear + root))


def expected_of_drug(drug_cases: Any, reaction_cases: Any, cases: Any) -> Floats:
    """Expected cases of one drug with each reaction, summed over the strata given (where the drug has a case).

    drug_cases: the drug's cases in each stratum, 1-D. reaction_cases: strata by reactions. cases: all cases of
    each stratum, 1-D. Returns one value a reaction; each is summed in the order of the strata, so that it depends
    neither on the other reactions nor on a number of threads. Raises ValueError when strata differ in number or a
    margin of the drug exceeds its stratum.
    """
    drug = as_counts("drug_cases", drug_cases, dimensions=(1,))
    universe = as_counts("cases", cases, dimensions=(1,))
    reactions = np.asarray(reaction_cases, dtype=np.float64)
    if not drug.size == universe.size == reactions.shape[0]:
        raise ValueError("drug_cases: strata differ in number from cases or reaction_cases; pass the same strata")
    if (drug > universe).any() or (universe == 0).any():
        raise ValueError("drug_cases: a margin exceeds the cases of its stratum; count cases, not pairs")
    return np.asarray(np.einsum("s,sr->r", drug / universe, reactions))
