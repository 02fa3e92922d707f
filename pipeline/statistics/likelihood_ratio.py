"""The directional likelihood ratio test over a whole drug by reaction table.

Source: Huang, Zalkikar, Tiwari, J Am Stat Assoc 2011;106:1230, in its Poisson form. One-sided: a pair
reported less than expected has a log ratio of 0 and can never be a signal. The p-value compares each pair
with the largest log ratio of tables drawn under independence, so it holds for the family of all pairs of
the table at once.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import xlogy

from pipeline.statistics.arguments import Floats, as_counts

BLOCK = 100_000  # cells of drawn tables in memory at a time


class LikelihoodRatio(NamedTuple):
    """log_lr and p_value, each shaped as the table (labelled when the table was a DataFrame)."""

    log_lr: Any
    p_value: Any


def likelihood_ratio(counts_table: Any, *, draws: int, seed: int) -> LikelihoodRatio:
    """Log likelihood ratio and family-wise Monte Carlo p-value of every pair.

    counts_table: 2-D, drugs by reactions (or the other way round), counts of drug-reaction pairs; its margins
    are its own sums. draws: tables drawn under independence, given the row totals; the smallest possible
    p-value is 1 / (draws + 1). seed: the same seed gives the same p-values.
    Raises ValueError for a table that is not 2-D, negative or fractional counts, and draws below 1.
    """
    table = as_counts("counts_table", counts_table, dimensions=(2,))
    if not isinstance(draws, int | np.integer) or draws < 1:
        raise ValueError(f"draws: {draws} is not a number of tables; pass 1 or more, 999 for p-values down to 0.001")
    log_lr = log_likelihood_ratio(table)
    largest = np.sort(_largest_under_independence(table, draws, seed))
    reached = draws - np.searchsorted(largest, log_lr, side="left")
    p_value = (1.0 + reached) / (draws + 1.0)
    if isinstance(counts_table, pd.DataFrame):
        rows, columns = counts_table.index, counts_table.columns
        return LikelihoodRatio(pd.DataFrame(log_lr, rows, columns), pd.DataFrame(p_value, rows, columns))
    return LikelihoodRatio(log_lr, p_value)


def log_likelihood_ratio(table: Floats) -> Floats:
    """n log(n / expected) - (n - expected) where n exceeds its expected count, else 0; of one table or a stack."""
    return _log_ratio(table, _expected(table))


def _log_ratio(count: Floats, expected: Floats) -> Floats:
    more = count > expected
    ratio = np.divide(count, expected, out=np.ones(count.shape), where=more)
    return np.asarray(np.where(more, np.maximum(xlogy(count, ratio) - (count - expected), 0), 0))


def _expected(table: Floats) -> Floats:
    total = table.sum(axis=(-2, -1), keepdims=True)
    share = np.divide(table.sum(axis=-1, keepdims=True), total, out=np.zeros((*table.shape[:-1], 1)), where=total > 0)
    return np.asarray(share * table.sum(axis=-2, keepdims=True))


def largest_log_ratio(table: Floats) -> float:
    """The largest log ratio of a table. None passes (n - expected)^2 / (2 expected), which is cheap to compute, so
    logarithms are taken only of the cells where that reaches the log ratio of the most promising one."""
    expected = _expected(table)
    excess = np.maximum(table - expected, 0)
    bound = np.divide(excess * excess, 2 * expected, out=np.zeros(table.shape), where=expected > 0)
    best = bound.argmax()
    hopeful = bound >= _log_ratio(table.ravel()[[best]], expected.ravel()[[best]])[0] * (1 - 1e-9)
    return float(_log_ratio(table[hopeful], expected[hopeful]).max())


def _largest_under_independence(table: Floats, draws: int, seed: int) -> npt.NDArray[np.float64]:
    """The largest log ratio of each drawn table; a block of tables in memory at a time."""
    generator = np.random.default_rng(seed)
    if table.sum() == 0:
        return np.zeros(draws)
    row_totals = table.sum(axis=1).astype(np.int64)
    chances = table.sum(axis=0) / table.sum()
    at_a_time = max(1, BLOCK // table.size)
    blocks = [min(at_a_time, draws - start) for start in range(0, draws, at_a_time)]
    stacks = (generator.multinomial(row_totals, chances, size=(block, len(table))) for block in blocks)
    return np.concatenate([_largest_of_each(stack.astype(np.float64)) for stack in stacks])


def _largest_of_each(stack: Floats) -> Floats:
    """The largest log ratio of each table of a stack: small tables at once, a large one by its hopeful cells."""
    if len(stack) == 1:
        return np.array([largest_log_ratio(stack[0])])
    return np.asarray(log_likelihood_ratio(stack).reshape(len(stack), -1).max(axis=1, initial=0))
