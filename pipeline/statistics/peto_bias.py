"""Where Peto's odds ratio is too far from the odds ratio to be published.

Peto's method takes one step from no effect, which falls short of a large effect, the more so the more unequal the
arms are (Greenland and Salvan, Stat Med 1990;9:247; Cochrane Handbook 10.4.4.1). For rare events, r people in the
drug's arm for one beside it and an odds ratio w, it converges on exp((p - q) / (q (1 - q))) with q = r / (1 + r) and
p = rw / (1 + rw): 2.7 for 3 at 1 to 1, 2.4 for 3 at 2 to 1, 2.7 for 5 at 3 to 1, 2.4 for 5 at 10 to 1.

Arms are unbalanced here where they differ by more than 1.5 to 1 (geometric mean over the trials, weighted by their
information), the effect too large where Peto's odds ratio differs by more than a tenth from the Mantel-Haenszel odds
ratio of the same trials, or that one has no finite value.
"""

import numpy as np

from pipeline.statistics.arguments import Floats
from pipeline.statistics.fixed_effect import mantel_haenszel_effect
from pipeline.statistics.trial_tables import Trials

UNBALANCED = float(np.log(1.5))
APART = float(np.log(1.1))


def is_peto_biased(trials: Trials, log_odds_ratio: float, information: Floats) -> bool:
    """True for unbalanced arms and a large effect. trials, information: of the trials that Peto pooled."""
    imbalance = np.abs(np.log(trials.total / trials.comparator_total))
    if (information * imbalance).sum() <= UNBALANCED * information.sum():
        return False
    reference, _ = mantel_haenszel_effect(trials, "or")
    return not abs(log_odds_ratio - reference) <= APART
