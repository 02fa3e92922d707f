"""What each arm was given, by which route, in which role: the words of a registration, read with their basis."""

import pytest

from tests.sql.trials.study_records import arm, group, rows, study

PLACEBO = arm("Placebo", "PLACEBO_COMPARATOR", "Placebo")


def read_arms(session):
    return rows(
        session, "select arm_id, drug, route, role from events.observed_arm order by trial_id, arm_id, drug, route"
    )


def one_arm(text, *names, title=None, details=None):
    """A trial of one arm whose event group carries the arm's name."""
    given = [{"type": "DRUG", "name": name, "description": details, "armGroupLabels": [text]} for name in names]
    return study(1, [arm(text, "EXPERIMENTAL", *names)], [group(title or text, 20)], interventions=given)


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("Intravenous ketamine 0.5 mg/kg", "intravenous"),
        ("Ketamine IV", "intravenous"),
        ("I.V. ketamine", "intravenous"),
        ("Ketamine given intramuscularly", "intramuscular"),
        ("IM ketamine 1 mg/kg", "intramuscular"),
        ("Subcutaneous ketamine", "subcutaneous"),
        ("Ketamine nasal spray", "intranasal"),
        ("Oral ketamine", "oral"),
        ("Ketamine sublingual wafer", "sublingual_buccal"),
        ("Ketamine 10% cream", "topical"),
        ("Ketamine transdermal patch", "transdermal"),
        ("Epidural ketamine", "epidural"),
        ("Caudal ketamine", "epidural"),
        ("Intrathecal ketamine", "intrathecal"),
        ("Rectal ketamine", "rectal"),
        ("Nebulized ketamine", "inhaled"),
        ("Perineural ketamine", "other"),
        ("Ketamine", "unknown"),
        ("Phase IV ketamine", "unknown"),
        ("Group IV: ketamine", "unknown"),
    ],
)
def test_the_route_named_beside_the_drug_is_the_route(register, text, route):
    """The registry has no route field; the name of the arm often holds the route, and a roman four is no vein."""
    assert read_arms(register(one_arm(text, "Ketamine"))) == [("EG000", "ketamine", route, "active")]


@pytest.mark.parametrize(
    ("text", "drug"),
    [
        ("Esketamine 84 mg", "esketamine"),
        ("S-ketamine", "esketamine"),
        ("(S)-Ketamine", "esketamine"),
        ("S(+)-ketamine", "esketamine"),
        ("Spravato", "esketamine"),
        ("Racemic ketamine", "ketamine"),
        ("Namenda XR", "memantine"),
        ("AVP-923", "dextromethorphan"),
        ("AXS-05", "dextromethorphan"),
        ("Amantadine hydrochloride", "amantadine"),
        ("MgSO4", "magnesium"),
        ("Esomeprazole magnesium", None),
        ("Magnesium stearate", None),
        ("Arketamine", None),
        ("R-ketamine", None),
        ("AVP-786 (deudextromethorphan)", None),
        ("Rimantadine", None),
        ("Ketoprofen", None),
        ("Norketamine", None),
        ("No ketamine", None),
        ("Without magnesium", None),
    ],
)
def test_a_drug_is_found_as_a_whole_word_only(register, text, drug):
    """Esketamine holds the letters of ketamine, and esomeprazole magnesium is no magnesium."""
    found = {row[1] for row in read_arms(register(one_arm(text, text)))}
    assert found == {drug}


def test_a_trial_of_a_nasal_drug_beside_an_oral_one_is_nasal(register):
    """Esketamine spray with a new oral antidepressant against a placebo spray with the same: not oral."""
    text = "Intranasal esketamine plus oral antidepressant"
    dummy = "Intranasal placebo plus oral antidepressant"
    arms = [
        arm(text, "EXPERIMENTAL", "Esketamine", "Antidepressant"),
        arm(dummy, "PLACEBO_COMPARATOR", "Placebo", "Antidepressant"),
    ]
    read = read_arms(register(study(1, arms, [group(text, 90), group(dummy, 88)])))
    assert read == [("EG000", "esketamine", "intranasal", "active"), ("EG001", None, None, "placebo")]


def test_two_routes_one_after_the_other_are_two_rows(register):
    """Infusions in week one and lozenges afterwards: the arm stands in both routes and once in any."""
    session = register(one_arm("Ketamine IV then oral", "Ketamine"))
    assert [row[2] for row in read_arms(session)] == ["intravenous", "oral"]
    found = rows(session, "select distinct route from events.observed_cell where drug = 'ketamine' order by all")
    assert found == [("any",), ("intravenous",), ("oral",)], "one route is intravenous, so it is not not_intravenous"


def test_both_routes_of_a_double_dummy_trial_stay_with_their_drug(register):
    """IV ketamine with an oral dummy against oral ketamine with an IV dummy: the dummies' routes count for nobody."""
    first, second = "IV ketamine plus oral placebo", "Oral ketamine plus IV placebo"
    names = ("Ketamine", "Placebo")
    arms = [arm(first, "EXPERIMENTAL", *names), arm(second, "ACTIVE_COMPARATOR", *names)]
    read = read_arms(register(study(1, arms, [group(first, 20), group(second, 20)])))
    assert read == [("EG000", "ketamine", "intravenous", "active"), ("EG001", "ketamine", "oral", "active")]


def test_the_placebo_of_a_drug_is_not_the_drug(register):
    """'Placebo for ketamine' names ketamine and holds none."""
    arms = [arm("Ketamine", "EXPERIMENTAL", "Ketamine"), arm("Control", "PLACEBO_COMPARATOR", "Placebo for ketamine")]
    read = read_arms(register(study(1, arms, [group("Ketamine", 20), group("Control", 20)])))
    assert [row[1::2] for row in read] == [("ketamine", "active"), (None, "placebo")]


@pytest.mark.parametrize(
    ("label", "kind", "names", "role"),
    [
        ("Placebo", "PLACEBO_COMPARATOR", ["Placebo"], "placebo"),
        ("Normal saline", "PLACEBO_COMPARATOR", ["Saline"], "placebo"),
        ("Inactive placebo", "PLACEBO_COMPARATOR", ["Inactive placebo"], "placebo"),
        ("Midazolam", "ACTIVE_COMPARATOR", ["Midazolam"], "active_placebo"),
        ("Midazolam (active placebo)", "PLACEBO_COMPARATOR", ["Midazolam"], "active_placebo"),
        ("Diphenhydramine", "PLACEBO_COMPARATOR", ["Diphenhydramine"], "active_placebo"),
        ("Morphine", "ACTIVE_COMPARATOR", ["Morphine"], "active"),
        ("Morphine plus placebo", "ACTIVE_COMPARATOR", ["Morphine", "Placebo"], "active"),
        ("No treatment", "NO_INTERVENTION", [], "no_treatment"),
        ("Usual care", "OTHER", [], "no_treatment"),
        ("Cohort B", "OTHER", [], "unknown"),
    ],
)
def test_each_control_has_its_role(register, label, kind, names, role):
    """An active placebo, another drug, an inert copy and nothing at all are four comparators."""
    arms = [arm("Ketamine IV", "EXPERIMENTAL", "Ketamine"), arm(label, kind, *names)]
    session = register(study(1, arms, [group("Ketamine IV", 20), group(label, 20)]))
    assert read_arms(session)[1] == ("EG001", None, None, role)


def test_a_sedative_given_to_everybody_is_no_active_placebo(register):
    """Ketamine with midazolam against placebo with midazolam: the comparator is the placebo."""
    first, second = "Ketamine and midazolam", "Placebo and midazolam"
    arms = [
        arm(first, "EXPERIMENTAL", "Ketamine", "Midazolam"),
        arm(second, "PLACEBO_COMPARATOR", "Placebo", "Midazolam"),
    ]
    session = register(study(1, arms, [group(first, 20), group(second, 20)]))
    assert [row[3] for row in read_arms(session)] == ["active", "placebo"]


def test_an_experimental_arm_on_top_of_usual_care_is_no_control(register):
    """'Study drug plus standard care' is registered to receive ketamine."""
    label = "Study drug plus standard care"
    arms = [arm(label, "EXPERIMENTAL", "Ketamine"), arm("Standard care", "NO_INTERVENTION")]
    read = read_arms(register(study(1, arms, [group(label, 20), group("Standard care", 20)])))
    assert [row[1::2] for row in read] == [("ketamine", "active"), (None, "no_treatment")]


def test_prose_about_the_other_arm_gives_no_drug(register):
    """The description of the morphine arm says 'as an alternative to ketamine'."""
    control = arm("Morphine", "ACTIVE_COMPARATOR", "Morphine", text="Morphine as an alternative to ketamine")
    arms = [arm("Ketamine IV", "EXPERIMENTAL", "Ketamine"), control]
    session = register(study(1, arms, [group("Ketamine IV", 20), group("Morphine", 20, "not given ketamine")]))
    assert read_arms(session)[1] == ("EG001", None, None, "active")


def test_a_nameless_study_drug_is_told_by_its_description(register):
    """Intervention 'Study drug', described as ketamine by vein: known by inference."""
    given = [
        {"type": "DRUG", "name": "Study drug", "description": "Ketamine 0.5 mg/kg IV", "armGroupLabels": ["Arm A"]}
    ]
    arms = [arm("Arm A", "EXPERIMENTAL", "Study drug")]
    session = register(study(1, arms, [group("Arm A", 20)], interventions=given))
    assert read_arms(session) == [("EG000", "ketamine", "intravenous", "active")]
    assert rows(session, "select drug_basis from events.observed_arm") == [("inferred",)]


def test_in_a_crossover_the_title_of_the_group_says_what_was_taken(register):
    """Both sequences are registered with both treatments; events are counted by treatment."""
    arms = [
        arm("Ketamine then placebo", "EXPERIMENTAL", "Ketamine", "Placebo"),
        arm("Placebo then ketamine", "EXPERIMENTAL", "Ketamine", "Placebo"),
    ]
    session = register(study(1, arms, [group("Ketamine", 16), group("Placebo", 16)], model="CROSSOVER"))
    assert [row[1::2] for row in read_arms(session)] == [("ketamine", "active"), (None, "placebo")]
    assert rows(session, "select bool_and(is_crossover) from events.observed_arm") == [(True,)]


def test_form_and_product_only_suggest_a_route(register):
    """'Infusion' and a brand of tablets leave a route that is inferred, and it says so."""
    first, second = "Ketamine infusion", "Namenda"
    session = register(
        study(1, [arm(first, "EXPERIMENTAL", "Ketamine")], [group(first, 9)]),
        study(2, [arm(second, "EXPERIMENTAL", "Namenda")], [group(second, 9)]),
    )
    found = rows(session, "select drug, route, route_basis from events.observed_arm order by drug")
    assert found == [("ketamine", "intravenous", "inferred"), ("memantine", "oral", "inferred")]


def test_the_description_of_the_intervention_tells_the_route_when_its_name_does_not(register):
    """The name is bare, the description says 'given intravenously over 40 minutes'."""
    session = register(one_arm("Ketamine", "Ketamine", details="0.5 mg/kg given intravenously over 40 minutes"))
    assert read_arms(session) == [("EG000", "ketamine", "intravenous", "active")]
    assert rows(session, "select dose_text from events.observed_arm") == [("0.5 mg/kg",)]


@pytest.mark.parametrize(
    ("conditions", "population"),
    [
        (["Chronic Pain"], "chronic_pain"),
        (["Complex Regional Pain Syndromes"], "chronic_pain"),
        (["Major Depressive Disorder"], "depression"),
        (["Depression", "Neuropathic Pain"], "chronic_pain"),
        (["Respiratory Depression"], "other"),
        (["Chronic Non-cancer Pain"], "chronic_pain"),
        (["Pain, Chronic"], "chronic_pain"),
        (["Pain, Intractable"], "chronic_pain"),
        (["Pain, Neuropathic"], "chronic_pain"),
        (["Chronic Pelvic Pain"], "chronic_pain"),
        (["Chronic Post-operative Pain"], "chronic_pain"),
        (["Acute Low Back Pain"], "other"),
        (["Acute Neuralgia"], "other"),
        (["Depressive Symptoms"], "depression"),
        (["Dysthymia"], "depression"),
        (["Anesthesia"], "anaesthesia"),
        (["Pain, Postoperative"], "other"),
        (["Alzheimer Disease"], "other"),
    ],
)
def test_conditions_tell_the_population(register, conditions, population):
    """Depression of breathing is none of mood; pain after an operation is not chronic."""
    session = register(study(1, [PLACEBO], None, conditions=conditions))
    assert rows(session, "select population, population_basis from intermediate.trial_population") == [
        (population, "stated")
    ]


def test_a_reviewed_arm_is_read_as_the_reviewer_read_it(register, session):
    """A pharmacist has read the protocol: arm 'Group A' is intramuscular ketamine."""
    session.execute(
        "insert into codes.trial_arm_review values ('NCT00000001', 'Group A', 'ketamine', 'intramuscular', 'active', "
        "'pharmacist', '2026-11-23', 'test')"
    )
    try:
        read = register(study(1, [arm("Arm 1", "EXPERIMENTAL", "Study drug")], [group("Group A", 20)]))
        assert read_arms(read) == [("EG000", "ketamine", "intramuscular", "active")]
        assert rows(read, "select distinct drug_basis, role_basis from events.observed_arm") == [
            ("reviewed", "reviewed")
        ]
    finally:
        session.execute("delete from codes.trial_arm_review where trial_id = 'NCT00000001'")


@pytest.mark.parametrize(
    ("text", "drug", "route"),
    [
        ("Ketamine s.c.", "ketamine", "subcutaneous"),
        ("Ketamine S/C", "ketamine", "subcutaneous"),
        ("Ketamine i.v. infusion", "ketamine", "intravenous"),
        ("Ketamine i.m.", "ketamine", "intramuscular"),
        ("Ketamine p.o. daily", "ketamine", "oral"),
        ("The patient's ketamine given orally", "ketamine", "oral"),
        ("Ketamine's oral form", "ketamine", "oral"),
        ("Group S: ketamine by mouth", "ketamine", "oral"),
        ("Group R (ketamine IV)", "ketamine", "intravenous"),
        ("Oral ketamine (S)", "esketamine", "oral"),
        ("Group S(+)-ketamine IV", "esketamine", "intravenous"),
    ],
)
def test_an_abbreviated_route_or_a_possessive_makes_no_esketamine(register, text, drug, route):
    """'Ketamine s.c.' is subcutaneous ketamine and 'the patient's ketamine' is ketamine, not S-ketamine."""
    assert read_arms(register(one_arm(text, "Study drug"))) == [("EG000", drug, route, "active")]


@pytest.mark.parametrize("kind", ["PLACEBO_COMPARATOR", "OTHER"])
@pytest.mark.parametrize(
    "text",
    [
        "Equal volume of normal saline instead of ketamine",
        "saline in the same volume as ketamine",
        "0.9% saline at the same rate as the ketamine infusion",
        "fentanyl 1 mcg/kg, to be compared with ketamine",
        "fentanyl 1 mcg/kg versus ketamine",
    ],
)
def test_prose_that_measures_a_control_by_the_drug_gives_no_drug(register, text, kind):
    """A control registered without interventions, or under a foreign title, whose description names ketamine."""
    arms = [arm("Ketamine IV", "EXPERIMENTAL", "Ketamine"), arm("Control group", kind, text=text)]
    read = read_arms(register(study(1, arms, [group("Ketamine IV", 20), group("Control group", 20)])))
    assert read[1][1] is None
    read = read_arms(register(study(1, arms[:1], [group("Ketamine IV", 20), group("Second cohort", 20, text)])))
    assert read[1][1] is None


def test_prose_of_an_arm_without_interventions_may_give_the_drug(register):
    """'Patients receive oral ketamine': nothing in it speaks of a control."""
    arms = [arm("Arm 1", "EXPERIMENTAL", text="Patients receive oral ketamine")]
    assert read_arms(register(study(1, arms, [group("Arm 1", 20)]))) == [("EG000", "ketamine", "oral", "active")]


@pytest.mark.parametrize(
    "text",
    [
        "ketamine 0.3 mg/kg; oral morphine as rescue, intravenous access obtained",
        "Ketamine after induction. An epidural catheter is placed for bupivacaine",
        "Ketamine 1 mg/kg. Intravenous morphine 0.1 mg/kg",
    ],
)
def test_the_route_of_another_drug_in_prose_stays_with_it(register, text):
    """Rescue morphine by mouth, and a catheter for a local anaesthetic, say nothing of ketamine's route."""
    arms = [arm("Ketamine", "EXPERIMENTAL", "Ketamine", text=text)]
    assert read_arms(register(study(1, arms, [group("Ketamine", 20)]))) == [
        ("EG000", "ketamine", "unknown", "active")
    ]
    assert read_arms(register(one_arm("Ketamine", "Ketamine", details=text)))[0][2] == "unknown"
