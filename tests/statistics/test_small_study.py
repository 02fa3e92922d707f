"""Tests of small-study asymmetry against statsmodels' regressions of the same published definitions."""

import numpy as np
import pytest
import statsmodels.api as sm

from pipeline.statistics.meta_analysis import measure_asymmetry
from tests.statistics.bcg import ARMS


def regress_peters(a, n, c, m):
    events, size = a + c, n + m
    odds = np.log(a * (m - c) / (c * (n - a)))
    fit = sm.WLS(odds, sm.add_constant(1 / size), weights=events * (size - events) / size).fit()
    return fit.pvalues[1]


def regress_harbord(a, n, c, m):
    events, size = a + c, n + m
    score = a - events * n / size
    root = np.sqrt(n * m * events * (size - events) / (size**2 * (size - 1)))
    return sm.OLS(score / root, sm.add_constant(root)).fit().pvalues[0]


def test_bcg_trials_are_as_statsmodels_regresses_them():
    arms = tuple(np.asarray(column, dtype=float) for column in ARMS)
    found = measure_asymmetry(*ARMS)
    assert found.peters_p_value == pytest.approx(regress_peters(*arms), rel=1e-9)
    assert found.harbord_p_value == pytest.approx(regress_harbord(*arms), rel=1e-9)


def test_planted_asymmetry_is_found_and_symmetry_is_not():
    """Small trials of 20 with an odds ratio of about 16, large ones of 400 with about 1; then 1 everywhere."""
    sizes = np.array([20, 22, 24, 26, 28, 30, 200, 300, 350, 400])
    control = np.rint(sizes * 0.2).astype(int)
    treated = np.where(sizes < 100, np.rint(sizes * 0.8), control + np.arange(10) % 2).astype(int)
    found = measure_asymmetry(treated, sizes, control, sizes)
    assert found.peters_p_value < 0.01 and found.harbord_p_value < 0.01
    fair = measure_asymmetry(control + np.arange(10) % 2, sizes, control, sizes)
    assert fair.peters_p_value > 0.05 and fair.harbord_p_value > 0.05


def test_few_trials_and_trials_without_events_give_no_test():
    nine = tuple(column[:9] for column in ARMS)
    assert np.isnan(measure_asymmetry(*nine).peters_p_value)
    empty = ([0] * 3 + list(nine[0]), [50] * 3 + list(nine[1]), [0] * 3 + list(nine[2]), [50] * 3 + list(nine[3]))
    assert np.isnan(measure_asymmetry(*empty).harbord_p_value)
