"""Outcomes of trials alone: any and serious adverse events by totals, withdrawals by the flow, composites."""

import pytest

from pipeline.models import find_model_files
from tests.sql.trials.study_records import SQL, add_flow, fetch_rows, make_arm, make_group, make_study, read_bounds

pytestmark = pytest.mark.slow

ARMS = [make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine"), make_arm("Saline", "PLACEBO_COMPARATOR", "Saline")]
TITLES = ("Ketamine IV", "Saline")
GROUPS = [make_group(title, 60) for title in TITLES]
WITHDRAWAL = "withdrawal_for_adverse_event"


def make_groups(*totals):
    """Two groups of 60 with posted totals of people with serious and other events; None: not posted."""
    return [
        make_group(title, 60) | dict(zip(("seriousNumAffected", "otherNumAffected"), pair, strict=True))
        for title, pair in zip(TITLES, totals, strict=True)
    ]


def read_outcome(session, outcome, arm_id="EG000"):
    """The bounds of an arm, or None where it has no row."""
    found = fetch_rows(
        session,
        "select participants_affected_lower, participants_affected_upper, participants_at_risk "
        "from intermediate.observed_count where reaction = ? and definition = 'narrow' and arm_id = ?",
        outcome,
        arm_id,
    )
    assert len(found) <= 1
    return found[0] if found else None


def find_untruths(session):
    """The truths across tables that do not hold."""
    names = (
        "observed_bounds_are_ordered", "observed_narrow_within_broad", "observed_rollup_contains_its_parts",
        "any_adverse_event_holds_every_reaction", "withdrawals_are_those_of_the_flow",
        "comparison_matches_observed_cell", "observed_routes_within_any", "dose_bands_add_up",
    )  # fmt: skip
    return [name for name in names if fetch_rows(session, f"select * from verify.{name}")]


def test_posted_total_of_serious_events_is_exact(register):
    """Three people had a serious event, in four rows of the list."""
    posted = {"serious": {"Sepsis": [2, 0], "Fall": [2, 1]}, "other": {"Nausea": [9, 3]}}
    session = register(make_study(1, ARMS, make_groups((3, 9), (1, 3)), **posted))
    assert read_outcome(session, "serious_adverse_event") == (3, 3, 60)
    assert find_untruths(session) == []


def test_serious_events_without_a_total_are_bounded_by_their_rows(register):
    posted = {"serious": {"Sepsis": [2, 0], "Fall": [3, 1]}, "other": {"Nausea": [9, 3]}}
    session = register(make_study(1, ARMS, GROUPS, **posted))
    assert read_outcome(session, "serious_adverse_event") == (3, 5, 60)
    assert read_outcome(session, "serious_adverse_event", "EG001") == (1, 1, 60)


@pytest.mark.parametrize(
    ("threshold", "totals", "expected"),
    [
        # the larger total at least; both together at most where every event is listed
        ("0", (3, 30), (30, 33, 60)),
        ("0", (3, 58), (58, 60, 60)),
        # each of many terms below the threshold may hide three of sixty: anybody may have had something
        ("5", (3, 30), (30, 60, 60)),
        (None, (3, 30), (30, 60, 60)),
        # without totals the rows: ten had nausea, four a rash, two sepsis
        ("0", (None, None), (10, 16, 60)),
        ("5", (None, None), (10, 60, 60)),
        ("0", (3, None), (10, 17, 60)),
    ],
)
def test_any_adverse_event_is_bounded_by_the_posted_totals(register, threshold, totals, expected):
    """Rule 30: a registry posts serious and other events apart, other events above a threshold only."""
    posted = {"serious": {"Sepsis": [2, 0]}, "other": {"Nausea": [10, 3], "Rash": [4, 1]}, "threshold": threshold}
    session = register(make_study(1, ARMS, make_groups(totals, totals), **posted))
    assert read_outcome(session, "any_adverse_event") == expected
    assert find_untruths(session) == []


def test_trial_that_states_no_events_of_one_arm_has_no_total(register):
    """Saline has neither a total nor a list: nothing is known of it, and nothing is compared with it."""
    groups = [make_group("Ketamine IV", 60, seriousNumAffected=2), make_group("Saline", 60, seriousNumAffected=None)]
    session = register(make_study(1, ARMS, groups))
    assert read_outcome(session, "serious_adverse_event") is None
    assert find_untruths(session) == []


def test_withdrawals_are_those_of_the_flow_of_participants(register):
    """Of 62 who started, five left for an adverse event and one was lost; the events were counted in 60."""
    period = {
        "STARTED": ["62", "61"],
        "COMPLETED": ["56", "60"],
        "NOT COMPLETED": ["6", "1"],
        "reasons": {"Adverse Event": ["5", "0"], "Lost to Follow-up": ["1", "1"]},
    }
    session = register(add_flow(make_study(1, ARMS, GROUPS, other={"Nausea": [9, 3]}), period, titles=TITLES))
    assert read_outcome(session, WITHDRAWAL) == (5, 5, 62)
    assert read_outcome(session, WITHDRAWAL, "EG001") == (0, 0, 61), "every one who left has another reason"
    assert fetch_rows(
        session,
        "select participants_affected_lower, comparator_participants_affected_lower, participants_at_risk "
        "from summary.observed_by_drug_route where reaction = ? and route = 'intravenous' and drug = 'ketamine'",
        WITHDRAWAL,
    ) == [(5, 0, 62)]
    assert find_untruths(session) == []


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        (None, (0, 6)),
        ({"Adverse Event": ["2", "0"]}, (2, 6)),
        ({"Adverse Event": [None, "0"], "Lost to Follow-up": ["1", "0"]}, (0, 5)),
        ({"Side effects": ["2", "0"], "Withdrew consent": ["4", "0"]}, (2, 2)),
        ({"Adverse event or lack of efficacy": ["4", "0"], "Other": ["2", "0"]}, (0, 4)),
        ({"Reasons other than adverse event": ["6", "0"]}, (0, 0)),
        ({"Death": ["1", "0"], "Serious Adverse Event": ["5", "0"]}, (5, 5)),
    ],
)
def test_people_who_left_for_no_posted_reason_may_have_left_for_an_event(register, reasons, expected):
    """Six of sixty did not complete."""
    period = {"STARTED": ["60", "60"], "COMPLETED": ["54", "60"], "NOT COMPLETED": ["6", "0"]}
    flow = period | ({"reasons": reasons} if reasons else {})
    session = register(add_flow(make_study(1, ARMS, GROUPS, other={"Nausea": [9, 3]}), flow, titles=TITLES))
    assert read_outcome(session, WITHDRAWAL) == (*expected, 60)


def test_later_periods_of_the_flow_bound_withdrawals_from_above(register):
    """Two left the first period for an event and three a later one, whose treatment may be another."""
    first = {"STARTED": ["60", "60"], "NOT COMPLETED": ["2", "0"], "reasons": {"Adverse Event": ["2", "0"]}}
    later = {"STARTED": ["50", "58"], "NOT COMPLETED": ["3", "1"], "reasons": {"Adverse Event": ["3", "1"]}}
    session = register(add_flow(make_study(1, ARMS, GROUPS, other={"Nausea": [9, 3]}), first, later, titles=TITLES))
    assert read_outcome(session, WITHDRAWAL) == (2, 5, 60)
    assert read_outcome(session, WITHDRAWAL, "EG001") == (0, 1, 60)


@pytest.mark.parametrize(
    "titles", [("Ketamine IV", "Sequence B"), ("Ketamine IV", "Ketamine IV"), ("Group 1", "Group 2")]
)
def test_withdrawals_are_unknown_where_a_group_of_the_flow_cannot_be_matched(register, titles):
    """Unknown is no zero: the trial has no row, in no cell, and is compared in nothing."""
    period = {"STARTED": ["60", "60"], "NOT COMPLETED": ["2", "0"], "reasons": {"Adverse Event": ["2", "0"]}}
    session = register(add_flow(make_study(1, ARMS, GROUPS, other={"Nausea": [9, 3]}), period, titles=titles))
    assert read_outcome(session, WITHDRAWAL) is None
    assert fetch_rows(session, "select * from summary.observed_by_drug_route where reaction = ?", WITHDRAWAL) == []
    assert find_untruths(session) == []


def test_trial_without_a_flow_has_no_withdrawals(register):
    session = register(make_study(1, ARMS, GROUPS, other={"Nausea": [9, 3]}))
    assert read_outcome(session, WITHDRAWAL) is None


def test_flow_of_another_shape_leaves_the_adverse_events(register):
    """A flow that is no object, or whose numbers are no numbers, says nothing; the events still count."""
    for flow in ("none", [], {"groups": "x", "periods": 3}, {"periods": [{"milestones": [{"type": "STARTED"}]}]}):
        study = make_study(1, ARMS, GROUPS, other={"Nausea": [9, 3]})
        study["resultsSection"]["participantFlowModule"] = flow
        session = register(study)
        assert read_outcome(session, WITHDRAWAL) is None
        assert read_bounds(session, "EG000", "nausea") == (9, 9, 60)


def test_flow_is_matched_by_the_label_of_the_planned_arm(register):
    """The event group is called after the drug, the group of the flow after the registered arm."""
    groups = [make_group("Ketamine IV infusion", 60), make_group("Saline", 60)]
    period = {"STARTED": [60, 60], "NOT COMPLETED": [1, 0], "reasons": {"Adverse Event": [1, 0]}}
    session = register(add_flow(make_study(1, ARMS, groups, other={"Nausea": [9, 3]}), period, titles=TITLES))
    assert read_outcome(session, WITHDRAWAL) == (1, 1, 60)
    assert fetch_rows(session, "select match_basis from intermediate.trial_flow_group order by group_id") == [
        ("label of the arm",),
        ("same title",),
    ]


def test_composite_of_psychotomimetic_effects_is_bounded_by_its_parts(register):
    """Nine hallucinated, twelve dissociated, perhaps the same people; three of saline were confused."""
    posted = {"Hallucination": [9, 0], "Dissociation": [12, 0], "Confusional state": [0, 3], "Rash": [20, 20]}
    session = register(make_study(1, ARMS, GROUPS, other=posted))
    assert read_outcome(session, "psychotomimetic_effect") == (12, 21, 60)
    assert read_outcome(session, "psychotomimetic_effect", "EG001") == (3, 3, 60)
    assert find_untruths(session) == []


def test_threshold_may_hide_each_part_of_the_composite(register):
    """Nine hallucinated; up to three each may have been paranoid, confused or dissociated below five per cent."""
    session = register(make_study(1, ARMS, GROUPS, other={"Hallucination": [9, 1]}, threshold="5"))
    assert read_outcome(session, "psychotomimetic_effect") == (9, 18, 60)


def test_threshold_may_hide_parts_beside_a_composite_row(register):
    """Eight had "nausea/vomiting"; below five per cent three may have had nausea alone and three vomiting alone."""
    session = register(make_study(1, ARMS, GROUPS, other={"Nausea/vomiting": [8, 1]}, threshold="5"))
    assert read_outcome(session, "nausea_or_vomiting") == (8, 14, 60)
    session = register(make_study(1, ARMS, GROUPS, other={"Emergence reaction": [8, 1]}, threshold="5"))
    assert read_outcome(session, "psychotomimetic_effect") == (8, 20, 60)


@pytest.mark.parametrize(
    "term",
    ["Psychotomimetic effects", "Psychiatric disorders NOS: hallucination and confusion", "Hallucination/Paranoia"],
)
def test_composite_row_feeds_no_single_reaction(register, term):
    """Rule 30: seven people in one row of several reactions; who had which is not known, and no zero is shown."""
    session = register(make_study(1, ARMS, GROUPS, other={term: [7, 0], "Rash": [1, 1]}))
    assert read_outcome(session, "psychotomimetic_effect") == (7, 7, 60)
    for reaction in ("hallucination", "paranoia", "confusion", "dissociation"):
        for definition in ("narrow", "broad"):
            assert read_bounds(session, "EG000", reaction, definition)[0] == 0
            found = fetch_rows(
                session,
                "select is_hidden_in_composite from events.observed "
                "where arm_id = 'EG000' and reaction = ? and definition = ?",
                reaction,
                definition,
            )
            assert found == [(True,)]
    query = (
        "select distinct status from summary.evidence_gap where domain in ('hallucination', 'paranoia', 'confusion')"
    )
    assert fetch_rows(session, query) == [("unknown",)]


@pytest.mark.parametrize(
    ("outcome", "terms", "expected"),
    [
        ("sedation", {"Somnolence": [8, 2], "Sedation": [3, 0]}, (8, 11)),
        ("dizziness", {"Dizziness postural": [5, 1]}, (5, 5)),
        ("headache", {"Headaches": [4, 4]}, (4, 4)),
        ("headache", {"Cluster headache": [2, 0]}, (0, 2)),
        ("sedation", {"Nausea": [2, 0]}, (0, 0)),
    ],
)
def test_companion_outcomes_are_counted_from_their_terms(register, outcome, terms, expected):
    """A term of unfamiliar spelling never gives an exact zero."""
    session = register(make_study(1, ARMS, GROUPS, other=terms))
    assert read_outcome(session, outcome) == (*expected, 60)


def test_outcomes_of_trials_alone_have_one_definition_and_no_place_in_the_map(register):
    session = register(make_study(1, ARMS, GROUPS, other={"Headache": [4, 4]}))
    listed = {name for (name,) in fetch_rows(session, "select reaction from codes.trial_outcome")}
    counted = fetch_rows(session, "select distinct reaction, definition from events.observed")
    assert {definition for reaction, definition in counted if reaction in listed} == {"narrow"}
    assert {reaction for reaction, _ in counted} & listed == listed - {WITHDRAWAL, "other"}
    assert not listed & {name for (name,) in fetch_rows(session, "select domain from summary.evidence_gap")}


@pytest.mark.parametrize(
    ("truth", "broken"),
    [
        ("any_adverse_event_holds_every_reaction", "reaction = 'any_adverse_event'"),
        ("observed_rollup_contains_its_parts", "reaction = 'psychotomimetic_effect'"),
    ],
)
def test_planted_contradiction_of_outcomes_is_found(register, truth, broken):
    session = register(make_study(1, ARMS, GROUPS, other={"Hallucination": [9, 0]}))
    text = find_model_files(SQL)[f"verify.{truth}"].read_text()
    assert fetch_rows(session, text) == []
    session.execute(f"update intermediate.observed_count set participants_affected_lower = 0 where {broken}")
    assert fetch_rows(session, text)


def test_planted_withdrawal_that_the_flow_does_not_hold_is_found(register):
    period = {"STARTED": [60, 60], "NOT COMPLETED": [1, 0], "reasons": {"Adverse Event": [1, 0]}}
    session = register(add_flow(make_study(1, ARMS, GROUPS, other={"Nausea": [9, 3]}), period, titles=TITLES))
    text = find_model_files(SQL)["verify.withdrawals_are_those_of_the_flow"].read_text()
    assert fetch_rows(session, text) == []
    session.execute("update intermediate.trial_withdrawal set participants_affected_lower = 2 where arm_id = 'EG000'")
    assert fetch_rows(session, text) == [("NCT00000001", "EG000")]
