"""Simulated worlds with a known truth: coverage of intervals and rate of false flags. Prints the shares.

    .venv/bin/pytest tests/statistics/test_planted_truth.py -m proof -s

Each share must be within a band, and `docs/explanation/coverage.md` states it as printed: the seeds are fixed.
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
from pipeline.statistics.sequential import accumulate_evidence, conditional_log_ratios

pytestmark = pytest.mark.proof

PAGE = PROJECT / "docs" / "explanation" / "coverage.md"


def check_share(share: float, low: float, high: float, what: str) -> None:
    line = f"| {what} | {share:.3f} |"
    print(line)
    assert low <= share <= high, what
    assert line in PAGE.read_text(), f"{PAGE.name} does not say {line}"


def to_odds(risk: float) -> float:
    return risk / (1 - risk)


def to_risk(odds: float) -> float:
    return odds / (1 + odds)


def test_report_intervals_cover_a_planted_ratio() -> None:
    draw = np.random.default_rng(1)
    odds_without, ratio, worlds = 0.01, 4.0, 20_000
    risk, risk_with = odds_without / (1 + odds_without), ratio * odds_without / (1 + ratio * odds_without)
    both, other = draw.binomial(600, risk_with, worlds), draw.binomial(40_000, risk, worlds)
    frame = two_by_two(both, 600 - both, other, 40_000 - other)
    check_share(
        ((frame.ror_lower <= ratio) & (ratio <= frame.ror_upper)).mean(),
        0.94,
        0.965,
        "ROR interval holds a ratio of 4",
    )
    true_prr = risk_with / risk
    check_share(
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
    check_share(np.mean(held), 0.935, 0.97, "Mantel-Haenszel interval holds 4 over sparse strata")


def test_bounds_of_shrunken_ratios_cover_true_ratios() -> None:
    """Ninety of a hundred true ratios are between EB05 and EB95 when the prior is correct; here it is fitted."""
    draw, pairs = np.random.default_rng(2), 60_000
    raised = draw.random(pairs) < 0.1
    truth = np.where(raised, draw.gamma(2, 2, pairs), draw.gamma(4, 0.2, pairs))
    expected = draw.lognormal(-0.5, 1.5, pairs)
    count = draw.poisson(truth * expected).astype(float)
    seen = count > 0
    scores = empirical_bayes(count, expected, fit_prior(count[seen], expected[seen], zeros=expected[~seen]))
    check_share(((scores.eb05 <= truth) & (truth <= scores.eb95)).mean(), 0.89, 0.91, "EB05 to EB95 holds the ratio")
    flagged = scores.eb05 >= 2
    check_share((truth[flagged] < 2).mean(), 0.0, 0.05, "pairs of EB05 >= 2 whose true ratio is below 2")


def test_independent_pairs_are_flagged_at_the_rate_of_each_criterion() -> None:
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
        check_share(flags[name].mean(), 0.0, most, f"unrelated pairs flagged by {name}")


@pytest.mark.parametrize(("trials", "tau", "low"), [(6, 0.0, 0.93), (6, 0.4, 0.93), (20, 0.4, 0.93)])
def test_trial_intervals_cover_a_planted_effect(trials, tau, low) -> None:
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
    check_share(
        np.mean(held), low, 1.0, f"{trials} trials, tau {tau}: Hartung-Knapp with floor holds an odds ratio of 2"
    )
    check_share(np.mean(plain), 0.85, 1.0, f"{trials} trials, tau {tau}: Wald holds it")


def test_family_without_a_signal_is_rarely_flagged() -> None:
    """Ninety pre-specified cells (rule 8) of an independent world: any flag in at most one run of twenty."""
    draw, flagged = np.random.default_rng(5), []
    for _ in range(400):
        both, other = draw.binomial(500, 0.01, 90), draw.binomial(100_000, 0.01, 90)
        chances = fisher_greater(both, 500 - both, other, 100_000 - other)
        flagged.append((benjamini_hochberg(chances) <= 0.05).any())
    check_share(np.mean(flagged), 0.0, 0.06, "families of ninety unrelated cells with a flag")


# One drug by three routes, and all other cases: cases exposed, and the factor on the odds of the reaction
ROUTES = {"intravenous": (400, 6.0), "nasal": (500, 3.0), "oral": (700, 1.0)}
OTHERS, ODDS = 200_000, 0.01


def draw_by_route(seed: int, worlds: int) -> dict[str, np.ndarray]:
    """Cases with the reaction in each world, by route, and among all other cases."""
    draw = np.random.default_rng(seed)
    counts = {name: draw.binomial(size, to_risk(ratio * ODDS), worlds) for name, (size, ratio) in ROUTES.items()}
    return counts | {"others": draw.binomial(OTHERS, to_risk(ODDS), worlds)}


def count_route_cells(counts: dict[str, np.ndarray], route: str) -> Iterator[np.ndarray]:
    """The four cells of one route against every other case, those of the other routes included."""
    size = ROUTES[route][0]
    universe = OTHERS + sum(each for each, _ in ROUTES.values())
    rest = sum(each for name, each in counts.items() if name != route)
    yield from (counts[route], size - counts[route], rest, universe - size - rest)


def compute_true_risk(routes: dict[str, tuple[int, float]], others: int) -> float:
    affected = sum(size * to_risk(ratio * ODDS) for size, ratio in routes.values()) + others * to_risk(ODDS)
    return affected / (sum(size for size, _ in routes.values()) + others)


def test_signals_planted_by_route_are_flagged_for_their_route() -> None:
    """Six times the odds for intravenous, three for intranasal, one for oral: each has its own ratio, oral has no
    flag."""
    counts = draw_by_route(6, 4000)
    for route, (_, ratio) in ROUTES.items():
        cells = list(count_route_cells(counts, route))
        measures = two_by_two(*cells)
        elsewhere = {name: each for name, each in ROUTES.items() if name != route}
        truth = ratio * ODDS / to_odds(compute_true_risk(elsewhere, OTHERS))
        held = ((measures.ror_lower <= truth) & (truth <= measures.ror_upper)).mean()
        check_share(held, 0.935, 0.975, f"{route}: ROR interval holds the planted {ratio:g}")
        planted = np.log2(to_risk(ratio * ODDS) / compute_true_risk(ROUTES, OTHERS))
        held = ((measures.ic_lower <= planted) & (planted <= measures.ic_upper)).mean()
        # the half case shrinks the IC towards zero, so that its interval covers less than 95% for a large ratio
        check_share(held, 0.92, 0.985, f"{route}: IC interval holds the same")
        for name, flagged in named_criteria(cells[0], measures).items():
            low, high = (0.8, 1.0) if ratio > 1 else (0.0, 0.03)
            check_share(flagged.mean(), low, high, f"{route}: flagged by {name}")


def test_route_contrast_covers_the_planted_ratio() -> None:
    """Intravenous against any other route of the same drug."""
    counts = draw_by_route(7, 8000)
    size = ROUTES["intravenous"][0]
    other = {name: each for name, each in ROUTES.items() if name != "intravenous"}
    intravenous, elsewhere = counts["intravenous"], counts["nasal"] + counts["oral"]
    people = sum(each for each, _ in other.values())
    frame = two_by_two(intravenous, size - intravenous, elsewhere, people - elsewhere)
    truth = ROUTES["intravenous"][1] * ODDS / to_odds(compute_true_risk(other, 0))
    held = ((frame.ror_lower <= truth) & (truth <= frame.ror_upper)).mean()
    check_share(held, 0.94, 0.965, "ROR interval holds the contrast of routes")


def test_unrelated_pairs_among_planted_ones_rarely_reach_eb05_of_two() -> None:
    """300 drugs by 300 reactions: one pair in twenty is raised, the others vary by about a fifth, as real pairs
    do."""
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
    check_share(flagged[~planted].mean(), 0.0, 0.002, "unrelated pairs flagged by EB05 >= 2")
    check_share(
        flagged[planted & (expected > 3)].mean(), 0.6, 1.0, "raised pairs of 3 expected or more flagged by it"
    )
    check_share(planted[flagged].mean(), 0.95, 1.0, "pairs so flagged that were raised")


def test_prior_of_an_independent_table_flags_nothing() -> None:
    """When no pair differs the prior has no second component: it is rejected, and nothing is scored. With the prior
    of DuMouchel 1999, from another database, hardly any pair is flagged."""
    draw = np.random.default_rng(9)
    expected = np.outer(draw.lognormal(1.5, 1.2, 300), draw.lognormal(0, 1.2, 300)).ravel()
    count = draw.poisson(expected).astype(float)
    prior = fit_prior(count[count > 0], expected[count > 0], zeros=expected[count == 0])
    flagged = empirical_bayes(count, expected, prior).eb05 >= 2
    check_share(flagged.mean(), 0.0, 0.0005, "pairs of an independent table flagged by EB05 >= 2, prior of its own")
    flagged = empirical_bayes(count, expected, Prior(0.2041, 0.05816, 1.415, 1.838, 0.0969)).eb05 >= 2
    check_share(flagged.mean(), 0.0, 0.005, "pairs of an independent table flagged by EB05 >= 2, a published prior")


def test_likelihood_ratio_has_the_nominal_false_positive_rate() -> None:
    """The p-value is of the whole table: any pair of an independent table below 0.05 is one false positive."""
    draw = np.random.default_rng(10)
    alarms, found = [], []
    for seed in range(300):
        mean = np.outer(draw.lognormal(1.5, 1, 20), draw.lognormal(0, 1, 15))
        alarms.append(likelihood_ratio(draw.poisson(mean), draws=99, seed=seed).p_value.min() <= 0.05)
        place = np.unravel_index(np.abs(mean - 10).argmin(), mean.shape)
        mean[place] *= 4
        found.append(likelihood_ratio(draw.poisson(mean), draws=99, seed=seed).p_value[place] <= 0.05)
    check_share(np.mean(alarms), 0.025, 0.08, "unrelated tables with any pair flagged by the likelihood ratio")
    check_share(np.mean(found), 0.9, 1.0, "a pair of 10 raised to 40 flagged by it")


def draw_trials(draw: np.random.Generator, ratio: float, tau: float, trials: int, control: float) -> tuple:
    size = draw.integers(30, 120, trials)
    odds = to_odds(control) * ratio * np.exp(draw.normal(0, tau, trials))
    return draw.binomial(size, odds / (1 + odds)), size, draw.binomial(size, control), size


@pytest.mark.parametrize(("ratio", "what"), [(1.0, "no effect"), (3.0, "an odds ratio of 3")])
def test_rare_event_intervals_cover_the_truth_without_correction(ratio, what) -> None:
    """Eight small trials, three in a hundred affected: empty arms are common, and no half is added."""
    draw, held = np.random.default_rng(11), []
    for _ in range(2000):
        pooled = pool(*draw_trials(draw, ratio, 0.0, 8, 0.03), measure="or", method="mh")
        held.append(pooled.lower <= ratio <= pooled.upper)
    check_share(np.mean(held), 0.935, 0.975, f"8 small trials of rare events: Mantel-Haenszel holds {what}")


def test_routes_with_equal_effects_are_rarely_found_different() -> None:
    """Six intravenous and six oral trials, with equal effects and with one three times the other."""
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
            check_share(np.mean(found), low, high, f"two routes of {what} distinguished, {tau} tau-squared")


def draw_strata(draw: np.random.Generator, smallest: list[float], exposed: int | None = None) -> np.ndarray:
    """Strata of one true common ratio of 1. smallest: cases with both expected in each. exposed: cases of the drug in
    each; None, as many as the risk requires."""
    risk = draw.uniform(0.02, 0.2, len(smallest))
    cases = np.maximum(np.round(smallest / risk), 2).astype(int) if exposed is None else np.full(risk.shape, exposed)
    others = draw.integers(300, 3000, risk.size)
    both, reaction = draw.binomial(cases, risk), draw.binomial(others, risk)
    return np.array([both, cases - both, reaction, others - reaction])


def test_homogeneity_is_rejected_by_chance_no_more_often_than_stated() -> None:
    """Breslow and Day's test at 0.05 where one ratio holds in all strata: on strata of one case of the drug, and on
    those that Cochran's rule lets pass, at its very edge."""
    draw, worlds = np.random.default_rng(31), 3000
    sparse = [mantel_haenszel(*draw_strata(draw, [0.0] * 76, exposed=1)) for _ in range(worlds)]
    check_share(
        np.mean([ratio.p_value < 0.05 for ratio in sparse]), 0.10, 0.35,
        "one ratio in 76 strata of one case rejected by Breslow and Day",
    )  # fmt: skip
    check_share(
        np.mean([ratio.homogeneity_reason is None for ratio in sparse]), 0, 0.001,
        "such strata found dense enough to be tested",
    )  # fmt: skip
    edges = ([5.0] * 8 + [1.2] * 2, [5.0] * 24 + [1.2] * 6, [8.0] * 40)
    dense = [mantel_haenszel(*draw_strata(draw, edges[world % 3])) for world in range(worlds)]
    tested = [ratio.p_value < 0.05 for ratio in dense if ratio.homogeneity_reason is None]
    assert len(tested) > worlds / 4
    check_share(np.mean(tested), 0.03, 0.065, "one ratio in strata dense enough rejected by Breslow and Day")


ALTERNATIVES = (1.5, 2, 4, 8)  # odds ratios whose evidence is averaged


def draw_quarters(draw: np.random.Generator, tests: int, quarters: int, ratio: float = 1) -> np.ndarray:
    """Cells of unrelated drugs and reactions by quarter, whose reporting grows; or of a raised odds ratio."""
    growth = np.linspace(1, 4, quarters)
    drug = draw.poisson(draw.uniform(2, 40, (tests, 1)) * growth)
    share = draw.uniform(0.005, 0.1, (tests, 1))
    both = draw.binomial(drug, to_risk(ratio * to_odds(share)))
    others = draw.poisson(4000 * growth, (tests, quarters))
    reaction = draw.binomial(others, share)
    return np.array([both, drug - both, reaction, others - reaction])


def accumulate(cells: np.ndarray) -> np.ndarray:
    """Log evidence of each test at each quarter."""
    _, tests, quarters = cells.shape
    ratios = conditional_log_ratios(*cells.reshape(4, -1), ALTERNATIVES).reshape(tests, quarters, len(ALTERNATIVES))
    return np.array([accumulate_evidence(each) for each in ratios])


def test_sequential_test_holds_its_error_over_forty_quarters() -> None:
    """Unrelated pairs looked at in each of forty quarters: alone at 0.05, as families of ninety at 0.05 in all, and
    beside the repeated look at the cumulative IC, which nothing corrects."""
    draw = np.random.default_rng(22)
    cells = draw_quarters(draw, 5400, 40)
    evidence = accumulate(cells)
    ever = evidence.max(axis=1)
    check_share((ever >= np.log(1 / 0.05)).mean(), 0.005, 0.05, "unrelated pairs ever detected, one test at 0.05")
    families = ever.reshape(60, 90).max(axis=1)
    check_share(
        (families >= np.log(90 / 0.05)).mean(), 0, 0.05, "families of ninety with any unrelated pair detected"
    )
    total = cells.cumsum(axis=2).reshape(4, -1)
    flags = named_criteria(total[0], two_by_two(*total)).ic025.to_numpy(dtype=bool, na_value=False).reshape(5400, 40)
    check_share(flags.any(axis=1).mean(), 0.05, 0.4, "unrelated pairs ever flagged by the cumulative IC")
    raised = accumulate(draw_quarters(draw, 600, 40, ratio=3))
    found = (raised[:, :8].max(axis=1) >= np.log(90 / 0.05)).mean()
    check_share(found, 0.4, 0.7, "an odds ratio of 3 detected within 8 quarters, one of ninety tests")
