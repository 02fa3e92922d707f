"""The comparator of a drug in trials whose groups share other treatments."""

import pytest

from tests.sql.trials.study_records import fetch_rows, make_arm, make_group, make_study

pytestmark = pytest.mark.slow


def read_roles(register, arms, **design):
    """Role of each group. arms: label -> (type, interventions); the groups have the labels as titles."""
    drawn = [make_arm(label, kind, *names) for label, (kind, names) in arms.items()]
    groups = [make_group(label, 30) for label in arms]
    session = register(make_study(1, drawn, groups, other={"Nausea": [2] * len(arms)}, **design))
    return dict(fetch_rows(session, "select distinct arm_title, role from events.observed_arm"))


KETAMINE = ("EXPERIMENTAL", ("Ketamine IV", "Midazolam", "Fentanyl"))


@pytest.mark.parametrize(
    ("kind", "names", "role"),
    [
        ("ACTIVE_COMPARATOR", ("Midazolam", "Fentanyl"), "no_treatment"),
        ("OTHER", ("Fentanyl", "Midazolam"), "no_treatment"),
        ("ACTIVE_COMPARATOR", ("fentanyl",), "no_treatment"),
        ("NO_INTERVENTION", ("Midazolam", "Fentanyl"), "no_treatment"),
        ("ACTIVE_COMPARATOR", ("Midazolam", "Fentanyl", "Saline"), "placebo"),
        ("PLACEBO_COMPARATOR", ("Midazolam", "Fentanyl"), "placebo"),
        ("ACTIVE_COMPARATOR", ("Dexmedetomidine", "Midazolam", "Fentanyl"), "active"),
        ("EXPERIMENTAL", ("Dexmedetomidine", "Fentanyl"), "active"),
    ],
)
def test_group_beside_a_drug_on_a_shared_background(register, kind, names, role):
    arms = {"Group 1": KETAMINE, "Group 2": (kind, names)}
    assert read_roles(register, arms) == {"Group 1": "active", "Group 2": role}


def test_mimic_given_instead_is_an_active_placebo(register):
    arms = {
        "Group 1": ("EXPERIMENTAL", ("Ketamine IV", "Fentanyl")),
        "Group 2": ("ACTIVE_COMPARATOR", ("Midazolam", "Fentanyl")),
    }
    assert read_roles(register, arms) == {"Group 1": "active", "Group 2": "active_placebo"}


def test_background_that_a_third_group_does_not_share(register):
    """Fentanyl is not in every arm, and is the background of ketamine all the same."""
    arms = {
        "Group 1": KETAMINE,
        "Group 2": ("ACTIVE_COMPARATOR", ("Midazolam", "Fentanyl")),
        "Group 3": ("ACTIVE_COMPARATOR", ("Dexmedetomidine", "Midazolam")),
    }
    assert read_roles(register, arms) == {"Group 1": "active", "Group 2": "no_treatment", "Group 3": "active"}


@pytest.mark.parametrize(
    ("title", "other", "role"),
    [
        ("Ketamine + morphine", "Morphine", "no_treatment"),
        ("Ketamine, midazolam and fentanyl", "Midazolam and fentanyl", "no_treatment"),
        ("Ketamine added to bupivacaine", "Bupivacaine alone", "no_treatment"),
        ("Ketamine, rescue morphine", "Morphine", "unknown"),
        ("Ketamine", "Morphine", "unknown"),
        ("Ketamine + morphine", "Fentanyl", "unknown"),
        ("Ketamine + morphine", "Saline + morphine", "placebo"),
    ],
)
def test_background_in_titles_of_arms_without_interventions(register, title, other, role):
    arms = {title: ("EXPERIMENTAL", ()), other: ("ACTIVE_COMPARATOR", ())}
    assert read_roles(register, arms) == {title: "active", other: role}


def test_drug_in_every_arm_has_no_contrast(register):
    arms = {"Group 1": ("EXPERIMENTAL", ("Ketamine IV", "Fentanyl")), "Group 2": ("OTHER", ("Ketamine IV",))}
    assert set(read_roles(register, arms).values()) == {"active"}


@pytest.mark.parametrize(
    ("names", "comparator"),
    [
        (("Magnesium",), "no_treatment"),
        (("Magnesium", "Fentanyl"), "no_treatment"),
        (("Magnesium", "Saline"), "placebo"),
        (("Magnesium", "Midazolam"), "active_placebo"),
        (("Magnesium", "Dexmedetomidine"), "active"),
        (("Memantine",), "active"),
    ],
)
def test_watched_drug_as_background(register, names, comparator):
    """Ketamine added to magnesium; magnesium is in both groups and has no contrast."""
    arms = [
        make_arm("Group 1", "EXPERIMENTAL", "Ketamine IV", "Magnesium", "Fentanyl"),
        make_arm("Group 2", "ACTIVE_COMPARATOR", *names),
    ]
    groups = [make_group("Group 1", 30), make_group("Group 2", 30)]
    session = register(make_study(1, arms, groups, other={"Nausea": [6, 2]}))
    query = "select distinct comparator from events.observed_cell where drug = ?"
    assert fetch_rows(session, query, "ketamine") == [(comparator,)]
    if "Magnesium" in names:
        assert fetch_rows(session, query, "magnesium") == [("none",)]
    assert fetch_rows(session, "select * from verify.comparator_arm_is_of_its_kind") == []
