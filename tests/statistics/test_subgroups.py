"""Subgroup tests between groups of trials, compared with metafor."""

import numpy as np
import pandas as pd
import pytest

from pipeline.statistics.heterogeneity import cochran_q, tau_squared
from pipeline.statistics.meta_analysis import subgroups
from pipeline.statistics.trial_tables import effects, read_trials
from tests.statistics.bcg import ALLOCATION, ARMS
from tests.statistics.test_pooling import METHODS, ONE_SIDED, TIGHT, keep_weighable, read

# BCG by allocation, metafor 3.8-1: Q between groups and its p-value, tau-squared separate and then common
BETWEEN = [
    ("rr", "iv", (19.8654, 0.0000), (19.8654, 0.0000)),
    ("rr", "dl", (1.5368, 0.4638), (1.4349, 0.4880)),
    ("rr", "reml", (1.8614, 0.3943), (1.7675, 0.4132)),
    ("rr", "pm", (1.9173, 0.3834), (1.8472, 0.3971)),
    ("or", "dl", (1.4724, 0.4789), (1.3570, 0.5074)),
    ("or", "reml", (1.6402, 0.4404), (1.6463, 0.4390)),
    ("rd", "iv", (3.5356, 0.1707), (3.5356, 0.1707)),
    ("rd", "dl", (6.3489, 0.0418), (5.8877, 0.0527)),
]


@pytest.mark.parametrize(("measure", "method", "separate", "common"), BETWEEN)
def test_printed_subgroup_tests_are_reproduced(measure, method, separate, common) -> None:
    for tau, (q, p) in (("separate", separate), ("common", common)):
        ours = subgroups(*ARMS, ALLOCATION, measure=measure, method=method, tau=tau)
        assert (ours.q_between, ours.p_value) == pytest.approx((q, p), abs=1e-4)
        assert ours.df == 2


@pytest.mark.parametrize("name", ["bcg", "sparse_synth"])
@pytest.mark.parametrize("measure", ["rr", "or", "rd"])
@pytest.mark.parametrize("method", METHODS)
def test_subgroup_test_agrees_with_metafor(shared, name, measure, method) -> None:
    reference, arms, group = read(shared, name)
    theirs = reference[measure.upper()]["subgroup"][METHODS[method]]
    choices = {"measure": measure, "method": method, "correction": 0.0 if measure == "rd" else 0.5}
    *arms, group = keep_weighable(arms, measure, group)
    separate, common = (subgroups(*arms, group, tau=tau, **choices) for tau in ("separate", "common"))
    close = TIGHT
    if method in ("reml", "pm"):  # metafor iterates by group to 1e-5, which is coarse for a variance near 1e-4
        close = {"rel": 0.03, "abs": 1e-3} if measure == "rd" else {"rel": 5e-5, "abs": 1e-6}
    assert separate.df == common.df == theirs["df"]
    assert separate.q_between == pytest.approx(theirs["Q_between_separate_tau2"], **close)
    assert separate.p_value == pytest.approx(theirs["p"], **close)
    assert common.q_between == pytest.approx(theirs["QM_common_tau2"], **close)
    assert common.p_value == pytest.approx(theirs["QMp"], **close)
    for label, single in theirs["subgroups"].items():
        ours = separate.groups[label]
        effect = ours.estimate if measure == "rd" else ours.log_estimate
        assert (effect, ours.standard_error) == pytest.approx((single["estimate"], single["se"]), **close)


@pytest.mark.parametrize("measure", ["rr", "or", "rd"])
def test_mantel_haenszel_and_peto_by_group_agree_with_metafor(shared, measure) -> None:
    for name in ("bcg", "sparse_synth"):
        reference, arms, group = read(shared, name)
        for label, theirs in reference[measure.upper()]["subgroup"]["MH"].items():
            ours = subgroups(*arms, group, measure=measure, method="mh").groups[label]
            effect = ours.estimate if measure == "rd" else ours.log_estimate
            assert (effect, ours.standard_error) == pytest.approx((theirs["estimate"], theirs["se"]), **TIGHT)
        for label, theirs in reference["PETO_subgroup"].items():
            ours = subgroups(*arms, group, measure="or", method="peto").groups[label]
            assert (ours.log_estimate, ours.q) == pytest.approx((theirs["estimate"], theirs["QE"]), **TIGHT)


def test_tau_squared_solves_its_equation_where_metafor_stopped_early() -> None:
    trials = read_trials(*ARMS)
    effect, variance = effects(trials, "rd")
    parts = [np.array([label == name for label in ALLOCATION]) for name in ("random", "alternate", "systematic")]
    groups = [(effect[part], variance[part]) for part in parts]
    tau = tau_squared(groups, "pm")
    assert sum(cochran_q(*group, tau) for group in groups) == pytest.approx(10, rel=1e-9)
    for group in groups:
        likeliest, spread = tau_squared([group], "reml"), []
        for other in likeliest * np.array([0.98, 1.0, 1.02]):
            weight = 1 / (group[1] + other)
            spread.append(-np.log(weight).sum() + np.log(weight.sum()) + cochran_q(*group, other))
        assert spread[1] < min(spread[0], spread[2])


def test_common_tau_squared_is_shared_by_groups() -> None:
    result = subgroups(*ARMS, ALLOCATION, measure="rr", method="reml", tau="common")
    assert len({pooled.tau_squared for pooled in result.groups.values()}) == 1
    assert list(result.groups) == ["random", "alternate", "systematic"]


def test_group_without_an_estimate_is_left_out() -> None:
    arms = [4, 6, 0, 7], [40, 50, 20, 60], [1, 2, 0, 3], [40, 50, 20, 60]
    result = subgroups(*arms, ["iv", "iv", "oral", "nasal"], measure="rr", method="mh")
    assert np.isnan(result.groups["oral"].estimate) and result.groups["oral"].reason_code
    assert result.df == 1 and 0 <= result.p_value <= 1
    alone = subgroups(*arms, ["iv"] * 4, measure="rr", method="mh")
    assert alone.df == 0 and np.isnan(alone.q_between) and np.isnan(alone.p_value)


def test_group_that_would_lose_trials_without_events_has_no_difference() -> None:
    """The other group keeps its value; the groups are not tested against each other."""
    arms = [[*given, *more] for given, more in zip(ONE_SIDED, ([9, 11], [40, 50], [3, 4], [41, 52]), strict=True)]
    for tau in ("separate", "common"):
        found = subgroups(*arms, ["iv"] * 6 + ["oral"] * 2, measure="rd", method="reml", tau=tau)
        assert np.isnan(found.groups["iv"].estimate) and found.df == 0
        assert found.groups["iv"].reason_code == "trials_without_variance_left_out"
        alone = subgroups(*(arm[6:] for arm in arms), ["oral"] * 2, measure="rd", method="reml")
        assert found.groups["oral"].estimate == alone.groups["oral"].estimate


def test_group_labels_are_accepted_in_any_container() -> None:
    """A list, an array, a column with unusual row labels, a category; a tuple of drug and route is one label."""
    arms = [4, 6, 7], [40, 50, 60], [1, 2, 3], [40, 50, 60]
    names = ["iv", "oral", "iv"]
    given = [names, tuple(names), np.array(names), pd.Series(names, index=[7, 3, 5]), pd.Categorical(names)]
    results = [subgroups(*arms, each, measure="rr", method="mh") for each in given]
    assert {repr(list(each.groups)) for each in results} == {"['iv', 'oral']"}
    pairs = subgroups(*arms, [("k", "iv"), ("k", "oral"), ("k", "iv")], measure="rr", method="mh")
    assert list(pairs.groups) == [("k", "iv"), ("k", "oral")]
    assert pairs.q_between == results[0].q_between


def test_invalid_arguments_are_refused_by_name() -> None:
    absent = [*ALLOCATION[:-1], None]
    wrong = [{"tau": "shared"}, {"group": ["a"]}, {"group": absent}, {"method": "x"}]
    for choices, named in ((one, next(iter(one))) for one in wrong):
        given = {"group": ALLOCATION, "measure": "rr", "method": "dl"} | choices
        with pytest.raises(ValueError, match=named):
            subgroups(*ARMS, **given)
