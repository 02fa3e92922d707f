"""What estimates of trials share: the counts of a comparison, the correction of empty cells, a memory of answers."""

from functools import lru_cache

from pipeline.statistics.meta_analysis import Note, Pooled, Reason

COUNTS = (
    "participants_affected",
    "participants_at_risk",
    "comparator_participants_affected",
    "comparator_participants_at_risk",
)
REASONS = {
    Reason.NOBODY_AFFECTED: "nobody was affected in any of the trials",
    Reason.EVERYBODY_AFFECTED: "everybody was affected in every trial",
    Reason.NO_COMPARATOR_EVENT: "an arm without any event in any trial: the effect is not estimable",
    Reason.NO_DRUG_EVENT: "an arm without any event in any trial: the effect is not estimable",
    Reason.EMPTY_CELL_IN_EVERY_TRIAL: "every trial has an empty cell",
    Reason.TRIALS_WITHOUT_VARIANCE: "trials without a variance would be left out",
    Reason.ONE_TRIAL: "one trial, not pooled: no heterogeneity, no interval",
    Reason.NO_WIDTH: "trials exactly alike: Hartung-Knapp without the floor has no width",
    Reason.PETO_UNBALANCED: "Peto is biased: unbalanced arms and a large effect",
    Reason.NOT_CONVERGED: "the estimate did not converge",
    Reason.FEWER_THAN_TEN_TRIALS: "fewer than ten trials: asymmetry is not tested",
    Reason.TRIALS_OF_ONE_SIZE: "trials of one size: asymmetry is not tested",
    Reason.NO_RANDOMISED_TRIAL: "no randomised trial: nothing is pooled",
}
NOTES = {
    Note.ONE_TRIAL: "one trial, not pooled",
    Note.FEW_TRIALS: "fewer than three trials: no prediction interval",
}
HALF = 0.5
remembered = lru_cache(maxsize=50_000)  # many cells hold the same trials, and most bounds agree

Counts = tuple[tuple[int, ...], ...]
"""The columns of COUNTS, one value a trial."""


def correction_for(counts: Counts, measure: str, method: str) -> float:
    """A half where inverse-variance ratios meet an empty cell (Cochrane Handbook 10.4.4.2), else nothing."""
    by_weight = measure != "rd" and method not in ("mh", "peto")
    return HALF if by_weight and any(_has_empty_cell(*trial) for trial in zip(*counts, strict=True)) else 0.0


def is_alike(affected: int, at_risk: int, comparator_affected: int, comparator_at_risk: int) -> bool:
    """Nobody affected on either side, or everybody on both: such a trial leaves a ratio."""
    return affected == comparator_affected == 0 or (affected == at_risk and comparator_affected == comparator_at_risk)


def _has_empty_cell(affected: int, at_risk: int, comparator_affected: int, comparator_at_risk: int) -> bool:
    """One of the four cells is empty, in a trial that stays in a ratio."""
    if is_alike(affected, at_risk, comparator_affected, comparator_at_risk):
        return False
    return affected in (0, at_risk) or comparator_affected in (0, comparator_at_risk)


def describe_reason(pooled: Pooled) -> str | None:
    """Why something is absent, or what must be known of it, as a text."""
    if pooled.reason_code is not None:
        return REASONS[Reason(pooled.reason_code)]
    return NOTES.get(Note(pooled.note_code)) if pooled.note_code is not None else None
