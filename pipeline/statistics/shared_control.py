"""Trials with more than two arms, made into comparisons in which nobody is counted twice.

Source: Cochrane Handbook 23.3.4: combine the arms of interest into one, or split the shared comparator.
"""

from typing import Any

import numpy as np

from pipeline.statistics.arguments import Floats, align, as_counts


def combine_arms(events: Any, total: Any) -> tuple[int, int]:
    """People affected and at risk over the arms of one trial, taken as one arm. The arms must not share people."""
    affected, size = align(events=as_counts("events", events), total=as_counts("total", total))
    if (affected > size).any():
        raise ValueError("events: more people affected than total; count people, not episodes")
    return int(affected.sum()), int(size.sum())


def split_control(events: int, total: int, comparisons: int) -> tuple[Floats, Floats]:
    """The comparator's people shared out over `comparisons` as evenly as whole people go, none twice.

    Returns people affected and people at risk for each comparison; both sum to what went in. Affected and
    unaffected people are shared out in turn, so that the parts differ by at most one of each.
    """
    affected, size = float(as_counts("events", events)), float(as_counts("total", total))
    if affected > size:
        raise ValueError("events: more people affected than total; count people, not episodes")
    if comparisons < 1:
        raise ValueError(f"comparisons: {comparisons} is too few; pass the number of arms that share the comparator")
    with_event = _dealt(int(affected), comparisons)
    without = _dealt(int(size - affected), comparisons)[::-1]
    return with_event, with_event + without


def _dealt(people: int, hands: int) -> Floats:
    return np.array([people // hands + (hand < people % hands) for hand in range(hands)], dtype=np.float64)
