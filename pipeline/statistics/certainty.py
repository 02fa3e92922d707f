"""The suggested certainty of a pooled effect: a level and the reasons that lowered it, which people may overrule.

Not GRADE: no machine reads a trial for risk of bias. Each domain of GRADE (Guyatt et al., J Clin Epidemiol
2011;64:383) lowers the level by one step for one reason and by two, the most that GRADE allows, for more.
Thresholds: imprecision after Guyatt et al. 2011;64:1283 (fewer than 300 events or 400 people; an interval that holds
no effect and a ratio of 0.75 or 1.25); inconsistency after Guyatt et al. 2011;64:1294, asked only where trials are
enough to show it (Cochrane Handbook 10.10.2 for the level of 0.10).
"""

from dataclasses import dataclass

import numpy as np

from pipeline.statistics.pooled import Pooled

LEVELS = ("very low", "low", "moderate", "high")
BEST_BY_MACHINE = LEVELS.index("moderate")  # only a person may say high
MOST_STEPS_A_DOMAIN = 2
FEWEST_EVENTS, FEWEST_PARTICIPANTS = 300, 400
RATIO_OF_INTEREST = (0.75, 1.25)
DIFFERENCE_OF_INTEREST = 0.02  # 20 per 1,000: our choice, since GRADE names none for a difference (DECISIONS.md)
INCONSISTENT_P = 0.10
FEWEST_TRIALS_FOR_Q, FEWEST_TRIALS_FOR_PREDICTION = 3, 5
UNPOSTED_SHARE = 0.25  # of trials completed a year ago or more: more than this without results is a reason
RISK_OF_BIAS = {  # the worst judgement among the trials of an effect, and the code it gives
    "low": None,
    "some concerns": "risk_of_bias_some_concerns",
    "high": "risk_of_bias_high",
    "not_assessed": "risk_of_bias_not_assessed",
}


@dataclass(frozen=True)
class Trust:
    """What is known of the trials behind an effect, apart from their counts.

    risk_of_bias: a key of RISK_OF_BIAS. has_*: at least one trial of the effect is so. population: whose trials
    they are. unposted_share: of the trials completed at least a year ago, the proportion without posted results; None
    where that is not known, which is itself a reason.
    """

    population: str
    unposted_share: float | None
    risk_of_bias: str = "not_assessed"
    has_randomisation_not_stated: bool = False
    has_crossover: bool = False
    has_unsystematic_assessment: bool = False
    has_count_below_threshold: bool = False
    has_count_hidden_in_composite: bool = False


@dataclass(frozen=True)
class Certainty:
    """level: one of "high", "moderate", "low", "very low". reasons: codes, those that lower the level first."""

    level: str
    reasons: tuple[str, ...]


def assess_certainty(
    pooled: Pooled, *, random: Pooled | None, event_count: int, participant_count: int, trust: Trust
) -> Certainty:
    """Level and reason codes of one pooled effect.

    random: the same trials and measure pooled with random effects (REML), for the prediction interval; None for one
    trial. event_count, participant_count: people over both arms of the trials the effect rests on. An effect without
    estimate and bounds is of very low certainty, since nothing was pooled. Raises ValueError for negative counts, a
    share outside 0 to 1, or a risk of bias that does not exist.
    """
    if event_count < 0 or participant_count < event_count:
        raise ValueError("event_count: pass people affected, 0 up to participant_count")
    if trust.unposted_share is not None and not 0 <= trust.unposted_share <= 1:
        raise ValueError(f"unposted_share: {trust.unposted_share} is not a proportion; pass 0 to 1, or None")
    if trust.risk_of_bias not in RISK_OF_BIAS:
        raise ValueError(f"risk_of_bias: {trust.risk_of_bias!r} is not known; pass one of {', '.join(RISK_OF_BIAS)}")
    remarks = {
        "one_trial": pooled.study_count == 1,
        "not_chronic_pain": trust.population not in ("chronic_pain", "unknown"),
        "posting_unknown": trust.unposted_share is None,
    }
    if np.isnan(pooled.estimate) and np.isnan(pooled.lower):
        return Certainty(LEVELS[0], ("nothing_pooled", *(code for code, holds in remarks.items() if holds)))
    bias = RISK_OF_BIAS[trust.risk_of_bias]
    domains = (
        {
            **({bias: True} if bias else {}),
            "randomisation_not_stated": trust.has_randomisation_not_stated,
            "crossover": trust.has_crossover,
            "not_systematically_assessed": trust.has_unsystematic_assessment,
        },
        {
            "few_events": event_count < FEWEST_EVENTS or participant_count < FEWEST_PARTICIPANTS,
            "imprecise": _is_imprecise(pooled),
        },
        {"inconsistent": _is_inconsistent(pooled, random)},
        {"indirect_population": trust.population == "unknown"},
        {
            "results_not_posted": trust.unposted_share is not None and trust.unposted_share > UNPOSTED_SHARE,
            "below_threshold": trust.has_count_below_threshold,
            "hidden_in_composite": trust.has_count_hidden_in_composite,
        },
    )
    reasons = [[code for code, lowers in domain.items() if lowers] for domain in domains]
    steps = sum(min(MOST_STEPS_A_DOMAIN, len(codes)) for codes in reasons)
    level = LEVELS[min(BEST_BY_MACHINE, max(0, len(LEVELS) - 1 - steps))]
    lowering = [code for codes in reasons for code in codes]
    return Certainty(level, (*lowering, *(code for code, holds in remarks.items() if holds)))


def _is_imprecise(pooled: Pooled) -> bool:
    """A bound is absent, or the interval holds both no effect and an effect worth knowing."""
    if np.isnan(pooled.lower) or np.isnan(pooled.upper):
        return True
    if pooled.measure == "rd":
        is_wide = pooled.lower < -DIFFERENCE_OF_INTEREST or pooled.upper > DIFFERENCE_OF_INTEREST
        return pooled.lower <= 0 <= pooled.upper and is_wide
    low, high = RATIO_OF_INTEREST
    return pooled.lower <= 1 <= pooled.upper and (pooled.lower < low or pooled.upper > high)


def _is_inconsistent(pooled: Pooled, random: Pooled | None) -> bool:
    """Trials enough to show it, and Q improbable, or a next trial that may show the opposite of a clear mean."""
    if pooled.study_count >= FEWEST_TRIALS_FOR_Q and pooled.q_p_value < INCONSISTENT_P:
        return True
    if random is None or random.study_count < FEWEST_TRIALS_FOR_PREDICTION or not random.tau_squared > 0:
        return False
    none = 0.0 if pooled.measure == "rd" else 1.0
    crosses = random.prediction_lower <= none <= random.prediction_upper
    return bool(crosses and not random.lower <= none <= random.upper)
