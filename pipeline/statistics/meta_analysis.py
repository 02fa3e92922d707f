"""Effects in trials: the public module of pooling, subgroups, numbers needed and certainty, pure functions of counts.

Trials and reports never share a function: what has a denominator is not compared with what has none.
"""

from pipeline.statistics.certainty import Certainty, Trust, assess_certainty
from pipeline.statistics.codes import Note, Reason
from pipeline.statistics.exact_odds import ExactOdds
from pipeline.statistics.information_size import calculate_information_size
from pipeline.statistics.newcombe import newcombe_interval
from pipeline.statistics.number_needed import describe_number_needed
from pipeline.statistics.pooled import Pooled
from pipeline.statistics.pooling import describe_exact, pool
from pipeline.statistics.shared_control import split_control
from pipeline.statistics.small_study import Asymmetry, measure_asymmetry
from pipeline.statistics.subgroups import Subgroups, subgroups

__all__ = [
    "Asymmetry",
    "Certainty",
    "ExactOdds",
    "Note",
    "Pooled",
    "Reason",
    "Subgroups",
    "Trust",
    "assess_certainty",
    "calculate_information_size",
    "describe_exact",
    "describe_number_needed",
    "measure_asymmetry",
    "newcombe_interval",
    "pool",
    "split_control",
    "subgroups",
]
