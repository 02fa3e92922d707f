"""The result of pooling: one record, the same for every method."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pooled:
    """A pooled effect. estimate and its 95% bounds are on the natural scale; log_estimate (null for rd),
    standard_error, q and tau_squared on the log scale for ratios. What cannot be estimated is NaN, and
    `reason` states why.

    i_squared: percent. tau_squared: 0 by assumption for mh, peto and iv, without bounds then.
    prediction_form: how the prediction interval was made, null where there is none. study_count: trials
    pooled. df, q_p_value: of q. double_zero_count: trials with nobody, or everybody, affected in both arms,
    left out of ratios. not_estimable_count: trials left out because an empty cell leaves them without a
    variance. q_correction: what was added to empty cells for q alone (Mantel-Haenszel pools without, but the
    ratio of a single trial needs it).
    """

    estimate: float
    lower: float
    upper: float
    log_estimate: float
    standard_error: float
    tau_squared: float
    i_squared: float
    q: float
    prediction_lower: float
    prediction_upper: float
    study_count: int
    tau_squared_lower: float
    tau_squared_upper: float
    df: int
    q_p_value: float
    prediction_form: str | None
    double_zero_count: int
    not_estimable_count: int
    q_correction: float
    measure: str
    method: str
    interval: str
    correction: float
    reason: str | None
