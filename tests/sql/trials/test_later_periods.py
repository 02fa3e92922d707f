"""Groups of later periods are set aside only where another group of their trial holds the same people."""

import pytest

from tests.sql.trials.study_records import fetch_rows, make_arm, make_group, make_study, read_cell

pytestmark = pytest.mark.slow

KETAMINE = make_arm("Ketamine", "EXPERIMENTAL", "Ketamine infusion")
PLACEBO = make_arm("Placebo", "PLACEBO_COMPARATOR", "Placebo infusion")
MORPHINE = make_arm("Morphine", "ACTIVE_COMPARATOR", "Morphine")
PERIOD = "another period of the same people"


def make_trial(groups, arms=(KETAMINE, PLACEBO), **design):
    """One trial. groups: title -> participants at risk."""
    drawn = [make_group(title, people) for title, people in groups.items()]
    return make_study(1, list(arms), drawn, other={"Nausea": [1] * len(groups)}, **design)


def read_set_aside(session):
    query = "select arm_title, overlap_reason from intermediate.trial_group where is_overlapping"
    found = dict(fetch_rows(session, query))
    assert set(found.values()) <= {PERIOD}
    return set(found)


@pytest.mark.parametrize(
    "title",
    [
        "Placebo Switched to Ketamine",
        "Placebo switched over to ketamine",
        "Switched over from placebo to ketamine",
        "Placebo Crossed Over to Ketamine",
        "Placebo/crossed-over",
        "Placebo to Ketamine",
        "Placebo -> Ketamine (week 5)",
        "Ketamine second course",
        "Ketamine, Second Treatment Course",
        "Ketamine - course 2",
        "Ketamine retreatment",
        "Re-treatment with ketamine",
        "Retreated participants",
        "Rescue ketamine",
        "Ketamine rescue treatment",
        "Open-label rescue: ketamine",
        "Maintenance: ketamine",
        "Ketamine maintenance",
        "Ketamine - maintenance phase",
        "Double-blind maintenance: Ketamine",
        "Ketamine randomized withdrawal",
        "Open-label ketamine",
        "Ketamine (open label)",
        "Open Label Extension: Ketamine",
        "Open-label extension",
        "Double-blind extension: ketamine",
        "OLE Ketamine",
        "OL: Ketamine",
        "Ketamine (OL)",
        "Long-term extension ketamine",
        "Ketamine long-term follow-up",
        "Ketamine LTFU",
        "Ketamine continuation",
        "Ketamine low dose continuation",
        "Continuation treatment: ketamine",
        "Ketamine roll-over",
        "Rollover to ketamine",
        "Part 2: Ketamine",
        "Phase B - Ketamine",
        "Double-blind period 2: ketamine",
    ],
)
def test_later_period_beside_its_people_is_set_aside(register, title):
    """Forty and forty-one participants were randomised; twelve of them were counted again."""
    session = register(make_trial({"Ketamine": 40, "Placebo": 41, title: 12}))
    assert read_set_aside(session) == {title}
    cell = read_cell(
        session, drug="ketamine", route="any", reaction="nausea", population="chronic_pain", comparator="placebo"
    )
    assert (cell["participants_at_risk"], cell["comparator_participants_at_risk"]) == (40, 41)


def test_prefixes_of_blinded_and_open_label_periods(register):
    titles = {"DB: Ketamine": 40, "DB: Placebo": 41, "OL: Ketamine": 60, "OL: Placebo/Ketamine": 30}
    assert read_set_aside(register(make_trial(titles))) == {"OL: Ketamine", "OL: Placebo/Ketamine"}


def test_people_of_another_drug_who_were_given_ketamine_are_set_aside(register):
    groups = {"Ketamine": 40, "Morphine": 41, "Morphine switched to ketamine": 12}
    assert read_set_aside(register(make_trial(groups, (KETAMINE, MORPHINE)))) == {"Morphine switched to ketamine"}


@pytest.mark.parametrize("title", ["Placebo switched to ketamine", "Open-label extension", "Ketamine second course"])
def test_planned_arm_of_people_treated_before_is_set_aside(register, title):
    """Registries list an extension as an arm of its own; its people were randomised to the others."""
    arms = [KETAMINE, PLACEBO, make_arm(title, "EXPERIMENTAL", "Ketamine infusion")]
    assert read_set_aside(register(make_trial({"Ketamine": 40, "Placebo": 41, title: 12}, arms))) == {title}


@pytest.mark.parametrize(
    ("groups", "arms"),
    [
        # the only people given ketamine, in a trial against another treatment
        ({"Ketamine maintenance therapy": 40, "Placebo": 41}, (KETAMINE, PLACEBO)),
        ({"Open-label ketamine": 40, "Morphine, double-blind": 41}, (KETAMINE, MORPHINE)),
        ({"Ketamine rescue": 40, "Placebo": 41}, (KETAMINE, PLACEBO)),
        ({"Ketamine IV switched to oral ketamine": 40, "Placebo": 41}, (KETAMINE, PLACEBO)),
        # every group is of the same kind
        ({"Ketamine maintenance": 40, "Placebo maintenance": 41}, (KETAMINE, PLACEBO)),
        ({"Maintenance: ketamine": 40, "Maintenance: placebo": 41}, (KETAMINE, PLACEBO)),
        (
            {"Open label extension: ketamine": 40, "Open label extension: placebo to ketamine": 12},
            (KETAMINE, PLACEBO),
        ),
        ({"Rescue ketamine": 40, "Rescue morphine": 41}, (KETAMINE, MORPHINE)),
        ({"Ketamine, open-label": 40}, (KETAMINE,)),
        ({"Long-term extension: ketamine": 40}, (KETAMINE,)),
        # people who enter the second part directly
        ({"Direct-entry ketamine": 40, "Roll-over ketamine": 12}, (KETAMINE,)),
        ({"De novo ketamine": 40, "Ketamine retreatment": 12}, (KETAMINE,)),
        # words of another meaning
        ({"Ketamine bolus and maintenance infusion": 40, "Ketamine bolus": 41}, (KETAMINE, PLACEBO)),
        ({"Ketamine with rescue morphine": 40, "Ketamine": 41}, (KETAMINE, PLACEBO)),
        ({"Ketamine in methadone maintenance treatment": 40, "Ketamine": 41}, (KETAMINE, PLACEBO)),
        ({"Ketamine plus open-label antidepressant": 40, "Ketamine": 41}, (KETAMINE, PLACEBO)),
        ({"Extended-release memantine": 40, "Memantine": 41}, (make_arm("Memantine", "EXPERIMENTAL", "Memantine"),)),
        ({"Ketamine anaesthesia, maintenance: sevoflurane": 40, "Ketamine": 41}, (KETAMINE, PLACEBO)),
        # more people than all others together were not drawn from them
        ({"Ketamine": 40, "Placebo": 41, "Ketamine retreatment": 200}, (KETAMINE, PLACEBO)),
    ],
)
def test_only_group_of_its_people_is_kept(register, groups, arms):
    assert read_set_aside(register(make_trial(groups, arms))) == set()


def test_planned_arms_of_a_treatment_in_parallel_are_kept(register):
    """Randomised to one infusion, to monthly maintenance, or to open-label ketamine: three planned arms."""
    titles = ("Single ketamine infusion", "Ketamine maintenance therapy", "Open-label ketamine")
    arms = [make_arm(title, "EXPERIMENTAL", "Ketamine infusion") for title in titles]
    assert read_set_aside(register(make_trial(dict.fromkeys((*titles, "Placebo"), 40), [*arms, PLACEBO]))) == set()


def test_randomised_withdrawal_is_in_no_effect(register):
    """All are given ketamine openly; those who respond are randomised to stay on it or to placebo."""
    groups = {
        "Induction: ketamine": 90,
        "Double-blind maintenance: ketamine": 30,
        "Double-blind maintenance: placebo": 31,
    }
    session = register(make_trial(groups))
    assert read_set_aside(session) == set(groups) - {"Induction: ketamine"}
    assert fetch_rows(session, "select count(*) from events.trial_comparison") == [(0,)]
    cell = read_cell(
        session, drug="ketamine", route="any", reaction="nausea", population="chronic_pain", comparator="none"
    )
    assert cell["participants_at_risk"] == 90
    open_first = {title.replace("Induction", "Open-label phase"): people for title, people in groups.items()}
    assert read_set_aside(register(make_trial(open_first))) == set(groups) - {"Induction: ketamine"}
