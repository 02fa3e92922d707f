"""Participants affected among those at risk: what a posted and an absent row state (rules 4 and 5)."""

import pytest

from pipeline.models import find_model_files
from tests.sql.trials.study_records import SQL, fetch_rows, make_arm, make_group, make_study, read_bounds

pytestmark = pytest.mark.slow

KETAMINE = make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine")


def count_bounds(register, reaction, definition="narrow", *, at_risk=60, **posted):
    """Bounds of one arm of one trial of intravenous ketamine."""
    groups = posted.pop("groups", [make_group("Ketamine IV", at_risk)])
    session = register(make_study(1, [KETAMINE], groups, **posted))
    return read_bounds(session, "EG000", reaction, definition)


def test_posted_row_has_equal_bounds(register):
    """Nausea in 9 of 60."""
    assert count_bounds(register, "nausea", other={"Nausea": [9]}) == (9, 9, 60)


def test_absent_row_is_zero_at_threshold_zero(register):
    """The study posts every observed event, and hallucination is not among them."""
    assert count_bounds(register, "hallucination", other={"Nausea": [9]}) == (0, 0, 60)


@pytest.mark.parametrize(("threshold", "upper"), [("5", 3), ("5.0", 3), ("4.9", 2), ("1", 0), ("5%", 3)])
def test_absent_row_above_threshold_zero_has_an_upper_bound(register, threshold, upper):
    """At a threshold of five per cent up to three of sixty may have had an unposted hallucination: floor(5 % x
    60)."""
    assert count_bounds(register, "hallucination", other={"Nausea": [9]}, threshold=threshold) == (
        0,
        upper,
        60,
    )


def test_empty_list_at_threshold_zero_leaves_the_upper_bound_open(register):
    """Nothing was collected: threshold 0 and no list; any participant may have been affected."""
    assert count_bounds(register, "nausea", other={}) == (0, 60, 60)
    stated = [make_group("Ketamine IV", 60, otherNumAffected=0)]
    assert count_bounds(register, "nausea", groups=stated, other={}) == (0, 0, 60), "the group total is zero"


def test_unknown_threshold_leaves_the_upper_bound_open(register):
    assert count_bounds(register, "vomiting", other={"Nausea": [9]}, threshold=None) == (0, 60, 60)
    assert count_bounds(register, "vomiting", other={"Nausea": [9]}, threshold="NA") == (0, 60, 60)


def test_term_absent_from_the_serious_list_is_zero_serious(register):
    """Serious events are always posted: confusion is not among them, so no participant had serious confusion."""
    assert count_bounds(register, "confusion", serious={"Sepsis": [1]}, other={"Nausea": [9]}) == (0, 0, 60)


def test_group_total_bounds_serious_events_without_a_list(register):
    """Four participants had some serious event, and no term was posted."""
    stated = [make_group("Ketamine IV", 60, seriousNumAffected=4)]
    assert count_bounds(register, "confusion", groups=stated, other={"Nausea": [9]}) == (0, 4, 60)


def test_reaction_in_both_lists_is_bounded_by_maximum_and_sum(register):
    """Confusion in 9 participants, serious in 1, who may be one of the 9."""
    posted = {"serious": {"Confusional state": [1]}, "other": {"Confusional state": [9]}}
    assert count_bounds(register, "confusion", **posted) == (9, 10, 60)


def test_serious_row_is_added_to_what_the_threshold_may_hide(register):
    """One participant with serious confusion; up to three more may be under the threshold."""
    posted = {"serious": {"Confusional state": [1]}, "other": {"Nausea": [9]}, "threshold": "5"}
    assert count_bounds(register, "confusion", **posted) == (1, 4, 60)


def test_several_terms_of_a_reaction_give_bounds(register):
    """Visual hallucinations in 15 and auditory in 4: between 15 and 19 participants."""
    posted = {"Hallucination, visual": [15], "Hallucination, auditory": [4]}
    assert count_bounds(register, "hallucination", other=posted) == (15, 19, 60)


def test_upper_bound_is_capped_at_participants_at_risk(register):
    assert count_bounds(
        register, "hallucination", at_risk=16, other={"Hallucination": [12], "Hallucinations": [9]}
    ) == (12, 16, 16)


def test_composite_term_counts_for_the_union_only(register):
    """'Nausea/vomiting' in 10: how many had nausea is unknown."""
    posted = {"Nausea/vomiting": [10]}
    assert count_bounds(register, "nausea_or_vomiting", other=posted) == (10, 10, 60)
    assert count_bounds(register, "nausea", other=posted) == (0, 0, 60)
    session = register(make_study(1, [KETAMINE], [make_group("Ketamine IV", 60)], other=posted))
    hidden = fetch_rows(
        session,
        "select reaction from events.observed where is_hidden_in_composite and definition = 'narrow' order by all",
    )
    assert hidden == [("nausea",), ("vomiting",)], "the zero is marked: a composite row may hide its people"


def test_nausea_and_vomiting_rows_give_bounds_of_the_union(register):
    posted = {"Nausea": [9], "Vomiting": [4], "Emesis": [2]}
    assert count_bounds(register, "nausea_or_vomiting", other=posted) == (9, 15, 60)
    assert count_bounds(register, "vomiting", other=posted) == (4, 6, 60)


def test_term_of_two_reactions_counts_once_in_the_union(register):
    """Retching is broad for nausea and for vomiting; in the union it is one row."""
    assert count_bounds(register, "nausea_or_vomiting", "broad", other={"Retching": [5]}) == (5, 5, 60)


@pytest.mark.parametrize(
    ("term", "reaction", "definition"),
    [
        ("NAUSEA", "nausea", "narrow"),
        (" nausea  NOS", "nausea", "narrow"),
        ("Emesis", "vomiting", "narrow"),
        ("Vomiting NOS", "vomiting", "narrow"),
        ("Hallucinations", "hallucination", "narrow"),
        ("Hallucination, visual", "hallucination", "narrow"),
        ("Confusion", "confusion", "narrow"),
        ("Disorientation", "confusion", "narrow"),
        ("Delirium", "confusion", "broad"),
        ("Psychosis", "paranoia", "broad"),
        ("Paranoia", "paranoia", "narrow"),
        ("Dissociation", "dissociation", "narrow"),
        ("Suicidal ideation", "depression_or_suicidality", "narrow"),
    ],
)
def test_registry_and_vocabulary_spellings_are_recognised(register, term, reaction, definition):
    """CTCAE writes Hallucinations and Confusion, older MedDRA adds NOS, sites use capitals."""
    assert count_bounds(register, reaction, definition, other={term: [7]}) == (7, 7, 60)
    if definition == "broad":
        assert count_bounds(register, reaction, "narrow", other={term: [7]}) == (0, 0, 60)


@pytest.mark.parametrize("term", ["Visual disturbance", "Nausea gravidarum", "Confusional arousal", "Haematemesis"])
def test_similar_term_is_not_the_reaction(register, term):
    session = register(make_study(1, [KETAMINE], [make_group("Ketamine IV", 60)], other={term: [7]}))
    assert fetch_rows(
        session, "select distinct reaction from intermediate.observed_count where participants_affected_upper > 0"
    ) == [("any_adverse_event",)]


def test_denominator_is_at_risk_of_the_row(register):
    """The group has 60 participants, but nausea was assessed in 40 only; enrolment was 200."""
    record = make_study(1, [KETAMINE], [make_group("Ketamine IV", 60)], other={"Nausea": [9]})
    record["protocolSection"]["designModule"]["enrollmentInfo"] = {"count": 200, "type": "ACTUAL"}
    record["resultsSection"]["adverseEventsModule"]["otherEvents"][0]["stats"][0]["numAtRisk"] = 40
    session = register(record)
    assert read_bounds(session, "EG000", "nausea") == (9, 9, 40)
    assert read_bounds(session, "EG000", "vomiting") == (0, 0, 60)


def test_row_without_a_number_leaves_the_upper_bound_open(register):
    """numAffected is missing from the posted row."""
    record = make_study(1, [KETAMINE], [make_group("Ketamine IV", 60)], other={"Nausea": [9]})
    del record["resultsSection"]["adverseEventsModule"]["otherEvents"][0]["stats"][0]["numAffected"]
    assert read_bounds(register(record), "EG000", "nausea") == (0, 60, 60)


def test_affected_above_at_risk_is_capped(register):
    """An error of the registrant: 70 of 60."""
    assert count_bounds(register, "nausea", other={"Nausea": [70]}) == (60, 60, 60)


def test_group_with_nobody_at_risk_is_not_counted(register):
    """'Adverse events were not monitored': at risk 0."""
    session = register(make_study(1, [KETAMINE], [make_group("Ketamine IV", 0)], other={"Nausea": [0]}))
    assert fetch_rows(session, "select count(*) from events.observed") == [(0,)]
    assert fetch_rows(session, "select count(*) from summary.observed_by_drug_route") == [(0,)]


def test_malformed_numbers_do_not_stop_the_run(register):
    """'9', null, 'n/a' and -1 all occur in place of a number."""
    record = make_study(
        1, [KETAMINE], [make_group("Ketamine IV", 60)], other={"Nausea": ["9"], "Vomiting": ["n/a"], "Emesis": [-1]}
    )
    session = register(record)
    assert read_bounds(session, "EG000", "nausea") == (9, 9, 60)
    assert read_bounds(session, "EG000", "vomiting") == (0, 60, 60)


def test_missing_or_malformed_parts_of_a_record_are_read_as_empty(register):
    """No arms, no groups, a list where an object belongs: nothing is read, nothing fails."""
    bare = {"protocolSection": {"identificationModule": {"nctId": "NCT00000001"}}}
    odd = make_study(2, [KETAMINE], [make_group("Ketamine IV", 60)], other={"Nausea": [9]})
    odd["protocolSection"]["armsInterventionsModule"] = [1, "x", None]
    odd["protocolSection"]["conditionsModule"] = "Pain"
    odd["resultsSection"]["adverseEventsModule"]["seriousEvents"] = {"term": "Nausea"}
    session = register(bare, odd)
    assert fetch_rows(session, "select count(*) from clean.trial") == [(2,)]
    assert fetch_rows(session, "select drug, route from events.observed_arm") == [("ketamine", "intravenous")]


@pytest.mark.parametrize(
    ("term", "reaction"),
    [
        ("Hallucinations (visual)", "hallucination"),
        ("Nausea - mild", "nausea"),
        ("Nausea grade 2", "nausea"),
        ("Nausea (CTCAE Grade 1)", "nausea"),
        ("Nausea, mild to moderate", "nausea"),
        ("Nausea*", "nausea"),
        ("Severe vomiting", None),
        ("Vomitting", "vomiting"),
        ("Emesis/vomiting", "vomiting"),
        ("Confusion/disorientation", "confusion"),
        ("Nausea &amp; vomiting", "nausea_or_vomiting"),
        ("Nausea with vomiting", "nausea_or_vomiting"),
        ("Nausea+vomiting", "nausea_or_vomiting"),
    ],
)
def test_severity_or_mark_beside_a_term_does_not_change_the_reaction(register, term, reaction):
    """At threshold zero 'Nausea - mild' in nine participants was published as an exact zero of nausea."""
    expected = (9, 9, 60) if reaction else (0, 9, 60)
    assert count_bounds(register, reaction or "vomiting", other={term: [9]}) == expected


@pytest.mark.parametrize(
    ("term", "reaction", "upper"),
    [
        ("Hallucination-like experiences", "hallucination", 9),
        ("Feels somewhat disoriented", "confusion", 9),
        ("Paranoia about staff", "paranoia", 9),
        ("Nausea then vomiting", "nausea_or_vomiting", 9),
        ("Haematemesis", "vomiting", 0),
        ("Paranoid personality disorder", "paranoia", 0),
    ],
)
def test_unknown_spelling_of_a_reaction_leaves_the_upper_bound_open(register, term, reaction, upper):
    """The sponsor's own term contains the word of a reaction: participants may have had it, none certainly."""
    for definition in ("narrow", "broad"):
        assert count_bounds(register, reaction, definition, other={term: [9]}) == (0, upper, 60)


def test_union_upper_bound_includes_hidden_parts(register):
    """Nausea in 2 of 100 is posted; at a threshold of ten per cent up to ten others may have vomited unposted."""
    posted = {"at_risk": 100, "threshold": "10", "other": {"Nausea": [2]}}
    assert count_bounds(register, "vomiting", **posted) == (0, 10, 100)
    assert count_bounds(register, "nausea_or_vomiting", **posted) == (2, 12, 100)


def test_broad_term_does_not_reveal_hidden_narrow_terms(register):
    """Delirium in 1 of 60 is posted; at five per cent up to three others may have had unposted confusion."""
    posted = {"threshold": "5", "other": {"Delirium": [1]}}
    assert count_bounds(register, "confusion", **posted) == (0, 3, 60)
    assert count_bounds(register, "confusion", "broad", **posted) == (1, 4, 60)
    posted["other"]["Confusional state"] = [5]
    assert count_bounds(register, "confusion", "broad", **posted) == (5, 6, 60), "nothing narrow is hidden any more"


def test_broad_row_with_fewer_at_risk_does_not_narrow_bounds(register):
    """Delirium was assessed in 20 of 60 participants; the threshold is not known, so any participant may have had
    confusion."""
    record = make_study(1, [KETAMINE], [make_group("Ketamine IV", 60)], other={"Delirium": [1]}, threshold=None)
    record["resultsSection"]["adverseEventsModule"]["otherEvents"][0]["stats"][0]["numAtRisk"] = 20
    session = register(record)
    assert read_bounds(session, "EG000", "confusion") == (0, 60, 60)
    assert read_bounds(session, "EG000", "confusion", "broad") == (1, 60, 60)


def test_broad_bound_below_the_narrow_bound_fails_verification(register):
    """An error in the table of counts is returned by the verify query that forbids it."""
    session = register(
        make_study(1, [KETAMINE], [make_group("Ketamine IV", 60)], other={"Delirium": [1]}, threshold="5")
    )
    truth = find_model_files(SQL)["verify.observed_narrow_within_broad"].read_text()
    assert fetch_rows(session, truth) == []
    session.execute(
        "update intermediate.observed_count set participants_affected_upper = 2 "
        "where reaction = 'confusion' and definition = 'broad'"
    )
    assert fetch_rows(session, truth) == [("NCT00000001", "EG000", "confusion")]


@pytest.mark.parametrize(
    "term",
    [
        "57600-Nausea",
        "57600 - Nausea",
        "10028813 Nausea",
        "R11.0 Nausea",
        "R11 - Nausea",
        "1. Nausea",
        "Nausea (10028813)",
        "Nausea [10028813]",
        "Nausea - 10028813",
        "GASTROINTESTINAL - Nausea",
        "GI: Nausea",
        "Gastrointestinal disorders: Nausea",
        "Gastrointestinal disorders - Other: Nausea",
        "Digestive system/Nausea",
        "Nausea (Gastrointestinal disorders)",
        "Nausea (all grades)",
        "Nausea, any grade",
        "Nausea, grade 3-4",
        "Nausea Grade 3/4",
        "Nausea (Grade III-IV)",
        "Nausea (CTCAE v4.0 grade 2)",
        "Nausea (drug related)",
        "Nausea - possibly related",
        "Nausea (not related to study drug)",
        "Treatment-emergent nausea",
        "Nausea [1]",
        "Nausea (a)",
        "Nausea†",
        "Nausea¹",
        "* Nausea *",
        "NAUSEA (PT)",
        "Nausea (MedDRA 24.0 PT)",
        "PT: Nausea",
        "Nausea (serious)",
        "10028813 - Gastrointestinal disorders: Nausea, grade 3-4 [2]",
    ],
)
def test_term_beside_a_code_organ_system_grade_or_footnote_is_read(register, term):
    session = register(make_study(1, [make_arm("Ketamine", "EXPERIMENTAL", "Ketamine")], [make_group("Ketamine", 40)],
                                  other={term: [6]}))  # fmt: skip
    assert read_bounds(session, "EG000", "nausea") == (6, 6, 40)


@pytest.mark.parametrize(
    ("term", "reaction", "bounds"),
    [
        # of two reactions, of another event with the word in it, of no such event at all
        ("Gastrointestinal disorders: Nausea and vomiting", "nausea_or_vomiting", (6, 6, 40)),
        ("57600-Nausea and vomiting", "nausea", (0, 0, 40)),
        ("57600-Headache", "nausea", (0, 0, 40)),
        ("Nausea gravidarum (10028813)", "nausea", (0, 0, 40)),
        ("Headache - nausea", "nausea", (0, 6, 40)),
        ("Nausea (postoperative)", "nausea", (0, 6, 40)),
        ("Severe nausea", "nausea", (0, 6, 40)),
        ("Nausea, grade 3, needing admission", "nausea", (0, 6, 40)),
        ("Psychiatric disorders: Paranoid personality disorder", "paranoia", (0, 0, 40)),
        ("Psychiatric disorders: Confusional arousal", "confusion", (0, 0, 40)),
        ("Psychiatric disorders - Hallucination, visual (10019075)", "hallucination", (6, 6, 40)),
        ("R44.3 Hallucinations", "hallucination", (6, 6, 40)),
        ("Nervous system disorders: Disorientation, mild", "confusion", (6, 6, 40)),
        ("Gastrointestinal disorders", "nausea", (0, 0, 40)),
        ("10028813", "nausea", (0, 0, 40)),
    ],
)
def test_only_a_whole_listed_term_is_read(register, term, reaction, bounds):
    session = register(make_study(1, [make_arm("Ketamine", "EXPERIMENTAL", "Ketamine")], [make_group("Ketamine", 40)],
                                  other={term: [6]}))  # fmt: skip
    assert read_bounds(session, "EG000", reaction) == bounds
