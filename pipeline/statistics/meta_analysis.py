"""Effects in trials: the door to pooling, subgroups and numbers needed, each a pure function of counts of people.

Trials and reports never share a function: what has a denominator is not compared with what has none.
"""

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
    "NumberNeeded",
    "Pooled",
    "Subgroups",
    "combine_arms",
    "newcombe_interval",
    "number_needed_from_ratio",
    "number_needed_to_harm",
    "pool",
    "split_control",
    "subgroups",
]
