"""How many people treated for one more to be harmed, said in words where the interval crosses no effect.

Sources: Altman, BMJ 1998;317:1309 (an interval of a risk difference across zero runs through infinity: from
a number needed to harm, over infinity, to a number needed to benefit); Newcombe, Stat Med 1998;17:873,
method 10, for the risk difference of a single trial.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.statistics.arguments import as_counts
from pipeline.statistics.two_by_two import Z95

NAN = float("nan")


@dataclass(frozen=True)
class NumberNeeded:
    """number: people treated for one more harmed (or, negative, for one fewer); NaN when the difference is 0. lower,
    upper: its bounds when the interval keeps to one side of no effect, else NaN. text: the whole in words."""

    number: float
    lower: float
    upper: float
    text: str


def number_needed_to_harm(difference: float, lower: float, upper: float) -> NumberNeeded:
    """From a risk difference (arm of interest minus comparator, as a proportion) and its interval.

    Raises ValueError for bounds out of order or outside -1 to 1. Null in, null out, in words.
    """
    values = (difference, lower, upper)
    if any(np.isnan(value) for value in values):
        return NumberNeeded(NAN, NAN, NAN, "not estimable")
    if not -1 <= lower <= difference <= upper <= 1:
        raise ValueError(f"lower, difference, upper: {lower}, {difference}, {upper}; pass -1 <= lower <= upper <= 1")
    number = NAN if difference == 0 else 1 / difference
    if lower > 0 or upper < 0:
        text = f"{_words(difference)} ({abs(1 / upper):.1f} to {abs(1 / lower):.1f})"
        if upper < 0:
            text = f"{_words(difference)} ({abs(1 / lower):.1f} to {abs(1 / upper):.1f})"
        return NumberNeeded(number, 1 / upper, 1 / lower, text)
    return NumberNeeded(number, NAN, NAN, f"{_words(upper)} to infinity to {_words(lower)}")


def number_needed_from_ratio(risk_ratio: float, control_risk: float) -> float:
    """People treated for one more harmed, from a risk ratio at a stated control risk; NaN when the ratio is 1."""
    if not 0 < control_risk < 1:
        raise ValueError(f"control_risk: {control_risk} is not a risk; pass a proportion between 0 and 1")
    return NAN if risk_ratio == 1 or np.isnan(risk_ratio) else 1 / (control_risk * (risk_ratio - 1))


def newcombe_interval(
    events: int, total: int, comparator_events: int, comparator_total: int
) -> tuple[float, float, float]:
    """Risk difference of one trial with its 95% interval from two Wilson scores; right with empty cells too."""
    cells = [float(as_counts("counts", value)) for value in (events, total, comparator_events, comparator_total)]
    if cells[1] == 0 or cells[3] == 0 or cells[0] > cells[1] or cells[2] > cells[3]:
        raise ValueError("events: pass people affected among a total of at least one, in both arms")
    risk, low, high = _wilson(cells[0], cells[1])
    other, other_low, other_high = _wilson(cells[2], cells[3])
    difference = risk - other
    below = np.hypot(risk - low, other_high - other)
    above = np.hypot(high - risk, other - other_low)
    return difference, float(difference - below), float(difference + above)


def _wilson(events: float, total: float) -> tuple[float, float, float]:
    risk = events / total
    centre = events + Z95**2 / 2
    reach = Z95 * np.sqrt(events * (1 - risk) + Z95**2 / 4)
    return risk, float((centre - reach) / (total + Z95**2)), float((centre + reach) / (total + Z95**2))


def _words(difference: float) -> str:
    if difference == 0:
        return "infinity"
    kind = "NNTH" if difference > 0 else "NNTB"
    return f"{kind} {abs(1 / difference):.1f}"
