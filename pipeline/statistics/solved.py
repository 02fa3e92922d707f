"""What a method that pools counts directly finds: the part of `Pooled` that depends on the method."""

from dataclasses import dataclass

from pipeline.statistics.codes import Note, Reason

NAN = float("nan")


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
