"""Trials prepared for one measure and method: which are pooled, their effects, and which were left out."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.statistics.arguments import Floats
from pipeline.statistics.choices import OF_COUNTS
from pipeline.statistics.codes import Reason
from pipeline.statistics.fixed_effect import peto_effects
from pipeline.statistics.trial_tables import Trials, effects

HALF = (
    0.5  # what empty cells get where the ratio of a single trial is needed for Mantel-Haenszel's Q, as metafor does
)


@dataclass(frozen=True)
class Evidence:
    """trials: those pooled, with the correction applied. effect, variance: of each trial that has both."""

    trials: Trials
    effect: Floats
    variance: Floats
    study_count: int
    participants_affected: int
    comparator_participants_affected: int
    participants_at_risk: int
    comparator_participants_at_risk: int
    left_out_participant_count: int
    double_zero_count: int
    not_estimable_count: int
    q_correction: float
    measure: str
    method: str
    correction: float
    is_corrected: bool
    no_information: Reason | None

    @property
    def loses_trials(self) -> bool:
        """Inverse variance cannot weigh a risk difference without variance; pooling the others overstates harm."""
        return self.measure == "rd" and self.not_estimable_count > 0

    @property
    def reason_for_no_estimate(self) -> Reason:
        """Why there is no estimate, or, for the Mantel-Haenszel risk difference, no interval."""
        if self.no_information is not None:
            return self.no_information
        if self.loses_trials:
            return Reason.TRIALS_WITHOUT_VARIANCE
        if self.measure != "rd" and not self.trials.affected.any():
            return Reason.NO_DRUG_EVENT
        if self.measure != "rd" and not self.trials.comparator_affected.any():
            return Reason.NO_COMPARATOR_EVENT
        return Reason.EMPTY_CELL_IN_EVERY_TRIAL

    def describe(self) -> dict[str, Any]:
        """The fields of `Pooled` known before pooling: trials pooled, trials left out, and what was asked for."""
        people = (
            "participants_affected",
            "comparator_participants_affected",
            "participants_at_risk",
            "comparator_participants_at_risk",
            "left_out_participant_count",
        )
        counts = ("study_count", "double_zero_count", "not_estimable_count", "q_correction")
        choices = ("measure", "method", "correction")
        return {name: getattr(self, name) for name in (*people, *counts, *choices)}


def gather(trials: Trials, measure: str, method: str, correction: float) -> Evidence:
    """Leave out trials that cannot be pooled, apply the correction, compute each trial's effect."""
    double_zero = trials.is_double_zero
    keeps_double_zero = measure == "rd" or method == "beta_binomial"
    kept = trials if keeps_double_zero else trials.only(~double_zero)
    correction = 0.0 if method == "peto" else correction
    corrected = kept.corrected(correction, kept.has_zero & ~kept.is_double_zero)
    q_correction = correction
    if method == "peto":
        effect, variance = peto_effects(kept)
    elif method == "mh" and correction == 0:
        effect, variance = effects(kept.corrected(HALF, kept.has_zero), measure)
        q_correction = HALF if kept.has_zero.any() else 0.0
    else:
        effect, variance = effects(corrected, measure)
    known = np.isfinite(effect)
    pooled = kept if method in OF_COUNTS else kept.only(known)
    at_risk, comparator_at_risk = int(pooled.total.sum()), int(pooled.comparator_total.sum())
    return Evidence(
        trials=corrected,
        effect=effect[known],
        variance=variance[known],
        study_count=pooled.count,
        participants_affected=int(pooled.affected.sum()),
        comparator_participants_affected=int(pooled.comparator_affected.sum()),
        participants_at_risk=at_risk,
        comparator_participants_at_risk=comparator_at_risk,
        left_out_participant_count=int((trials.total + trials.comparator_total).sum()) - at_risk - comparator_at_risk,
        double_zero_count=int(double_zero.sum()),
        not_estimable_count=kept.count - pooled.count,
        q_correction=q_correction,
        measure=measure,
        method=method,
        correction=correction,
        is_corrected=correction > 0 and bool((kept.has_zero & ~kept.is_double_zero).any()),
        no_information=_no_information(trials),
    )


def _no_information(trials: Trials) -> Reason | None:
    """Nobody, or everybody, affected in every arm of every trial; no trial at all counts as nobody."""
    if not (trials.affected.any() or trials.comparator_affected.any()):
        return Reason.NOBODY_AFFECTED
    if not (trials.unaffected.any() or trials.comparator_unaffected.any()):
        return Reason.EVERYBODY_AFFECTED
    return None
