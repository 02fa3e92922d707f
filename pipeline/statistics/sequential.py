"""Evidence that accumulates quarter by quarter, and may be looked at every time without more false alarms.

Each quarter is a table of four cells of its own. Given its margins, with_both is hypergeometric where drug and
reaction are unrelated, and follows Fisher's noncentral hypergeometric distribution with an odds ratio where they are
not. The likelihood ratio of an odds ratio above 1 against none multiplies over quarters; the mean over several odds
ratios is a nonnegative martingale that starts at 1 while drug and reaction are unrelated. By the inequality of Ville
(1939) the chance that it ever reaches 1/alpha, at whatever quarter and however many follow, is at most alpha. No
number of looks is planned, so none can be exceeded.

Sources: Wald, Ann Math Stat 1945;16:117 (the sequential likelihood ratio); Robbins, Ann Math Stat 1970;41:1397 (the
mixture); Grünwald, de Heide and Koolen, J R Stat Soc B 2024;86:1091 (evidence as e-values, which one divides by the
number of tests whatever their dependence). Conditioning on the totals lets reporting of the drug and of the reaction
grow as they like; it does not protect against a confounder.
"""

from typing import Any

import numpy as np
from scipy.special import gammaln, logsumexp

from pipeline.statistics.arguments import Floats, align, as_counts, as_numbers

BLOCK = 2_000_000  # values of with_both, over all tables, in memory at a time


def conditional_log_ratios(
    with_both: Any, drug_only: Any, reaction_only: Any, neither: Any, odds_ratios: Any
) -> Floats:
    """Natural log likelihood ratio of each odds ratio against 1, given the margins of each table.

    Counts of cases, 1-D of one length; odds_ratios above 0. Returns tables by odds ratios; 0 where a margin is empty,
    since such a table has one possible value. Raises ValueError for arguments that do not fit.
    """
    cells = {"with_both": with_both, "drug_only": drug_only, "reaction_only": reaction_only, "neither": neither}
    both, drug, reaction, rest = align(**{name: as_counts(name, cell) for name, cell in cells.items()})
    odds = np.atleast_1d(as_numbers("odds_ratios", odds_ratios))
    if (odds <= 0).any():
        raise ValueError("odds_ratios: holds a value of 0 or less; pass odds ratios above 0")
    found = np.zeros((both.size, odds.size))
    exposed, events, universe = both + drug, both + reaction, both + drug + reaction + rest
    least = np.maximum(0, exposed + events - universe)
    width = np.minimum(exposed, events) - least + 1
    start = 0
    while start < both.size:
        widest = np.maximum.accumulate(width[start:]) * np.arange(1, both.size - start + 1)
        end = start + max(1, int(np.searchsorted(widest, BLOCK, side="right")))
        tables = np.column_stack([both, exposed, events, universe, least, width])[start:end]
        found[start:end] = _ratios(tables, np.log(odds))
        start = end
    return found


def accumulate_evidence(log_ratios: Floats) -> Floats:
    """Natural logarithm of the evidence after each quarter: the mean over odds ratios of their products so far.

    log_ratios: quarters by odds ratios, in the order of time.
    """
    return np.asarray(logsumexp(np.cumsum(log_ratios, axis=0), axis=1) - np.log(log_ratios.shape[1]))


def _ratios(tables: Floats, log_odds: Floats) -> Floats:
    """tables: with_both, both margins, universe, the least possible value and how many there are, one row a table."""
    both, exposed, events, universe, least, width = tables.T
    steps = np.arange(int(width.max()))
    possible = least[:, None] + steps
    is_possible = steps < width[:, None]
    value = np.where(is_possible, possible, least[:, None])
    chances = -(
        gammaln(value + 1)
        + gammaln(exposed[:, None] - value + 1)
        + gammaln(events[:, None] - value + 1)
        + gammaln((universe - exposed - events)[:, None] + value + 1)
    )
    chances = np.where(is_possible, chances, -np.inf)
    without = logsumexp(chances, axis=1)
    # Counted from the least possible value, so that a certain one leaves a ratio of exactly 1.
    return np.column_stack(
        [(both - least) * each - (logsumexp(chances + steps * each, axis=1) - without) for each in log_odds]
    )
