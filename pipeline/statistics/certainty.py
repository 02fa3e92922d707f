"""The suggested certainty of a pooled effect: a level and the reasons that lowered it, which people may overrule.

Not GRADE: no machine reads a trial for risk of bias, which is therefore always a reason and keeps the level
from "high". Thresholds after Guyatt et al., J Clin Epidemiol 2011;64:1283 (imprecision: fewer than 300
events, or an interval that crosses a ratio of 0.75 or 1.25 and no effect) and 2011;64:1294 (inconsistency:
I-squared above 50%, or a prediction interval that crosses no effect where the confidence interval does
not).
"""

from dataclasses import dataclass

import numpy as np

from pipeline.statistics.pooled import Pooled

LEVELS = ("very low", "low", "moderate", "high")
FEWEST_EVENTS, FEWEST_PARTICIPANTS = 300, 400
UNPOSTED_SHARE = 0.25  # of trials completed a year ago or more: more than this without results is a reason


@dataclass(frozen=True)
class Certainty:
    """level: one of "high", "moderate", "low", "very low". reasons: codes, the most serious first."""

    level: str
    reasons: tuple[str, ...]


def assess_certainty(
    pooled: Pooled,
    *,
    event_count: int,
    participant_count: int,
    is_headline_population: bool,
    unposted_share: float | None,
) -> Certainty:
    """Level and reason codes of one pooled effect.

    event_count, participant_count: people over both arms of the trials pooled. is_headline_population: the
    trials are of the headline population. unposted_share: of the trials completed at least a year ago,
    the proportion without posted results; None where that is not known, which is itself a reason. Raises
    ValueError for negative counts or a share outside 0 to 1.
    """
    if event_count < 0 or participant_count < event_count:
        raise ValueError("event_count: pass people affected, 0 up to participant_count")
    if unposted_share is not None and not 0 <= unposted_share <= 1:
        raise ValueError(f"unposted_share: {unposted_share} is not a proportion; pass 0 to 1, or None")
    steps = {
        "risk_of_bias_not_assessed": True,
        "few_events": event_count < FEWEST_EVENTS or participant_count < FEWEST_PARTICIPANTS,
        "imprecise": _is_imprecise(pooled),
        "inconsistent": _is_inconsistent(pooled),
        "indirect_population": not is_headline_population,
        "results_not_posted": unposted_share is not None and unposted_share > UNPOSTED_SHARE,
    }
    reasons = [code for code, lowers in steps.items() if lowers]
    level = LEVELS[max(0, len(LEVELS) - 1 - len(reasons))]
    if pooled.study_count < 2:
        reasons.append("one_trial")
    if unposted_share is None:
        reasons.append("posting_unknown")
    return Certainty(level if np.isfinite(pooled.estimate) else LEVELS[0], tuple(reasons))


def _is_imprecise(pooled: Pooled) -> bool:
    """No interval, or one that holds both no effect and an effect worth knowing."""
    if np.isnan(pooled.lower):
        return True
    if pooled.measure == "rd":
        return pooled.lower <= 0 <= pooled.upper
    return pooled.lower <= 1 <= pooled.upper and (pooled.lower < 0.75 or pooled.upper > 1.25)


def _is_inconsistent(pooled: Pooled) -> bool:
    none = 0.0 if pooled.measure == "rd" else 1.0
    crosses = pooled.prediction_lower <= none <= pooled.prediction_upper
    return bool(pooled.i_squared > 50 or (crosses and not pooled.lower <= none <= pooled.upper))
