"""Effects pooled over drawn trials: who is pooled, who is left out, and what is said where nothing is known."""

from math import exp, log, sqrt

import pytest

from pipeline.models import find_model_files
from pipeline.sample.registry import invent_trials
from pipeline.sample.trials import study_record
from tests.sql.trials.study_records import arm, estimated, group, rows, study
from tests.sql.trials.test_cells import KETAMINE, PLACEBO, SQL, two_arms

KEY = {
    "drug": "ketamine", "route": "intravenous", "reaction": "nausea", "definition": "narrow",
    "population": "chronic_pain", "comparator": "placebo", "bound": "lower", "measure": "rr", "method": "mh",
    "interval": "wald",
}  # fmt: skip


def effect(session, **key):
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


def test_two_trials_are_pooled(register):
    """9 of 40 against 3 of 41 and 11 of 50 against 4 of 52, by formulas written out here."""
    trials = [(9, 40, 3, 41), (11, 50, 4, 52)]
    session = estimated(register(two_arms(1, (9, 3), (40, 41)), two_arms(2, (11, 4), (50, 52))), "trial_effect")
    row = effect(session)
    assert (row["estimate"], row["lower"], row["upper"]) == pytest.approx(mantel_haenszel(trials), rel=1e-12)
    assert (row["trial_count"], row["pooled_trial_count"], row["correction"], row["reason"]) == (2, 2, 0, None)
    assert row["is_headline"]
    random = effect(session, method="dl")
    assert (random["estimate"], random["tau_squared"]) == pytest.approx(dersimonian_laird(trials), rel=1e-12)
    assert random["reason"] == "fewer than three trials: no prediction interval"


def test_three_trials_that_differ_have_a_prediction_interval(register):
    """The same drug harms in one trial and spares in another: the next trial may do either."""
    trials = [(20, 40, 3, 41), (6, 50, 12, 52), (9, 30, 8, 31)]
    records = [two_arms(i, (a, c), (n, m)) for i, (a, n, c, m) in enumerate(trials, start=1)]
    row = effect(estimated(register(*records), "trial_effect"), method="dl")
    assert (row["estimate"], row["tau_squared"]) == pytest.approx(dersimonian_laird(trials), rel=1e-12)
    assert row["prediction_lower"] < row["lower"] < row["upper"] < row["prediction_upper"]
    assert "t on study_count - 2" in row["prediction_form"]
    assert "inconsistent" in row["certainty_reasons"].split(", ")


def test_one_trial_is_not_pooled(register):
    """One trial has an effect of its own, and no random effects."""
    session = estimated(register(two_arms(1, (9, 3), (40, 41))), "trial_effect")
    row = effect(session)
    assert (row["reason"], row["estimate"]) == ("one trial, not pooled", pytest.approx((9 / 40) / (3 / 41)))
    assert (row["i_squared"], row["q_p_value"], row["prediction_lower"]) == (None, None, None)
    methods = rows(session, "select distinct method, interval from summary.trial_effect order by 1")
    assert methods == [("iv", "wald"), ("mh", "wald"), ("peto", "wald")]


def test_a_trial_in_which_nobody_was_affected_leaves_ratios_and_stays_in_differences(register):
    """In the second trial nobody was nauseous in either arm: it says nothing about a ratio, and something of risk."""
    session = estimated(register(two_arms(1, (9, 3), (40, 41)), two_arms(2, (0, 0), (50, 52))), "trial_effect")
    ratio = effect(session)
    assert (ratio["trial_count"], ratio["pooled_trial_count"], ratio["double_zero_trial_count"]) == (2, 1, 1)
    assert ratio["reason"] == "one trial, not pooled"
    difference = effect(session, measure="rd")
    assert difference["pooled_trial_count"] == 2
    weights = (40 * 41 / 81, 50 * 52 / 102)
    assert difference["estimate"] == pytest.approx(weights[0] * (9 / 40 - 3 / 41) / sum(weights))


def test_an_empty_cell_is_corrected_only_where_the_row_says_so(register):
    """Nobody nauseous on placebo in one trial: Mantel-Haenszel adds nothing, inverse variance a half, and says so."""
    session = estimated(register(two_arms(1, (5, 0), (20, 20)), two_arms(2, (9, 3), (40, 41))), "trial_effect")
    row = effect(session)
    assert row["correction"] == 0
    assert row["estimate"] == pytest.approx(mantel_haenszel([(5, 20, 0, 20), (9, 40, 3, 41)])[0])
    corrected = effect(session, method="iv")
    assert corrected["correction"] == 0.5
    assert corrected["pooled_trial_count"] == 2
    assert effect(session, measure="rd", method="iv")["correction"] == 0


def test_nobody_affected_on_placebo_anywhere_is_no_ratio(register):
    session = estimated(register(two_arms(1, (5, 0), (20, 20)), two_arms(2, (9, 0), (40, 41))), "trial_effect")
    row = effect(session)
    assert (row["estimate"], row["lower"], row["certainty"]) == (None, None, "very low")
    assert row["reason"] == "an arm without any event in any trial: the effect is not estimable"


def test_two_doses_share_a_control_that_is_counted_once(register):
    """Two doses in different people and one placebo group: the arms are combined, 14 of 41 against 1 of 22."""
    arms = [arm(f"Ketamine IV {dose} mg/kg", "EXPERIMENTAL", "Ketamine") for dose in ("0.1", "0.5")]
    groups = [group("Ketamine IV 0.1 mg/kg", 20), group("Ketamine IV 0.5 mg/kg", 21), group("Placebo", 22)]
    session = estimated(register(study(1, [*arms, PLACEBO], groups, other={"Nausea": [5, 9, 1]})), "trial_effect")
    row = effect(session)
    assert row["estimate"] == pytest.approx((14 / 41) / (1 / 22))
    assert (row["trial_count"], row["participants_at_risk"], row["comparator_participants_at_risk"]) == (1, 41, 22)


def test_placebo_and_midazolam_are_questions_apart(register):
    """One trial with both controls: each has its row, neither holds the other's people."""
    midazolam = arm("Midazolam", "ACTIVE_COMPARATOR", "Midazolam")
    groups = [group(label, people) for label, people in (("Ketamine IV", 30), ("Midazolam", 31), ("Placebo", 32))]
    record = study(1, [KETAMINE, midazolam, PLACEBO], groups, other={"Nausea": [6, 2, 1]})
    session = estimated(register(record), "trial_effect")
    assert effect(session)["estimate"] == pytest.approx((6 / 30) / (1 / 32))
    assert effect(session, comparator="active_placebo")["estimate"] == pytest.approx((6 / 30) / (2 / 31))


def test_overlapping_groups_are_never_pooled(register):
    """A Total group and an open-label extension hold people who stand in the arms already."""
    groups = [group("Ketamine IV", 40), group("Placebo", 52), group("Total", 92),
              group("Open-label extension: Ketamine IV", 12)]  # fmt: skip
    record = study(1, [KETAMINE, PLACEBO], groups, other={"Nausea": [9, 3, 12, 4]})
    row = effect(estimated(register(record), "trial_effect"))
    assert (row["participants_affected"], row["participants_at_risk"]) == (9, 40)
    assert (row["comparator_participants_affected"], row["comparator_participants_at_risk"]) == (3, 52)


def test_serious_and_other_rows_of_one_reaction_are_not_added_up(register):
    """Nausea stands in both lists: three serious, nine other, perhaps the same people. 9 at least, 12 at most."""
    groups = [group("Ketamine IV", 40), group("Placebo", 41)]
    record = study(1, [KETAMINE, PLACEBO], groups, other={"Nausea": [9, 3]}, serious={"Nausea": [3, 0]})
    session = estimated(register(record), "trial_effect")
    assert effect(session)["participants_affected"] == 9
    assert effect(session, bound="upper")["participants_affected"] == 12


def test_a_crossover_is_pooled_and_marked(register):
    """Twenty people take both: unpaired, which widens the interval, and counted."""
    session = estimated(
        register(two_arms(1, (9, 3), (20, 20), model="CROSSOVER"), two_arms(2, (11, 4), (50, 52))), "trial_effect"
    )
    row = effect(session)
    assert (row["trial_count"], row["crossover_trial_count"]) == (2, 1)
    assert row["estimate"] == pytest.approx(mantel_haenszel([(9, 20, 3, 20), (11, 50, 4, 52)])[0])


def test_a_trial_that_was_not_randomised_is_counted_and_left_out(register):
    """A cohort beside a randomised trial, and an old record that does not say."""
    session = estimated(
        register(
            two_arms(1, (9, 3), (40, 41)),
            two_arms(2, (30, 1), (50, 52), allocation="NON_RANDOMIZED"),
            two_arms(3, (11, 4), (50, 52), allocation=None),
        ),
        "trial_effect",
    )
    row = effect(session)
    assert row["estimate"] == pytest.approx(mantel_haenszel([(9, 40, 3, 41), (11, 50, 4, 52)])[0])
    told = ("trial_count", "not_randomised_trial_count", "randomisation_not_stated_trial_count")
    assert tuple(row[name] for name in told) == (2, 1, 1)


def test_where_no_trial_was_randomised_nothing_is_pooled(register):
    session = estimated(register(two_arms(1, (9, 3), (40, 41), allocation="NON_RANDOMIZED")), "trial_effect")
    row = effect(session)
    assert (row["trial_count"], row["not_randomised_trial_count"], row["estimate"]) == (0, 1, None)
    assert row["reason"] == "no randomised trial: nothing is pooled"


def test_what_the_threshold_may_hide_stands_as_bounds(register):
    """Hallucination is absent below 5%: nobody, or up to 2 of 40 and 2 of 41, on either side."""
    session = estimated(register(two_arms(1, (9, 3), (40, 41), threshold="5")), "trial_effect")
    found = {
        bound: effect(session, reaction="hallucination", measure="rd", bound=bound)["estimate"]
        for bound in ("lower", "upper", "drug_upper_comparator_lower", "drug_lower_comparator_upper")
    }
    assert found == {
        "lower": 0,
        "upper": pytest.approx(2 / 40 - 2 / 41),
        "drug_upper_comparator_lower": pytest.approx(2 / 40),
        "drug_lower_comparator_upper": pytest.approx(-2 / 41),
    }
    assert effect(session, reaction="hallucination")["trials_below_threshold_count"] == 1


def test_a_number_needed_runs_through_infinity_where_the_interval_crosses_no_effect(register):
    """9 of 40 against 8 of 41 is no difference to speak of; 30 of 40 against 3 of 41 is one."""
    session = estimated(register(two_arms(1, (9, 8), (40, 41))), "trial_effect")
    assert "to infinity to NNTB" in effect(session, measure="rd")["number_needed_to_harm_text"]
    session = estimated(register(two_arms(1, (30, 3), (40, 41))), "trial_effect")
    row = effect(session, measure="rd")
    assert row["number_needed_to_harm_text"].startswith(f"NNTH {1 / (30 / 40 - 3 / 41):.1f} (")
    assert effect(session)["number_needed_to_harm_text"] is None


def test_trials_exactly_alike_have_no_hartung_knapp_interval_without_width(register):
    """Two trials with the same counts: no spread between them is no certainty."""
    session = estimated(register(two_arms(1, (9, 3), (40, 41)), two_arms(2, (9, 3), (40, 41))), "trial_effect")
    row = effect(session, method="dl", interval="hk")
    assert (row["lower"], row["upper"]) == (None, None)
    assert "no width" in row["reason"]
    assert effect(session, method="dl", interval="hk_adhoc")["lower"] > 0


def test_the_order_of_records_changes_no_byte(register):
    """The same trials in another order, one received twice."""
    records = [two_arms(i, (3 * i + 1, i), (40 + i, 41 + 2 * i)) for i in range(1, 6)]
    found = []
    for order in (records, records[::-1], [records[2], *records]):
        session = estimated(register(*order), "trial_effect")
        found.append(rows(session, "from summary.trial_effect"))
    assert found[0] == found[1] == found[2]


def test_the_trials_behind_an_effect_can_be_opened(register):
    session = register(two_arms(1, (9, 3), (40, 41)), two_arms(2, (11, 4), (50, 52), allocation="NON_RANDOMIZED"))
    text = (SQL / "macros.sql").read_text()
    begin = text.index("create or replace macro trials_behind")
    session.execute(text[begin : text.index(";", begin)])
    behind = rows(
        session,
        "select trial_id, participants_affected, comparator_participants_at_risk, randomisation "
        "from trials_behind('ketamine', 'intravenous', 'nausea', 'narrow', comparator := 'placebo')",
    )
    assert behind == [("NCT00000001", 9, 41, "randomised"), ("NCT00000002", 11, 52, "not randomised")]


def test_truths_about_effects_hold(register):
    """Every verify query of effects comes back empty, thresholds and cohorts included."""
    session = estimated(
        register(
            two_arms(1, (9, 3), (40, 41)),
            two_arms(2, (11, 4), (50, 52), threshold="5"),
            two_arms(3, (2, 2), (10, 12), allocation="NA", threshold="5"),
        ),
        "trial_effect",
    )
    for name in ("comparators_stand_apart", "comparison_is_observed", "effect_has_its_trials", "effect_is_bracketed"):
        assert rows(session, find_model_files(SQL)[f"verify.{name}"].read_text()) == []


def test_a_cell_without_its_effect_is_found(register):
    """One effect loses a trial, another is gone: the truths say so."""
    session = estimated(register(two_arms(1, (9, 3), (40, 41)), two_arms(2, (11, 4), (50, 52))), "trial_effect")
    session.execute("update summary.trial_effect set trial_count = 1 where reaction = 'nausea'")
    session.execute("delete from summary.trial_effect where reaction = 'paranoia'")
    text = find_model_files(SQL)["verify.effect_has_its_trials"].read_text()
    assert {row[2] for row in rows(session, text)} == {"nausea", "paranoia"}
    session.execute("update summary.trial_effect set estimate = 9 where bound = 'lower' and measure = 'rd'")
    assert rows(session, find_model_files(SQL)["verify.effect_is_bracketed"].read_text())


def test_the_invented_world_publishes_what_its_author_meant(register):
    """Nausea on intravenous ketamine in chronic pain against saline: trials 1, 2 and the crossover 19."""
    told = {trial.number: trial for trial in invent_trials()}
    meant = [
        (active.other["Nausea"], active.people, control.other["Nausea"], control.people)
        for active, control in (told[number].arms for number in (1, 2, 19))
    ]
    session = estimated(register(*(study_record(trial) for trial in told.values())), "trial_effect")
    row = effect(session)
    assert (row["estimate"], row["lower"], row["upper"]) == pytest.approx(mantel_haenszel(meant), rel=1e-12)
    assert (row["trial_count"], row["crossover_trial_count"]) == (3, 1)
    random = effect(session, method="dl")
    assert (random["estimate"], random["tau_squared"]) == pytest.approx(dersimonian_laird(meant), rel=1e-12)
