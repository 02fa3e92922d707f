"""How sure an effect is: what a machine can tell of the trials, what it cannot, and how a person overrules it."""

import pytest

from tests.sql.trials.study_records import estimated, rows, study
from tests.sql.trials.test_cells import KETAMINE, PLACEBO, two_arms
from tests.sql.trials.test_effects import effect


def ended(number, day, *, has_results=True, status="COMPLETED", treated=KETAMINE, **more):
    """A trial that ended on a day, with or without posted results."""
    told = {"overallStatus": status, "completionDateStruct": {"date": day}}
    if has_results:
        return two_arms(number, (9, 3), (40, 41), status=told, **more)
    return study(number, [treated, PLACEBO], None, status=told, **more)


def posting(session, drug="ketamine"):
    return rows(
        session,
        "select population, ended_trial_count, unposted_trial_count from intermediate.trial_posting "
        "where drug = ? order by population",
        drug,
    )


def reasons(row):
    return row["certainty_reasons"].split(", ")


def test_trials_that_ended_a_year_ago_without_results_lower_certainty(register):
    """The register speaks of 2024-01-10: one of two trials that ended by 2023-01-10 has posted nothing."""
    session = estimated(register(ended(1, "2022-03-01"), ended(2, "2023-01-10", has_results=False)), "trial_effect")
    assert posting(session) == [("chronic_pain", 2, 1)]
    assert posting(session, "ketamine_any") == [("chronic_pain", 2, 1)]
    row = effect(session)
    assert row["unposted_share"] == 0.5
    assert "results_not_posted" in reasons(row)


def test_a_trial_still_within_its_year_is_not_late(register):
    """It ended eleven months before the register's last day; another in the same month, the day untold."""
    session = register(
        ended(1, "2022-03-01"),
        ended(2, "2023-02-10", has_results=False),
        ended(3, "2023-01", has_results=False),
    )
    assert posting(session) == [("chronic_pain", 1, 0)]


def test_the_year_is_counted_from_the_registers_own_last_day(register):
    """A later update anywhere moves it; an update dated after its receipt is a slip of the pen and moves nothing."""
    late = ended(2, "2023-06-01", has_results=False)
    assert posting(register(ended(1, "2022-03-01"), late)) == [("chronic_pain", 1, 0)]
    elsewhere = study(3, [PLACEBO], None, updated="2024-06-01")
    assert posting(register(ended(1, "2022-03-01"), late, elsewhere)) == [("chronic_pain", 2, 1)]
    slip = study(3, [PLACEBO], None, updated="2204-06-01")
    assert posting(register(ended(1, "2022-03-01"), late, slip)) == [("chronic_pain", 1, 0)]


def test_a_trial_that_never_ended_and_one_of_another_people_owe_nothing_here(register):
    """Still recruiting; withdrawn; in depression; of a placebo for ketamine alone."""
    session = register(
        ended(1, "2022-03-01"),
        ended(2, "2020-01-01", has_results=False, status="RECRUITING"),
        ended(3, "2020-01-01", has_results=False, status="WITHDRAWN"),
        ended(4, "2020-01-01", has_results=False, conditions=("Major Depressive Disorder",)),
        ended(5, "2020-01-01", has_results=False, treated={**PLACEBO, "names": ("Placebo for ketamine",)}),
    )
    assert posting(session) == [("chronic_pain", 1, 0), ("depression", 1, 1)]


def test_where_no_trial_is_known_to_have_ended_posting_is_unknown(register):
    """The record tells neither status nor date: a reason of its own, and no share of zero."""
    row = effect(estimated(register(two_arms(1, (9, 3), (40, 41))), "trial_effect"))
    assert row["unposted_share"] is None
    assert {"posting_unknown", "one_trial", "risk_of_bias_not_assessed", "few_events"} <= set(reasons(row))


def test_many_events_in_chronic_pain_are_moderate_and_never_high(register):
    """Three large trials that agree, everything posted: what is left is that nobody assessed the risk of bias."""
    told = {"overallStatus": "COMPLETED", "completionDateStruct": {"date": "2020-01-01"}}
    records = [two_arms(i, (160 + i, 80), (400, 400), status=told) for i in (1, 2, 3)]
    row = effect(estimated(register(*records), "trial_effect"))
    assert (row["certainty"], row["certainty_reasons"]) == ("moderate", "risk_of_bias_not_assessed")
    assert row["certainty_basis"] == "machine-assisted, not GRADE"
    depressed = [two_arms(i, (160 + i, 80), (400, 400), conditions=("Depression",), status=told) for i in (1, 2, 3)]
    row = effect(estimated(register(*depressed), "trial_effect"), population="depression")
    assert (row["certainty"], row["is_headline"]) == ("low", False)
    assert "indirect_population" in reasons(row)


def test_events_of_trials_that_leave_a_ratio_do_not_make_it_surer(register):
    """A large trial in which everybody was affected on both sides tells a ratio nothing."""
    records = [two_arms(1, (9, 3), (40, 41)), two_arms(2, (200, 200), (200, 200))]
    row = effect(estimated(register(*records), "trial_effect"))
    assert row["participants_affected"] == 209
    assert "few_events" in reasons(row)


@pytest.fixture
def review(session):
    session.execute(
        "insert into codes.certainty_review values ('ketamine', 'intravenous', 'nausea', 'narrow', 'chronic_pain', "
        "'placebo', 'high', 'none', 'pharmacist', '2026-11-25', 'read all trials in full')"
    )
    yield
    session.execute("delete from codes.certainty_review where certainty = 'high'")


@pytest.mark.usefixtures("review")
def test_a_person_overrules_the_machine(register):
    """Who read the trials may say high; the row says that a person decided. Its neighbours are as they were."""
    session = estimated(register(two_arms(1, (9, 3), (40, 41))), "trial_effect")
    row = effect(session)
    assert (row["certainty"], row["certainty_reasons"], row["certainty_basis"]) == ("high", "none", "reviewed")
    assert effect(session, definition="broad")["certainty_basis"] == "machine-assisted, not GRADE"
