"""How many people treated for one more to be harmed, in words also where the interval crosses no effect.

Source: Altman, BMJ 1998;317:1309 (an interval of a risk difference across zero runs through infinity: from a number
needed to harm, over infinity, to a number needed to benefit).
"""

import numpy as np


def describe_number_needed(difference: float, lower: float, upper: float) -> str:
    """The number needed to harm (NNTH) or to benefit (NNTB) with its interval, as a text.

    difference: risk in the arm of interest minus risk in the comparator, a proportion; lower, upper: its interval.
    Where one of them is NaN, "not estimable". Raises ValueError for bounds out of order or outside -1 to 1.
    """
    if np.isnan((difference, lower, upper)).any():
        return "not estimable"
    if not -1 <= lower <= difference <= upper <= 1:
        raise ValueError(f"lower, difference, upper: {lower}, {difference}, {upper}; pass -1 <= lower <= upper <= 1")
    if lower > 0:
        return f"{_words(difference)} ({abs(1 / upper):.1f} to {abs(1 / lower):.1f})"
    if upper < 0:
        return f"{_words(difference)} ({abs(1 / lower):.1f} to {abs(1 / upper):.1f})"
    return f"{_words(upper)} to infinity to {_words(lower)}"


def _words(difference: float) -> str:
    if difference == 0:
        return "infinity"
    kind = "NNTH" if difference > 0 else "NNTB"
    return f"{kind} {abs(1 / difference):.1f}"
