"""Worlds whose truth is known: how often intervals hold it, how often chance is flagged. Prints the shares.

    .venv/bin/pytest tests/statistics/test_planted_truth.py -m proof -s

Each share has a band it must lie in, and README states it as printed: the seeds are fixed.
"""

from collections.abc import Iterator

import numpy as np
import pytest

from pipeline.resources import ROOT as PROJECT
from pipeline.statistics.disproportionality import (
    Prior,
    benjamini_hochberg,
    empirical_bayes,
    fisher_greater,
    fit_prior,
    likelihood_ratio,
    mantel_haenszel,
    named_criteria,
    two_by_two,
)
from pipeline.statistics.meta_analysis import pool, subgroups

pytestmark = pytest.mark.proof


def between(share: float, low: float, high: float, what: str) -> None:
    line = f"| {what} | {share:.3f} |"
    print(line)
    assert low <= share <= high, what
    assert line in (PROJECT / "README.md").read_text(), f"README does not say {line}"


def odds_of(risk: float) -> float:
    return risk / (1 - risk)


def risk_of(odds: float) -> float:
    return odds / (1 + odds)


def test_intervals_of_reports_hold_a_planted_ratio() -> None:
    draw = np.random.default_rng(1)
    odds_without, ratio, nights = 0.01, 4.0, 20_000
    risk, risk_with = odds_without / (1 + odds_without), ratio * odds_without / (1 + ratio * odds_without)
    both, other = draw.binomial(600, risk_with, nights), draw.binomial(40_000, risk, nights)
    frame = two_by_two(both, 600 - both, other, 40_000 - other)
    between(
        ((frame.ror_lower <= ratio) & (ratio <= frame.ror_upper)).mean(),
        0.94,
        0.965,
        "ROR interval holds a ratio of 4",
    )
    true_prr = risk_with / risk
    between(
        ((frame.prr_lower <= true_prr) & (true_prr <= frame.prr_upper)).mean(),
        0.94,
        0.965,
        "PRR interval holds the same in risks",
    )
    strata = np.array([10, 40, 200, 350])
    held = []
    for _ in range(1500):
        both, other = draw.binomial(strata, risk_with), draw.binomial(strata * 60, risk)
        pooled = mantel_haenszel(both, strata - both, other, strata * 60 - other)
        held.append(pooled.ror_lower <= ratio <= pooled.ror_upper)
    between(np.mean(held), 0.935, 0.97, "Mantel-Haenszel interval holds 4 over sparse strata")


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
    between((truth[flagged] < 2).mean(), 0.0, 0.05, "pairs of EB05 >= 2 whose true ratio is below 2")


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
        between(flags[name].mean(), 0.0, most, f"unrelated pairs flagged by {name}")


@pytest.mark.parametrize(("trials", "tau", "low"), [(6, 0.0, 0.93), (6, 0.4, 0.93), (20, 0.4, 0.93)])
def test_intervals_of_trials_hold_a_planted_effect(trials, tau, low) -> None:
    draw, truth, held, plain = np.random.default_rng(4), np.log(2.0), [], []
    for _ in range(400):
        size = draw.integers(60, 240, trials)
        effect = truth + draw.normal(0, tau, trials)
        control = 0.15
        odds = control / (1 - control) * np.exp(effect)
        arms = draw.binomial(size, odds / (1 + odds)), size, draw.binomial(size, control), size
        for interval, kept in (("hk_adhoc", held), ("wald", plain)):
            pooled = pool(*arms, measure="or", method="reml", interval=interval, correction=0.5)
            kept.append(pooled.lower <= 2 <= pooled.upper)
    between(np.mean(held), low, 1.0, f"{trials} trials, tau {tau}: Hartung-Knapp with floor holds an odds ratio of 2")
    between(np.mean(plain), 0.85, 1.0, f"{trials} trials, tau {tau}: Wald holds it")


def test_a_family_without_a_signal_is_seldom_flagged() -> None:
    """Ninety pre-specified cells (rule 8) of an independent world: any flag in one night of twenty at most."""
    draw, flagged = np.random.default_rng(5), []
    for _ in range(400):
        both, other = draw.binomial(500, 0.01, 90), draw.binomial(100_000, 0.01, 90)
        chances = fisher_greater(both, 500 - both, other, 100_000 - other)
        flagged.append((benjamini_hochberg(chances) <= 0.05).any())
    between(np.mean(flagged), 0.0, 0.06, "families of ninety unrelated cells with a flag")


# One drug by three routes, and everybody else: cases with it, and how much it multiplies the odds of the reaction
ROUTES = {"intravenous": (400, 6.0), "nasal": (500, 3.0), "oral": (700, 1.0)}
OTHERS, ODDS = 200_000, 0.01


def draw_by_route(seed: int, nights: int) -> dict[str, np.ndarray]:
    """Cases with the reaction on each night, by route, and among everybody else."""
    draw = np.random.default_rng(seed)
    counts = {name: draw.binomial(size, risk_of(ratio * ODDS), nights) for name, (size, ratio) in ROUTES.items()}
    return counts | {"others": draw.binomial(OTHERS, risk_of(ODDS), nights)}


def route_cells(counts: dict[str, np.ndarray], route: str) -> Iterator[np.ndarray]:
    """The four cells of one route against every other case, those of the other routes included."""
    size = ROUTES[route][0]
    universe = OTHERS + sum(each for each, _ in ROUTES.values())
    rest = sum(each for name, each in counts.items() if name != route)
    yield from (counts[route], size - counts[route], rest, universe - size - rest)


def true_risk(routes: dict[str, tuple[int, float]], others: int) -> float:
    affected = sum(size * risk_of(ratio * ODDS) for size, ratio in routes.values()) + others * risk_of(ODDS)
    return affected / (sum(size for size, _ in routes.values()) + others)


def test_signals_planted_by_route_are_found_at_their_route() -> None:
    """Six times the odds by vein, three by nose, none by mouth: each has its own ratio, and the mouth no flag."""
    counts = draw_by_route(6, 4000)
    for route, (_, ratio) in ROUTES.items():
        cells = list(route_cells(counts, route))
        measures = two_by_two(*cells)
        elsewhere = {name: each for name, each in ROUTES.items() if name != route}
        truth = ratio * ODDS / odds_of(true_risk(elsewhere, OTHERS))
        held = ((measures.ror_lower <= truth) & (truth <= measures.ror_upper)).mean()
        between(held, 0.935, 0.975, f"{route}: ROR interval holds the planted {ratio:g}")
        planted = np.log2(risk_of(ratio * ODDS) / true_risk(ROUTES, OTHERS))
        held = ((measures.ic_lower <= planted) & (planted <= measures.ic_upper)).mean()
        # the IC is drawn towards none by its half case, so that its interval falls short of 95% for a large ratio
        between(held, 0.92, 0.985, f"{route}: IC interval holds the same")
        for name, flagged in named_criteria(cells[0], measures).items():
            low, high = (0.8, 1.0) if ratio > 1 else (0.0, 0.03)
            between(flagged.mean(), low, high, f"{route}: flagged by {name}")


def test_the_contrast_of_routes_holds_the_planted_one() -> None:
    """By vein against any other way, within the drug."""
    counts = draw_by_route(7, 8000)
    size = ROUTES["intravenous"][0]
    other = {name: each for name, each in ROUTES.items() if name != "intravenous"}
    by_vein, elsewhere = counts["intravenous"], counts["nasal"] + counts["oral"]
    people = sum(each for each, _ in other.values())
    frame = two_by_two(by_vein, size - by_vein, elsewhere, people - elsewhere)
    truth = ROUTES["intravenous"][1] * ODDS / odds_of(true_risk(other, 0))
    held = ((frame.ror_lower <= truth) & (truth <= frame.ror_upper)).mean()
    between(held, 0.94, 0.965, "ROR interval holds the contrast of routes")


def test_unrelated_pairs_beside_planted_ones_are_seldom_shrunken_to_two() -> None:
    """300 drugs by 300 reactions: one pair in twenty is raised, the others differ by a fifth or so, as they do."""
    draw = np.random.default_rng(8)
    mean = np.outer(draw.lognormal(1.5, 1.2, 300), draw.lognormal(0, 1.2, 300))
    raised = draw.random(mean.shape) < 0.05
    ratio = np.where(raised, draw.gamma(4, 1.5, mean.shape), draw.gamma(20, 1 / 20, mean.shape))
    table = draw.poisson(mean * ratio).astype(float)
    expected = mean.ravel()
    count, planted = table.ravel(), raised.ravel()
    prior = fit_prior(count[count > 0], expected[count > 0], zeros=expected[count == 0])
    assert prior.converged
    flagged = empirical_bayes(count, expected, prior).eb05 >= 2
    between(flagged[~planted].mean(), 0.0, 0.002, "unrelated pairs flagged by EB05 >= 2")
    between(flagged[planted & (expected > 3)].mean(), 0.6, 1.0, "raised pairs of 3 expected or more flagged by it")
    between(planted[flagged].mean(), 0.95, 1.0, "pairs so flagged that were raised")


def test_a_prior_of_an_independent_table_flags_nothing() -> None:
    """Where no pair differs the prior has no second component: it is rejected, and nothing is scored. Scored with
    DuMouchel's own (1999), of another database, hardly a pair passes."""
    draw = np.random.default_rng(9)
    expected = np.outer(draw.lognormal(1.5, 1.2, 300), draw.lognormal(0, 1.2, 300)).ravel()
    count = draw.poisson(expected).astype(float)
    prior = fit_prior(count[count > 0], expected[count > 0], zeros=expected[count == 0])
    flagged = empirical_bayes(count, expected, prior).eb05 >= 2
    between(flagged.mean(), 0.0, 0.0005, "pairs of an independent table flagged by EB05 >= 2, prior of its own")
    flagged = empirical_bayes(count, expected, Prior(0.2041, 0.05816, 1.415, 1.838, 0.0969)).eb05 >= 2
    between(flagged.mean(), 0.0, 0.005, "pairs of an independent table flagged by EB05 >= 2, a published prior")


def test_the_likelihood_ratio_errs_once_in_twenty_tables() -> None:
    """The p-value is of the whole table: any pair of an unrelated table below 0.05 is one false alarm."""
    draw = np.random.default_rng(10)
    alarms, found = [], []
    for night in range(300):
        mean = np.outer(draw.lognormal(1.5, 1, 20), draw.lognormal(0, 1, 15))
        alarms.append(likelihood_ratio(draw.poisson(mean), draws=99, seed=night).p_value.min() <= 0.05)
        place = np.unravel_index(np.abs(mean - 10).argmin(), mean.shape)
        mean[place] *= 4
        found.append(likelihood_ratio(draw.poisson(mean), draws=99, seed=night).p_value[place] <= 0.05)
    between(np.mean(alarms), 0.025, 0.08, "unrelated tables with any pair flagged by the likelihood ratio")
    between(np.mean(found), 0.9, 1.0, "a pair of 10 raised to 40 flagged by it")


def draw_trials(draw: np.random.Generator, ratio: float, tau: float, trials: int, control: float) -> tuple:
    size = draw.integers(30, 120, trials)
    odds = odds_of(control) * ratio * np.exp(draw.normal(0, tau, trials))
    return draw.binomial(size, odds / (1 + odds)), size, draw.binomial(size, control), size


@pytest.mark.parametrize(("ratio", "what"), [(1.0, "no effect"), (3.0, "an odds ratio of 3")])
def test_intervals_of_rare_events_hold_the_truth_without_a_correction(ratio, what) -> None:
    """Eight small trials, three in a hundred affected: empty arms are common, and nobody adds a half."""
    draw, held = np.random.default_rng(11), []
    for _ in range(2000):
        pooled = pool(*draw_trials(draw, ratio, 0.0, 8, 0.03), measure="or", method="mh")
        held.append(pooled.lower <= ratio <= pooled.upper)
    between(np.mean(held), 0.935, 0.975, f"8 small trials of rare events: Mantel-Haenszel holds {what}")


def test_routes_that_do_not_differ_are_seldom_told_apart() -> None:
    """Six trials by vein and six by mouth, of the same effect and of one three times the other."""
    draw = np.random.default_rng(12)
    route = ["intravenous"] * 6 + ["oral"] * 6
    for ratio, low, high, what in ((2.0, 0.0, 0.09, "the same effect"), (6.0, 0.5, 1.0, "three times the effect")):
        apart = {"common": [], "separate": []}
        for _ in range(300):
            parts = zip(draw_trials(draw, ratio, 0.2, 6, 0.15), draw_trials(draw, 2.0, 0.2, 6, 0.15), strict=True)
            arms = [np.concatenate(part) for part in parts]
            for tau, found in apart.items():
                choices = {"measure": "or", "method": "reml", "correction": 0.5, "tau": tau}
                found.append(subgroups(*arms, route, **choices).p_value < 0.05)
        for tau, found in apart.items():
            between(np.mean(found), low, high, f"two routes of {what} told apart, {tau} tau-squared")
