"""The directional likelihood ratio over a whole table, compared with pvLRT and with manual calculation."""

import numpy as np
import pandas as pd
import pytest

from pipeline.statistics.disproportionality import likelihood_ratio
from pipeline.statistics.likelihood_ratio import largest_log_ratio, log_likelihood_ratio


def test_statin_reports_agree_with_pvlrt(shared) -> None:
    folder = shared / "refstats/dispro"
    table = pd.read_csv(folder / "pvLRT_statin46.csv", index_col=0)
    theirs = pd.read_csv(folder / "pvLRT_statin46_lrstat.csv.gz", index_col=0)
    chances = pd.read_csv(folder / "pvLRT_statin46_pvalue.csv.gz", index_col=0)
    log_lr, p_value = likelihood_ratio(table, draws=999, seed=20261123)
    assert log_lr.index.equals(table.index) and p_value.columns.equals(table.columns)
    tested = theirs.columns[:-1]  # pvLRT does not test the last column, every other drug
    np.testing.assert_allclose(log_lr[tested], theirs[tested], rtol=1e-9, atol=1e-9)
    assert np.abs(p_value[tested] - chances[tested]).max(axis=None) < 0.1  # both are simulated
    assert ((p_value[tested] < 0.05) == (chances[tested] < 0.05)).all(axis=None)


def test_single_raised_pair_agrees_with_manual_calculation() -> None:
    table = np.array([[30, 70], [70, 830]])
    log_lr, p_value = likelihood_ratio(table, draws=99, seed=1)
    assert log_lr[0, 0] == pytest.approx(30 * np.log(30 / 10) - 20)
    assert log_lr[0, 1] == 0 and log_lr[1, 0] == 0
    assert p_value[0, 0] == 0.01
    assert (p_value[log_lr == 0] == 1).all()


def test_same_seed_gives_the_same_p_values() -> None:
    table = np.random.default_rng(3).poisson(4, (12, 9))
    one, other = (likelihood_ratio(table, draws=50, seed=7) for _ in range(2))
    np.testing.assert_array_equal(one.p_value, other.p_value)


def test_largest_ratio_is_found_without_computing_all() -> None:
    draw = np.random.default_rng(5)
    for size in ((1, 1), (2, 3), (40, 30)):
        for _ in range(50):
            table = draw.poisson(np.outer(draw.lognormal(0, 1, size[0]), draw.lognormal(0, 1, size[1]))).astype(float)
            assert largest_log_ratio(table) == log_likelihood_ratio(table).max()


def test_independent_tables_are_flagged_at_the_nominal_rate() -> None:
    """The smallest p-value of an independent table is below 0.05 in about one of twenty tables."""
    draw = np.random.default_rng(11)
    rows, columns = draw.lognormal(2, 1, 15), draw.lognormal(0, 1, 12)
    flagged = [
        likelihood_ratio(draw.poisson(np.outer(rows, columns)), draws=99, seed=seed).p_value.min() <= 0.05
        for seed in range(200)
    ]
    assert 0.01 <= np.mean(flagged) <= 0.10


@pytest.mark.parametrize("table", [np.zeros((3, 4)), [[0, 5], [0, 0]], [[7]]])
def test_empty_rows_and_columns_are_not_signals(table) -> None:
    log_lr, p_value = likelihood_ratio(table, draws=9, seed=0)
    assert (log_lr == 0).all() and (p_value == 1).all()


@pytest.mark.parametrize(
    ("table", "draws", "named"),
    [
        ([1, 2, 3], 9, "counts_table"),
        ([[1, -2]], 9, "counts_table"),
        ([[1, 2.5]], 9, "counts_table"),
        ([[1, np.nan]], 9, "counts_table"),
        ([[1, 2]], 0, "draws"),
        ([[1, 2]], 9.5, "draws"),
    ],
)
def test_invalid_arguments_are_refused_by_name(table, draws, named) -> None:
    with pytest.raises(ValueError, match=named):
        likelihood_ratio(table, draws=draws, seed=1)
