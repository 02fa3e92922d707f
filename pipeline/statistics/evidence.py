"""Trials prepared for one measure and method: which are pooled, their effects, and which were left out."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.statistics.arguments import Floats
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
    double_zero_count: int
    not_estimable_count: int
    q_correction: float
    measure: str
    method: str
    correction: float

    @property
    def reason_for_no_estimate(self) -> str:
        """Why there is no estimate; for the Mantel-Haenszel risk difference, which is 0 without events, no interval.

        A correction, or method "mh", pools trials that all have an empty cell.
        """
        if self.not_estimable_count and self.method != "mh":
            return "every trial has an empty cell"
        if not self.study_count:
            return "no trial with an event in one arm and a person without in another: nothing to pool"
        if self.measure == "rd":
            return "all or no participants affected in every arm: the interval is not estimable"
        return "an arm without any event in any trial: the effect is not estimable"

    def describe(self) -> dict[str, Any]:
        """The fields of `Pooled` known before pooling: trials pooled, trials left out, and what was asked for."""
        counts = ("study_count", "double_zero_count", "not_estimable_count", "q_correction")
        choices = ("measure", "method", "correction")
        return {name: getattr(self, name) for name in (*counts, *choices)}


def gather(trials: Trials, measure: str, method: str, correction: float) -> Evidence:
    """Leave out trials that cannot be pooled, apply the correction, compute each trial's effect."""
    double_zero = trials.is_double_zero
    kept = trials if measure == "rd" else trials.only(~double_zero)
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
    return Evidence(
        trials=corrected,
        effect=effect[known],
        variance=variance[known],
        study_count=kept.count if method == "mh" else int(known.sum()),
        double_zero_count=int(double_zero.sum()),
        not_estimable_count=0 if method == "mh" else int((~known).sum()),
        q_correction=q_correction,
        measure=measure,
        method=method,
        correction=correction,
    )
