"""A comparator that two arms of a trial share, split between them, so that nobody is counted twice.

Source: Cochrane Handbook 23.3.4.
"""

import numpy as np

from pipeline.statistics.arguments import Floats, as_counts


def split_control(events: int, total: int, comparisons: int) -> tuple[Floats, Floats]:
    """The comparator's participants divided over `comparisons` as evenly as whole people allow, nobody twice.

    Returns people affected and people at risk for each comparison; both sum to what went in. Affected and
    unaffected people are divided separately, so that the parts differ by at most one of each.
    """
    affected, size = float(as_counts("events", events)), float(as_counts("total", total))
    if affected > size:
        raise ValueError("events: more people affected than total; count people, not episodes")
    if comparisons < 1:
        raise ValueError(f"comparisons: {comparisons} is too few; pass the number of arms that share the comparator")
    with_event = _divide(int(affected), comparisons)
    without = _divide(int(size - affected), comparisons)[::-1]
    return with_event, with_event + without


def _divide(people: int, parts: int) -> Floats:
    return np.array([people // parts + (part < people % parts) for part in range(parts)], dtype=np.float64)
