"""Intravenous trials against trials of other routes: no participant is on both sides."""

from math import log

import pytest

from pipeline.models import find_model_files
from tests.sql.trials.study_records import SQL, estimate_table, fetch_rows, make_arm, make_group, make_study
from tests.sql.trials.test_cells import KETAMINE, PLACEBO, make_two_arm_trial
from tests.sql.trials.test_effects import mantel_haenszel

pytestmark = pytest.mark.slow

ORAL = make_arm("Oral ketamine", "EXPERIMENTAL", "Ketamine")
KEY = {
    "drug": "ketamine", "reaction": "nausea", "definition": "narrow", "population": "chronic_pain",
    "comparator": "placebo", "bound": "lower", "measure": "rr", "method": "mh", "tau": "none",
}  # fmt: skip


def read_contrast(session, **key):
    """The one row of trial_subgroup of KEY, changed by `key`; {} when there is none."""
    key = {**KEY, **key}
    where = " and ".join(f"{name} = ?" for name in key)
    session.execute(f"select * from summary.trial_subgroup where {where}", list(key.values()))
    names = [column[0] for column in session.description]
    found = session.fetchall()
    assert len(found) <= 1
    return dict(zip(names, found[0], strict=True)) if found else {}


def read_trial_counts(row):
    names = ("intravenous_trial_count", "not_intravenous_trial_count", "shared_control_trial_count",
             "set_aside_trial_count")  # fmt: skip
    return tuple(row[name] for name in names)


def make_two_route_trial(people, affected, **more):
    """One trial of intravenous and oral ketamine with one placebo group."""
    groups = [make_group(each["label"], size) for each, size in zip((KETAMINE, ORAL, PLACEBO), people, strict=True)]
    return make_study(9, [KETAMINE, ORAL, PLACEBO], groups, other={"Nausea": affected}, **more)


def test_intravenous_and_other_routes_are_pooled_and_compared(register):
    """Two intravenous trials, one oral: pooled separately, the difference of logs is tested against its variance."""
    session = estimate_table(
        register(
            make_two_arm_trial(1, (9, 3), (40, 41)),
            make_two_arm_trial(2, (11, 4), (50, 52)),
            make_two_arm_trial(3, (5, 4), (36, 36), treated=ORAL),
        ),
        "trial_subgroup",
    )
    row = read_contrast(session)
    assert read_trial_counts(row) == (2, 1, 0, 0)
    intravenous, other = mantel_haenszel([(9, 40, 3, 41), (11, 50, 4, 52)]), mantel_haenszel([(5, 36, 4, 36)])
    found = [
        row[f"{side}_{name}"]
        for side in ("intravenous", "not_intravenous")
        for name in ("estimate", "lower", "upper")
    ]
    assert found == pytest.approx([*intravenous, *other], rel=1e-12)
    variances = [(log(upper / lower) / 2 / 1.959963984540054) ** 2 for _, lower, upper in (intravenous, other)]
    assert row["q_between"] == pytest.approx(log(intravenous[0] / other[0]) ** 2 / sum(variances), rel=1e-9)
    assert row["df"] == 1
    assert row["reason"] == "one trial, not pooled: not_intravenous"


def test_common_and_separate_tau_differ(register):
    """Intravenous trials agree, oral trials do not: tau is common to both sides, or separate."""
    intravenous = [make_two_arm_trial(i, (10 + i, 5), (50, 50)) for i in (1, 2, 3)]
    oral = [
        make_two_arm_trial(4, (20, 3), (50, 50), treated=ORAL),
        make_two_arm_trial(5, (4, 12), (50, 50), treated=ORAL),
    ]
    session = estimate_table(register(*intravenous, *oral), "trial_subgroup")
    separate, common = (read_contrast(session, method="reml", tau=tau) for tau in ("separate", "common"))
    assert separate["intravenous_tau_squared"] == 0 < separate["not_intravenous_tau_squared"]
    assert common["intravenous_tau_squared"] == common["not_intravenous_tau_squared"] > 0
    assert separate["p_value"] != common["p_value"]


def test_control_shared_by_both_routes_is_split(register):
    """20 intravenous, 21 oral, 22 on placebo of whom 5 had nausea: split into 11 and 11, 3 and 2; nobody counts
    twice."""
    row = read_contrast(estimate_table(register(make_two_route_trial((20, 21, 22), [8, 6, 5])), "trial_subgroup"))
    assert read_trial_counts(row) == (1, 1, 1, 0)
    assert row["intravenous_estimate"] == pytest.approx((8 / 20) / (3 / 11))
    assert row["not_intravenous_estimate"] == pytest.approx((6 / 21) / (2 / 11))


def test_control_of_one_participant_cannot_be_split(register):
    row = read_contrast(estimate_table(register(make_two_route_trial((20, 21, 1), [8, 6, 1])), "trial_subgroup"))
    assert read_trial_counts(row) == (0, 0, 0, 1)
    assert (row["p_value"], row["reason"]) == (None, "no trial to compare on the intravenous side")


def test_crossover_of_both_routes_is_set_aside(register):
    """The same participants would be on both sides; a crossover of one route is kept and marked."""
    session = estimate_table(
        register(
            make_two_route_trial((20, 20, 20), [8, 6, 5], model="CROSSOVER"),
            make_two_arm_trial(1, (9, 3), (40, 40), model="CROSSOVER"),
            make_two_arm_trial(2, (5, 4), (36, 36), treated=ORAL),
        ),
        "trial_subgroup",
    )
    row = read_contrast(session)
    assert (*read_trial_counts(row), row["crossover_trial_count"]) == (1, 1, 0, 1, 1)


def test_single_side_has_no_contrast(register):
    session = estimate_table(
        register(make_two_arm_trial(1, (9, 3), (40, 41)), make_two_arm_trial(2, (11, 4), (50, 52))), "trial_subgroup"
    )
    row = read_contrast(session)
    assert read_trial_counts(row) == (2, 0, 0, 0)
    assert row["intravenous_estimate"] == pytest.approx(mantel_haenszel([(9, 40, 3, 41), (11, 50, 4, 52)])[0])
    assert (row["q_between"], row["p_value"], row["df"]) == (None, None, 0)
    assert row["reason"] == "no trial to compare on the not_intravenous side"


def test_unknown_route_and_cohort_are_on_neither_side(register):
    session = estimate_table(
        register(
            make_two_arm_trial(1, (9, 3), (40, 41)),
            make_two_arm_trial(2, (9, 3), (40, 41), treated=make_arm("Ketamine", "EXPERIMENTAL", "Ketamine")),
            make_two_arm_trial(3, (9, 3), (40, 41), treated=ORAL, allocation="NON_RANDOMIZED"),
        ),
        "trial_subgroup",
    )
    assert read_trial_counts(read_contrast(session)) == (1, 0, 0, 0)


def test_magnesium_has_no_contrast(register):
    """Its route defines its subclass: intravenous and oral magnesium are different medicines."""
    intravenous, oral = (make_arm(name, "EXPERIMENTAL", name) for name in ("Magnesium sulfate IV", "Oral magnesium"))
    session = estimate_table(
        register(
            make_two_arm_trial(1, (9, 3), (40, 41), treated=intravenous),
            make_two_arm_trial(2, (9, 3), (40, 41), treated=oral),
        ),
        "trial_subgroup",
    )
    assert fetch_rows(session, "select count(*) from summary.trial_subgroup") == [(0,)]
    assert fetch_rows(session, "select count(*) > 0 from events.trial_comparison where drug = 'magnesium'") == [
        (True,)
    ]


def test_verify_query_of_contrasts_is_empty_until_a_fault_is_planted(register):
    """Each trial is on one side or set aside; a missing trial or cell is returned."""
    session = estimate_table(
        register(
            make_two_arm_trial(1, (9, 3), (40, 41)),
            make_two_route_trial((20, 20, 20), [8, 6, 5], model="CROSSOVER"),
            make_two_arm_trial(2, (5, 4), (36, 36), treated=ORAL),
        ),
        "trial_subgroup",
    )
    text = find_model_files(SQL)["verify.subgroup_matches_its_trials"].read_text()
    assert fetch_rows(session, text) == []
    session.execute("update summary.trial_subgroup set intravenous_trial_count = 0 where reaction = 'nausea'")
    session.execute("delete from summary.trial_subgroup where reaction = 'paranoia'")
    assert {row[1] for row in fetch_rows(session, text)} == {"nausea", "paranoia"}
