"""Disproportionate reporting: the public module of every measure of reports, each a pure function of counts.

Counts are cases, not drug-reaction pairs, except in `likelihood_ratio`, whose margins are pairs.
None of these is a risk: reports have no denominator.
"""

from pipeline.statistics.criteria import named_criteria
from pipeline.statistics.empirical_bayes import empirical_bayes
from pipeline.statistics.likelihood_ratio import LikelihoodRatio, likelihood_ratio
from pipeline.statistics.multiplicity import benjamini_hochberg, fisher_greater
from pipeline.statistics.prior import Prior, fit_prior
from pipeline.statistics.stratified import StratifiedRatio, expected_of_drug, mantel_haenszel
from pipeline.statistics.two_by_two import two_by_two

__all__ = [
    "LikelihoodRatio",
    "Prior",
    "StratifiedRatio",
    "benjamini_hochberg",
    "empirical_bayes",
    "expected_of_drug",
    "fisher_greater",
    "fit_prior",
    "likelihood_ratio",
    "mantel_haenszel",
    "named_criteria",
    "two_by_two",
]
