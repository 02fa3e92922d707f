"""What a method that pools counts directly finds: the part of `Pooled` that depends on the method."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from pipeline.statistics.codes import Note, Reason
from pipeline.statistics.two_by_two import Z95

NAN = float("nan")
PREDICTION_BY_T = "Higgins-Thompson-Spiegelhalter: t on study_count - 2"


@dataclass(frozen=True)
class Solved:
    """Estimate and bounds on the natural scale, NaN where there is none; the other fields as in `Pooled`."""

    estimate: float = NAN
    lower: float = NAN
    upper: float = NAN
    log_estimate: float = NAN
    standard_error: float = NAN
    p_value: float = NAN
    tau_squared: float = NAN
    tau_squared_lower: float = NAN
    tau_squared_upper: float = NAN
    prediction_lower: float = NAN
    prediction_upper: float = NAN
    prediction_form: str | None = None
    reason_code: Reason | None = None
    note_code: Note | None = None


def solve_wald(log_odds: float, error: float, **more: Any) -> Solved:
    """An odds ratio by its log and standard error, with Wald interval and p-value; more: other fields of `Solved`."""
    estimate, lower, upper = (float(np.exp(log_odds + reach * error)) for reach in (0.0, -Z95, Z95))
    return Solved(
        estimate=estimate,
        lower=lower,
        upper=upper,
        log_estimate=log_odds,
        standard_error=error,
        p_value=2 * float(ndtr(-abs(log_odds) / error)),
        **more,
    )
