"""Multiple testing: one-sided exact tests, and the share of false discoveries among those flagged.

Sources: Fisher's exact test as the upper tail of the hypergeometric distribution; Benjamini and Hochberg,
J R Stat Soc B 1995;57:289.
"""

from typing import Any

import numpy as np
from scipy.stats import hypergeom  # type: ignore[attr-defined]  # built at import

from pipeline.statistics.arguments import Floats, align, as_counts, as_numbers, index_of


def fisher_greater(with_both: Any, drug_only: Any, reaction_only: Any, neither: Any) -> Floats:
    """One-sided p-value: the chance of at least `with_both` cases given the margins. Cases; scalars or 1-D."""
    cells = {"with_both": with_both, "drug_only": drug_only, "reaction_only": reaction_only, "neither": neither}
    index_of(*cells.values())
    both, drug, reaction, rest = align(**{name: as_counts(name, cell) for name, cell in cells.items()})
    universe = both + drug + reaction + rest
    tail = hypergeom.sf(both - 1, universe, both + reaction, both + drug)
    return np.where(both == 0, 1.0, tail)


def benjamini_hochberg(p_value: Any) -> Floats:
    """Adjusted p-values of one family, 1-D; flagging those at or below 0.05 keeps false discoveries near 5%.

    A p-value is never adjusted below itself. Raises ValueError for values outside 0 to 1.
    """
    # Not SciPy's false_discovery_control: it multiplies by (family / rank), we multiply by family, then divide by
    # rank. A third of the results differ in their last bit, and published numbers do not move for a tidier call.
    chances = np.atleast_1d(as_numbers("p_value", p_value))
    if ((chances < 0) | (chances > 1)).any():
        raise ValueError("p_value: holds a value outside 0 to 1; pass probabilities")
    family = chances.size
    falling = np.argsort(-chances, kind="stable")
    # p * 90 / 90 may come out one rounding below p, and no adjustment makes a chance smaller
    scaled = np.maximum(chances[falling] * family / np.arange(family, 0, -1), chances[falling])
    adjusted = np.empty(family)
    adjusted[falling] = np.minimum.accumulate(np.minimum(scaled, 1.0))
    return adjusted
