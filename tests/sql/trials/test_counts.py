"""People affected among people at risk: what a posted row says, and what an absent one does not (rules 4 and 5)."""

import pytest

from pipeline.models import find_model_files
from tests.sql.trials.study_records import SQL, arm, bounds, group, rows, study

KETAMINE = arm("Ketamine IV", "EXPERIMENTAL", "Ketamine")


def counted(register, reaction, definition="narrow", *, at_risk=60, **posted):
    """Bounds of one arm of one trial of intravenous ketamine."""
    groups = posted.pop("groups", [group("Ketamine IV", at_risk)])
    session = register(study(1, [KETAMINE], groups, **posted))
    return bounds(session, "EG000", reaction, definition)


def test_a_posted_row_is_exact(register):
    """Nausea in 9 of 60."""
    assert counted(register, "nausea", other={"Nausea": [9]}) == (9, 9, 60)


def test_an_absent_row_is_zero_only_at_threshold_zero(register):
    """The study posts every event it saw, and hallucination is not among them."""
    assert counted(register, "hallucination", other={"Nausea": [9]}) == (0, 0, 60)


@pytest.mark.parametrize(("threshold", "upper"), [("5", 3), ("5.0", 3), ("4.9", 2), ("1", 0), ("5%", 3)])
def test_an_absent_row_under_a_threshold_may_hide_people(register, threshold, upper):
    """At a threshold of five per cent up to three of sixty may have hallucinated unposted: floor(5 % x 60)."""
    assert counted(register, "hallucination", other={"Nausea": [9]}, threshold=threshold) == (0, upper, 60)


def test_an_empty_list_says_nothing_however_low_the_threshold(register):
    """Nobody collected anything: threshold 0 and no list; anybody may have been affected."""
    assert counted(register, "nausea", other={}) == (0, 60, 60)
    stated = [group("Ketamine IV", 60, otherNumAffected=0)]
    assert counted(register, "nausea", groups=stated, other={}) == (0, 0, 60), "the group total says nobody"


def test_an_unknown_threshold_leaves_everything_open(register):
    assert counted(register, "vomiting", other={"Nausea": [9]}, threshold=None) == (0, 60, 60)
    assert counted(register, "vomiting", other={"Nausea": [9]}, threshold="NA") == (0, 60, 60)


def test_a_serious_list_is_complete(register):
    """Serious events are always posted: confusion is not among them, so nobody had serious confusion."""
    assert counted(register, "confusion", serious={"Sepsis": [1]}, other={"Nausea": [9]}) == (0, 0, 60)


def test_without_a_serious_list_the_group_total_bounds_it(register):
    """Four people had some serious event, and no term was posted."""
    stated = [group("Ketamine IV", 60, seriousNumAffected=4)]
    assert counted(register, "confusion", groups=stated, other={"Nausea": [9]}) == (0, 4, 60)


def test_people_in_both_lists_are_counted_once_at_least_and_twice_at_most(register):
    """Confusion in 9 people, serious in 1, who may be one of the 9."""
    posted = {"serious": {"Confusional state": [1]}, "other": {"Confusional state": [9]}}
    assert counted(register, "confusion", **posted) == (9, 10, 60)


def test_a_serious_row_and_a_hidden_other_row(register):
    """One person with serious confusion; up to three more may be under the threshold."""
    posted = {"serious": {"Confusional state": [1]}, "other": {"Nausea": [9]}, "threshold": "5"}
    assert counted(register, "confusion", **posted) == (1, 4, 60)


def test_several_terms_of_a_group_are_bounds(register):
    """Visual hallucinations in 15 and auditory in 4: between 15 and 19 people."""
    posted = {"Hallucination, visual": [15], "Hallucination, auditory": [4]}
    assert counted(register, "hallucination", other=posted) == (15, 19, 60)


def test_the_sum_is_capped_at_the_people_at_risk(register):
    assert counted(register, "hallucination", at_risk=16, other={"Hallucination": [12], "Hallucinations": [9]}) == (
        12, 16, 16,
    )  # fmt: skip


def test_a_composite_row_counts_for_the_union_and_never_for_a_part(register):
    """'Nausea/vomiting' in 10: nobody can say how many had nausea."""
    posted = {"Nausea/vomiting": [10]}
    assert counted(register, "nausea_or_vomiting", other=posted) == (10, 10, 60)
    assert counted(register, "nausea", other=posted) == (0, 0, 60)
    session = register(study(1, [KETAMINE], [group("Ketamine IV", 60)], other=posted))
    hidden = rows(
        session,
        "select reaction from events.observed where is_hidden_in_composite and definition = 'narrow' order by all",
    )
    assert hidden == [("nausea",), ("vomiting",)], "the zero is marked: a composite row may hide its people"


def test_nausea_and_vomiting_rows_bound_their_union(register):
    posted = {"Nausea": [9], "Vomiting": [4], "Emesis": [2]}
    assert counted(register, "nausea_or_vomiting", other=posted) == (9, 15, 60)
    assert counted(register, "vomiting", other=posted) == (4, 6, 60)


def test_a_term_of_two_reactions_is_summed_once_in_their_union(register):
    """Retching is broad for nausea and for vomiting; in the union it is one row."""
    assert counted(register, "nausea_or_vomiting", "broad", other={"Retching": [5]}) == (5, 5, 60)


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
def test_spellings_of_registers_and_vocabularies_are_known(register, term, reaction, definition):
    """CTCAE writes Hallucinations and Confusion, older MedDRA adds NOS, sites shout."""
    assert counted(register, reaction, definition, other={term: [7]}) == (7, 7, 60)
    if definition == "broad":
        assert counted(register, reaction, "narrow", other={term: [7]}) == (0, 0, 60)


@pytest.mark.parametrize("term", ["Visual disturbance", "Nausea gravidarum", "Confusional arousal", "Haematemesis"])
def test_a_term_that_only_resembles_a_reaction_is_none(register, term):
    session = register(study(1, [KETAMINE], [group("Ketamine IV", 60)], other={term: [7]}))
    assert rows(
        session, "select count(*) from intermediate.observed_count where participants_affected_upper > 0"
    ) == [(0,)]


def test_the_denominator_is_the_people_at_risk_of_the_row(register):
    """The group has 60, but nausea was asked of 40 only; enrolment was 200."""
    record = study(1, [KETAMINE], [group("Ketamine IV", 60)], other={"Nausea": [9]})
    record["protocolSection"]["designModule"]["enrollmentInfo"] = {"count": 200, "type": "ACTUAL"}
    record["resultsSection"]["adverseEventsModule"]["otherEvents"][0]["stats"][0]["numAtRisk"] = 40
    session = register(record)
    assert bounds(session, "EG000", "nausea") == (9, 9, 40)
    assert bounds(session, "EG000", "vomiting") == (0, 0, 60)


def test_a_row_without_a_number_may_hold_anybody(register):
    """numAffected is missing from the posted row."""
    record = study(1, [KETAMINE], [group("Ketamine IV", 60)], other={"Nausea": [9]})
    del record["resultsSection"]["adverseEventsModule"]["otherEvents"][0]["stats"][0]["numAffected"]
    assert bounds(register(record), "EG000", "nausea") == (0, 60, 60)


def test_more_people_affected_than_at_risk_are_capped(register):
    """A slip of the registrant: 70 of 60."""
    assert counted(register, "nausea", other={"Nausea": [70]}) == (60, 60, 60)


def test_a_group_without_people_at_risk_is_not_counted(register):
    """'Adverse events were not monitored': at risk 0."""
    session = register(study(1, [KETAMINE], [group("Ketamine IV", 0)], other={"Nausea": [0]}))
    assert rows(session, "select count(*) from events.observed") == [(0,)]
    assert rows(session, "select count(*) from summary.observed_by_drug_route") == [(0,)]


def test_numbers_written_as_text_or_nonsense_do_not_stop_the_night(register):
    """'9', null, 'n/a' and -1 have all been seen where a number belongs."""
    record = study(
        1, [KETAMINE], [group("Ketamine IV", 60)], other={"Nausea": ["9"], "Vomiting": ["n/a"], "Emesis": [-1]}
    )
    session = register(record)
    assert bounds(session, "EG000", "nausea") == (9, 9, 60)
    assert bounds(session, "EG000", "vomiting") == (0, 60, 60)


def test_parts_of_a_record_may_be_missing_or_of_another_shape(register):
    """No arms, no groups, a list where an object belongs: nothing is read, nothing fails."""
    bare = {"protocolSection": {"identificationModule": {"nctId": "NCT00000001"}}}
    odd = study(2, [KETAMINE], [group("Ketamine IV", 60)], other={"Nausea": [9]})
    odd["protocolSection"]["armsInterventionsModule"] = [1, "x", None]
    odd["protocolSection"]["conditionsModule"] = "Pain"
    odd["resultsSection"]["adverseEventsModule"]["seriousEvents"] = {"term": "Nausea"}
    session = register(bare, odd)
    assert rows(session, "select count(*) from clean.trial") == [(2,)]
    assert rows(session, "select drug, route from events.observed_arm") == [("ketamine", "intravenous")]


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
def test_a_severity_or_a_mark_beside_a_term_changes_no_reaction(register, term, reaction):
    """At threshold zero 'Nausea - mild' in nine people was published as an exact zero of nausea."""
    expected = (9, 9, 60) if reaction else (0, 9, 60)
    assert counted(register, reaction or "vomiting", other={term: [9]}) == expected


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
def test_an_unfamiliar_spelling_of_a_reaction_leaves_it_open(register, term, reaction, upper):
    """A sponsor's own words hold the word of a reaction: its people may have had it, and nobody is sure to."""
    for definition in ("narrow", "broad"):
        assert counted(register, reaction, definition, other={term: [9]}) == (0, upper, 60)


def test_a_union_holds_up_to_what_its_parts_may_hold(register):
    """Nausea in 2 of 100 is posted; at a threshold of ten per cent up to ten others may have vomited unposted."""
    posted = {"at_risk": 100, "threshold": "10", "other": {"Nausea": [2]}}
    assert counted(register, "vomiting", **posted) == (0, 10, 100)
    assert counted(register, "nausea_or_vomiting", **posted) == (2, 12, 100)


def test_a_broad_term_does_not_show_those_hidden_under_the_narrow_ones(register):
    """Delirium in 1 of 60 is posted; at five per cent up to three others may have been confused unposted."""
    posted = {"threshold": "5", "other": {"Delirium": [1]}}
    assert counted(register, "confusion", **posted) == (0, 3, 60)
    assert counted(register, "confusion", "broad", **posted) == (1, 4, 60)
    posted["other"]["Confusional state"] = [5]
    assert counted(register, "confusion", "broad", **posted) == (5, 6, 60), "nothing narrow is hidden any more"


def test_a_broad_row_of_fewer_people_at_risk_narrows_nothing(register):
    """Delirium was looked for in 20 of 60 people; the threshold is not known, so anybody may have been confused."""
    record = study(1, [KETAMINE], [group("Ketamine IV", 60)], other={"Delirium": [1]}, threshold=None)
    record["resultsSection"]["adverseEventsModule"]["otherEvents"][0]["stats"][0]["numAtRisk"] = 20
    session = register(record)
    assert bounds(session, "EG000", "confusion") == (0, 60, 60)
    assert bounds(session, "EG000", "confusion", "broad") == (1, 60, 60)


def test_a_broad_bound_below_its_narrow_one_is_seen(register):
    """A slip in the table of counts is named by the truth that forbids it."""
    session = register(study(1, [KETAMINE], [group("Ketamine IV", 60)], other={"Delirium": [1]}, threshold="5"))
    truth = find_model_files(SQL)["verify.observed_narrow_within_broad"].read_text()
    assert rows(session, truth) == []
    session.execute(
        "update intermediate.observed_count set participants_affected_upper = 2 "
        "where reaction = 'confusion' and definition = 'broad'"
    )
    assert rows(session, truth) == [("NCT00000001", "EG000", "confusion")]
