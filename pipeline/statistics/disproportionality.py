"""Disproportionate reporting: the door to every measure of reports, each a pure function of counts.

Counts are cases, not drug-reaction pairs, except in `likelihood_ratio`, whose margins are pairs.
None of these is a risk: reports have no denominator.
"""

from pipeline.statistics.empirical_bayes import empirical_bayes
from pipeline.statistics.prior import Prior, fit_prior
from pipeline.statistics.two_by_two import two_by_two

__all__ = ["Prior", "empirical_bayes", "fit_prior", "two_by_two"]
