"""Evidence that accumulates over quarters agrees with SciPy's distribution, and does not grow by itself."""

import numpy as np
import pytest
from scipy.stats import hypergeom, nchypergeom_fisher

from pipeline.statistics.sequential import accumulate_evidence, conditional_log_ratios

ODDS = [1.5, 2, 4, 8]


def test_ratio_agrees_with_scipy() -> None:
    """Fisher's noncentral hypergeometric distribution, which SciPy computes by the algorithms of Agner Fog."""
    tables = [(7, 93, 40, 860), (0, 10, 5, 85), (12, 3, 2, 33), (3, 0, 4, 0), (5, 10, 0, 1000)]
    found = conditional_log_ratios(*np.array(tables).T, ODDS)
    for (a, b, c, d), ours in zip(tables, found, strict=True):
        total = (a + b + c + d, a + b, a + c)
        theirs = [nchypergeom_fisher.logpmf(a, *total, odds) - hypergeom.logpmf(a, *total) for odds in ODDS]
        assert ours == pytest.approx(theirs, abs=1e-9)


def test_mean_evidence_is_one_where_drug_and_reaction_are_unrelated() -> None:
    """Over two quarters, summed exactly over every table with their margins: what Ville's inequality requires."""
    margins = ((60, 12, 9), (40, 6, 20))
    possible = [range(min(drug, reaction) + 1) for _, drug, reaction in margins]
    mean = 0.0
    for first in possible[0]:
        for second in possible[1]:
            tables = [
                (both, drug - both, reaction - both, universe - drug - reaction + both)
                for both, (universe, drug, reaction) in zip((first, second), margins, strict=True)
            ]
            chance = np.prod(
                [hypergeom.pmf(both, *total) for both, total in zip((first, second), margins, strict=True)]
            )
            mean += chance * np.exp(accumulate_evidence(conditional_log_ratios(*np.array(tables).T, ODDS))[-1])
    assert mean == pytest.approx(1, abs=1e-12)


def test_quarter_without_the_drug_or_the_reaction_leaves_the_evidence_as_it_is() -> None:
    found = conditional_log_ratios([0, 0, 4], [0, 9, 0], [5, 0, 0], [95, 91, 0], ODDS)
    assert (found == 0).all()


def test_tables_do_not_depend_on_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of thousands of possible values beside small ones, all at once or in blocks."""
    tables = np.array([(3, 20, 9, 800), (900, 4000, 3000, 900_000), (0, 1, 1, 5)]).T
    whole = conditional_log_ratios(*tables, ODDS)
    monkeypatch.setattr("pipeline.statistics.sequential.BLOCK", 5)
    assert conditional_log_ratios(*tables, ODDS) == pytest.approx(whole, abs=1e-9)


def test_arguments_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="odds_ratios"):
        conditional_log_ratios([1], [2], [3], [4], [0])
    with pytest.raises(ValueError, match="with_both"):
        conditional_log_ratios([-1], [2], [3], [4], [2])
