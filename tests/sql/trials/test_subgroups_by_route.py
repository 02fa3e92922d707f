"""Trials by vein against trials by other routes: two sides on which nobody stands twice."""

from math import log

import pytest

from pipeline.models import find_model_files
from tests.sql.trials.study_records import SQL, arm, estimated, group, rows, study
from tests.sql.trials.test_cells import KETAMINE, PLACEBO, two_arms
from tests.sql.trials.test_effects import mantel_haenszel

ORAL = arm("Oral ketamine", "EXPERIMENTAL", "Ketamine")
KEY = {
    "drug": "ketamine", "reaction": "nausea", "definition": "narrow", "population": "chronic_pain",
    "comparator": "placebo", "bound": "lower", "measure": "rr", "method": "mh", "tau": "none",
}  # fmt: skip


def contrast(session, **key):
    """The one row of trial_subgroup of KEY, changed by `key`; {} when there is none."""
    key = {**KEY, **key}
    where = " and ".join(f"{name} = ?" for name in key)
    session.execute(f"select * from summary.trial_subgroup where {where}", list(key.values()))
    names = [column[0] for column in session.description]
    found = session.fetchall()
    assert len(found) <= 1
    return dict(zip(names, found[0], strict=True)) if found else {}


def counts(row):
    names = ("intravenous_trial_count", "not_intravenous_trial_count", "shared_control_trial_count",
             "set_aside_trial_count")  # fmt: skip
    return tuple(row[name] for name in names)


def both_routes(people, affected, **more):
    """One trial that gave ketamine by vein and by mouth beside one placebo group."""
    groups = [group(each["label"], size) for each, size in zip((KETAMINE, ORAL, PLACEBO), people, strict=True)]
    return study(9, [KETAMINE, ORAL, PLACEBO], groups, other={"Nausea": affected}, **more)


def test_two_sides_are_pooled_and_tested(register):
    """Two trials by vein, one by mouth: pooled apart, the difference of logs against its variance."""
    session = estimated(
        register(
            two_arms(1, (9, 3), (40, 41)),
            two_arms(2, (11, 4), (50, 52)),
            two_arms(3, (5, 4), (36, 36), treated=ORAL),
        ),
        "trial_subgroup",
    )
    row = contrast(session)
    assert counts(row) == (2, 1, 0, 0)
    vein, other = mantel_haenszel([(9, 40, 3, 41), (11, 50, 4, 52)]), mantel_haenszel([(5, 36, 4, 36)])
    told = [
        row[f"{side}_{name}"]
        for side in ("intravenous", "not_intravenous")
        for name in ("estimate", "lower", "upper")
    ]
    assert told == pytest.approx([*vein, *other], rel=1e-12)
    variances = [(log(upper / lower) / 2 / 1.959963984540054) ** 2 for _, lower, upper in (vein, other)]
    assert row["q_between"] == pytest.approx(log(vein[0] / other[0]) ** 2 / sum(variances), rel=1e-9)
    assert row["df"] == 1
    assert row["reason"] == "one trial, not pooled: not_intravenous"


def test_a_common_tau_is_told_from_separate_ones(register):
    """Trials by vein agree, trials by mouth do not: the spread within sides is one, or each its own."""
    vein = [two_arms(i, (10 + i, 5), (50, 50)) for i in (1, 2, 3)]
    mouth = [two_arms(4, (20, 3), (50, 50), treated=ORAL), two_arms(5, (4, 12), (50, 50), treated=ORAL)]
    session = estimated(register(*vein, *mouth), "trial_subgroup")
    separate, common = (contrast(session, method="reml", tau=tau) for tau in ("separate", "common"))
    assert separate["intravenous_tau_squared"] == 0 < separate["not_intravenous_tau_squared"]
    assert common["intravenous_tau_squared"] == common["not_intravenous_tau_squared"] > 0
    assert separate["p_value"] != common["p_value"]


def test_a_control_shared_by_both_routes_is_split(register):
    """20 by vein, 21 by mouth, 22 on placebo of whom 5 were nauseous: 11 and 11, 3 and 2; nobody twice."""
    row = contrast(estimated(register(both_routes((20, 21, 22), [8, 6, 5])), "trial_subgroup"))
    assert counts(row) == (1, 1, 1, 0)
    assert row["intravenous_estimate"] == pytest.approx((8 / 20) / (3 / 11))
    assert row["not_intravenous_estimate"] == pytest.approx((6 / 21) / (2 / 11))


def test_a_control_of_one_person_cannot_be_split(register):
    row = contrast(estimated(register(both_routes((20, 21, 1), [8, 6, 1])), "trial_subgroup"))
    assert counts(row) == (0, 0, 0, 1)
    assert (row["p_value"], row["reason"]) == (None, "no trial to compare on the intravenous side")


def test_a_crossover_by_both_routes_is_set_aside(register):
    """The same people by vein and by mouth would stand on both sides; by one route it stays, marked."""
    session = estimated(
        register(
            both_routes((20, 20, 20), [8, 6, 5], model="CROSSOVER"),
            two_arms(1, (9, 3), (40, 40), model="CROSSOVER"),
            two_arms(2, (5, 4), (36, 36), treated=ORAL),
        ),
        "trial_subgroup",
    )
    row = contrast(session)
    assert (*counts(row), row["crossover_trial_count"]) == (1, 1, 0, 1, 1)


def test_one_side_alone_is_no_contrast(register):
    session = estimated(register(two_arms(1, (9, 3), (40, 41)), two_arms(2, (11, 4), (50, 52))), "trial_subgroup")
    row = contrast(session)
    assert counts(row) == (2, 0, 0, 0)
    assert row["intravenous_estimate"] == pytest.approx(mantel_haenszel([(9, 40, 3, 41), (11, 50, 4, 52)])[0])
    assert (row["q_between"], row["p_value"], row["df"]) == (None, None, 0)
    assert row["reason"] == "no trial to compare on the not_intravenous side"


def test_an_unknown_route_and_a_cohort_stand_on_neither_side(register):
    session = estimated(
        register(
            two_arms(1, (9, 3), (40, 41)),
            two_arms(2, (9, 3), (40, 41), treated=arm("Ketamine", "EXPERIMENTAL", "Ketamine")),
            two_arms(3, (9, 3), (40, 41), treated=ORAL, allocation="NON_RANDOMIZED"),
        ),
        "trial_subgroup",
    )
    assert counts(contrast(session)) == (1, 0, 0, 0)


def test_magnesium_has_no_contrast(register):
    """Its route defines its subclass: by vein it is another medicine than by mouth."""
    by_vein, by_mouth = (arm(name, "EXPERIMENTAL", name) for name in ("Magnesium sulfate IV", "Oral magnesium"))
    session = estimated(
        register(
            two_arms(1, (9, 3), (40, 41), treated=by_vein),
            two_arms(2, (9, 3), (40, 41), treated=by_mouth),
        ),
        "trial_subgroup",
    )
    assert rows(session, "select count(*) from summary.trial_subgroup") == [(0,)]
    assert rows(session, "select count(*) > 0 from events.trial_comparison where drug = 'magnesium'") == [(True,)]


def test_the_truth_about_contrasts_holds_and_can_fail(register):
    """Each trial stands on a side or is set aside; a trial that is lost, or a cell, is found."""
    session = estimated(
        register(
            two_arms(1, (9, 3), (40, 41)),
            both_routes((20, 20, 20), [8, 6, 5], model="CROSSOVER"),
            two_arms(2, (5, 4), (36, 36), treated=ORAL),
        ),
        "trial_subgroup",
    )
    text = find_model_files(SQL)["verify.subgroup_has_its_trials"].read_text()
    assert rows(session, text) == []
    session.execute("update summary.trial_subgroup set intravenous_trial_count = 0 where reaction = 'nausea'")
    session.execute("delete from summary.trial_subgroup where reaction = 'paranoia'")
    assert {row[1] for row in rows(session, text)} == {"nausea", "paranoia"}
