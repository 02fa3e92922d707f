"""Effects in trials: the public module of pooling, subgroups, numbers needed and certainty, pure functions of counts.

Trials and reports never share a function: what has a denominator is not compared with what has none.
"""

from pipeline.statistics.certainty import Certainty, Trust, assess_certainty
from pipeline.statistics.codes import Note, Reason
from pipeline.statistics.exact_odds import ExactOdds
from pipeline.statistics.information_size import compute_information_share, compute_information_size
from pipeline.statistics.newcombe import newcombe_interval
from pipeline.statistics.number_needed import describe_number_needed
from pipeline.statistics.pooled import Pooled
from pipeline.statistics.pooling import describe_exact, pool
from pipeline.statistics.shared_control import split_control
from pipeline.statistics.small_study import SmallStudyTest, assess_harbord, assess_peters
from pipeline.statistics.subgroups import Subgroups, subgroups

__all__ = [
    "Certainty",
    "ExactOdds",
    "Note",
    "Pooled",
    "Reason",
    "SmallStudyTest",
    "Subgroups",
    "Trust",
    "assess_certainty",
    "assess_harbord",
    "assess_peters",
    "compute_information_share",
    "compute_information_size",
    "describe_exact",
    "describe_number_needed",
    "newcombe_interval",
    "pool",
    "split_control",
    "subgroups",
]
