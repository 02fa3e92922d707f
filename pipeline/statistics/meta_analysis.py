"""Effects in trials: the door to pooling, subgroups, numbers needed and certainty, pure functions of people counted.

Trials and reports never share a function: what has a denominator is not compared with what has none.
"""

from pipeline.statistics.certainty import Certainty, assess_certainty
from pipeline.statistics.number_needed import (
    NumberNeeded,
    newcombe_interval,
    number_needed_from_ratio,
    number_needed_to_harm,
)
from pipeline.statistics.pooled import Pooled
from pipeline.statistics.pooling import pool
from pipeline.statistics.shared_control import combine_arms, split_control
from pipeline.statistics.subgroups import Subgroups, subgroups

__all__ = [
    "Certainty",
    "NumberNeeded",
    "Pooled",
    "Subgroups",
    "assess_certainty",
    "combine_arms",
    "newcombe_interval",
    "number_needed_from_ratio",
    "number_needed_to_harm",
    "pool",
    "split_control",
    "subgroups",
]
