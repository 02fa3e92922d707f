"""The result of pooling: one record, the same for every method."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pooled:
    """A pooled effect. estimate and its bounds are on the natural scale; log_estimate (null for rd),
    standard_error, q and tau_squared on the log scale for ratios. What cannot be estimated is NaN.

    reason_code: why the estimate or a bound is NaN, null where neither is; note_code: what qualifies values that are
    there. Their texts are the vocabularies `effect_reason` and `effect_note` of sql/vocabulary.csv.
    p_value: two-sided, of no effect, on the working scale; NaN for Bayesian methods. confidence_level: of every
    interval of the record.
    i_squared: percent. tau_squared: NaN for methods that assume one effect (mh, peto, iv, exact).
    prediction_form: how the prediction interval was made, null where there is none. study_count: trials
    pooled. df, q_p_value: of q. participants_*, comparator_participants_*: people of both arms of the trials
    pooled; left_out_participant_count: people of both arms of the others. double_zero_count: trials with
    nobody, or everybody, affected in both arms, which leave ratios. not_estimable_count: trials left out because an
    empty cell leaves them without a variance. q_correction: what was added to empty cells for q alone
    (Mantel-Haenszel pools without, but the ratio of a single trial needs it).
    """

    estimate: float
    lower: float
    upper: float
    log_estimate: float
    standard_error: float
    p_value: float
    confidence_level: float
    tau_squared: float
    i_squared: float
    q: float
    prediction_lower: float
    prediction_upper: float
    study_count: int
    participants_affected: int
    comparator_participants_affected: int
    participants_at_risk: int
    comparator_participants_at_risk: int
    left_out_participant_count: int
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
    reason_code: str | None
    note_code: str | None
