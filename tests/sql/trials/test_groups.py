"""Groups of the same participants: totals and pooled groups, later periods, and the sequences of a crossover."""

import pytest

from tests.sql.trials.study_records import fetch_rows, make_arm, make_group, make_study, read_cell

pytestmark = pytest.mark.slow

KETAMINE = make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine")
PLACEBO = make_arm("Placebo", "PLACEBO_COMPARATOR", "Placebo")
DOSES = [make_arm(f"Ketamine IV {dose} mg/kg", "EXPERIMENTAL", "Ketamine") for dose in ("0.1", "0.5")]
TOTAL, PERIOD = "total of other groups", "another period of the same people"


def set_aside(session):
    """Title of each overlapping group, with the reason."""
    return dict(
        fetch_rows(session, "select arm_title, overlap_reason from intermediate.trial_group where is_overlapping")
    )


def make_posted_trial(titles, at_risk, *, arms=None, nausea=None, model="PARALLEL", totals=None):
    """One trial whose groups have these titles and participants; nausea and totals (serious, other) where they
    matter."""
    stated = [{}] * len(titles)
    if totals:
        stated = [{"seriousNumAffected": serious, "otherNumAffected": other} for serious, other in totals]
    groups = [
        make_group(title, people, **affected) for title, people, affected in zip(titles, at_risk, stated, strict=True)
    ]
    counts = nausea or [1] * len(titles)
    return make_study(1, arms or [*DOSES, PLACEBO], groups, other={"Nausea": counts}, model=model)


@pytest.mark.parametrize(
    "title",
    [
        "Ketamine Total",
        "Total Ketamine",
        "All Ketamine Doses",
        "All IV ketamine arms",
        "Pooled Ketamine",
        "Pooled Ketamine Groups",
        "Combined Ketamine Groups",
        "Ketamine (all doses)",
        "Ketamine - Overall",
        "Ketamine, combined",
        "Combined active",
        "All active doses",
    ],
)
def test_total_of_a_drug_is_set_aside_when_its_doses_are_posted(register, title):
    """Two doses in 20 and 21 participants, a group of all 41 under such a title, and a placebo: 41 had ketamine, not
    82."""
    titles = ["Ketamine IV 0.1 mg/kg", "Ketamine IV 0.5 mg/kg", title, "Placebo"]
    session = register(make_posted_trial(titles, (20, 21, 41, 40), nausea=[5, 9, 14, 2]))
    assert set_aside(session) == {title: TOTAL}
    row = read_cell(
        session, drug="ketamine", route="any", reaction="nausea", population="chronic_pain", comparator="placebo"
    )
    assert (row["participants_at_risk"], row["comparator_participants_at_risk"]) == (41, 40)


@pytest.mark.parametrize(
    "title", ["Pooled Placebo", "All ketamine patients", "Pooled Ketamine", "Combined Ketamine Groups"]
)
def test_pooled_group_without_posted_parts_is_kept(register, title):
    """Two planned doses (or two placebos) are posted as one pooled group: setting it aside would lose its
    participants."""
    other = "Ketamine IV 0.1 mg/kg" if "Placebo" in title else "Placebo"
    assert set_aside(register(make_posted_trial([title, other], (41, 40), nausea=[14, 2]))) == {}


def test_combined_group_of_other_participants_is_not_a_total(register):
    """'Combined ketamine and propofol' (50 participants) beside ketamine (20) and propofol (21) is a separate arm."""
    titles = ["Ketamine IV", "Propofol", "Combined ketamine and propofol"]
    assert set_aside(register(make_posted_trial(titles, (20, 21, 50)))) == {}


def test_drug_total_is_recognised_by_its_numbers(register):
    """Ketamine safety set: 41 = 20 + 21 participants, 14 = 5 + 9 with an event, in a trial that has a placebo too."""
    titles = ["Ketamine IV 0.1 mg/kg", "Ketamine IV 0.5 mg/kg", "Ketamine safety set", "Placebo"]
    totals = [(1, 5), (0, 9), (1, 14), (0, 2)]
    session = register(make_posted_trial(titles, (20, 21, 41, 40), nausea=[5, 9, 14, 2], totals=totals))
    assert set_aside(session) == {"Ketamine safety set": TOTAL}


@pytest.mark.parametrize(
    ("nausea", "totals"),
    [([5, 9, 13, 2], [(1, 5), (0, 9), (1, 14), (0, 2)]), ([5, 9, 14, 2], [(1, 5), (0, 9), (2, 14), (0, 2)])],
)
def test_arm_as_large_as_two_doses_is_not_a_total(register, nausea, totals):
    """Randomised 2:1:1 to three doses: one row or one list of affected people does not add up, so the arm is real."""
    titles = ["Ketamine IV 0.1 mg/kg", "Ketamine IV 0.5 mg/kg", "Ketamine safety set", "Placebo"]
    assert set_aside(register(make_posted_trial(titles, (20, 20, 40, 40), nausea=nausea, totals=totals))) == {}


def test_planned_arm_is_not_a_total_whatever_its_numbers(register):
    """Randomised 2:1:1, and by chance all numbers add up; the large group has the title of a planned arm."""
    arms = [*DOSES, make_arm("Ketamine IV 1 mg/kg", "EXPERIMENTAL", "Ketamine")]
    titles = [each["label"] for each in arms]
    totals = [(1, 5), (0, 9), (1, 14)]
    assert (
        set_aside(register(make_posted_trial(titles, (20, 20, 40), arms=arms, nausea=[5, 9, 14], totals=totals)))
        == {}
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ketamine - Week 1", "Ketamine - Week 2"),
        ("Session 1: Ketamine", "Session 2: Ketamine"),
        ("Ketamine Day 1", "Ketamine Day 2"),
        ("Ketamine Days 1-7", "Ketamine Days 8-14"),
        ("Ketamine Visit 2", "Ketamine Visit 10"),
        ("Ketamine Treatment Period 1", "Ketamine Treatment Period 2"),
        ("Ketamine Cycle 1", "Ketamine Cycle 2"),
        ("Ketamine, first session", "Ketamine, second session"),
        ("Group A Week 1", "Group A Week 2"),
    ],
)
def test_first_of_several_times_of_the_same_participants_is_kept(register, first, second):
    """Twenty participants are counted after each of two treatments: twenty are at risk, not forty."""
    arms = [make_arm("Ketamine" if "Ketamine" in first else "Group A", "EXPERIMENTAL", "Ketamine")]
    for order in ((first, second), (second, first)):
        session = register(make_posted_trial(order, (20, 20), arms=arms))
        assert set_aside(session) == {second: PERIOD}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ketamine 1 Week", "Ketamine 2 Weeks"),
        ("Day 1 dosing cohort", "Day 2 dosing cohort"),
        ("Week 8 assessment group", "Week 12 assessment group"),
        ("Week 1 Group", "Week 2 Group"),
        ("Ketamine 1 mg Week 1", "Ketamine 2 mg Week 2"),
        ("Ketamine Week 1", "Placebo Week 2"),
    ],
)
def test_groups_of_different_participants_distinguished_by_time_are_kept(register, first, second):
    """Treated for one week or for two, dosed on one day or another, assessed early or late: no participant is in
    both."""
    assert set_aside(register(make_posted_trial([first, second], (20, 21), arms=[KETAMINE, PLACEBO]))) == {}


def test_arms_planned_for_different_days_are_kept(register):
    """Randomised to ketamine on day 1 or on day 3 after delivery: two planned arms, two groups of participants."""
    arms = [make_arm(f"Ketamine on day {day}", "EXPERIMENTAL", "Ketamine") for day in (1, 3)]
    titles = [each["label"] for each in arms]
    assert set_aside(register(make_posted_trial(titles, (20, 21), arms=arms))) == {}
    assert set_aside(register(make_posted_trial(titles, (20, 21), arms=arms, model="CROSSOVER"))) == {
        titles[1]: PERIOD
    }


def test_total_and_later_periods_leave_the_first_period(register):
    """Two weeks and their total, by title: the first week is kept."""
    titles = ["Ketamine Week 1", "Ketamine Week 2", "Ketamine Total"]
    session = register(
        make_posted_trial(titles, (20, 20, 20), arms=[make_arm("Ketamine", "EXPERIMENTAL", "Ketamine")])
    )
    assert set_aside(session) == {"Ketamine Week 2": PERIOD, "Ketamine Total": TOTAL}


def read_sequences(session):
    return fetch_rows(
        session, "select arm_title, drug, role, role_basis from events.observed_arm order by arm_id, drug, route"
    )


def make_crossover_trial(titles, *, labels=None, names=("Ketamine", "Placebo"), text="", model="CROSSOVER"):
    """A crossover with an arm for each label (by default the titles), each registered to receive all names."""
    arms = [make_arm(label, "EXPERIMENTAL", *names, text=text) for label in labels or titles]
    return make_study(
        1, arms, [make_group(title, 16) for title in titles], other={"Nausea": [3] * len(titles)}, model=model
    )


@pytest.mark.parametrize(
    ("titles", "names"),
    [
        (("Ketamine then placebo", "Placebo then ketamine"), ("Ketamine", "Placebo")),
        (("Ketamine first, then placebo", "Placebo first, then ketamine"), ("Ketamine", "Placebo")),
        (("Ketamine -> Midazolam", "Midazolam -> Ketamine"), ("Ketamine", "Midazolam")),
        (("Ketamine → Placebo", "Placebo → Ketamine"), ("Ketamine", "Placebo")),
        (("Ketamine/Placebo", "Placebo/Ketamine"), ("Ketamine", "Placebo")),
        (("Ketamine to Placebo", "Placebo to Ketamine"), ("Ketamine", "Placebo")),
        (("Ketamine followed by hydromorphone", "Hydromorphone followed by ketamine"), ("Ketamine", "Hydromorphone")),
        (("Ketamine first", "Placebo first"), ("Ketamine", "Placebo")),
        (("Sequence A/B", "Sequence B/A"), ("Ketamine", "Placebo")),
        (("A/B sequence", "B/A sequence"), ("Ketamine", "Midazolam")),
        (("AB", "BA"), ("Ketamine", "Placebo")),
        (("Group 1", "Group 2"), ("Ketamine", "Hydromorphone")),
        (("Esketamine then ketamine", "Ketamine then esketamine"), ("Ketamine", "Esketamine")),
    ],
)
def test_crossover_sequence_group_counts_for_neither_treatment(register, titles, names):
    """A crossover reported by order of treatments: an event of the placebo period would be counted for ketamine."""
    session = register(make_crossover_trial(titles, names=names))
    assert read_sequences(session) == [(title, None, "unknown", "sequence of treatments") for title in titles]
    assert fetch_rows(session, "select count(*) from events.observed_cell") == [(0,)]


@pytest.mark.parametrize(
    "titles",
    [
        ("Ketamine IV then oral ketamine", "Oral ketamine then ketamine IV"),
        ("Ketamine 0.1 mg/kg then 0.5 mg/kg", "Ketamine 0.5 mg/kg then 0.1 mg/kg"),
        ("Ketamine low dose first", "Ketamine high dose first"),
    ],
)
def test_sequence_of_one_drug_counts_for_that_drug(register, titles):
    """Whatever the order, these participants took ketamine only."""
    session = register(make_crossover_trial(titles, names=("Ketamine",)))
    assert {row[1:3] for row in read_sequences(session)} == {("ketamine", "active")}


@pytest.mark.parametrize(
    ("titles", "labels"),
    [
        (("Ketamine", "Placebo"), ("Ketamine then placebo", "Placebo then ketamine")),
        (("Ketamine", "Placebo"), ("Ketamine first", "Placebo first")),
        (("Ketamine", "Placebo"), ("Sequence 1", "Sequence 2")),
        (("First period: ketamine", "First period: placebo"), ("Sequence 1", "Sequence 2")),
        (("Ketamine plus oral placebo", "Placebo"), ("Sequence 1", "Sequence 2")),
    ],
)
def test_crossover_group_counted_by_treatment_keeps_its_treatment(register, titles, labels):
    """Registered by order and counted by treatment: the title of the group states what was taken when the event
    occurred."""
    assert [row[1:3] for row in read_sequences(register(make_crossover_trial(titles, labels=labels)))] == [
        ("ketamine", "active"), (None, "placebo"),
    ]  # fmt: skip


def test_crossover_arms_that_differ_by_treatment_keep_their_treatment(register):
    """'Treatment A' is registered with ketamine, 'Treatment B' with placebo: no order, two treatments."""
    arms = [
        make_arm("Treatment A", "EXPERIMENTAL", "Ketamine"),
        make_arm("Treatment B", "PLACEBO_COMPARATOR", "Placebo"),
    ]
    groups = [make_group("Treatment A", 16), make_group("Treatment B", 16)]
    session = register(make_study(1, arms, groups, other={"Nausea": [3, 1]}, model="CROSSOVER"))
    assert [row[1:3] for row in read_sequences(session)] == [("ketamine", "active"), (None, "placebo")]


def test_consecutive_treatments_in_a_parallel_trial_are_not_a_crossover_sequence(register):
    """In parallel groups 'ketamine then midazolam' is a group that was given ketamine."""
    titles = ("Ketamine then midazolam", "Placebo")
    arms = [make_arm(titles[0], "EXPERIMENTAL", "Ketamine", "Midazolam"), PLACEBO]
    session = register(make_study(1, arms, [make_group(title, 16) for title in titles], other={"Nausea": [3, 1]}))
    assert [row[1:3] for row in read_sequences(session)] == [("ketamine", "active"), (None, "placebo")]


def test_review_assigns_a_sequence_group(register, session):
    """A pharmacist knows from the protocol that events of this order were counted in its ketamine period only."""
    session.execute(
        "insert into codes.trial_arm_review values ('NCT00000001', 'Ketamine first', 'ketamine', 'intravenous', "
        "'active', 'pharmacist', '2026-11-23', 'test')"
    )
    try:
        found = read_sequences(register(make_crossover_trial(("Ketamine first", "Placebo first"))))
        assert found[0] == ("Ketamine first", "ketamine", "active", "reviewed")
    finally:
        session.execute("delete from codes.trial_arm_review where trial_id = 'NCT00000001'")
