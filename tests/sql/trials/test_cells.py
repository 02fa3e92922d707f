"""The published rows: people of the drug's arms beside those of the comparators of the same trials."""

from tests.sql.trials.study_records import SQL, arm, cell, group, rows, study

KETAMINE = arm("Ketamine IV", "EXPERIMENTAL", "Ketamine")
PLACEBO = arm("Placebo", "PLACEBO_COMPARATOR", "Placebo")
KEY = {"drug": "ketamine", "route": "intravenous", "population": "chronic_pain", "reaction": "nausea"}


def two_arms(number, affected, at_risk, *, control=PLACEBO, treated=KETAMINE, **more):
    """A trial of two arms with nausea in so many of so many."""
    groups = [group(each["label"], people) for each, people in zip((treated, control), at_risk, strict=True)]
    return study(number, [treated, control], groups, other={"Nausea": list(affected)}, **more)


def people(row, prefix=""):
    names = ("participants_affected_lower", "participants_affected_upper", "participants_at_risk")
    return tuple(row[prefix + name] for name in names)


def test_trials_are_summed_beside_their_own_comparators(register):
    """Two placebo-controlled trials: 9 of 40 against 3 of 41, and 11 of 50 against 4 of 52."""
    row = cell(register(two_arms(1, (9, 3), (40, 41)), two_arms(2, (11, 4), (50, 52))), **KEY, comparator="placebo")
    assert (row["trial_count"], row["arm_count"], row["comparator_arm_count"]) == (2, 2, 2)
    assert people(row) == (20, 20, 90)
    assert people(row, "comparator_") == (7, 7, 93)


def test_each_comparator_has_a_row_of_its_own(register):
    """Ketamine against midazolam and placebo: the same ketamine arm stands in both rows, which do not sum."""
    midazolam = arm("Midazolam", "ACTIVE_COMPARATOR", "Midazolam")
    groups = [group(label, people) for label, people in (("Ketamine IV", 30), ("Midazolam", 31), ("Placebo", 32))]
    session = register(study(1, [KETAMINE, midazolam, PLACEBO], groups, other={"Nausea": [6, 2, 1]}))
    assert people(cell(session, **KEY, comparator="active_placebo"), "comparator_") == (2, 2, 31)
    assert people(cell(session, **KEY, comparator="placebo"), "comparator_") == (1, 1, 32)
    assert cell(session, **KEY, comparator="none") == {}


def test_a_single_arm_has_no_comparator(register):
    """An open study of one arm: people affected, and nobody beside them."""
    row = cell(
        register(study(1, [KETAMINE], [group("Ketamine IV", 20)], other={"Nausea": [3]})), **KEY, comparator="none"
    )
    assert people(row) == (3, 3, 20)
    assert people(row, "comparator_") == (None, None, None)
    assert row["comparator_arm_count"] == 0


def test_a_trial_without_results_never_enters(register):
    """A finished trial that posted nothing is no evidence of absence."""
    session = register(study(1, [KETAMINE, PLACEBO], None))
    assert rows(session, "select count(*) from clean.trial") == [(1,)]
    assert rows(session, "select count(*) from summary.observed_by_drug_route") == [(0,)]


def test_the_total_group_is_not_summed_with_its_parts(register):
    """Groups Ketamine, Placebo and Total: 92 people, not 184."""
    groups = [group("Ketamine IV", 40), group("Placebo", 52), group("Total", 92)]
    session = register(study(1, [KETAMINE, PLACEBO], groups, other={"Nausea": [9, 3, 12]}))
    row = cell(session, **KEY, comparator="placebo")
    assert people(row) == (9, 9, 40)
    assert people(row, "comparator_") == (3, 3, 52)
    assert rows(session, "select overlap_reason from intermediate.trial_group where arm_id = 'EG002'") == [
        ("total of other groups",)
    ]


def test_a_total_is_known_by_its_size_too(register):
    """A third group of unfamiliar title holds exactly the people of the two others."""
    counts = [
        {"seriousNumAffected": serious, "otherNumAffected": other} for serious, other in ((1, 9), (0, 3), (1, 12))
    ]
    people_in = zip(("Ketamine IV", "Placebo", "Ketamine or saline, safety set"), (40, 52, 92), counts, strict=True)
    groups = [group(title, at_risk, **affected) for title, at_risk, affected in people_in]
    session = register(study(1, [KETAMINE, PLACEBO], groups, other={"Nausea": [9, 3, 12]}))
    assert rows(session, "select arm_id from intermediate.trial_group where is_overlapping") == [("EG002",)]


def test_an_arm_as_large_as_two_others_is_no_total(register):
    """Randomised 2:1:1 under foreign titles: the large arm is an arm."""
    counts = [{"seriousNumAffected": 0, "otherNumAffected": other} for other in (9, 3, 2)]
    people_in = zip(("Active, ketamine IV", "Midazolam", "Saline"), (40, 20, 20), counts, strict=True)
    groups = [group(title, at_risk, **affected) for title, at_risk, affected in people_in]
    session = register(study(1, [arm("Arm 1", "EXPERIMENTAL")], groups, other={"Nausea": [9, 3, 2]}))
    assert rows(session, "select count(*) from intermediate.trial_group where is_overlapping") == [(0,)]


def test_the_only_group_is_not_a_total_of_others(register):
    """A single-arm study calls its only group 'All participants'."""
    session = register(study(1, [KETAMINE], [group("All participants", 20)], other={"Nausea": [3]}))
    assert people(cell(session, **KEY, comparator="none")) == (3, 3, 20)


def test_the_same_people_in_a_later_period_are_not_added(register):
    """Twelve of the forty go on into an open-label extension."""
    groups = [
        group("Double-blind: Ketamine IV", 40),
        group("Placebo", 41),
        group("Open-label extension: Ketamine IV", 12),
    ]
    session = register(study(1, [KETAMINE, PLACEBO], groups, other={"Nausea": [9, 3, 4]}))
    assert people(cell(session, **KEY, comparator="placebo")) == (9, 9, 40)
    assert people(cell(session, **KEY, comparator="placebo"), "comparator_") == (3, 3, 41)
    found = rows(session, "select arm_id, overlap_reason from intermediate.trial_group where is_overlapping")
    assert found == [("EG002", "another period of the same people")]


def test_a_title_without_a_period_is_not_taken_for_a_later_one(register):
    """One group says 'double-blind', the other does not: both are the randomised comparison."""
    groups = [group("Ketamine IV (double-blind)", 40), group("Placebo group", 41)]
    session = register(study(1, [KETAMINE, PLACEBO], groups, other={"Nausea": [9, 3]}))
    assert people(cell(session, **KEY, comparator="placebo"), "comparator_") == (3, 3, 41)


def test_doses_of_one_drug_in_one_trial_are_summed(register):
    """Two doses in different people: 5 of 20 and 9 of 21."""
    arms = [arm(f"Ketamine IV {dose} mg/kg", "EXPERIMENTAL", "Ketamine") for dose in ("0.1", "0.5")]
    groups = [group("Ketamine IV 0.1 mg/kg", 20), group("Ketamine IV 0.5 mg/kg", 21), group("Placebo", 22)]
    row = cell(register(study(1, [*arms, PLACEBO], groups, other={"Nausea": [5, 9, 1]})), **KEY, comparator="placebo")
    assert (row["trial_count"], row["arm_count"], *people(row)) == (1, 2, 14, 14, 41)


def test_in_a_crossover_the_same_people_are_not_added(register):
    """Twenty people take both doses: 5 and 9 of the same 20 are between 9 and 14 of 20."""
    arms = [arm(f"Ketamine IV {dose} mg/kg", "EXPERIMENTAL", "Ketamine") for dose in ("0.1", "0.5")]
    groups = [group("Ketamine IV 0.1 mg/kg", 20), group("Ketamine IV 0.5 mg/kg", 20), group("Placebo", 20)]
    record = study(1, [*arms, PLACEBO], groups, other={"Nausea": [5, 9, 1]}, model="CROSSOVER")
    assert people(cell(register(record), **KEY, comparator="placebo")) == (9, 14, 20)


def test_the_roll_up_of_drugs_counts_an_arm_once_and_compares_with_neither(register):
    """Ketamine against esketamine: each is the other's active comparator, and neither compares with ketamine_any."""
    other = arm("Esketamine IV", "ACTIVE_COMPARATOR", "Esketamine")
    session = register(two_arms(1, (6, 4), (30, 31), control=other))
    assert people(cell(session, **KEY, comparator="active"), "comparator_") == (4, 4, 31)
    both = cell(session, **{**KEY, "drug": "ketamine_any"}, comparator="none")
    assert (both["arm_count"], *people(both)) == (2, 10, 10, 61)


def test_one_drug_by_two_routes_is_no_comparator_of_itself(register):
    """Oral against intravenous ketamine: two route rows, one row for any, no comparator."""
    session = register(two_arms(1, (6, 4), (30, 31), control=arm("Oral ketamine", "ACTIVE_COMPARATOR", "Ketamine")))
    assert people(cell(session, **KEY, comparator="none")) == (6, 6, 30)
    assert people(cell(session, **{**KEY, "route": "any"}, comparator="none")) == (10, 10, 61)
    assert people(cell(session, **{**KEY, "route": "not_intravenous"}, comparator="none")) == (4, 4, 31)


def test_an_unknown_route_is_not_not_intravenous(register):
    session = register(
        study(1, [arm("Ketamine", "EXPERIMENTAL", "Ketamine")], [group("Ketamine", 9)], other={"Nausea": [1]})
    )
    routes = rows(
        session, "select distinct route from summary.observed_by_drug_route where drug = 'ketamine' order by 1"
    )
    assert routes == [("any",), ("unknown",)]


def test_magnesium_has_its_subclasses(register):
    """Magnesium by vein, by mouth, and as a laxative."""
    session = register(
        *(
            study(number, [arm(name, "EXPERIMENTAL", name)], [group(name, 10)], other={"Nausea": [number]})
            for number, name in enumerate(("Magnesium sulfate IV", "Oral magnesium", "Magnesium hydroxide"), start=1)
        )
    )
    found = rows(
        session,
        "select drug, participants_affected_lower from summary.observed_by_drug_route "
        "where route = 'any' and reaction = 'nausea' and definition = 'narrow' order by drug",
    )
    assert found == [
        ("magnesium", 6), ("magnesium_gastrointestinal", 3), ("magnesium_oral", 2), ("magnesium_parenteral", 1),
    ]  # fmt: skip


def test_trials_whose_rows_may_be_below_the_threshold_are_counted(register):
    """One trial posts everything; in the other hallucination may be hidden."""
    session = register(two_arms(1, (9, 3), (40, 41)), two_arms(2, (11, 4), (50, 52), threshold="5"))
    row = cell(session, **{**KEY, "reaction": "hallucination"}, comparator="placebo")
    assert (row["trial_count"], row["trials_below_threshold_count"]) == (2, 1)
    assert people(row) == (0, 2, 90)
    assert cell(session, **KEY, comparator="placebo")["trials_below_threshold_count"] == 0


def test_the_record_updated_last_stands(register):
    """A corrected record arrives before the old one is received again: 9 became 7."""
    old = two_arms(1, (9, 3), (40, 41), updated="2023-05-01")
    new = two_arms(1, (7, 3), (40, 41), updated="2024-02-01")
    for order in ((old, new), (new, old), (new, old, new)):
        session = register(*order)
        assert people(cell(session, **KEY, comparator="placebo")) == (7, 7, 40)
        assert rows(session, "select count(*) from clean.trial") == [(1,)]


def test_the_arms_behind_a_number_can_be_opened(register):
    """Every arm behind a cell, its bounds, and the rows it posted."""
    session = register(two_arms(1, (9, 3), (40, 41)), two_arms(2, (11, 4), (50, 52)))
    session.execute(macro_text())
    behind = rows(
        session,
        "select side, trial_id, terms_text, participants_affected_lower "
        "from arms_behind('ketamine', 'intravenous', 'nausea', 'narrow', comparator := 'placebo')",
    )
    assert behind == [
        ("drug", "NCT00000001", "nausea", 9), ("comparator", "NCT00000001", "nausea", 3),
        ("drug", "NCT00000002", "nausea", 11), ("comparator", "NCT00000002", "nausea", 4),
    ]  # fmt: skip
    assert rows(session, "select count(*) from arms_behind('memantine', 'any', 'nausea', 'narrow')") == [(0,)]


def macro_text() -> str:
    text = (SQL / "macros.sql").read_text()
    begin = text.index("create or replace macro arms_behind")
    return text[begin : text.index(";", begin)]


def test_truths_across_tables_hold(register):
    """Every verify query of trials comes back empty."""
    session = register(two_arms(1, (9, 3), (40, 41)), two_arms(2, (11, 4), (50, 52), threshold="5"))
    for name in (
        "observed_bounds_hold",
        "observed_narrow_within_broad",
        "observed_people_apart",
        "observed_routes_within_any",
        "observed_union_holds_its_parts",
        "trial_events_have_groups",
    ):
        assert rows(session, f"select count(*) from verify.{name}") == [(0,)]
