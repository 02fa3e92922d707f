"""Tests of small-study asymmetry compared with R's lm, and information sizes with worked examples."""

import numpy as np
import pytest

from pipeline.statistics.meta_analysis import (
    assess_harbord,
    assess_peters,
    compute_information_share,
    compute_information_size,
)
from tests.statistics.reference_answers import TRIALS, read_answers


@pytest.mark.parametrize(("method", "ours"), [("peters", assess_peters), ("harbord", assess_harbord)])
def test_asymmetry_tests_agree_with_r(method, ours) -> None:
    theirs, found = read_answers(method)["eleven"], ours(*TRIALS["eleven"])
    assert [found.estimate, found.standard_error, found.p_value] == pytest.approx(
        [theirs["estimate"], theirs["se"], theirs["p"]], rel=1e-8
    )
    assert (found.study_count, found.reason_code) == (11, None)


def test_nine_trials_are_not_tested_and_trials_without_events_are_none_of_ten() -> None:
    nine = [column[:9] for column in TRIALS["eleven"]]
    more = [[*column, *extra] for column, extra in zip(nine, ([0, 0], [50, 60], [0, 0], [50, 60]), strict=True)]
    for arms in (nine, more):
        for test in (assess_peters, assess_harbord):
            found = test(*arms)
            assert np.isnan([found.estimate, found.p_value]).all()
            assert (found.study_count, found.reason_code) == (9, "fewer_than_ten_trials")


def test_trials_of_one_size_cannot_be_compared_by_size() -> None:
    arms = list(range(1, 13)), [50] * 12, [3] * 12, [50] * 12
    assert assess_peters(*arms).reason_code == "trials_of_one_size"


def test_small_trials_with_larger_effects_are_found() -> None:
    """Twelve trials whose log odds ratio falls from 2 to 0 as they grow."""
    draw, total = np.random.default_rng(3), np.array([30, 40, 50, 60, 80, 100, 150, 200, 300, 500, 800, 1500])
    odds = np.exp(-1 + 60 / total)
    arms = draw.binomial(total, odds / (1 + odds)), total, draw.binomial(total, 1 / (1 + np.e)), total
    assert assess_peters(*arms).p_value < 0.05 and assess_peters(*arms).estimate > 0
    assert assess_harbord(*arms).p_value < 0.05


def test_information_size_follows_the_formula_by_hand() -> None:
    """10% against 20%: (1.95996 + 0.84162)^2 x (0.09 + 0.16) / 0.1^2 = 196.2, so 197 an arm."""
    assert compute_information_size(0.10, 2.0) == 2 * 197
    assert compute_information_size(0.10, 2.0, 50.0) == 2 * 393
    assert compute_information_size(0.20, 0.5) == 2 * 197
    assert compute_information_size(0.10, 2.0, float("nan")) == 2 * 197
    assert compute_information_share(197, 394) == 0.5 and compute_information_share(1000, 394) == 1


@pytest.mark.parametrize(
    "question",
    [(0.0, 2.0), (0.5, 2.0), (0.1, 1.0), (0.1, 1 + 1e-9), (0.1, np.nan), (np.nan, 2.0), (0.1, 2.0, 100.0)],
)
def test_information_size_is_null_where_nothing_can_be_shown(question) -> None:
    assert np.isnan(compute_information_size(*question))
    assert np.isnan(compute_information_share(400, compute_information_size(*question)))


@pytest.mark.parametrize(
    ("question", "named"), [((1.2, 2.0), "baseline"), ((0.1, -1.0), "risk_ratio"), ((0.1, 2.0, 140.0), "i_squared")]
)
def test_impossible_questions_are_refused(question, named) -> None:
    with pytest.raises(ValueError, match=named):
        compute_information_size(*question)
