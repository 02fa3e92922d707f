"""Whether a trial asked for adverse events: a class of the trial, read from all terms it posted."""

import pytest

from tests.sql.trials.study_records import fetch_rows, make_arm, make_group, make_study

ARMS = [make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine"), make_arm("Saline", "PLACEBO_COMPARATOR", "Saline")]
GROUPS = [make_group("Ketamine IV", 40), make_group("Saline", 40)]
ASKED, MENTIONED = "SYSTEMATIC_ASSESSMENT", "NON_SYSTEMATIC_ASSESSMENT"


def make_assessed_study(assessments, **posted):
    """A study whose posted terms, serious before other, state these assessment types."""
    study = make_study(1, ARMS, GROUPS, **posted)
    module = study["resultsSection"]["adverseEventsModule"]
    terms = [term for name in ("seriousEvents", "otherEvents") for term in module.get(name, [])]
    for term, assessment in zip(terms, assessments, strict=True):
        term["assessmentType"] = assessment
    return study


@pytest.mark.parametrize(
    ("assessments", "expected"),
    [
        ((ASKED, ASKED, ASKED), "systematic"),
        ((MENTIONED, MENTIONED, MENTIONED), "not_systematic"),
        ((MENTIONED, MENTIONED, None), "not_systematic"),
        ((ASKED, MENTIONED, MENTIONED), "mixed"),
        ((MENTIONED, ASKED, ASKED), "mixed"),
        ((ASKED, ASKED, None), "mixed"),
        ((None, None, None), "not_stated"),
        (("BY_POST", None, None), "not_stated"),
    ],
)
def test_class_of_a_trial_is_read_from_all_its_terms(register, assessments, expected):
    """One serious and two other terms; what the registry does not define says nothing."""
    posted = {"serious": {"Sepsis": [1, 0]}, "other": {"Nausea": [9, 3], "Rash": [1, 1]}}
    session = register(make_assessed_study(assessments, **posted))
    assert fetch_rows(session, "select ascertainment from intermediate.trial_ascertainment") == [(expected,)]
    assert set(fetch_rows(session, "select is_systematically_assessed from events.trial_comparison")) == {
        (expected == "systematic",)
    }


def test_trial_without_a_posted_term_does_not_state_how_it_asked(register):
    session = register(make_study(1, ARMS, GROUPS))
    assert fetch_rows(session, "select term_count, ascertainment from intermediate.trial_ascertainment") == [
        (0, "not_stated")
    ]


def test_zeros_of_a_systematic_trial_stay_in(register):
    """Rule 30: hallucination is on no list of a trial that asked for every event; its zeros count."""
    session = register(make_assessed_study((ASKED,), other={"Nausea": [9, 3]}))
    assert fetch_rows(
        session,
        "select participants_affected, comparator_participants_affected, is_systematically_assessed "
        "from events.trial_comparison where reaction = 'hallucination' and definition = 'narrow' and bound = 'upper' "
        "and drug = 'ketamine' and route = 'any'",
    ) == [(0, 0, True)]
