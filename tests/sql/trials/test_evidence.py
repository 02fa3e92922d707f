"""What a trial reported, sought in vain, or never sought: drawn records, each a situation met in the register."""

from typing import Any

import pytest

from tests.sql.trials.outcome_records import measure, one_class, plan, post
from tests.sql.trials.study_records import Study, arm, group, rows, study

ARMS = [arm("Ketamine", "EXPERIMENTAL", "Ketamine"), arm("Saline", "PLACEBO_COMPARATOR", "Saline")]
GROUPS = [group("Ketamine", 40), group("Saline", 40)]


def posted(*, other: dict[str, list[Any]] | None = None, threshold: str | None = "5", number: int = 1) -> Study:
    """A trial of ketamine against saline with posted adverse events."""
    return study(number, ARMS, GROUPS, other=other or {"Rash": [3, 1]}, threshold=threshold)


def silent(number: int = 1) -> Study:
    """A trial of ketamine without posted results."""
    return study(number, ARMS, None)


def verdict(session: Any, domain: str, trial: int = 1) -> tuple[str, str, str]:
    found = rows(
        session,
        "select status, basis, decided_by_text from summary.evidence_gap where trial_id = ? and domain = ?",
        f"NCT{trial:08d}",
        domain,
    )
    assert len(found) == 1
    return found[0]


def test_a_posted_result_is_reported_and_quoted(register):
    """MADRS was planned and its numbers stand in the results."""
    trial = post(plan(posted(), "MADRS total score"), measure("Change in MADRS total score", "-16", "-9"))
    assert verdict(register(trial), "depressive_symptoms") == (
        "reported",
        "outcome_result",
        "Change in MADRS total score",
    )


def test_a_planned_outcome_that_the_results_lack_was_sought_and_not_reported(register):
    """Morphine consumption was registered; the posted results hold pain alone."""
    trial = post(plan(posted(), "Pain on the NRS", "Morphine consumption at 24 h"), measure("Pain NRS", "3", "5"))
    session = register(trial)
    assert verdict(session, "pain")[0] == "reported"
    assert verdict(session, "opioid_use") == (
        "sought_not_reported",
        "planned_outcome",
        "Morphine consumption at 24 h",
    )
    assert verdict(session, "depressive_symptoms")[:2] == ("not_sought", "outcomes_module")


def test_an_outcome_listed_without_its_number_is_not_reported(register):
    """The results section lists the outcome and says that its result will be posted later."""
    trial = post(plan(posted(), "Response"), measure("Beck Depression Inventory"))
    assert verdict(register(trial), "depressive_symptoms") == (
        "sought_not_reported",
        "outcome_result_not_posted",
        "Beck Depression Inventory",
    )


def test_a_number_that_is_none_is_a_result_as_posted(register):
    """ "<0.1" and NA stand where a number should: both are shown, neither becomes a zero."""
    trial = post(plan(posted(), "Pain"), measure("Pain", "<0.1", "NA", groups=("Ketamine", "Saline")))
    found = rows(
        register(trial),
        "select value_text, drugs_text, routes_text, role from summary.pain_outcome_posted order by group_id",
    )
    assert found == [("<0.1", "ketamine", "unknown", "active"), ("NA", None, None, "placebo")]


@pytest.mark.parametrize(
    ("status", "completed", "wanted"),
    [
        ("COMPLETED", "2022-12-31", "sought_not_reported"),
        ("COMPLETED", "2023-01-31", "unknown"),
        ("COMPLETED", "2023-01", "unknown"),
        ("COMPLETED", "2022", "sought_not_reported"),
        ("TERMINATED", "2022-12", "sought_not_reported"),
        ("RECRUITING", "2020-01-31", "unknown"),
        ("UNKNOWN", "2015-01", "unknown"),
        ("WITHDRAWN", "2015-01", "unknown"),
        ("COMPLETED", None, "unknown"),
    ],
)
def test_results_are_due_a_year_after_the_end(register, status, completed, wanted):
    """The register was last updated on 10 January 2024. A trial still running, withdrawn before anybody was treated,
    or of which nobody knows the end has no gap yet; a date told to the month may be its last day."""
    trial = plan(silent(), "Pain intensity", status=status, completed=completed)
    found = verdict(register(trial), "pain")
    assert found[0] == wanted
    assert found[2] == "Pain intensity"


def test_the_day_results_are_judged_by_comes_from_the_register(register):
    """The same trial is not yet due by an older register, and due by a newer one, whatever day it is today."""
    trial = plan(silent(), "Pain intensity", completed="2023-06-30")
    assert verdict(register(trial), "pain")[0] == "unknown"
    newer = study(2, ARMS, None, updated="2024-07-01")
    assert verdict(register(trial, newer), "pain")[0] == "sought_not_reported"


def test_a_record_without_outcomes_says_nothing_of_what_was_sought(register):
    assert verdict(register(silent()), "pain") == ("unknown", "no_outcomes_module", None)


@pytest.mark.parametrize(
    ("threshold", "wanted"),
    [
        ("0", ("reported", "adverse_events_zero")),
        ("5", ("unknown", "adverse_events_threshold")),
        (None, ("unknown", "adverse_events_threshold")),
    ],
)
def test_a_reaction_missing_from_the_lists_is_a_zero_only_where_they_are_whole(register, threshold, wanted):
    """Nobody is listed with hallucinations: none had them if everything is listed, nobody knows under a threshold."""
    session = register(plan(posted(threshold=threshold), "Pain"))
    assert verdict(session, "hallucination")[:2] == wanted
    assert verdict(session, "pain")[0] == "sought_not_reported"


def test_people_whose_number_is_not_stated_leave_no_zero(register):
    """One group does not say how many were at risk: absent from its lists is not nobody."""
    trial = study(
        1, ARMS, [group("Ketamine", 40), {"title": "Saline", "description": "", "at_risk": None}], threshold="0"
    )
    assert verdict(register(plan(trial, "Pain")), "hallucination")[0] != "reported"


def test_an_adverse_event_row_reports_its_reaction_in_the_words_posted(register):
    trial = plan(posted(other={"Hallucination, visual": [4, 0], "Rash": [1, 1]}), "Hallucinations")
    assert verdict(register(trial), "hallucination") == ("reported", "adverse_events", "Hallucination, visual")


def test_a_reaction_sought_as_an_outcome_is_owed_whatever_the_threshold_hides(register):
    """The threshold excuses a short list of adverse events, not an outcome that was promised."""
    session = register(plan(posted(), "Pain", "Hallucinations"))
    assert verdict(session, "hallucination")[:2] == ("sought_not_reported", "planned_outcome")


def test_a_reaction_named_among_adverse_events_sought_is_answered_by_the_list_of_adverse_events(register):
    """ "Adverse events: nausea, dissociation" was planned, and adverse events were posted above 5 per cent."""
    session = register(plan(posted(), ("Adverse events", "including nausea and dissociation")))
    assert verdict(session, "dissociation")[:2] == ("unknown", "adverse_events_threshold")
    session = register(plan(silent(), ("Adverse events", "including nausea and dissociation")))
    assert verdict(session, "dissociation")[:2] == ("sought_not_reported", "planned_outcome")


def test_nausea_and_vomiting_together_report_the_union_and_neither_alone(register):
    trial = post(plan(posted(), "PONV"), measure("Postoperative nausea and vomiting", "8", "3"))
    session = register(trial)
    assert verdict(session, "nausea_or_vomiting")[:2] == ("reported", "outcome_result")
    assert verdict(session, "nausea")[:2] == ("unknown", "outcome_result_within")
    assert verdict(session, "vomiting")[:2] == ("unknown", "outcome_result_within")


def test_a_composite_adverse_event_row_leaves_its_parts_unknown(register):
    session = register(plan(posted(other={"Nausea/vomiting": [8, 3]}, threshold="0"), "Pain"))
    assert verdict(session, "nausea_or_vomiting") == ("reported", "adverse_events", "Nausea/vomiting")
    assert verdict(session, "vomiting") == ("unknown", "adverse_events_composite", "Nausea/vomiting")


def test_an_unfamiliar_spelling_is_no_zero(register):
    session = register(plan(posted(other={"Vivid hallucinatory episodes": [2, 0]}, threshold="0"), "Pain"))
    assert verdict(session, "hallucination")[:2] == ("unknown", "adverse_events_unlisted_term")


def test_a_part_reported_reports_something_of_the_union(register):
    trial = post(plan(posted(), "Emesis"), measure("Emetic episodes", "2", "1"))
    assert verdict(register(trial), "nausea_or_vomiting")[0] == "reported"


def test_a_quality_of_recovery_score_is_no_result_of_the_pain_it_holds(register):
    """QoR-15 asks for pain among fifteen things: its sum does not show pain."""
    told = "Fifteen items, among them pain and nausea"
    trial = post(plan(posted(), ("QoR-15", told)), measure("QoR-15", "120", "118", description=told))
    session = register(trial)
    assert verdict(session, "pain")[:2] == ("unknown", "outcome_result_within")
    assert rows(session, "select count(*) from summary.pain_outcome_posted") == [(0,)]


def test_an_item_posted_apart_is_a_result_and_only_its_numbers_are_shown(register):
    """The same score with a class of numbers of its own for pain."""
    classes = [one_class("9", "8", title="Pain"), one_class("7", "7", title="Sleep")]
    trial = post(plan(posted(), "QoR-15"), measure("QoR-15", "1", "1") | {"classes": classes})
    session = register(trial)
    assert verdict(session, "pain") == ("reported", "outcome_result", "QoR-15: Pain")
    assert rows(session, "select value_text from summary.pain_outcome_posted order by group_id") == [("9",), ("8",)]


def test_a_unit_may_say_what_a_title_does_not(register):
    trial = post(
        plan(posted(), "Need"), measure("Analgesic need", "20", "31", unitOfMeasure="mg morphine equivalents")
    )
    assert verdict(register(trial), "opioid_use")[0] == "reported"


def test_a_description_speaks_where_the_title_says_nothing(register):
    trial = plan(posted(), "x")
    session = register(post(trial, measure("Response rate", "20", "9", description="Half of the MADRS at entry")))
    assert verdict(session, "depressive_symptoms")[:2] == ("reported", "outcome_result_described")
    session = register(
        post(trial, measure("Sedation", "2", "1", description="rated in people whose pain is treated"))
    )
    assert verdict(session, "pain")[0] == "not_sought"


def test_depression_as_an_adverse_event_is_reported_and_back_pain_measures_no_pain(register):
    session = register(plan(posted(other={"Depressed mood": [2, 0], "Back pain": [1, 0]}), "Gait"))
    assert verdict(session, "depressive_symptoms") == ("reported", "adverse_events", "Depressed mood")
    assert verdict(session, "pain")[0] == "not_sought"


def test_a_respiratory_depression_is_no_mood(register):
    session = register(
        plan(posted(other={"Respiratory depression": [2, 0]}), "Respiratory depression", "ST depression")
    )
    assert verdict(session, "depressive_symptoms")[0] == "not_sought"


def test_a_trial_without_results_is_watched_by_its_interventions(register):
    """Ketamine is given; elsewhere its placebo alone, or esomeprazole magnesium."""
    others = [
        study(2, [arm("Placebo", "PLACEBO_COMPARATOR", "Placebo for ketamine")], None),
        study(3, [arm("Stomach", "EXPERIMENTAL", "Esomeprazole magnesium")], None),
        study(
            4,
            [arm("A", "EXPERIMENTAL", "S-ketamine"), arm("B", "EXPERIMENTAL", "Magnesium sulfate + memantine")],
            None,
        ),
        study(5, [arm("Group S: saline", "PLACEBO_COMPARATOR", "Saline")], None),
    ]
    session = register(silent(), *others)
    watched = rows(session, "select distinct trial_id, drugs_text from summary.evidence_gap order by 1")
    assert watched == [("NCT00000001", "ketamine"), ("NCT00000004", "esketamine; magnesium; memantine")]


def test_a_study_drug_is_known_by_its_description(register):
    given = [{"type": "DRUG", "name": "Study drug", "description": "Ketamine 0.5 mg/kg"}]
    session = register(study(1, [arm("A", "EXPERIMENTAL", "Study drug")], None, interventions=given))
    assert rows(session, "select drug, drug_basis from events.trial_drug") == [
        ("ketamine", "intervention_description")
    ]


def test_an_arm_without_the_drug_keeps_its_trial_on_the_watch_list(register):
    """Event groups named A and B tell no drug; the registered intervention does."""
    trial = study(1, ARMS, [group("A", 20), group("B", 20)], other={"Rash": [1, 0]})
    assert rows(register(trial), "select drug, drug_basis from events.trial_drug") == [("ketamine", "intervention")]


def test_every_number_of_a_pain_outcome_stands_alone_with_its_class_and_people(register):
    """Two times and two groups are four rows, none averaged; a class may have fewer people than the outcome."""
    fewer = [
        {
            "units": "Participants",
            "counts": [{"groupId": "OG000", "value": "30"}, {"groupId": "OG001", "value": "29"}],
        }
    ]
    whole = [
        {
            "units": "Participants",
            "counts": [{"groupId": "OG000", "value": "38"}, {"groupId": "OG001", "value": "39"}],
        }
    ]
    classes = [one_class("4", "5", title="Week 1"), one_class("3", "5", title="Week 4", denoms=fewer)]
    trial = post(
        plan(posted(), "Pain"),
        measure("Pain", "1", "1", groups=("Ketamine", "Nobody we know"), denoms=whole) | {"classes": classes},
    )
    found = rows(
        register(trial),
        "select class_title, group_title, drugs_text, role, value_text, analysed_count "
        "from summary.pain_outcome_posted order by class_number, group_id",
    )
    assert found == [
        ("Week 1", "Ketamine", "ketamine", "active", "4", 38),
        ("Week 1", "Nobody we know", None, None, "5", 39),
        ("Week 4", "Ketamine", "ketamine", "active", "3", 30),
        ("Week 4", "Nobody we know", None, None, "5", 29),
    ]


def test_every_watched_trial_stands_in_every_domain_once(register):
    session = register(posted(), silent(2), study(3, [arm("Saline", "PLACEBO_COMPARATOR", "Saline")], None))
    assert rows(session, "select count(*), count(distinct domain) from summary.evidence_gap") == [(24, 12)]
    assert rows(session, "select * from verify.evidence_gap_is_whole") == []
