"""Certainty of an effect: what can be computed from the trials, what cannot, and how a review overrides it."""

import pytest

from tests.sql.trials.study_records import estimate_table, fetch_rows, make_study
from tests.sql.trials.test_cells import KETAMINE, PLACEBO, make_two_arm_trial
from tests.sql.trials.test_effects import read_effect

pytestmark = pytest.mark.slow


def make_ended_trial(number, day, *, has_results=True, status="COMPLETED", treated=KETAMINE, **more):
    """A trial that ended on a day, with or without posted results."""
    stated = {"overallStatus": status, "completionDateStruct": {"date": day}}
    if has_results:
        return make_two_arm_trial(number, (9, 3), (40, 41), status=stated, **more)
    return make_study(number, [treated, PLACEBO], None, status=stated, **more)


def ask(record):
    """The record, each posted term of which was assessed systematically."""
    for term in record["resultsSection"]["adverseEventsModule"]["otherEvents"]:
        term["assessmentType"] = "SYSTEMATIC_ASSESSMENT"
    return record


def read_posting(session, drug="ketamine"):
    return fetch_rows(
        session,
        "select population, ended_trial_count, unposted_trial_count from intermediate.trial_posting "
        "where drug = ? order by population",
        drug,
    )


def split_reasons(row):
    return row["certainty_reasons"].split(", ")


def test_unposted_results_after_one_year_lower_certainty(register):
    """The register was last updated on 2024-01-10: one of two trials that ended by 2023-01-10 has posted nothing."""
    session = estimate_table(
        register(make_ended_trial(1, "2022-03-01"), make_ended_trial(2, "2023-01-10", has_results=False)),
        "trial_effect",
    )
    assert read_posting(session) == [("chronic_pain", 2, 1)]
    assert read_posting(session, "ketamine_any") == [("chronic_pain", 2, 1)]
    row = read_effect(session)
    assert row["unposted_share"] == 0.5
    assert "results_not_posted" in split_reasons(row)


def test_trial_within_one_year_of_its_end_is_not_overdue(register):
    """It ended eleven months before the last update of the register; another in the same month, its day not
    stated."""
    session = register(
        make_ended_trial(1, "2022-03-01"),
        make_ended_trial(2, "2023-02-10", has_results=False),
        make_ended_trial(3, "2023-01", has_results=False),
    )
    assert read_posting(session) == [("chronic_pain", 1, 0)]


def test_one_year_is_counted_from_the_last_update_of_the_register(register):
    """A later update of any trial moves it; an update dated after its receipt is an error and moves nothing."""
    late = make_ended_trial(2, "2023-06-01", has_results=False)
    assert read_posting(register(make_ended_trial(1, "2022-03-01"), late)) == [("chronic_pain", 1, 0)]
    elsewhere = make_study(3, [PLACEBO], None, updated="2024-06-01")
    assert read_posting(register(make_ended_trial(1, "2022-03-01"), late, elsewhere)) == [("chronic_pain", 2, 1)]
    slip = make_study(3, [PLACEBO], None, updated="2204-06-01")
    assert read_posting(register(make_ended_trial(1, "2022-03-01"), late, slip)) == [("chronic_pain", 1, 0)]


def test_unfinished_trials_and_other_populations_are_not_overdue(register):
    """Still recruiting; withdrawn; in depression; with only a placebo for ketamine."""
    session = register(
        make_ended_trial(1, "2022-03-01"),
        make_ended_trial(2, "2020-01-01", has_results=False, status="RECRUITING"),
        make_ended_trial(3, "2020-01-01", has_results=False, status="WITHDRAWN"),
        make_ended_trial(4, "2020-01-01", has_results=False, conditions=("Major Depressive Disorder",)),
        make_ended_trial(5, "2020-01-01", has_results=False, treated={**PLACEBO, "names": ("Placebo for ketamine",)}),
    )
    assert read_posting(session) == [("chronic_pain", 1, 0), ("depression", 1, 1)]


def test_unknown_trial_ends_leave_the_unposted_share_unknown(register):
    """The record states neither status nor date: the reason says so, and the share is not zero."""
    row = read_effect(estimate_table(register(make_two_arm_trial(1, (9, 3), (40, 41))), "trial_effect"))
    assert row["unposted_share"] is None
    assert {"posting_unknown", "one_trial", "risk_of_bias_not_assessed", "few_events"} <= set(split_reasons(row))


def test_many_events_in_chronic_pain_give_at_most_moderate_certainty(register):
    """Three large trials that agree, everything posted: the remaining reason is that the risk of bias was not
    assessed."""
    stated = {"overallStatus": "COMPLETED", "completionDateStruct": {"date": "2020-01-01"}}
    records = [ask(make_two_arm_trial(i, (160 + i, 80), (400, 400), status=stated)) for i in (1, 2, 3)]
    row = read_effect(estimate_table(register(*records), "trial_effect"))
    assert (row["certainty"], row["certainty_reasons"]) == ("moderate", "risk_of_bias_not_assessed")
    assert row["certainty_basis"] == "machine-assisted, not GRADE"
    passive = [make_two_arm_trial(i, (160 + i, 80), (400, 400), status=stated) for i in (1, 2, 3)]
    row = read_effect(estimate_table(register(*passive), "trial_effect"))
    assert (row["certainty"], split_reasons(row)[1]) == ("low", "not_systematically_assessed")
    depressed = [
        ask(make_two_arm_trial(i, (160 + i, 80), (400, 400), conditions=("Depression",), status=stated))
        for i in (1, 2, 3)
    ]
    row = read_effect(estimate_table(register(*depressed), "trial_effect"), population="depression")
    assert (row["certainty"], "not_chronic_pain" in split_reasons(row)) == ("moderate", True)


def test_events_of_trials_outside_the_ratio_do_not_raise_certainty(register):
    """A large trial in which every participant was affected on both sides adds nothing to a ratio."""
    records = [make_two_arm_trial(1, (9, 3), (40, 41)), make_two_arm_trial(2, (200, 200), (200, 200))]
    row = read_effect(estimate_table(register(*records), "trial_effect"))
    assert (row["participants_affected"], row["left_out_participant_count"]) == (9, 400)
    assert "few_events" in split_reasons(row)


@pytest.fixture
def review(session):
    session.execute(
        "insert into codes.certainty_review values ('ketamine', 'intravenous', 'nausea', 'narrow', 'chronic_pain', "
        "'placebo', 'high', 'none', 'pharmacist', '2026-11-25', 'read all trials in full')"
    )
    yield
    session.execute("delete from codes.certainty_review where certainty = 'high'")


@pytest.mark.usefixtures("review")
def test_review_overrides_the_computed_certainty(register):
    """A reviewer of the trials may state high; the row states that it was reviewed. Other rows do not change."""
    session = estimate_table(register(make_two_arm_trial(1, (9, 3), (40, 41))), "trial_effect")
    row = read_effect(session)
    assert (row["certainty"], row["certainty_reasons"], row["certainty_basis"]) == ("high", "none", "reviewed")
    assert read_effect(session, definition="broad")["certainty_basis"] == "machine-assisted, not GRADE"
