"""Errors of other systems, each as a test that fails when the error is introduced.

Two of the eight are errors of counting, which SQL does here: version 9 sorted after version 10
(`tests/sql/reports/clean/test_faers_version.py`; planted as "versions sorted as text" in
`tests/sql/reports/test_seeded_faults.py`) and
overlapping groups added up (planted as "overlapping groups are summed" in `tests/sql/trials/test_random_worlds.py`).
The last test here introduces each error and checks that its test fails.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.statistics import disproportionality as right
from pipeline.statistics import heterogeneity, pooling
from pipeline.statistics import subgroups as between
from pipeline.statistics.disproportionality import (
    expected_of_drug,
    fit_prior,
    likelihood_ratio,
    mantel_haenszel,
    named_criteria,
    two_by_two,
)
from pipeline.statistics.likelihood_ratio import LikelihoodRatio
from pipeline.statistics.meta_analysis import pool, split_control, subgroups


def test_empty_comparator_gives_no_ratio() -> None:
    """Every case of the reaction is on the drug: one system gives PRR 1, another silently adds a half and gives
    98."""
    for cells in ((5, 95, 0, 9900), (5, 95, 0, 0)):
        row = two_by_two(*cells).iloc[0]
        assert row[["prr", "prr_lower", "ror", "ror_upper"]].isna().all()
        assert row.reason
    assert two_by_two(5, 95, 0, 9900).ic_lower[0] > 0  # the information component still shows it


def test_universe_counts_cases_and_not_pairs() -> None:
    """Four reports naming two drugs and several reactions each are four cases; another system counts fifteen."""
    reports = pd.DataFrame(
        [(1, "k", "nausea"), (1, "k", "confusion"), (1, "m", "nausea"), (1, "m", "confusion")]
        + [(2, "k", reaction) for reaction in ("nausea", "vomiting", "confusion", "paranoia")]
        + [(3, "m", reaction) for reaction in ("nausea", "vomiting", "paranoia")]
        + [(4, drug, reaction) for drug in "ab" for reaction in ("headache", "rash")],
        columns=["case", "drug", "reaction"],
    )
    assert len(reports) == 15
    has_drug, has_reaction = set(reports.case[reports.drug == "k"]), set(reports.case[reports.reaction == "nausea"])
    universe = set(reports.case)
    cells = [
        len(has_drug & has_reaction),
        len(has_drug - has_reaction),
        len(has_reaction - has_drug),
        len(universe - has_drug - has_reaction),
    ]
    row = two_by_two(*cells).iloc[0]
    assert sum(cells) == 4
    assert row.expected_count == 2 * 3 / 4
    with pytest.raises(ValueError, match="count cases, not pairs"):
        expected_of_drug([6], [[3]], [4])  # six rows of the drug cannot be six of four cases


def test_strata_with_few_events_are_pooled() -> None:
    """No association in any stratum; dropping strata with fewer than three cases, as another system does, creates
    one."""
    draw = np.random.default_rng(2)
    exposed, unexposed, risk = 40, 4000, 0.02
    both, others = draw.binomial(exposed, risk, 3000), draw.binomial(unexposed, risk, 3000)
    tables = np.array([both, exposed - both, others, unexposed - others])
    kept = mantel_haenszel(*tables)
    assert kept.ror_lower < 1 < kept.ror_upper
    assert kept.stratum_count == 3000
    dropped = mantel_haenszel(*tables[:, both >= 3])
    assert dropped.ror_lower > 2
    corrected = (both + 0.5) * (tables[3] + 0.5) / (tables[1] + 0.5) / (others + 0.5)
    assert np.median(corrected) != pytest.approx(1, abs=0.1)  # adding a half in every stratum biases too


def test_prior_fitted_to_frequent_pairs_is_too_high() -> None:
    """Another system fits the whole-table likelihood to pairs of three or more cases; every third pair is then a
    signal."""
    draw = np.random.default_rng(9)
    expected = draw.lognormal(-0.5, 1.3, 40_000)
    count = draw.poisson(
        expected * draw.gamma(4, 1 / 4, expected.size) * np.where(draw.random(expected.size) < 0.1, 3, 1)
    )
    seen, often = count > 0, count >= 3
    right = fit_prior(count[seen], expected[seen], zeros=expected[~seen])
    theirs = fit_prior(count[often], expected[often], zeros=[])

    def mean(prior) -> float:
        return prior.weight * prior.alpha1 / prior.beta1 + (1 - prior.weight) * prior.alpha2 / prior.beta2

    truth = 1 + 0.1 * 2
    assert right.converged and mean(right) == pytest.approx(truth, rel=0.05)
    assert mean(theirs) > 1.5 * truth


def test_pair_reported_less_than_expected_is_not_a_signal() -> None:
    """The likelihood ratio of another system is not directional: a pair reported a tenth as often as expected is
    flagged."""
    table = np.array([[5, 995], [500, 9500]])
    log_lr, p_value = likelihood_ratio(table, draws=199, seed=1)
    assert log_lr[0, 0] == 0 and p_value[0, 0] == 1
    measures = two_by_two(*table.ravel())
    assert measures.ror_upper[0] < 1
    assert not named_criteria(5, measures).any(axis=None)


def test_tau_squared_is_not_negative() -> None:
    """Trials more similar than chance: a well-known library returns a negative variance and intervals that are too
    narrow."""
    arms = [2, 4, 6, 7, 7, 11], [39, 44, 107, 103, 110, 154], [1, 4, 4, 5, 3, 4], [43, 44, 110, 100, 106, 146]
    fixed = pool(*arms, measure="or", method="iv")
    for method in ("dl", "reml", "pm"):
        pooled = pool(*arms, measure="or", method=method)
        assert pooled.tau_squared == 0 and pooled.i_squared == 0
        assert pooled.standard_error == pytest.approx(fixed.standard_error)


def test_arms_sharing_a_control_are_not_pooled_as_separate_trials() -> None:
    """Two dose arms share one placebo arm of 40: pooled as two rows, its 40 participants would count as 80."""
    rows = [6, 9], [40, 41], [2, 2], [40, 40]
    for refuse in (
        lambda: pool(*rows, study=["NCT1", "NCT1"]),
        lambda: subgroups(*rows, ["low", "high"], measure="rr", method="mh", study=["NCT1", "NCT1"]),
    ):
        with pytest.raises(ValueError, match="NCT1 comes twice"):
            refuse()
    affected, size = split_control(2, 40, 2)
    assert affected.sum() == 2 and size.sum() == 40
    split = pool([6, 9], [40, 41], affected, size)
    combined = pool(6 + 9, 40 + 41, 2, 40)
    assert combined.standard_error == pytest.approx(split.standard_error, rel=0.1)
    assert pool(*rows).standard_error < 0.8 * combined.standard_error  # the false certainty


def test_adjusted_p_value_is_not_below_the_raw_one() -> None:
    from pipeline.statistics.disproportionality import benjamini_hochberg, fisher_greater

    chances = fisher_greater([9, 3, 5, 0], [91, 97, 95, 100], [12, 60, 40, 80], [9888, 9840, 9860, 9820])
    assert (benjamini_hochberg(chances) >= chances).all()


def test_independent_table_has_no_excess_of_signals() -> None:
    """The default of another system flags 36 of 100 pairs in a table without any association."""
    draw = np.random.default_rng(6)
    table = draw.poisson(np.outer(draw.lognormal(1.5, 1, 60), draw.lognormal(0.5, 1, 60))).astype(float)
    rows, columns, total = table.sum(1, keepdims=True), table.sum(0, keepdims=True), table.sum()
    cells = [cell.ravel() for cell in (table, rows - table, columns - table, total - rows - columns + table)]
    flags = named_criteria(cells[0], two_by_two(*cells))
    assert flags.evans.mean() < 0.02
    assert flags.ic025.mean() < 0.025  # the tail outside the interval
    assert flags.eudravigilance.mean() < 0.03


def add_half_to_empty_cells(*cells: Any) -> pd.DataFrame:
    return right.two_by_two(*cells).fillna({"prr": 1.0, "ror": 1.0})


def drop_sparse_strata(both: Any, *others: Any) -> Any:
    enough = np.asarray(both) >= 3
    return right.mantel_haenszel(np.asarray(both)[enough], *(np.asarray(each)[enough] for each in others))


def count_rows_as_cases(drug_rows: Any, reaction_rows: Any, cases: Any) -> Any:
    return np.asarray(drug_rows).T @ np.asarray(reaction_rows) / np.asarray(cases)


def fit_to_frequent_pairs(count: Any, expected: Any, *, zeros: Any = None) -> Any:
    often = count >= 3
    return right.fit_prior(count[often], expected[often], zeros=[])


def ignore_direction(table: Any, *, draws: int, seed: int) -> LikelihoodRatio:
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    log_lr = table * np.log(table / expected) - (table - expected)
    return LikelihoodRatio(log_lr, np.where(log_lr > 5, 1 / (draws + 1), 1.0))


def estimate_without_truncation(groups: Any) -> float:
    effect, variance = groups[0]
    weight = 1 / variance
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    return float((heterogeneity.cochran_q(effect, variance) - (effect.size - 1)) / scale)


INTRODUCED_ERRORS: dict[str, tuple[Callable[[], None], list[tuple[Any, str, Any]]]] = {
    "empty comparator": (test_empty_comparator_gives_no_ratio, [(None, "two_by_two", add_half_to_empty_cells)]),
    "pair counts used as cases": (
        test_universe_counts_cases_and_not_pairs,
        [(None, "expected_of_drug", count_rows_as_cases)],
    ),
    "zero-event strata dropped": (
        test_strata_with_few_events_are_pooled,
        [(None, "mantel_haenszel", drop_sparse_strata)],
    ),
    "truncated prior": (
        test_prior_fitted_to_frequent_pairs_is_too_high,
        [(None, "fit_prior", fit_to_frequent_pairs)],
    ),
    "under-reporting flagged": (
        test_pair_reported_less_than_expected_is_not_a_signal,
        [(None, "likelihood_ratio", ignore_direction)],
    ),
    "tau-squared below zero": (
        test_tau_squared_is_not_negative,
        [(heterogeneity, "_dersimonian_laird", estimate_without_truncation)],
    ),
    "a shared control counted twice": (
        test_arms_sharing_a_control_are_not_pooled_as_separate_trials,
        [(pooling, "check_once", lambda *_: None), (between, "check_once", lambda *_: None)],
    ),
}


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # the root of a variance below zero
@pytest.mark.parametrize("error", INTRODUCED_ERRORS)
def test_each_test_fails_when_its_error_is_introduced(error, monkeypatch) -> None:
    test, replacements = INTRODUCED_ERRORS[error]
    for place, name, replacement in replacements:
        if place is None:
            monkeypatch.setitem(test.__globals__, name, replacement)
        else:
            monkeypatch.setattr(place, name, replacement)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test()
