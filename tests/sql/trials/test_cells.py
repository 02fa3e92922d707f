"""The published rows: participants in arms of the drug and in the comparators of the same trials."""

import duckdb
import pytest

from tests.sql.macros import create_macros
from tests.sql.trials.study_records import fetch_rows, make_arm, make_group, make_study, read_cell

pytestmark = pytest.mark.slow

KETAMINE = make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine")
PLACEBO = make_arm("Placebo", "PLACEBO_COMPARATOR", "Placebo")
KEY = {"drug": "ketamine", "route": "intravenous", "population": "chronic_pain", "reaction": "nausea"}


def make_two_arm_trial(number, affected, at_risk, *, control=PLACEBO, treated=KETAMINE, **more):
    """A trial of two arms; affected: participants with nausea in each, at_risk: participants in each."""
    groups = [make_group(each["label"], people) for each, people in zip((treated, control), at_risk, strict=True)]
    return make_study(number, [treated, control], groups, other={"Nausea": list(affected)}, **more)


def read_people(row, prefix=""):
    names = ("participants_affected_lower", "participants_affected_upper", "participants_at_risk")
    return tuple(row[prefix + name] for name in names)


def test_arms_are_summed_with_the_comparators_of_the_same_trials(register):
    """Two placebo-controlled trials: 9 of 40 against 3 of 41, and 11 of 50 against 4 of 52."""
    row = read_cell(
        register(make_two_arm_trial(1, (9, 3), (40, 41)), make_two_arm_trial(2, (11, 4), (50, 52))),
        **KEY,
        comparator="placebo",
    )
    assert (row["trial_count"], row["arm_count"], row["comparator_arm_count"]) == (2, 2, 2)
    assert read_people(row) == (20, 20, 90)
    assert read_people(row, "comparator_") == (7, 7, 93)


def test_each_comparator_has_a_separate_row(register):
    """Ketamine against midazolam and placebo: the same ketamine arm counts in both rows, which do not sum."""
    midazolam = make_arm("Midazolam", "ACTIVE_COMPARATOR", "Midazolam")
    groups = [
        make_group(label, people) for label, people in (("Ketamine IV", 30), ("Midazolam", 31), ("Placebo", 32))
    ]
    session = register(make_study(1, [KETAMINE, midazolam, PLACEBO], groups, other={"Nausea": [6, 2, 1]}))
    assert read_people(read_cell(session, **KEY, comparator="active_placebo"), "comparator_") == (2, 2, 31)
    assert read_people(read_cell(session, **KEY, comparator="placebo"), "comparator_") == (1, 1, 32)
    assert read_cell(session, **KEY, comparator="none") == {}


def test_single_arm_trial_has_no_comparator(register):
    """An open study of one arm: participants affected, and no comparator."""
    row = read_cell(
        register(make_study(1, [KETAMINE], [make_group("Ketamine IV", 20)], other={"Nausea": [3]})),
        **KEY,
        comparator="none",
    )
    assert read_people(row) == (3, 3, 20)
    assert read_people(row, "comparator_") == (None, None, None)
    assert row["comparator_arm_count"] == 0


def test_trial_without_results_is_not_counted(register):
    """A completed trial that posted nothing is no evidence of absence."""
    session = register(make_study(1, [KETAMINE, PLACEBO], None))
    assert fetch_rows(session, "select count(*) from clean.trial") == [(1,)]
    assert fetch_rows(session, "select count(*) from summary.observed_by_drug_route") == [(0,)]


def test_total_group_is_not_added_to_its_parts(register):
    """Groups Ketamine, Placebo and Total: 92 participants, not 184."""
    groups = [make_group("Ketamine IV", 40), make_group("Placebo", 52), make_group("Total", 92)]
    session = register(make_study(1, [KETAMINE, PLACEBO], groups, other={"Nausea": [9, 3, 12]}))
    row = read_cell(session, **KEY, comparator="placebo")
    assert read_people(row) == (9, 9, 40)
    assert read_people(row, "comparator_") == (3, 3, 52)
    assert fetch_rows(session, "select overlap_reason from intermediate.trial_group where arm_id = 'EG002'") == [
        ("total of other groups",)
    ]


def test_total_group_is_recognised_by_its_size(register):
    """A third group with an unfamiliar title has exactly the participants of the two others."""
    counts = [
        {"seriousNumAffected": serious, "otherNumAffected": other} for serious, other in ((1, 9), (0, 3), (1, 12))
    ]
    people_in = zip(("Ketamine IV", "Placebo", "Ketamine or saline, safety set"), (40, 52, 92), counts, strict=True)
    groups = [make_group(title, at_risk, **affected) for title, at_risk, affected in people_in]
    session = register(make_study(1, [KETAMINE, PLACEBO], groups, other={"Nausea": [9, 3, 12]}))
    assert fetch_rows(session, "select arm_id from intermediate.trial_group where is_overlapping") == [("EG002",)]


def test_arm_as_large_as_two_others_is_not_a_total(register):
    """Randomised 2:1:1 with unfamiliar titles: the large arm is not a total."""
    counts = [{"seriousNumAffected": 0, "otherNumAffected": other} for other in (9, 3, 2)]
    people_in = zip(("Active, ketamine IV", "Midazolam", "Saline"), (40, 20, 20), counts, strict=True)
    groups = [make_group(title, at_risk, **affected) for title, at_risk, affected in people_in]
    session = register(make_study(1, [make_arm("Arm 1", "EXPERIMENTAL")], groups, other={"Nausea": [9, 3, 2]}))
    assert fetch_rows(session, "select count(*) from intermediate.trial_group where is_overlapping") == [(0,)]


def test_only_group_of_a_trial_is_not_a_total(register):
    """A single-arm study calls its only group 'All participants'."""
    session = register(make_study(1, [KETAMINE], [make_group("All participants", 20)], other={"Nausea": [3]}))
    assert read_people(read_cell(session, **KEY, comparator="none")) == (3, 3, 20)


def test_participants_of_a_later_period_are_not_added_again(register):
    """Twelve of the forty go on into an open-label extension."""
    groups = [
        make_group("Double-blind: Ketamine IV", 40),
        make_group("Placebo", 41),
        make_group("Open-label extension: Ketamine IV", 12),
    ]
    session = register(make_study(1, [KETAMINE, PLACEBO], groups, other={"Nausea": [9, 3, 4]}))
    assert read_people(read_cell(session, **KEY, comparator="placebo")) == (9, 9, 40)
    assert read_people(read_cell(session, **KEY, comparator="placebo"), "comparator_") == (3, 3, 41)
    found = fetch_rows(session, "select arm_id, overlap_reason from intermediate.trial_group where is_overlapping")
    assert found == [("EG002", "another period of the same people")]


def test_title_without_a_period_is_not_a_later_period(register):
    """One group says 'double-blind', the other does not: both are the randomised comparison."""
    groups = [make_group("Ketamine IV (double-blind)", 40), make_group("Placebo group", 41)]
    session = register(make_study(1, [KETAMINE, PLACEBO], groups, other={"Nausea": [9, 3]}))
    assert read_people(read_cell(session, **KEY, comparator="placebo"), "comparator_") == (3, 3, 41)


def test_doses_in_different_participants_are_summed(register):
    """Two doses in different participants: 5 of 20 and 9 of 21."""
    arms = [make_arm(f"Ketamine IV {dose} mg/kg", "EXPERIMENTAL", "Ketamine") for dose in ("0.1", "0.5")]
    groups = [
        make_group("Ketamine IV 0.1 mg/kg", 20),
        make_group("Ketamine IV 0.5 mg/kg", 21),
        make_group("Placebo", 22),
    ]
    row = read_cell(
        register(make_study(1, [*arms, PLACEBO], groups, other={"Nausea": [5, 9, 1]})), **KEY, comparator="placebo"
    )
    assert (row["trial_count"], row["arm_count"], *read_people(row)) == (1, 2, 14, 14, 41)


def test_crossover_participants_are_not_added_twice(register):
    """Twenty participants take both doses: 5 and 9 of the same 20 are between 9 and 14 of 20."""
    arms = [make_arm(f"Ketamine IV {dose} mg/kg", "EXPERIMENTAL", "Ketamine") for dose in ("0.1", "0.5")]
    groups = [
        make_group("Ketamine IV 0.1 mg/kg", 20),
        make_group("Ketamine IV 0.5 mg/kg", 20),
        make_group("Placebo", 20),
    ]
    record = make_study(1, [*arms, PLACEBO], groups, other={"Nausea": [5, 9, 1]}, model="CROSSOVER")
    assert read_people(read_cell(register(record), **KEY, comparator="placebo")) == (9, 14, 20)


def test_ketamine_any_counts_each_arm_once_and_has_no_ketamine_comparator(register):
    """Ketamine against esketamine: each is the other's active comparator, and neither compares with ketamine_any."""
    other = make_arm("Esketamine IV", "ACTIVE_COMPARATOR", "Esketamine")
    session = register(make_two_arm_trial(1, (6, 4), (30, 31), control=other))
    assert read_people(read_cell(session, **KEY, comparator="active"), "comparator_") == (4, 4, 31)
    both = read_cell(session, **{**KEY, "drug": "ketamine_any"}, comparator="none")
    assert (both["arm_count"], *read_people(both)) == (2, 10, 10, 61)


def test_same_drug_by_another_route_is_not_a_comparator(register):
    """Oral against intravenous ketamine: a row for each route, one row for any, no comparator."""
    session = register(
        make_two_arm_trial(1, (6, 4), (30, 31), control=make_arm("Oral ketamine", "ACTIVE_COMPARATOR", "Ketamine"))
    )
    assert read_people(read_cell(session, **KEY, comparator="none")) == (6, 6, 30)
    assert read_people(read_cell(session, **{**KEY, "route": "any"}, comparator="none")) == (10, 10, 61)
    assert read_people(read_cell(session, **{**KEY, "route": "not_intravenous"}, comparator="none")) == (4, 4, 31)


def test_unknown_route_is_not_counted_as_not_intravenous(register):
    session = register(
        make_study(
            1, [make_arm("Ketamine", "EXPERIMENTAL", "Ketamine")], [make_group("Ketamine", 9)], other={"Nausea": [1]}
        )
    )
    routes = fetch_rows(
        session, "select distinct route from summary.observed_by_drug_route where drug = 'ketamine' order by 1"
    )
    assert routes == [("any",), ("unknown",)]


def test_magnesium_subclasses_are_counted_separately(register):
    """Magnesium given intravenously, orally, and as a laxative."""
    session = register(
        *(
            make_study(
                number, [make_arm(name, "EXPERIMENTAL", name)], [make_group(name, 10)], other={"Nausea": [number]}
            )
            for number, name in enumerate(("Magnesium sulfate IV", "Oral magnesium", "Magnesium hydroxide"), start=1)
        )
    )
    found = fetch_rows(
        session,
        "select drug, participants_affected_lower from summary.observed_by_drug_route "
        "where route = 'any' and reaction = 'nausea' and definition = 'narrow' order by drug",
    )
    assert found == [
        ("magnesium", 6), ("magnesium_gastrointestinal", 3), ("magnesium_oral", 2), ("magnesium_parenteral", 1),
    ]  # fmt: skip


def test_trials_below_the_reporting_threshold_are_counted(register):
    """One trial posts everything; in the other hallucination may be hidden."""
    session = register(
        make_two_arm_trial(1, (9, 3), (40, 41)), make_two_arm_trial(2, (11, 4), (50, 52), threshold="5")
    )
    row = read_cell(session, **{**KEY, "reaction": "hallucination"}, comparator="placebo")
    assert (row["trial_count"], row["trials_below_threshold_count"]) == (2, 1)
    assert read_people(row) == (0, 2, 90)
    assert read_cell(session, **KEY, comparator="placebo")["trials_below_threshold_count"] == 0


def test_record_updated_last_is_current(register):
    """A corrected record arrives before the old one is received again: 9 became 7."""
    old = make_two_arm_trial(1, (9, 3), (40, 41), updated="2023-05-01")
    new = make_two_arm_trial(1, (7, 3), (40, 41), updated="2024-02-01")
    for order in ((old, new), (new, old), (new, old, new)):
        session = register(*order)
        assert read_people(read_cell(session, **KEY, comparator="placebo")) == (7, 7, 40)
        assert fetch_rows(session, "select count(*) from clean.trial") == [(1,)]


def test_macro_returns_the_arms_behind_a_count(register):
    """Every arm behind a cell, its bounds, and the rows it posted."""
    session = register(make_two_arm_trial(1, (9, 3), (40, 41)), make_two_arm_trial(2, (11, 4), (50, 52)))
    create_macros(session, "arms_behind")
    behind = fetch_rows(
        session,
        "select side, trial_id, terms_text, participants_affected_lower "
        "from arms_behind('ketamine', 'intravenous', 'nausea', 'narrow', comparator := 'placebo')",
    )
    assert behind == [
        ("drug", "NCT00000001", "nausea", 9), ("comparator", "NCT00000001", "nausea", 3),
        ("drug", "NCT00000002", "nausea", 11), ("comparator", "NCT00000002", "nausea", 4),
    ]  # fmt: skip
    assert fetch_rows(session, "select count(*) from arms_behind('memantine', 'any', 'nausea', 'narrow')") == [(0,)]


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("'ketamine', 'iv', 'nausea', 'narrow'", 'no route "iv": use one of any'),
        ("'ketamine', 'any', 'sick', 'narrow'", 'no reaction "sick": use one of any_adverse_event'),
        ("'ketamine', 'any', 'nausea', 'narrow', population := 'pain'", 'no population "pain": use one of anaesth'),
        (
            "'ketamine', 'any', 'nausea', 'narrow', comparator := 'saline'",
            'no comparator "saline": use one of active',
        ),
    ],
)
def test_macro_of_arms_refuses_a_word_that_no_vocabulary_holds(register, words, refusal):
    session = register(make_two_arm_trial(1, (9, 3), (40, 41)))
    create_macros(session, "arms_behind")
    for condition in ("true", "trial_id = 'NCT00000001'"):
        with pytest.raises(duckdb.Error, match=refusal):
            fetch_rows(session, f"select * from arms_behind({words}) where {condition}")


def test_verify_queries_of_trials_are_empty(register):
    """Every verify query of trials comes back empty."""
    session = register(
        make_two_arm_trial(1, (9, 3), (40, 41)), make_two_arm_trial(2, (11, 4), (50, 52), threshold="5")
    )
    for name in (
        "observed_bounds_are_ordered",
        "observed_narrow_within_broad",
        "observed_arms_share_no_participants",
        "observed_routes_within_any",
        "observed_rollup_contains_its_parts",
        "trial_events_have_groups",
    ):
        assert fetch_rows(session, f"select count(*) from verify.{name}") == [(0,)]
