"""Findings: one row and one sentence a question, on invented trials whose answers are computed here or published."""

import csv

import pytest

from pipeline.estimates._sentences import write_sentence
from pipeline.resources import ROOT
from tests.sql.trials.study_records import estimate_table, fetch_rows
from tests.sql.trials.test_cells import make_two_arm_trial

pytestmark = pytest.mark.slow

ONE_SIDED = tuple(zip((4, 0, 0, 2, 0, 0), (40, 50, 36, 32, 45, 16), strict=True))
KEY = {
    "drug": "ketamine", "route": "intravenous", "reaction": "nausea", "population": "chronic_pain",
    "comparator": "placebo", "bound": "lower", "register": "all",
}  # fmt: skip


@pytest.fixture(scope="module")
def phrases():
    with (ROOT / "sql/codes/trials/sentence_word.csv").open(encoding="utf-8", newline="") as file:
        return {(row["vocabulary"], row["value"]): row["phrase"] for row in csv.DictReader(file)}


def make_finding(**changes):
    return {
        **KEY, "reaction": "hallucination", "trial_count": 6, "participants_at_risk": 219,
        "comparator_participants_at_risk": 219, "randomisation_not_stated_trial_count": 0,
        "difference_per_1000": 27.4,
        "difference_per_1000_lower": 10.1, "difference_per_1000_upper": 58.9, "certainty": "moderate",
        "certainty_reasons": "few_events",
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {},
            "In 6 randomised trials (438 people with chronic pain), hallucination was reported by 27 more per 1,000"
            " given intravenous ketamine than given placebo (95 % CI 10 to 59 more). Moderate certainty: few events.",
        ),
        (
            {"certainty": "low", "trial_count": 1},
            "In 1 randomised trial (438 people with chronic pain), hallucination may be reported by 27 more per 1,000"
            " given intravenous ketamine than given placebo (95 % CI 10 to 59 more). Low certainty: few events.",
        ),
        (
            {"difference_per_1000": 0.0, "difference_per_1000_lower": -101.5, "difference_per_1000_upper": 101.5,
             "certainty": "very low", "route": "any", "certainty_reasons": "few_events, imprecise"},
            "In 6 randomised trials (438 people with chronic pain), hallucination may be reported by between 102"
            " fewer and 102 more per 1,000 given ketamine by any route than given placebo (95 % CI), but the evidence"
            " is very uncertain. Very low certainty: few events; a wide interval.",
        ),
        (
            {"difference_per_1000": -0.4, "difference_per_1000_lower": -0.9, "difference_per_1000_upper": -0.2,
             "reaction": "withdrawal_for_adverse_event", "randomisation_not_stated_trial_count": 2,
             "certainty_reasons": None, "bound": "upper"},
            "In 6 trials, 2 without a statement of randomisation (438 people with chronic pain), withdrawal for an"
            " adverse event was recorded for 0.4 fewer per 1,000 given intravenous ketamine than given placebo (95 %"
            " CI 0.2 to 0.9 fewer). Moderate certainty. Events below a reporting threshold are counted at most.",
        ),
        (
            {"trial_count": 0, "drug": "magnesium_parenteral", "route": "not_intravenous"},
            "No randomised trial in people with chronic pain compares parenteral magnesium by a route other than"
            " intravenous with placebo for hallucination.",
        ),
    ],
)  # fmt: skip
def test_sentence_says_how_much_and_how_sure(phrases, changes, sentence):
    """May at low certainty, very uncertain at very low, and both directions where the interval holds 0."""
    assert write_sentence(make_finding(**changes), phrases) == sentence


def test_every_word_of_a_finding_has_a_phrase(phrases):
    """A word added to a vocabulary without its phrase would end the build of the table."""
    with (ROOT / "sql/vocabulary.csv").open(encoding="utf-8", newline="") as file:
        words = [(row["vocabulary"], row["value"], row["subset"].split()) for row in csv.DictReader(file)]
    used = {
        "drug": {"single", "rollup", "subclass"}, "route": {"single", "rollup"},
        "reaction": {"single", "rollup", "trial_only"}, "trial_comparator": {"contrast"},
    }  # fmt: skip
    for vocabulary in ("drug", "route", "reaction", "trial_comparator", "population"):
        wanted = {
            value
            for name, value, subsets in words
            if name == vocabulary and (vocabulary not in used or used[vocabulary] & set(subsets))
        }
        assert wanted and wanted <= {value for name, value in phrases if name == vocabulary}


def read_finding(session, **key):
    key = {**KEY, **key}
    where = " and ".join(f"{name} = ?" for name in key)
    session.execute(f"select * from summary.finding where {where}", list(key.values()))
    names = [column[0] for column in session.description]
    (row,) = session.fetchall()
    return dict(zip(names, row, strict=True))


def register_trials(register, trials):
    records = [make_two_arm_trial(i, (a, c), (n, m)) for i, (a, n, c, m) in enumerate(trials, start=1)]
    return estimate_both(register(*records))


def estimate_both(session):
    return estimate_table(estimate_table(session, "trial_effect"), "finding")


def test_one_sided_harm_has_a_headline_and_a_lower_bound(register):
    """Findings 1 and 2 of the statistician's reading: 6 of 219 against 0 of 219. Right: 27.4 per 1,000, where inverse
    variance without the trials that have no event gave 79. The score interval of the collapsed table is 10 to 59;
    stratified by trial, where 4 of 40 and 2 of 32 disagree with 0 of 50, it begins at 5. The ratio is infinite,
    and its lower bound is above 1."""
    session = register_trials(register, [(a, n, 0, n) for a, n in ONE_SIDED])
    row = read_finding(session)
    assert row["difference_per_1000"] == pytest.approx(6000 / 219)
    assert (round(row["difference_per_1000_lower"]), round(row["difference_per_1000_upper"])) == (5, 59)
    assert (row["risk_ratio"], row["reason_code"], row["note_code"]) == (None, "no_comparator_event", "infinite")
    assert row["risk_ratio_lower"] > 1
    assert (row["participants_at_risk"], row["comparator_participants_at_risk"]) == (219, 219)
    assert (row["optimal_information_size"], row["baseline_illustration_per_1000"]) == (None, None)
    assert "27 more per 1,000" in row["sentence_text"]
    weighted = fetch_rows(
        session,
        "select distinct method, estimate, reason_code, participants_at_risk + comparator_participants_at_risk + "
        "left_out_participant_count from summary.trial_effect where measure = 'rd' "
        "and method in ('iv', 'dl', 'reml', 'pm') "
        "and reaction = 'nausea' and route = 'intravenous' and drug = 'ketamine' and definition = 'narrow' and "
        "bound = 'lower' and population = 'chronic_pain' order by 1",
    )
    assert weighted == [(name, None, "trials_without_variance_left_out", 438) for name in ("dl", "iv", "pm", "reml")]


def test_no_event_anywhere_has_an_interval_of_the_difference(register):
    """Finding 3: 0 of 34 against 0 of 34 was 0 without bounds. By hand, the score statistic passes 1.96 at d with
    d^2 = 1.96^2 x 68/67 x d (1 - d) / 34: d = 0.1028."""
    row = read_finding(register_trials(register, [(0, 34, 0, 34)]))
    assert row["difference_per_1000"] == 0
    assert row["difference_per_1000_upper"] == pytest.approx(-row["difference_per_1000_lower"])
    assert row["difference_per_1000_upper"] == pytest.approx(102.8, abs=0.1)
    assert (row["risk_ratio"], row["risk_ratio_lower"], row["reason_code"]) == (None, None, "nobody_affected")
    assert "fewer and" in row["sentence_text"]


def test_illustrations_are_at_stated_baselines(register):
    """Risks of placebo of 50, 100 and 200 per 1,000, and twice that with the drug: the ratio is 2."""
    session = register_trials(register, [(10, 100, 5, 100), (20, 100, 10, 100), (40, 100, 20, 100)])
    row = read_finding(session)
    assert row["risk_ratio"] == pytest.approx(2)
    assert row["baseline_per_1000"] == pytest.approx(35000 / 300)
    assert row["baseline_illustration_per_1000"] == pytest.approx(35000 / 300)
    assert (row["low_baseline_per_1000"], row["high_baseline_per_1000"]) == pytest.approx((50, 200))
    assert row["low_baseline_illustration_per_1000"] == pytest.approx(50)
    assert row["high_baseline_illustration_per_1000"] == pytest.approx(200)


def test_information_size_is_what_one_trial_would_need(register):
    """60 of 200 against 20 of 200: ratio 3 at a risk of 10 %. By hand, with 1.959964 + 0.841621 = 2.801585:
    2 x 7.848880 x (0.3 x 0.7 + 0.1 x 0.9) / 0.2^2 = 117.7, so 118 people of both arms; 400 people are more."""
    row = read_finding(register_trials(register, [(60, 200, 20, 200)]))
    assert row["optimal_information_size"] == 118
    assert row["information_share"] == 1
    small = read_finding(register_trials(register, [(3, 10, 1, 10)]))
    assert small["optimal_information_size"] == 118
    assert small["information_share"] == pytest.approx(20 / 118, rel=0.01)


def test_other_populations_have_headlines(register):
    """Finding 10: the answer in another population was hidden behind a headline of chronic pain only."""
    session = estimate_both(register(make_two_arm_trial(1, (11, 13), (150, 150), conditions=("Alzheimer disease",))))
    found = fetch_rows(
        session,
        "select population, measure, method, interval from summary.trial_effect where is_headline "
        "and drug = 'ketamine' and route = 'intravenous' and reaction = 'nausea' order by measure",
    )
    assert found == [("other", "rd", "mh", "score"), ("other", "rr", "mh", "score")]
    row = read_finding(session, population="other")
    assert "people with other conditions" in row["sentence_text"]
    assert "not_chronic_pain" in row["certainty_reasons"].split(", ")
    assert "indirect_population" not in row["certainty_reasons"].split(", ")
