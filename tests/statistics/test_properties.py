"""Properties for any counts: symmetry, independence of order, and finite values."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.statistics.disproportionality import (
    Prior,
    empirical_bayes,
    likelihood_ratio,
    mantel_haenszel,
    two_by_two,
)
from pipeline.statistics.meta_analysis import pool

pytestmark = pytest.mark.slow

CELLS = st.tuples(*[st.integers(0, 10**7)] * 4)
FILLED = st.tuples(*[st.integers(1, 10**6)] * 4)
TRIAL = st.tuples(st.integers(1, 200), st.integers(1, 200), st.floats(0, 1), st.floats(0, 1)).map(
    lambda drawn: (round(drawn[0] * drawn[2]), drawn[0], round(drawn[1] * drawn[3]), drawn[1])
)
PRIOR = Prior(0.2, 0.1, 2.0, 4.0, 1 / 3)


@given(CELLS)
def test_measures_are_finite_or_null_with_a_reason(cells) -> None:
    row = two_by_two(*cells).iloc[0]
    assert not np.isinf(row.drop("reason").astype(float)).any()
    assert (row.reason is not None) == bool(np.isnan(row.prr) or np.isnan(row.ror))
    for measure in ("prr", "ror", "ic"):
        if not np.isnan(row[measure]):
            assert row[f"{measure}_lower"] <= row[measure] <= row[f"{measure}_upper"]


@given(FILLED)
def test_odds_ratio_is_symmetric_under_transposition(cells) -> None:
    a, b, c, d = cells
    original, transposed, other = (two_by_two(*each).iloc[0] for each in ((a, b, c, d), (a, c, b, d), (c, d, a, b)))
    np.testing.assert_allclose(original.ror, transposed.ror, rtol=1e-12)
    np.testing.assert_allclose(original.ror, 1 / other.ror, rtol=1e-12)
    np.testing.assert_allclose(original.ror_lower, 1 / other.ror_upper, rtol=1e-12)
    np.testing.assert_allclose(original.chi_squared, transposed.chi_squared, rtol=1e-9, atol=1e-12)
    assert original.chi_squared_yates <= original.chi_squared * (1 + 1e-12)


@given(st.integers(0, 500), st.floats(1e-6, 1e4))
def test_additional_case_raises_every_shrunken_ratio(count, expected) -> None:
    scores = empirical_bayes([count, count + 1], expected, PRIOR)
    for name in ("ebgm", "eb05", "eb95"):
        assert scores[name][1] > scores[name][0] > 0
    assert scores.eb05[0] < scores.eb95[0]
    fewer = empirical_bayes(count, expected * 1.1, PRIOR)
    assert fewer.ebgm[0] < scores.ebgm[0]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=2, max_size=5))
def test_likelihood_ratio_follows_row_order_and_is_directional(rows) -> None:
    table = np.array(rows)
    log_lr, p_value = likelihood_ratio(table, draws=5, seed=1)
    assert (log_lr >= 0).all() and ((p_value > 0) & (p_value <= 1)).all()
    np.testing.assert_allclose(likelihood_ratio(table[::-1], draws=5, seed=1).log_lr, log_lr[::-1], atol=1e-9)
    expected = table.sum(1, keepdims=True) * table.sum(0) / max(table.sum(), 1)
    assert (log_lr[table <= expected] == 0).all()


@given(st.lists(FILLED, min_size=1, max_size=6), st.randoms())
def test_pooled_ratio_does_not_depend_on_the_order_of_strata(strata, random) -> None:
    shuffled = list(strata)
    random.shuffle(shuffled)
    one, other = (mantel_haenszel(*np.array(each).T) for each in (strata, shuffled))
    np.testing.assert_allclose(one.ror, other.ror, rtol=1e-12)
    ratios = two_by_two(*np.array(strata).T).ror
    assert ratios.min() * (1 - 1e-9) <= one.ror <= ratios.max() * (1 + 1e-9)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(TRIAL, min_size=1, max_size=6),
    st.sampled_from(["rr", "or", "rd"]),
    st.sampled_from(["mh", "iv", "dl", "reml", "pm"]),
    st.sampled_from([0.0, 0.5]),
)
@example(trials=[(0, 1, 0, 1)], measure="rd", method="mh", correction=0.0)
def test_pooling_is_finite_and_mirrored_for_swapped_arms(trials, measure, method, correction) -> None:
    a, n, c, m = (list(column) for column in zip(*trials, strict=True))
    choices = {"measure": measure, "method": method, "correction": correction}
    ours, mirrored = pool(a, n, c, m, **choices), pool(c, m, a, n, **choices)
    numbers = [value for value in vars(ours).values() if isinstance(value, float)]
    assert not np.isinf(numbers).any()
    assert np.isnan(ours.tau_squared) or ours.tau_squared >= 0
    assert ours.study_count + ours.not_estimable_count <= len(trials)
    if np.isnan(ours.estimate):
        assert ours.reason_code
        return
    mirror = -mirrored.estimate if measure == "rd" else 1 / mirrored.estimate
    np.testing.assert_allclose(ours.estimate, mirror, rtol=1e-5, atol=1e-8)
    assert ours.reason_code is None and ours.lower < ours.estimate < ours.upper and 0 <= ours.p_value <= 1
