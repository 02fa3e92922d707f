"""What a trial reported, sought without reporting, or never sought: each record is a situation met in the
register."""

from typing import Any

import pytest

from pipeline.models import find_model_files
from tests.sql.trials.outcome_records import (
    add_planned_outcomes,
    make_outcome_class,
    make_outcome_measure,
    post_outcomes,
)
from tests.sql.trials.study_records import SQL, Study, fetch_rows, make_arm, make_group, make_study

pytestmark = pytest.mark.slow

ARMS = [make_arm("Ketamine", "EXPERIMENTAL", "Ketamine"), make_arm("Saline", "PLACEBO_COMPARATOR", "Saline")]
GROUPS = [make_group("Ketamine", 40), make_group("Saline", 40)]


def make_posted_trial(
    *, other: dict[str, list[Any]] | None = None, threshold: str | None = "5", number: int = 1
) -> Study:
    """A trial of ketamine against saline with posted adverse events, each of which people were asked for."""
    return state_assessment(make_study(number, ARMS, GROUPS, other=other or {"Rash": [3, 1]}, threshold=threshold))


def state_assessment(study: Study, *assessments: str | None) -> Study:
    """The study with how its posted terms were assessed, by turns; systematically where nothing is given."""
    for number, row in enumerate(study["resultsSection"]["adverseEventsModule"]["otherEvents"]):
        row["assessmentType"] = (assessments or ("SYSTEMATIC_ASSESSMENT",))[number % max(len(assessments), 1)]
    return study


def make_trial_without_results(number: int = 1) -> Study:
    """A trial of ketamine without posted results."""
    return make_study(number, ARMS, None)


def read_verdict(session: Any, domain: str, trial: int = 1) -> tuple[str, str, str]:
    found = fetch_rows(
        session,
        "select status, basis, decided_by_text from summary.evidence_gap where trial_id = ? and domain = ?",
        f"NCT{trial:08d}",
        domain,
    )
    assert len(found) == 1
    return found[0]


def test_posted_outcome_is_reported_with_its_title(register):
    """MADRS was planned and its values are in the results."""
    trial = post_outcomes(
        add_planned_outcomes(make_posted_trial(), "MADRS total score"),
        make_outcome_measure("Change in MADRS total score", "-16", "-9"),
    )
    assert read_verdict(register(trial), "depressive_symptoms") == (
        "reported",
        "outcome_result",
        "Change in MADRS total score",
    )


def test_planned_outcome_absent_from_results_is_sought_not_reported(register):
    """Morphine consumption was registered; the posted results hold pain alone."""
    trial = post_outcomes(
        add_planned_outcomes(make_posted_trial(), "Pain on the NRS", "Morphine consumption at 24 h"),
        make_outcome_measure("Pain NRS", "3", "5"),
    )
    session = register(trial)
    assert read_verdict(session, "pain")[0] == "reported"
    assert read_verdict(session, "opioid_use") == (
        "sought_not_reported",
        "planned_outcome",
        "Morphine consumption at 24 h",
    )
    assert read_verdict(session, "depressive_symptoms")[:2] == ("not_sought", "outcomes_module")


def test_outcome_listed_without_numbers_is_not_reported(register):
    """The results section lists the outcome and states that its result will be posted later."""
    trial = post_outcomes(
        add_planned_outcomes(make_posted_trial(), "Response"), make_outcome_measure("Beck Depression Inventory")
    )
    assert read_verdict(register(trial), "depressive_symptoms") == (
        "sought_not_reported",
        "outcome_result_not_posted",
        "Beck Depression Inventory",
    )


def test_non_numeric_value_is_shown_as_posted(register):
    """ "<0.1" and NA are in place of a number: both are shown, neither becomes a zero."""
    trial = post_outcomes(
        add_planned_outcomes(make_posted_trial(), "Pain"),
        make_outcome_measure("Pain", "<0.1", "NA", groups=("Ketamine", "Saline")),
    )
    found = fetch_rows(
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
def test_results_are_due_one_year_after_the_end(register, status, completed, wanted):
    """The register was last updated on 10 January 2024. A trial still running, withdrawn before treatment, or
    whose end is unknown has no gap yet; a date stated to the month may be its last day."""
    trial = add_planned_outcomes(make_trial_without_results(), "Pain intensity", status=status, completed=completed)
    found = read_verdict(register(trial), "pain")
    assert found[0] == wanted
    assert found[2] == "Pain intensity"


def test_due_date_is_judged_by_the_last_update_of_the_register(register):
    """The same trial is not yet due by an older register, and due by a newer one, independent of the current date."""
    trial = add_planned_outcomes(make_trial_without_results(), "Pain intensity", completed="2023-06-30")
    assert read_verdict(register(trial), "pain")[0] == "unknown"
    newer = make_study(2, ARMS, None, updated="2024-07-01")
    assert read_verdict(register(trial, newer), "pain")[0] == "sought_not_reported"


def test_record_without_planned_outcomes_leaves_the_domain_unknown(register):
    assert read_verdict(register(make_trial_without_results()), "pain") == ("unknown", "no_outcomes_module", None)


@pytest.mark.parametrize(
    ("threshold", "wanted"),
    [
        ("0", ("reported", "adverse_events_zero")),
        ("5", ("unknown", "adverse_events_threshold")),
        (None, ("unknown", "adverse_events_threshold")),
    ],
)
def test_absent_reaction_is_reported_zero_only_in_complete_lists(register, threshold, wanted):
    """No hallucination is listed, and people were asked: zero if every event is listed, unknown under a threshold."""
    session = register(add_planned_outcomes(make_posted_trial(threshold=threshold), "Pain"))
    assert read_verdict(session, "hallucination")[:2] == wanted
    assert read_verdict(session, "pain")[0] == "sought_not_reported"


@pytest.mark.parametrize(
    ("assessments", "basis", "text"),
    [
        (("NON_SYSTEMATIC_ASSESSMENT",), "not_systematic", "no posted term was assessed systematically"),
        (
            ("NON_SYSTEMATIC_ASSESSMENT", "SYSTEMATIC_ASSESSMENT"),
            "mixed",
            "1 of 2 posted terms assessed systematically",
        ),
        ((None,), "not_stated", "no posted term states how it was assessed"),
    ],
)
def test_zero_that_nobody_asked_about_is_not_reported(register, assessments, basis, text):
    """Lists are whole and hold no hallucination; the record does not state that people were asked for every event."""
    posted = {"Rash": [3, 1], "Nausea": [2, 2]}
    trial = state_assessment(make_posted_trial(threshold="0", other=posted), *assessments)
    session = register(add_planned_outcomes(trial, "Pain"))
    assert read_verdict(session, "hallucination") == (
        "zero_not_solicited",
        f"adverse_events_zero_{basis}",
        f"in neither list of adverse events; both are whole, and {text}",
    )
    assert read_verdict(session, "nausea")[:2] == ("reported", "adverse_events")
    assert fetch_rows(session, "select * from verify.zero_was_looked_for") == []
    session.execute("update summary.evidence_gap set status = 'reported', basis = 'adverse_events_zero'")
    truth = find_model_files(SQL)["verify.zero_was_looked_for"].read_text()
    assert len(fetch_rows(session, truth)) == 12


def test_outcome_that_was_sought_is_no_zero_that_nobody_asked_about(register):
    """Hallucinations were planned and never posted; events were recorded where somebody mentioned them."""
    trial = state_assessment(make_posted_trial(threshold="0"), "NON_SYSTEMATIC_ASSESSMENT")
    session = register(add_planned_outcomes(trial, "Pain", "Hallucinations"))
    assert read_verdict(session, "hallucination")[:2] == ("sought_not_reported", "planned_outcome")
    assert read_verdict(session, "paranoia")[0] == "zero_not_solicited"


@pytest.mark.parametrize(
    ("title", "description", "domains"),
    [
        ("BPRS", "", ("hallucination", "paranoia")),
        ("4-item positive symptoms subscale", "", ("hallucination", "paranoia")),
        ("Psychotomimetic effects", "Brief Psychiatric Rating Scale", ("hallucination", "paranoia")),
        ("CADSS", "", ("dissociation",)),
        ("Delirium by the Confusion Assessment Method", "", ("confusion",)),
        ("PONV Impact Scale", "", ("nausea", "vomiting", "nausea_or_vomiting")),
    ],
)
def test_posted_scale_was_sought_and_is_reported(register, title, description, domains):
    """A scale with an item for it was put to everybody, whatever was recorded as an adverse event."""
    trial = state_assessment(make_posted_trial(threshold="0"), "NON_SYSTEMATIC_ASSESSMENT")
    planned = add_planned_outcomes(trial, (title, description))
    session = register(planned)
    assert {read_verdict(session, domain)[0] for domain in domains} == {"sought_not_reported"}
    session = register(post_outcomes(planned, make_outcome_measure(title, "4.6", "4.1", description=description)))
    assert {read_verdict(session, domain)[0] for domain in domains} == {"reported"}
    assert read_verdict(session, "misuse_or_dependence")[0] == "zero_not_solicited"


def test_unstated_number_at_risk_is_not_a_reported_zero(register):
    """One group does not state its number at risk: absence from its lists is not zero."""
    trial = make_study(
        1, ARMS, [make_group("Ketamine", 40), {"title": "Saline", "description": "", "at_risk": None}], threshold="0"
    )
    assert read_verdict(register(add_planned_outcomes(trial, "Pain")), "hallucination")[0] != "reported"


def test_adverse_event_row_reports_its_reaction_with_the_posted_term(register):
    trial = add_planned_outcomes(
        make_posted_trial(other={"Hallucination, visual": [4, 0], "Rash": [1, 1]}), "Hallucinations"
    )
    assert read_verdict(register(trial), "hallucination") == ("reported", "adverse_events", "Hallucination, visual")


def test_reaction_planned_as_an_outcome_is_due_despite_the_threshold(register):
    """The threshold explains a short list of adverse events, not a missing planned outcome."""
    session = register(add_planned_outcomes(make_posted_trial(), "Pain", "Hallucinations"))
    assert read_verdict(session, "hallucination")[:2] == ("sought_not_reported", "planned_outcome")


def test_reaction_named_in_a_planned_adverse_event_outcome_is_judged_by_the_adverse_event_list(register):
    """ "Adverse events: nausea, dissociation" was planned, and adverse events were posted above 5 per cent."""
    session = register(
        add_planned_outcomes(make_posted_trial(), ("Adverse events", "including nausea and dissociation"))
    )
    assert read_verdict(session, "dissociation")[:2] == ("unknown", "adverse_events_threshold")
    session = register(
        add_planned_outcomes(make_trial_without_results(), ("Adverse events", "including nausea and dissociation"))
    )
    assert read_verdict(session, "dissociation")[:2] == ("sought_not_reported", "planned_outcome")


def test_joint_outcome_of_nausea_and_vomiting_reports_the_union_only(register):
    trial = post_outcomes(
        add_planned_outcomes(make_posted_trial(), "PONV"),
        make_outcome_measure("Postoperative nausea and vomiting", "8", "3"),
    )
    session = register(trial)
    assert read_verdict(session, "nausea_or_vomiting")[:2] == ("reported", "outcome_result")
    assert read_verdict(session, "nausea")[:2] == ("unknown", "outcome_result_within")
    assert read_verdict(session, "vomiting")[:2] == ("unknown", "outcome_result_within")


def test_composite_adverse_event_row_leaves_its_parts_unknown(register):
    session = register(
        add_planned_outcomes(make_posted_trial(other={"Nausea/vomiting": [8, 3]}, threshold="0"), "Pain")
    )
    assert read_verdict(session, "nausea_or_vomiting") == ("reported", "adverse_events", "Nausea/vomiting")
    assert read_verdict(session, "vomiting") == ("unknown", "adverse_events_composite", "Nausea/vomiting")


def test_unknown_spelling_is_not_a_reported_zero(register):
    session = register(
        add_planned_outcomes(make_posted_trial(other={"Vivid hallucinatory episodes": [2, 0]}, threshold="0"), "Pain")
    )
    assert read_verdict(session, "hallucination")[:2] == ("unknown", "adverse_events_unlisted_term")


def test_reported_part_makes_the_union_reported(register):
    trial = post_outcomes(
        add_planned_outcomes(make_posted_trial(), "Emesis"), make_outcome_measure("Emetic episodes", "2", "1")
    )
    assert read_verdict(register(trial), "nausea_or_vomiting")[0] == "reported"


def test_quality_of_recovery_score_is_not_a_pain_result(register):
    """QoR-15 includes pain among fifteen items: its sum does not show pain."""
    description = "Fifteen items, among them pain and nausea"
    trial = post_outcomes(
        add_planned_outcomes(make_posted_trial(), ("QoR-15", description)),
        make_outcome_measure("QoR-15", "120", "118", description=description),
    )
    session = register(trial)
    assert read_verdict(session, "pain")[:2] == ("unknown", "outcome_result_within")
    assert fetch_rows(session, "select count(*) from summary.pain_outcome_posted") == [(0,)]


def test_separately_posted_item_of_a_score_is_a_result(register):
    """The same score with a separate class of values for pain."""
    classes = [make_outcome_class("9", "8", title="Pain"), make_outcome_class("7", "7", title="Sleep")]
    trial = post_outcomes(
        add_planned_outcomes(make_posted_trial(), "QoR-15"),
        make_outcome_measure("QoR-15", "1", "1") | {"classes": classes},
    )
    session = register(trial)
    assert read_verdict(session, "pain") == ("reported", "outcome_result", "QoR-15: Pain")
    assert fetch_rows(session, "select value_text from summary.pain_outcome_posted order by group_id") == [
        ("9",),
        ("8",),
    ]


def test_unit_gives_the_domain_when_the_title_does_not(register):
    trial = post_outcomes(
        add_planned_outcomes(make_posted_trial(), "Need"),
        make_outcome_measure("Analgesic need", "20", "31", unitOfMeasure="mg morphine equivalents"),
    )
    assert read_verdict(register(trial), "opioid_use")[0] == "reported"


def test_description_gives_the_domain_when_the_title_does_not(register):
    trial = add_planned_outcomes(make_posted_trial(), "x")
    session = register(
        post_outcomes(
            trial, make_outcome_measure("Response rate", "20", "9", description="Half of the MADRS at entry")
        )
    )
    assert read_verdict(session, "depressive_symptoms")[:2] == ("reported", "outcome_result_described")
    session = register(
        post_outcomes(
            trial, make_outcome_measure("Sedation", "2", "1", description="rated in people whose pain is treated")
        )
    )
    assert read_verdict(session, "pain")[0] == "not_sought"


def test_depression_as_adverse_event_is_reported_and_back_pain_is_not_a_pain_outcome(register):
    session = register(
        add_planned_outcomes(make_posted_trial(other={"Depressed mood": [2, 0], "Back pain": [1, 0]}), "Gait")
    )
    assert read_verdict(session, "depressive_symptoms") == ("reported", "adverse_events", "Depressed mood")
    assert read_verdict(session, "pain")[0] == "not_sought"


def test_respiratory_depression_is_not_a_depressive_symptom(register):
    session = register(
        add_planned_outcomes(
            make_posted_trial(other={"Respiratory depression": [2, 0]}), "Respiratory depression", "ST depression"
        )
    )
    assert read_verdict(session, "depressive_symptoms")[0] == "not_sought"


def test_trial_without_results_is_watched_when_a_watched_drug_is_given(register):
    """Ketamine is given; elsewhere its placebo alone, or esomeprazole magnesium."""
    others = [
        make_study(2, [make_arm("Placebo", "PLACEBO_COMPARATOR", "Placebo for ketamine")], None),
        make_study(3, [make_arm("Stomach", "EXPERIMENTAL", "Esomeprazole magnesium")], None),
        make_study(
            4,
            [
                make_arm("A", "EXPERIMENTAL", "S-ketamine"),
                make_arm("B", "EXPERIMENTAL", "Magnesium sulfate + memantine"),
            ],
            None,
        ),
        make_study(5, [make_arm("Group S: saline", "PLACEBO_COMPARATOR", "Saline")], None),
    ]
    session = register(make_trial_without_results(), *others)
    watched = fetch_rows(session, "select distinct trial_id, drugs_text from summary.evidence_gap order by 1")
    assert watched == [("NCT00000001", "ketamine"), ("NCT00000004", "esketamine; magnesium; memantine")]


def test_study_drug_is_recognised_by_its_description(register):
    given = [{"type": "DRUG", "name": "Study drug", "description": "Ketamine 0.5 mg/kg"}]
    session = register(make_study(1, [make_arm("A", "EXPERIMENTAL", "Study drug")], None, interventions=given))
    assert fetch_rows(session, "select drug, drug_basis from events.trial_drug") == [
        ("ketamine", "intervention_description")
    ]


def test_trial_with_unnamed_groups_is_watched_by_its_interventions(register):
    """Event groups named A and B name no drug; the registered intervention does."""
    trial = make_study(1, ARMS, [make_group("A", 20), make_group("B", 20)], other={"Rash": [1, 0]})
    assert fetch_rows(register(trial), "select drug, drug_basis from events.trial_drug") == [
        ("ketamine", "intervention")
    ]


def test_every_value_of_a_pain_outcome_has_its_own_row(register):
    """Two times and two groups are four rows, none averaged; a class may have fewer participants than the outcome."""
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
    classes = [
        make_outcome_class("4", "5", title="Week 1"),
        make_outcome_class("3", "5", title="Week 4", denoms=fewer),
    ]
    trial = post_outcomes(
        add_planned_outcomes(make_posted_trial(), "Pain"),
        make_outcome_measure("Pain", "1", "1", groups=("Ketamine", "Nobody we know"), denoms=whole)
        | {"classes": classes},
    )
    found = fetch_rows(
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


def test_every_watched_trial_has_one_row_per_domain(register):
    session = register(
        make_posted_trial(),
        make_trial_without_results(2),
        make_study(3, [make_arm("Saline", "PLACEBO_COMPARATOR", "Saline")], None),
    )
    assert fetch_rows(session, "select count(*), count(distinct domain) from summary.evidence_gap") == [(24, 12)]
    assert fetch_rows(session, "select * from verify.evidence_gap_covers_every_domain") == []
