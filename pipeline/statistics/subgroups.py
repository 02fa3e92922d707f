"""Do groups of trials differ: the test between subgroups, routes of administration above all.

Sources: Borenstein and Higgins, Prev Sci 2013;14:134. With tau "separate" each group has its own
tau-squared; with "common" one is estimated from the spread within groups, which is steadier when groups are
small. The test is of association across trials: people were not randomised between groups.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc

from pipeline.statistics.choices import FIXED, MODELS, RANDOM, as_labels, check_choices, check_once
from pipeline.statistics.evidence import gather
from pipeline.statistics.heterogeneity import cochran_q, tau_squared
from pipeline.statistics.pooled import Pooled
from pipeline.statistics.pooling import pool_evidence
from pipeline.statistics.trial_tables import read_trials

TAUS = ("separate", "common")


@dataclass(frozen=True)
class Subgroups:
    """groups: name to Pooled, in the order first met. q_between: weighted squared distances of the groups' effects
    from their mean, on df degrees of freedom; NaN with df 0 when fewer than two groups have an estimate."""

    groups: Mapping[Any, Pooled]
    q_between: float
    df: int
    p_value: float


def subgroups(
    events: Any,
    total: Any,
    comparator_events: Any,
    comparator_total: Any,
    group: Any,
    *,
    measure: str,
    method: str,
    tau: str = "separate",
    interval: str = "wald",
    correction: float = 0.0,
    study: Any = None,
) -> Subgroups:
    """Pool each group of trials and test whether the groups differ.

    group: one label a trial. tau: "separate" or "common" (no difference for mh, peto and iv). interval: of
    the groups' own estimates; the test uses Wald errors. The other arguments, and ValueError, are those of
    `pool`.
    """
    check_choices(measure, method, interval, correction)
    if method in MODELS:
        raise ValueError(f"method: {method} has no test between groups; pass one of {', '.join((*FIXED, *RANDOM))}")
    if tau not in TAUS:
        raise ValueError(f"tau: {tau!r} is not known; pass one of {', '.join(TAUS)}")
    trials = read_trials(events, total, comparator_events, comparator_total)
    check_once(study, trials.count)
    labels = as_labels(group)
    if labels.size != trials.count:
        raise ValueError(f"group: has {labels.size} labels for {trials.count} trials; pass one label a trial")
    if labels.isna().any():
        raise ValueError("group: holds an absent label; name the group, or leave that trial out")
    gathered = {
        label: gather(trials.only(np.array([one == label for one in labels])), measure, method, correction)
        for label in dict.fromkeys(labels.tolist())
    }
    common = None
    if tau == "common" and method in RANDOM:
        weighed = [one for one in gathered.values() if one.effect.size and not one.loses_trials]
        common = tau_squared([(one.effect, one.variance) for one in weighed], method)
    pooled = {label: pool_evidence(one, interval, common) for label, one in gathered.items()}
    tested = [pool_evidence(one, "wald", common) for one in gathered.values()]
    centres = np.array([one.estimate if measure == "rd" else one.log_estimate for one in tested])
    errors = np.array([one.standard_error for one in tested])
    known = np.isfinite(centres) & np.isfinite(errors) & (errors > 0)
    df = int(known.sum()) - 1
    if df < 1:
        return Subgroups(pooled, float("nan"), 0, float("nan"))
    q_between = cochran_q(centres[known], errors[known] ** 2)
    return Subgroups(pooled, q_between, df, float(chdtrc(df, q_between)))
