"""Effects pooled over invented trials: which trials are pooled, which are left out, and the reasons given."""

from math import exp, log, sqrt

import duckdb
import pytest

from pipeline.estimates import _comparisons
from pipeline.estimates.trial_effect import HEADLINES, _choose_ways
from pipeline.models import find_model_files
from pipeline.sample.registry import invent_trials
from pipeline.sample.trials import build_study_record
from pipeline.statistics.choices import MODELS
from tests.sql.macros import create_macros
from tests.sql.trials.study_records import SQL, estimate_table, fetch_rows, make_arm, make_group, make_study
from tests.sql.trials.test_cells import KETAMINE, PLACEBO, make_two_arm_trial

pytestmark = pytest.mark.slow

KEY = {
    "drug": "ketamine", "route": "intravenous", "reaction": "nausea", "definition": "narrow",
    "population": "chronic_pain", "comparator": "placebo", "bound": "lower", "register": "all", "analysis": "primary",
    "measure": "rr", "method": "mh", "interval": "wald",
}  # fmt: skip


def read_effect(session, **key):
    """The one row of trial_effect of KEY, changed by `key`; {} when there is none."""
    key = {**KEY, **key}
    where = " and ".join(f"{name} = ?" for name in key)
    session.execute(f"select * from summary.trial_effect where {where}", list(key.values()))
    names = [column[0] for column in session.description]
    found = session.fetchall()
    assert len(found) <= 1
    return dict(zip(names, found[0], strict=True)) if found else {}


def mantel_haenszel(trials):
    """Risk ratio with its 95% bounds (Greenland and Robins), written out for [(affected, at risk, other, others)]."""
    numerator = sum(a * m / (n + m) for a, n, c, m in trials)
    denominator = sum(c * n / (n + m) for a, n, c, m in trials)
    spread = sum((n * m * (a + c) - a * c * (n + m)) / (n + m) ** 2 for a, n, c, m in trials)
    centre, reach = log(numerator / denominator), 1.959963984540054 * sqrt(spread / (numerator * denominator))
    return exp(centre), exp(centre - reach), exp(centre + reach)


def dersimonian_laird(trials):
    """Risk ratio and tau-squared, written out; no trial with an empty cell."""
    effects = [(log(a / n) - log(c / m), 1 / a - 1 / n + 1 / c - 1 / m) for a, n, c, m in trials]
    weights = [1 / variance for _, variance in effects]
    mean = sum(w * y for w, (y, _) in zip(weights, effects, strict=True)) / sum(weights)
    q = sum(w * (y - mean) ** 2 for w, (y, _) in zip(weights, effects, strict=True))
    scale = sum(weights) - sum(w * w for w in weights) / sum(weights)
    tau = max(0.0, (q - len(trials) + 1) / scale)
    weights = [1 / (variance + tau) for _, variance in effects]
    return exp(sum(w * y for w, (y, _) in zip(weights, effects, strict=True)) / sum(weights)), tau


def test_two_trials_are_pooled_by_published_formulas(register):
    """9 of 40 against 3 of 41 and 11 of 50 against 4 of 52, computed by formulas written in this module."""
    trials = [(9, 40, 3, 41), (11, 50, 4, 52)]
    session = estimate_table(
        register(make_two_arm_trial(1, (9, 3), (40, 41)), make_two_arm_trial(2, (11, 4), (50, 52))), "trial_effect"
    )
    row = read_effect(session)
    assert (row["estimate"], row["lower"], row["upper"]) == pytest.approx(mantel_haenszel(trials), rel=1e-12)
    assert (row["trial_count"], row["pooled_trial_count"], row["correction"], row["reason_code"]) == (2, 2, 0, None)
    assert read_effect(session, interval="score")["is_headline"] and not row["is_headline"]
    random = read_effect(session, method="dl")
    assert (random["estimate"], random["tau_squared"]) == pytest.approx(dersimonian_laird(trials), rel=1e-12)
    assert random["note_code"] == "few_trials_no_prediction"


def test_heterogeneous_trials_have_a_wide_prediction_interval(register):
    """The drug increases the risk in one trial and lowers it in another: the next trial may show either."""
    trials = [(20, 40, 3, 41), (6, 50, 12, 52), (9, 30, 8, 31)]
    records = [make_two_arm_trial(i, (a, c), (n, m)) for i, (a, n, c, m) in enumerate(trials, start=1)]
    row = read_effect(estimate_table(register(*records), "trial_effect"), method="dl")
    assert (row["estimate"], row["tau_squared"]) == pytest.approx(dersimonian_laird(trials), rel=1e-12)
    assert row["prediction_lower"] < row["lower"] < row["upper"] < row["prediction_upper"]
    assert "t on study_count - 2" in row["prediction_form"]
    assert "inconsistent" in row["certainty_reasons"].split(", ")


def test_one_trial_has_an_effect_and_no_random_effects_model(register):
    """One trial has its own effect, and no random-effects estimate."""
    session = estimate_table(register(make_two_arm_trial(1, (9, 3), (40, 41))), "trial_effect")
    row = read_effect(session)
    assert (row["note_code"], row["estimate"]) == ("one_trial", pytest.approx((9 / 40) / (3 / 41)))
    assert row["reason_code"] is None
    assert (row["i_squared"], row["q_p_value"], row["prediction_lower"]) == (None, None, None)
    methods = fetch_rows(session, "select distinct method, interval from summary.trial_effect order by all")
    assert methods == [("exact", "exact"), ("iv", "wald"), ("mh", "score"), ("mh", "wald"), ("peto", "wald")]


def test_trial_without_events_is_left_out_of_ratios_but_not_of_differences(register):
    """In the second trial no participant had nausea: it has no ratio, but a risk difference."""
    session = estimate_table(
        register(make_two_arm_trial(1, (9, 3), (40, 41)), make_two_arm_trial(2, (0, 0), (50, 52))), "trial_effect"
    )
    ratio = read_effect(session)
    assert (ratio["trial_count"], ratio["pooled_trial_count"], ratio["double_zero_trial_count"]) == (2, 1, 1)
    assert ratio["note_code"] == "one_trial"
    assert (ratio["participants_at_risk"], ratio["left_out_participant_count"]) == (40, 102)
    difference = read_effect(session, measure="rd")
    assert difference["pooled_trial_count"] == 2
    weights = (40 * 41 / 81, 50 * 52 / 102)
    assert difference["estimate"] == pytest.approx(weights[0] * (9 / 40 - 3 / 41) / sum(weights))


def test_zero_cell_is_corrected_only_in_the_inverse_variance_row(register):
    """No nausea on placebo in one trial: Mantel-Haenszel adds nothing, inverse variance adds a half and states it."""
    session = estimate_table(
        register(make_two_arm_trial(1, (5, 0), (20, 20)), make_two_arm_trial(2, (9, 3), (40, 41))), "trial_effect"
    )
    row = read_effect(session)
    assert row["correction"] == 0
    assert row["estimate"] == pytest.approx(mantel_haenszel([(5, 20, 0, 20), (9, 40, 3, 41)])[0])
    corrected = read_effect(session, method="iv")
    assert corrected["correction"] == 0.5
    assert corrected["pooled_trial_count"] == 2
    assert read_effect(session, measure="rd", method="iv")["correction"] == 0


def test_no_events_on_placebo_in_any_trial_give_no_ratio(register):
    session = estimate_table(
        register(make_two_arm_trial(1, (5, 0), (20, 20)), make_two_arm_trial(2, (9, 0), (40, 41))), "trial_effect"
    )
    row = read_effect(session)
    assert (row["estimate"], row["lower"], row["certainty"]) == (None, None, "very low")
    assert row["reason_code"] == "no_comparator_event"


def test_two_doses_are_combined_and_their_control_counts_once(register):
    """Two doses in different participants and one placebo group: the arms are combined, 14 of 41 against 1 of 22."""
    arms = [make_arm(f"Ketamine IV {dose} mg/kg", "EXPERIMENTAL", "Ketamine") for dose in ("0.1", "0.5")]
    groups = [
        make_group("Ketamine IV 0.1 mg/kg", 20),
        make_group("Ketamine IV 0.5 mg/kg", 21),
        make_group("Placebo", 22),
    ]
    session = estimate_table(
        register(make_study(1, [*arms, PLACEBO], groups, other={"Nausea": [5, 9, 1]})), "trial_effect"
    )
    row = read_effect(session)
    assert row["estimate"] == pytest.approx((14 / 41) / (1 / 22))
    assert (row["trial_count"], row["participants_at_risk"], row["comparator_participants_at_risk"]) == (1, 41, 22)


def test_placebo_and_midazolam_comparisons_are_separate(register):
    """One trial with both controls: each has its row, without the participants of the other."""
    midazolam = make_arm("Midazolam", "ACTIVE_COMPARATOR", "Midazolam")
    groups = [
        make_group(label, people) for label, people in (("Ketamine IV", 30), ("Midazolam", 31), ("Placebo", 32))
    ]
    record = make_study(1, [KETAMINE, midazolam, PLACEBO], groups, other={"Nausea": [6, 2, 1]})
    session = estimate_table(register(record), "trial_effect")
    assert read_effect(session)["estimate"] == pytest.approx((6 / 30) / (1 / 32))
    assert read_effect(session, comparator="active_placebo")["estimate"] == pytest.approx((6 / 30) / (2 / 31))


def test_overlapping_groups_are_not_pooled(register):
    """A Total group and an open-label extension repeat participants of the arms."""
    groups = [make_group("Ketamine IV", 40), make_group("Placebo", 52), make_group("Total", 92),
              make_group("Open-label extension: Ketamine IV", 12)]  # fmt: skip
    record = make_study(1, [KETAMINE, PLACEBO], groups, other={"Nausea": [9, 3, 12, 4]})
    row = read_effect(estimate_table(register(record), "trial_effect"))
    assert (row["participants_affected"], row["participants_at_risk"]) == (9, 40)
    assert (row["comparator_participants_affected"], row["comparator_participants_at_risk"]) == (3, 52)


def test_serious_and_other_rows_of_a_reaction_give_bounds(register):
    """Nausea is in both lists: three serious, nine other, perhaps the same participants. 9 at least, 12 at most."""
    groups = [make_group("Ketamine IV", 40), make_group("Placebo", 41)]
    record = make_study(1, [KETAMINE, PLACEBO], groups, other={"Nausea": [9, 3]}, serious={"Nausea": [3, 0]})
    session = estimate_table(register(record), "trial_effect")
    assert read_effect(session)["participants_affected"] == 9
    assert read_effect(session, bound="upper")["participants_affected"] == 12


def test_crossover_is_pooled_unpaired_and_counted(register):
    """Twenty participants take both: analysed unpaired, which widens the interval, and counted as a crossover."""
    session = estimate_table(
        register(
            make_two_arm_trial(1, (9, 3), (20, 20), model="CROSSOVER"), make_two_arm_trial(2, (11, 4), (50, 52))
        ),
        "trial_effect",
    )
    row = read_effect(session)
    assert (row["trial_count"], row["crossover_trial_count"]) == (2, 1)
    assert row["estimate"] == pytest.approx(mantel_haenszel([(9, 20, 3, 20), (11, 50, 4, 52)])[0])


def test_non_randomised_trial_is_counted_and_not_pooled(register):
    """A cohort, a randomised trial, and an old record that does not state its allocation."""
    session = estimate_table(
        register(
            make_two_arm_trial(1, (9, 3), (40, 41)),
            make_two_arm_trial(2, (30, 1), (50, 52), allocation="NON_RANDOMIZED"),
            make_two_arm_trial(3, (11, 4), (50, 52), allocation=None),
        ),
        "trial_effect",
    )
    row = read_effect(session)
    assert row["estimate"] == pytest.approx(mantel_haenszel([(9, 40, 3, 41), (11, 50, 4, 52)])[0])
    columns = ("trial_count", "not_randomised_trial_count", "randomisation_not_stated_trial_count")
    assert tuple(row[name] for name in columns) == (2, 1, 1)


def test_no_randomised_trial_gives_no_pooled_effect(register):
    session = estimate_table(
        register(make_two_arm_trial(1, (9, 3), (40, 41), allocation="NON_RANDOMIZED")), "trial_effect"
    )
    row = read_effect(session)
    assert (row["trial_count"], row["not_randomised_trial_count"], row["estimate"]) == (0, 1, None)
    assert row["reason_code"] == "no_randomised_trial"


def test_reporting_threshold_gives_lower_and_upper_effects(register):
    """Hallucination has no row at a threshold of 5%: none, or up to 2 of 40 and 2 of 41, on either side."""
    session = estimate_table(register(make_two_arm_trial(1, (9, 3), (40, 41), threshold="5")), "trial_effect")
    found = {
        bound: read_effect(session, reaction="hallucination", measure="rd", interval="score", bound=bound)["estimate"]
        for bound in ("lower", "upper", "drug_upper_comparator_lower", "drug_lower_comparator_upper")
    }
    assert found == {
        "lower": 0,
        "upper": pytest.approx(2 / 40 - 2 / 41),
        "drug_upper_comparator_lower": pytest.approx(2 / 40),
        "drug_lower_comparator_upper": pytest.approx(-2 / 41),
    }
    assert read_effect(session, reaction="hallucination")["trials_below_threshold_count"] == 1


def test_number_needed_to_harm_passes_infinity_when_the_interval_crosses_zero(register):
    """9 of 40 against 8 of 41 is no clear difference; 30 of 40 against 3 of 41 is one."""
    session = estimate_table(register(make_two_arm_trial(1, (9, 8), (40, 41))), "trial_effect")
    assert "to infinity to NNTB" in read_effect(session, measure="rd")["number_needed_to_harm_text"]
    session = estimate_table(register(make_two_arm_trial(1, (30, 3), (40, 41))), "trial_effect")
    row = read_effect(session, measure="rd")
    assert row["number_needed_to_harm_text"].startswith(f"NNTH {1 / (30 / 40 - 3 / 41):.1f} (")
    assert read_effect(session)["number_needed_to_harm_text"] is None


def test_identical_trials_do_not_give_an_interval_of_zero_width(register):
    """Two trials with the same counts: no variation between them is not certainty."""
    session = estimate_table(
        register(make_two_arm_trial(1, (9, 3), (40, 41)), make_two_arm_trial(2, (9, 3), (40, 41))), "trial_effect"
    )
    row = read_effect(session, method="dl", interval="hk")
    assert (row["lower"], row["upper"]) == (None, None)
    assert row["reason_code"] == "no_width"
    assert read_effect(session, method="dl", interval="hk_adhoc")["lower"] > 0


def test_order_and_repetition_of_records_do_not_change_effects(register):
    """The same trials in another order, one received twice."""
    records = [make_two_arm_trial(i, (3 * i + 1, i), (40 + i, 41 + 2 * i)) for i in range(1, 6)]
    found = []
    for order in (records, records[::-1], [records[2], *records]):
        session = estimate_table(register(*order), "trial_effect")
        found.append(fetch_rows(session, "from summary.trial_effect"))
    assert found[0] == found[1] == found[2]


def test_size_of_the_parts_changes_neither_cells_nor_their_order(register, monkeypatch):
    """A question of many trials is not divided, and none is lost between two parts."""
    session = register(*(make_two_arm_trial(i, (3 * i + 1, i), (40 + i, 41 + 2 * i)) for i in range(1, 4)))
    session.execute("from events.trial_comparison")
    whole = [cell for cells in _comparisons.read_cells(session) for cell in cells]
    assert len(whole) > 20
    for most in (1, 7):
        monkeypatch.setattr(_comparisons, "ROWS_AT_A_TIME", most)
        parts = list(_comparisons.read_cells(session))
        assert len(parts) > 2
        assert [cell for cells in parts for cell in cells] == whole


def test_models_of_rare_counts_are_given_up_to_a_hundred_trials():
    """Of 800 trials the Bayesian rows of one cell took 17 seconds; the headlines stay."""
    cell = {"register": "all", "analysis": "primary"}
    few, many = ({way[1] for way in _choose_ways({**cell, "trial_count": count})} for count in (100, 101))
    assert few - many == set(MODELS)
    assert set(HEADLINES) <= set(_choose_ways({**cell, "trial_count": 101}))


def test_macro_returns_the_trials_behind_an_effect(register):
    session = register(
        make_two_arm_trial(1, (9, 3), (40, 41)), make_two_arm_trial(2, (11, 4), (50, 52), allocation="NON_RANDOMIZED")
    )
    create_macros(session, "trials_behind")
    behind = fetch_rows(
        session,
        "select trial_id, participants_affected, comparator_participants_at_risk, randomisation "
        "from trials_behind('ketamine', 'intravenous', 'nausea', 'narrow', comparator := 'placebo')",
    )
    assert behind == [("NCT00000001", 9, 41, "randomised"), ("NCT00000002", 11, 52, "not randomised")]


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("'ketamin', 'any', 'nausea', 'narrow'", 'no drug "ketamin": use one of amantadine'),
        ("'ketamine', 'any', 'nausea', 'narrow', bound := 'middle'", 'no bound "middle": use one of drug_lower'),
        ("'ketamine', 'any', 'nausea', 'narrow', register := 'nct'", 'no register "nct": use one of all, clin'),
    ],
)
def test_macro_of_trials_refuses_a_word_that_no_vocabulary_holds(register, words, refusal):
    session = register(make_two_arm_trial(1, (9, 3), (40, 41)))
    create_macros(session, "trials_behind")
    for condition in ("true", "trial_id = 'NCT00000001'"):
        with pytest.raises(duckdb.Error, match=refusal):
            fetch_rows(session, f"select * from trials_behind({words}) where {condition}")


def test_verify_queries_of_effects_are_empty(register):
    """Every verify query of effects is empty, thresholds and cohorts included."""
    session = estimate_table(
        register(
            make_two_arm_trial(1, (9, 3), (40, 41)),
            make_two_arm_trial(2, (11, 4), (50, 52), threshold="5"),
            make_two_arm_trial(3, (2, 2), (10, 12), allocation="NA", threshold="5"),
        ),
        "trial_effect",
    )
    for name in (
        "comparator_arm_is_of_its_kind",
        "comparison_matches_observed_cell",
        "effect_matches_its_trials",
        "effect_is_within_its_bounds",
    ):
        assert fetch_rows(session, find_model_files(SQL)[f"verify.{name}"].read_text()) == []


def test_missing_effect_or_trial_fails_verification(register):
    """One effect loses a trial, another is removed: the verify queries return both."""
    session = estimate_table(
        register(make_two_arm_trial(1, (9, 3), (40, 41)), make_two_arm_trial(2, (11, 4), (50, 52))), "trial_effect"
    )
    session.execute("update summary.trial_effect set trial_count = 1 where reaction = 'nausea'")
    session.execute("delete from summary.trial_effect where reaction = 'paranoia'")
    text = find_model_files(SQL)["verify.effect_matches_its_trials"].read_text()
    assert {row[2] for row in fetch_rows(session, text)} == {"nausea", "paranoia"}
    session.execute("update summary.trial_effect set estimate = 9 where bound = 'lower' and measure = 'rd'")
    assert fetch_rows(session, find_model_files(SQL)["verify.effect_is_within_its_bounds"].read_text())


def test_sample_world_gives_the_intended_effect(register):
    """Nausea on intravenous ketamine in chronic pain against saline: trials 1, 2 and the crossover 19; trials of
    other routes, controls and people stand beside them."""
    invented = {trial.number: trial for trial in invent_trials()}
    meant = [
        (active.other["Nausea"], active.people, control.other["Nausea"], control.people)
        for active, control in (invented[number].arms for number in (1, 2, 19))
    ]
    session = estimate_table(
        register(*(build_study_record(invented[number]) for number in (1, 2, 3, 4, 10, 13, 19, 22))), "trial_effect"
    )
    row = read_effect(session)
    assert (row["estimate"], row["lower"], row["upper"]) == pytest.approx(mantel_haenszel(meant), rel=1e-12)
    assert (row["trial_count"], row["crossover_trial_count"]) == (3, 1)
    random = read_effect(session, method="dl")
    assert (random["estimate"], random["tau_squared"]) == pytest.approx(dersimonian_laird(meant), rel=1e-12)
