"""The drug, route and role of each arm, read from the words of a registration, with their basis."""

import pytest

from tests.sql.trials.study_records import fetch_rows, make_arm, make_group, make_study

pytestmark = pytest.mark.slow

PLACEBO = make_arm("Placebo", "PLACEBO_COMPARATOR", "Placebo")


def read_arms(session):
    return fetch_rows(
        session, "select arm_id, drug, route, role from events.observed_arm order by trial_id, arm_id, drug, route"
    )


def make_one_arm_trial(text, *names, title=None, details=None):
    """A trial of one arm whose event group carries the arm's name."""
    given = [{"type": "DRUG", "name": name, "description": details, "armGroupLabels": [text]} for name in names]
    return make_study(
        1, [make_arm(text, "EXPERIMENTAL", *names)], [make_group(title or text, 20)], interventions=given
    )


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
def test_route_named_with_the_drug_is_the_route_of_the_arm(register, text, route):
    """The registry has no route field; the name of the arm often holds the route, and a roman four is not
    intravenous."""
    assert read_arms(register(make_one_arm_trial(text, "Ketamine"))) == [("EG000", "ketamine", route, "active")]


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
def test_drug_is_recognised_as_a_whole_word_only(register, text, drug):
    """Esketamine holds the letters of ketamine, and esomeprazole magnesium is no magnesium."""
    found = {row[1] for row in read_arms(register(make_one_arm_trial(text, text)))}
    assert found == {drug}


def test_nasal_drug_with_an_oral_antidepressant_is_nasal(register):
    """Esketamine spray with a new oral antidepressant against a placebo spray with the same: not oral."""
    text = "Intranasal esketamine plus oral antidepressant"
    dummy = "Intranasal placebo plus oral antidepressant"
    arms = [
        make_arm(text, "EXPERIMENTAL", "Esketamine", "Antidepressant"),
        make_arm(dummy, "PLACEBO_COMPARATOR", "Placebo", "Antidepressant"),
    ]
    read = read_arms(register(make_study(1, arms, [make_group(text, 90), make_group(dummy, 88)])))
    assert read == [("EG000", "esketamine", "intranasal", "active"), ("EG001", None, None, "placebo")]


def test_consecutive_routes_give_two_rows(register):
    """Infusions in week one and lozenges afterwards: the arm counts in both routes and once in any."""
    session = register(make_one_arm_trial("Ketamine IV then oral", "Ketamine"))
    assert [row[2] for row in read_arms(session)] == ["intravenous", "oral"]
    found = fetch_rows(
        session, "select distinct route from events.observed_cell where drug = 'ketamine' order by all"
    )
    assert found == [("any",), ("intravenous",), ("oral",)], "one route is intravenous, so it is not not_intravenous"


def test_double_dummy_routes_are_assigned_to_the_active_drug(register):
    """IV ketamine with an oral dummy against oral ketamine with an IV dummy: the routes of the dummies are
    ignored."""
    first, second = "IV ketamine plus oral placebo", "Oral ketamine plus IV placebo"
    names = ("Ketamine", "Placebo")
    arms = [make_arm(first, "EXPERIMENTAL", *names), make_arm(second, "ACTIVE_COMPARATOR", *names)]
    read = read_arms(register(make_study(1, arms, [make_group(first, 20), make_group(second, 20)])))
    assert read == [("EG000", "ketamine", "intravenous", "active"), ("EG001", "ketamine", "oral", "active")]


def test_placebo_for_a_drug_is_not_the_drug(register):
    """'Placebo for ketamine' names ketamine and contains none."""
    arms = [
        make_arm("Ketamine", "EXPERIMENTAL", "Ketamine"),
        make_arm("Control", "PLACEBO_COMPARATOR", "Placebo for ketamine"),
    ]
    read = read_arms(register(make_study(1, arms, [make_group("Ketamine", 20), make_group("Control", 20)])))
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
def test_each_kind_of_control_has_its_role(register, label, kind, names, role):
    """Active placebo, another drug, placebo and no treatment are four comparators."""
    arms = [make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine"), make_arm(label, kind, *names)]
    session = register(make_study(1, arms, [make_group("Ketamine IV", 20), make_group(label, 20)]))
    assert read_arms(session)[1] == ("EG001", None, None, role)


def test_sedative_given_in_every_arm_is_not_an_active_placebo(register):
    """Ketamine with midazolam against placebo with midazolam: the comparator is placebo."""
    first, second = "Ketamine and midazolam", "Placebo and midazolam"
    arms = [
        make_arm(first, "EXPERIMENTAL", "Ketamine", "Midazolam"),
        make_arm(second, "PLACEBO_COMPARATOR", "Placebo", "Midazolam"),
    ]
    session = register(make_study(1, arms, [make_group(first, 20), make_group(second, 20)]))
    assert [row[3] for row in read_arms(session)] == ["active", "placebo"]


def test_experimental_arm_added_to_usual_care_is_not_a_control(register):
    """'Study drug plus standard care' is registered to receive ketamine."""
    label = "Study drug plus standard care"
    arms = [make_arm(label, "EXPERIMENTAL", "Ketamine"), make_arm("Standard care", "NO_INTERVENTION")]
    read = read_arms(register(make_study(1, arms, [make_group(label, 20), make_group("Standard care", 20)])))
    assert [row[1::2] for row in read] == [("ketamine", "active"), (None, "no_treatment")]


def test_drug_named_as_an_alternative_in_a_description_is_not_given(register):
    """The description of the morphine arm says 'as an alternative to ketamine'."""
    control = make_arm("Morphine", "ACTIVE_COMPARATOR", "Morphine", text="Morphine as an alternative to ketamine")
    arms = [make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine"), control]
    session = register(
        make_study(1, arms, [make_group("Ketamine IV", 20), make_group("Morphine", 20, "not given ketamine")])
    )
    assert read_arms(session)[1] == ("EG001", None, None, "active")


def test_unnamed_study_drug_is_recognised_by_its_description(register):
    """Intervention 'Study drug', described as intravenous ketamine: the drug is inferred."""
    given = [
        {"type": "DRUG", "name": "Study drug", "description": "Ketamine 0.5 mg/kg IV", "armGroupLabels": ["Arm A"]}
    ]
    arms = [make_arm("Arm A", "EXPERIMENTAL", "Study drug")]
    session = register(make_study(1, arms, [make_group("Arm A", 20)], interventions=given))
    assert read_arms(session) == [("EG000", "ketamine", "intravenous", "active")]
    assert fetch_rows(session, "select drug_basis from events.observed_arm") == [("inferred",)]


def test_crossover_group_title_decides_the_treatment(register):
    """Both sequences are registered with both treatments; events are counted by treatment."""
    arms = [
        make_arm("Ketamine then placebo", "EXPERIMENTAL", "Ketamine", "Placebo"),
        make_arm("Placebo then ketamine", "EXPERIMENTAL", "Ketamine", "Placebo"),
    ]
    session = register(
        make_study(1, arms, [make_group("Ketamine", 16), make_group("Placebo", 16)], model="CROSSOVER")
    )
    assert [row[1::2] for row in read_arms(session)] == [("ketamine", "active"), (None, "placebo")]
    assert fetch_rows(session, "select bool_and(is_crossover) from events.observed_arm") == [(True,)]


def test_route_from_form_or_product_is_inferred(register):
    """'Infusion' and a brand of tablets give a route whose basis is inferred."""
    first, second = "Ketamine infusion", "Namenda"
    session = register(
        make_study(1, [make_arm(first, "EXPERIMENTAL", "Ketamine")], [make_group(first, 9)]),
        make_study(2, [make_arm(second, "EXPERIMENTAL", "Namenda")], [make_group(second, 9)]),
    )
    found = fetch_rows(session, "select drug, route, route_basis from events.observed_arm order by drug")
    assert found == [("ketamine", "intravenous", "inferred"), ("memantine", "oral", "inferred")]


def test_intervention_description_gives_the_route_when_the_name_does_not(register):
    """The name is bare, the description says 'given intravenously over 40 minutes'."""
    session = register(
        make_one_arm_trial("Ketamine", "Ketamine", details="0.5 mg/kg given intravenously over 40 minutes")
    )
    assert read_arms(session) == [("EG000", "ketamine", "intravenous", "active")]
    assert fetch_rows(session, "select dose_text from events.observed_arm") == [("0.5 mg/kg",)]


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
def test_population_follows_from_the_conditions(register, conditions, population):
    """Respiratory depression is not a depressive disorder; pain after an operation is not chronic pain."""
    session = register(make_study(1, [PLACEBO], None, conditions=conditions))
    assert fetch_rows(session, "select population, population_basis from intermediate.trial_population") == [
        (population, "stated")
    ]


def test_reviewed_arm_takes_the_drug_and_route_of_the_review(register, session):
    """A pharmacist has read the protocol: arm 'Group A' is intramuscular ketamine."""
    session.execute(
        "insert into codes.trial_arm_review values ('NCT00000001', 'Group A', 'ketamine', 'intramuscular', 'active', "
        "'pharmacist', '2026-11-23', 'test')"
    )
    try:
        read = register(make_study(1, [make_arm("Arm 1", "EXPERIMENTAL", "Study drug")], [make_group("Group A", 20)]))
        assert read_arms(read) == [("EG000", "ketamine", "intramuscular", "active")]
        assert fetch_rows(read, "select distinct drug_basis, role_basis from events.observed_arm") == [
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
def test_abbreviated_route_or_possessive_is_not_esketamine(register, text, drug, route):
    """'Ketamine s.c.' is subcutaneous ketamine and 'the patient's ketamine' is ketamine, not S-ketamine."""
    assert read_arms(register(make_one_arm_trial(text, "Study drug"))) == [("EG000", drug, route, "active")]


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
def test_control_described_relative_to_the_drug_is_not_the_drug(register, text, kind):
    """A control registered without interventions, or under a foreign title, whose description names ketamine."""
    arms = [make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine"), make_arm("Control group", kind, text=text)]
    read = read_arms(register(make_study(1, arms, [make_group("Ketamine IV", 20), make_group("Control group", 20)])))
    assert read[1][1] is None
    read = read_arms(
        register(make_study(1, arms[:1], [make_group("Ketamine IV", 20), make_group("Second cohort", 20, text)]))
    )
    assert read[1][1] is None


def test_description_gives_the_drug_of_an_arm_without_interventions(register):
    """'Patients receive oral ketamine': nothing in it indicates a control."""
    arms = [make_arm("Arm 1", "EXPERIMENTAL", text="Patients receive oral ketamine")]
    assert read_arms(register(make_study(1, arms, [make_group("Arm 1", 20)]))) == [
        ("EG000", "ketamine", "oral", "active")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "ketamine 0.3 mg/kg; oral morphine as rescue, intravenous access obtained",
        "Ketamine after induction. An epidural catheter is placed for bupivacaine",
        "Ketamine 1 mg/kg. Intravenous morphine 0.1 mg/kg",
    ],
)
def test_route_of_another_drug_in_a_description_is_not_taken(register, text):
    """Oral rescue morphine and a catheter for a local anaesthetic do not state the route of ketamine."""
    arms = [make_arm("Ketamine", "EXPERIMENTAL", "Ketamine", text=text)]
    assert read_arms(register(make_study(1, arms, [make_group("Ketamine", 20)]))) == [
        ("EG000", "ketamine", "unknown", "active")
    ]
    assert read_arms(register(make_one_arm_trial("Ketamine", "Ketamine", details=text)))[0][2] == "unknown"
