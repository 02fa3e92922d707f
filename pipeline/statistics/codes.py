"""Codes of what an effect lacks and of what qualifies it; sql/vocabulary.csv gives the text of each.

A code is a constant here, so that a misspelt one is an error of import and a test can list them all.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why an estimate or a bound is null (vocabulary `effect_reason`)."""

    NOBODY_AFFECTED = "nobody_affected"
    EVERYBODY_AFFECTED = "everybody_affected"
    NO_COMPARATOR_EVENT = "no_comparator_event"
    NO_DRUG_EVENT = "no_drug_event"
    EMPTY_CELL_IN_EVERY_TRIAL = "empty_cell_in_every_trial"
    TRIALS_WITHOUT_VARIANCE = "trials_without_variance_left_out"
    ONE_TRIAL = "one_trial"
    NO_WIDTH = "no_width"
    PETO_UNBALANCED = "peto_unbalanced"
    NOT_CONVERGED = "not_converged"
    FEWER_THAN_TEN_TRIALS = "fewer_than_ten_trials"
    TRIALS_OF_ONE_SIZE = "trials_of_one_size"
    NO_RANDOMISED_TRIAL = "no_randomised_trial"


class Note(StrEnum):
    """What qualifies values that are there (vocabulary `effect_note`)."""

    INFINITE = "infinite"
    ZERO = "zero"
    NO_INFORMATION = "no_information"
    ONE_TRIAL = "one_trial"
    FEW_TRIALS = "few_trials_no_prediction"
    HALF_ADDED = "half_added"
