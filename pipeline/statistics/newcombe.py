"""Newcombe's interval of the difference of two risks: a single table, never without a width.

Source: Newcombe, Stat Med 1998;17:873, method 10, from the Wilson intervals of both risks without a correction.
"""

import numpy as np

from pipeline.statistics.arguments import Floats
from pipeline.statistics.trial_tables import read_trials
from pipeline.statistics.two_by_two import Z95


def newcombe_interval(
    events: int, total: int, comparator_events: int, comparator_total: int
) -> tuple[float, float, float]:
    """Risk difference with its 95% bounds, as proportions. ValueError for counts that do not fit."""
    trial = read_trials(events, total, comparator_events, comparator_total)
    risk, low, high = _wilson(trial.affected, trial.total)
    other, other_low, other_high = _wilson(trial.comparator_affected, trial.comparator_total)
    difference = risk - other
    lower = difference - np.hypot(risk - low, other_high - other)
    upper = difference + np.hypot(high - risk, other - other_low)
    return float(difference[0]), float(lower[0]), float(upper[0])


def _wilson(affected: Floats, size: Floats) -> tuple[Floats, Floats, Floats]:
    risk, square = affected / size, Z95**2
    reach = Z95 * np.sqrt(square + 4 * affected * (1 - risk))
    centre, scale = 2 * affected + square, 2 * (size + square)
    return risk, np.maximum((centre - reach) / scale, 0.0), np.minimum((centre + reach) / scale, 1.0)
