"""Worlds whose truth is known: how often intervals hold it, how often chance is flagged. Prints the shares."""

import numpy as np
import pytest

from pipeline.statistics.disproportionality import (
    benjamini_hochberg,
    empirical_bayes,
    fisher_greater,
    fit_prior,
    mantel_haenszel,
    named_criteria,
    two_by_two,
)
from pipeline.statistics.meta_analysis import pool

pytestmark = pytest.mark.evidence


def between(share: float, low: float, high: float, what: str) -> None:
    print(f"{what}: {share:.3f}")
    assert low <= share <= high, what


def test_intervals_of_reports_hold_a_planted_ratio() -> None:
    draw = np.random.default_rng(1)
    odds_without, ratio, nights = 0.01, 4.0, 20_000
    risk, risk_with = odds_without / (1 + odds_without), ratio * odds_without / (1 + ratio * odds_without)
    both, other = draw.binomial(600, risk_with, nights), draw.binomial(40_000, risk, nights)
    frame = two_by_two(both, 600 - both, other, 40_000 - other)
    between(((frame.ror_lower <= ratio) & (ratio <= frame.ror_upper)).mean(), 0.94, 0.965, "ROR interval holds 4")
    true_prr = risk_with / risk
    between(((frame.prr_lower <= true_prr) & (true_prr <= frame.prr_upper)).mean(), 0.94, 0.965, "PRR interval")
    strata = np.array([10, 40, 200, 350])
    held = []
    for _ in range(1500):
        both, other = draw.binomial(strata, risk_with), draw.binomial(strata * 60, risk)
        pooled = mantel_haenszel(both, strata - both, other, strata * 60 - other)
        held.append(pooled.ror_lower <= ratio <= pooled.ror_upper)
    between(np.mean(held), 0.935, 0.97, "Mantel-Haenszel interval over sparse strata")


def test_bounds_of_shrunken_ratios_hold_what_they_should() -> None:
    """Ninety of a hundred true ratios lie between EB05 and EB95 when the prior is right; it is fitted here."""
    draw, pairs = np.random.default_rng(2), 60_000
    raised = draw.random(pairs) < 0.1
    truth = np.where(raised, draw.gamma(2, 2, pairs), draw.gamma(4, 0.2, pairs))
    expected = draw.lognormal(-0.5, 1.5, pairs)
    count = draw.poisson(truth * expected).astype(float)
    seen = count > 0
    scores = empirical_bayes(count, expected, fit_prior(count[seen], expected[seen], zeros=expected[~seen]))
    between(((scores.eb05 <= truth) & (truth <= scores.eb95)).mean(), 0.89, 0.91, "EB05 to EB95 holds the ratio")
    flagged = scores.eb05 >= 2
    between((truth[flagged] < 2).mean(), 0.0, 0.05, "share of EB05 >= 2 whose true ratio is below 2")


def test_independence_raises_no_more_flags_than_each_criterion_implies() -> None:
    draw = np.random.default_rng(3)
    table = draw.poisson(np.outer(draw.lognormal(1.5, 1.2, 300), draw.lognormal(0, 1.2, 300))).astype(float)
    rows, columns, total = table.sum(1, keepdims=True), table.sum(0, keepdims=True), table.sum()
    cells = [cell.ravel() for cell in (table, rows - table, columns - table, total - rows - columns + table)]
    measures = two_by_two(*cells)
    possible = (measures.expected_count > 0).to_numpy()
    count, expected = cells[0][possible], measures.expected_count[possible]
    prior = fit_prior(count[count > 0], expected[count > 0], zeros=expected[count == 0])
    print(f"prior of an independent table: {prior.reason or prior}")
    flags = named_criteria(cells[0], measures)
    one_sided_tail = 0.0228  # of chi-squared at 4
    for name, most in (("evans", one_sided_tail), ("eudravigilance", 0.028), ("ic025", 0.025)):
        between(flags[name].mean(), 0.0, most, f"independent pairs flagged by {name}")


@pytest.mark.parametrize(("trials", "tau", "low"), [(6, 0.0, 0.93), (6, 0.4, 0.93), (20, 0.4, 0.93)])
def test_intervals_of_trials_hold_a_planted_effect(trials, tau, low) -> None:
    draw, truth, held, plain = np.random.default_rng(4), np.log(2.0), [], []
    for _ in range(600):
        size = draw.integers(60, 240, trials)
        effect = truth + draw.normal(0, tau, trials)
        control = 0.15
        odds = control / (1 - control) * np.exp(effect)
        arms = draw.binomial(size, odds / (1 + odds)), size, draw.binomial(size, control), size
        for interval, kept in (("hk_adhoc", held), ("wald", plain)):
            pooled = pool(*arms, measure="or", method="reml", interval=interval, correction=0.5)
            kept.append(pooled.lower <= 2 <= pooled.upper)
    between(np.mean(held), low, 1.0, f"{trials} trials, tau {tau}: REML with Hartung-Knapp floor holds 2")
    print(f"{trials} trials, tau {tau}: REML with Wald holds 2: {np.mean(plain):.3f}")


def test_a_family_without_a_signal_is_seldom_flagged() -> None:
    """Ninety pre-specified cells (rule 8) of an independent world: any flag in one night of twenty at most."""
    draw, flagged = np.random.default_rng(5), []
    for _ in range(400):
        both, other = draw.binomial(500, 0.01, 90), draw.binomial(100_000, 0.01, 90)
        chances = fisher_greater(both, 500 - both, other, 100_000 - other)
        flagged.append((benjamini_hochberg(chances) <= 0.05).any())
    between(np.mean(flagged), 0.0, 0.06, "nights with any false flag in the family of ninety")
