"""Groups that hold the same people: totals and pools of groups, later periods, and the orders of a crossover."""

import pytest

from tests.sql.trials.study_records import arm, cell, group, rows, study

KETAMINE = arm("Ketamine IV", "EXPERIMENTAL", "Ketamine")
PLACEBO = arm("Placebo", "PLACEBO_COMPARATOR", "Placebo")
DOSES = [arm(f"Ketamine IV {dose} mg/kg", "EXPERIMENTAL", "Ketamine") for dose in ("0.1", "0.5")]
TOTAL, PERIOD = "total of other groups", "another period of the same people"


def set_aside(session):
    """Title of each group that is never summed, with the reason."""
    return dict(rows(session, "select arm_title, overlap_reason from intermediate.trial_group where is_overlapping"))


def posted(titles, at_risk, *, arms=None, nausea=None, model="PARALLEL", totals=None):
    """One trial whose groups have these titles and people; nausea and totals (serious, other) where they matter."""
    stated = [{}] * len(titles)
    if totals:
        stated = [{"seriousNumAffected": serious, "otherNumAffected": other} for serious, other in totals]
    groups = [
        group(title, people, **affected) for title, people, affected in zip(titles, at_risk, stated, strict=True)
    ]
    counts = nausea or [1] * len(titles)
    return study(1, arms or [*DOSES, PLACEBO], groups, other={"Nausea": counts}, model=model)


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
def test_the_total_of_one_drug_is_set_aside_beside_its_doses(register, title):
    """Two doses in 20 and 21 people, a group of all 41 under such a title, and a placebo: 41 had ketamine, not 82."""
    titles = ["Ketamine IV 0.1 mg/kg", "Ketamine IV 0.5 mg/kg", title, "Placebo"]
    session = register(posted(titles, (20, 21, 41, 40), nausea=[5, 9, 14, 2]))
    assert set_aside(session) == {title: TOTAL}
    row = cell(
        session, drug="ketamine", route="any", reaction="nausea", population="chronic_pain", comparator="placebo"
    )
    assert (row["participants_at_risk"], row["comparator_participants_at_risk"]) == (41, 40)


@pytest.mark.parametrize(
    "title", ["Pooled Placebo", "All ketamine patients", "Pooled Ketamine", "Combined Ketamine Groups"]
)
def test_a_pooled_group_whose_parts_were_not_posted_is_all_there_is(register, title):
    """Two planned doses (or two placebos) are posted as one pooled group: setting it aside would lose its people."""
    other = "Ketamine IV 0.1 mg/kg" if "Placebo" in title else "Placebo"
    assert set_aside(register(posted([title, other], (41, 40), nausea=[14, 2]))) == {}


def test_a_pool_of_people_that_the_other_groups_do_not_hold_is_no_total(register):
    """'Combined ketamine and propofol' (50 people) beside ketamine (20) and propofol (21) is an arm of its own."""
    titles = ["Ketamine IV", "Propofol", "Combined ketamine and propofol"]
    assert set_aside(register(posted(titles, (20, 21, 50)))) == {}


def test_a_drug_total_of_unfamiliar_title_is_known_by_its_numbers(register):
    """Ketamine safety set: 41 = 20 + 21 people, 14 = 5 + 9 with an event, in a trial that has a placebo too."""
    titles = ["Ketamine IV 0.1 mg/kg", "Ketamine IV 0.5 mg/kg", "Ketamine safety set", "Placebo"]
    totals = [(1, 5), (0, 9), (1, 14), (0, 2)]
    session = register(posted(titles, (20, 21, 41, 40), nausea=[5, 9, 14, 2], totals=totals))
    assert set_aside(session) == {"Ketamine safety set": TOTAL}


@pytest.mark.parametrize(
    ("nausea", "totals"),
    [([5, 9, 13, 2], [(1, 5), (0, 9), (1, 14), (0, 2)]), ([5, 9, 14, 2], [(1, 5), (0, 9), (2, 14), (0, 2)])],
)
def test_an_arm_as_large_as_two_doses_together_is_no_total(register, nausea, totals):
    """Randomised 2:1:1 to three doses: one row or one list of affected people does not add up, so the arm is real."""
    titles = ["Ketamine IV 0.1 mg/kg", "Ketamine IV 0.5 mg/kg", "Ketamine safety set", "Placebo"]
    assert set_aside(register(posted(titles, (20, 20, 40, 40), nausea=nausea, totals=totals))) == {}


def test_a_planned_arm_is_never_a_total_by_its_numbers(register):
    """Randomised 2:1:1, and by chance everything adds up; the large group has the title of a planned arm."""
    arms = [*DOSES, arm("Ketamine IV 1 mg/kg", "EXPERIMENTAL", "Ketamine")]
    titles = [each["label"] for each in arms]
    totals = [(1, 5), (0, 9), (1, 14)]
    assert set_aside(register(posted(titles, (20, 20, 40), arms=arms, nausea=[5, 9, 14], totals=totals))) == {}


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
def test_of_the_same_people_at_several_times_the_first_stays(register, first, second):
    """Twenty people are counted after each of two treatments: twenty are at risk, not forty."""
    arms = [arm("Ketamine" if "Ketamine" in first else "Group A", "EXPERIMENTAL", "Ketamine")]
    for order in ((first, second), (second, first)):
        session = register(posted(order, (20, 20), arms=arms))
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
def test_different_people_told_apart_by_a_time_are_kept(register, first, second):
    """Treated for one week or for two, dosed on one day or another, assessed early or late: nobody is in both."""
    assert set_aside(register(posted([first, second], (20, 21), arms=[KETAMINE, PLACEBO]))) == {}


def test_arms_planned_for_different_days_hold_different_people(register):
    """Randomised to ketamine on day 1 or on day 3 after delivery: two planned arms, two groups of people."""
    arms = [arm(f"Ketamine on day {day}", "EXPERIMENTAL", "Ketamine") for day in (1, 3)]
    titles = [each["label"] for each in arms]
    assert set_aside(register(posted(titles, (20, 21), arms=arms))) == {}
    assert set_aside(register(posted(titles, (20, 21), arms=arms, model="CROSSOVER"))) == {titles[1]: PERIOD}


def test_a_total_beside_later_periods_leaves_the_first_period(register):
    """Two weeks and their total, by title: the first week stays."""
    titles = ["Ketamine Week 1", "Ketamine Week 2", "Ketamine Total"]
    session = register(posted(titles, (20, 20, 20), arms=[arm("Ketamine", "EXPERIMENTAL", "Ketamine")]))
    assert set_aside(session) == {"Ketamine Week 2": PERIOD, "Ketamine Total": TOTAL}


def read(session):
    return rows(
        session, "select arm_title, drug, role, role_basis from events.observed_arm order by arm_id, drug, route"
    )


def crossover(titles, *, labels=None, names=("Ketamine", "Placebo"), text="", model="CROSSOVER"):
    """A crossover with an arm for each label (the titles unless said), each registered to receive all names."""
    arms = [arm(label, "EXPERIMENTAL", *names, text=text) for label in labels or titles]
    return study(1, arms, [group(title, 16) for title in titles], other={"Nausea": [3] * len(titles)}, model=model)


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
def test_people_of_a_sequence_took_both_and_stand_on_neither_side(register, titles, names):
    """A crossover reported by order of treatments: an event of the placebo period would be counted as ketamine's."""
    session = register(crossover(titles, names=names))
    assert read(session) == [(title, None, "unknown", "sequence of treatments") for title in titles]
    assert rows(session, "select count(*) from events.observed_cell") == [(0,)]


@pytest.mark.parametrize(
    "titles",
    [
        ("Ketamine IV then oral ketamine", "Oral ketamine then ketamine IV"),
        ("Ketamine 0.1 mg/kg then 0.5 mg/kg", "Ketamine 0.5 mg/kg then 0.1 mg/kg"),
        ("Ketamine low dose first", "Ketamine high dose first"),
    ],
)
def test_one_drug_in_two_ways_one_after_the_other_stays_that_drug(register, titles):
    """Whatever the order, these people took ketamine and nothing else."""
    session = register(crossover(titles, names=("Ketamine",)))
    assert {row[1:3] for row in read(session)} == {("ketamine", "active")}


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
def test_groups_of_a_crossover_counted_by_treatment_keep_it(register, titles, labels):
    """Registered by order and counted by treatment: the title of the group says what was taken when it happened."""
    assert [row[1:3] for row in read(register(crossover(titles, labels=labels)))] == [
        ("ketamine", "active"), (None, "placebo"),
    ]  # fmt: skip


def test_arms_of_a_crossover_that_differ_by_treatment_keep_it(register):
    """'Treatment A' is registered with ketamine, 'Treatment B' with placebo: no order, two treatments."""
    arms = [arm("Treatment A", "EXPERIMENTAL", "Ketamine"), arm("Treatment B", "PLACEBO_COMPARATOR", "Placebo")]
    groups = [group("Treatment A", 16), group("Treatment B", 16)]
    session = register(study(1, arms, groups, other={"Nausea": [3, 1]}, model="CROSSOVER"))
    assert [row[1:3] for row in read(session)] == [("ketamine", "active"), (None, "placebo")]


def test_one_after_the_other_in_parallel_groups_is_no_sequence_of_a_crossover(register):
    """Parallel groups: 'ketamine then midazolam' is a group that was given ketamine."""
    titles = ("Ketamine then midazolam", "Placebo")
    arms = [arm(titles[0], "EXPERIMENTAL", "Ketamine", "Midazolam"), PLACEBO]
    session = register(study(1, arms, [group(title, 16) for title in titles], other={"Nausea": [3, 1]}))
    assert [row[1:3] for row in read(session)] == [("ketamine", "active"), (None, "placebo")]


def test_a_reviewer_may_read_a_sequence(register, session):
    """A pharmacist knows from the protocol that events of this order were counted in its ketamine period only."""
    session.execute(
        "insert into codes.trial_arm_review values ('NCT00000001', 'Ketamine first', 'ketamine', 'intravenous', "
        "'active', 'pharmacist', '2026-11-23', 'test')"
    )
    try:
        found = read(register(crossover(("Ketamine first", "Placebo first"))))
        assert found[0] == ("Ketamine first", "ketamine", "active", "reviewed")
    finally:
        session.execute("delete from codes.trial_arm_review where trial_id = 'NCT00000001'")
