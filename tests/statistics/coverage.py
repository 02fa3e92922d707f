"""How often intervals of trials hold a planted effect, and how often they exclude no effect where there is none.

    python -m tests.statistics.coverage [datasets]

prints two tables for `docs/explanation/coverage.md` (`make coverage`: 500 data sets a world, ten minutes). Trials of
rare events: comparator risk 0.5 to 5%, 2 to 12 trials of 40 to 160 people beside the comparator, arms 1 to 1 up
to 3 to 1, so that empty arms and trials without any event are common. The same odds ratio holds in every trial
(tau 0), or it varies normally on the log scale around the planted one. Risk ratio and difference are judged by
their own truth: the risk with the drug averaged over that distribution.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.statistics.meta_analysis import Pooled, pool
from tests.statistics.test_pooling import keep_weighable

DATASETS = 500


@dataclass(frozen=True)
class World:
    """trials, comparator risk, people with the drug for each one beside the comparator, tau of log odds ratios."""

    trials: int
    risk: float
    allocation: float
    tau: float

    def __str__(self) -> str:
        return f"{self.trials} trials, {100 * self.risk:g} %, {self.allocation:g} to 1, tau {self.tau:g}"


WORLDS = {
    "A": World(2, 0.05, 1, 0.0),
    "B": World(4, 0.02, 2, 0.0),
    "C": World(6, 0.01, 1, 0.0),
    "D": World(12, 0.005, 3, 0.0),
    "E": World(6, 0.05, 2, 0.5),
    "F": World(12, 0.02, 1, 0.5),
}
RATIO = 3.0


def _weigh(arms: tuple, **choices: object) -> Pooled:
    """As it was published: trials without a variance are left out of the difference."""
    return pool(*keep_weighable(arms, "rd"), measure="rd", **choices)


METHODS: dict[str, tuple[str, Callable[[tuple], Pooled]]] = {
    "risk difference, DerSimonian-Laird, as before": ("rd", lambda arms: _weigh(arms, method="dl")),
    "risk difference, Mantel-Haenszel, Wald": ("rd", lambda arms: pool(*arms, measure="rd")),
    "risk difference, Mantel-Haenszel, score": ("rd", lambda arms: pool(*arms, measure="rd", interval="score")),
    "risk ratio, Mantel-Haenszel, Wald": ("rr", lambda arms: pool(*arms)),
    "risk ratio, Mantel-Haenszel, score": ("rr", lambda arms: pool(*arms, interval="score")),
    "odds ratio, Mantel-Haenszel, Wald": ("or", lambda arms: pool(*arms, measure="or")),
    "odds ratio, Peto": ("or", lambda arms: pool(*arms, measure="or", method="peto")),
    "odds ratio, inverse variance with 0.5": (
        "or", lambda arms: pool(*arms, measure="or", method="iv", correction=0.5),
    ),
    "odds ratio, DerSimonian-Laird with 0.5": (
        "or", lambda arms: pool(*arms, measure="or", method="dl", correction=0.5),
    ),
    "odds ratio, REML, Hartung-Knapp with floor, 0.5": (
        "or", lambda arms: pool(*arms, measure="or", method="reml", interval="hk_adhoc", correction=0.5),
    ),
    "odds ratio, exact": ("or", lambda arms: pool(*arms, measure="or", method="exact", interval="exact")),
    "odds ratio, beta-binomial": ("or", lambda arms: pool(*arms, measure="or", method="beta_binomial")),
    "odds ratio, conditional binomial": ("or", lambda arms: pool(*arms, measure="or", method="conditional_binomial")),
    "odds ratio, Bayes, half-normal": (
        "or", lambda arms: pool(*arms, measure="or", method="bayes_half_normal", interval="credible"),
    ),
    "odds ratio, Bayes, Turner": (
        "or",
        lambda arms: pool(*arms, measure="or", method="bayes_turner", interval="credible", comparator="placebo"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Shares:
    """Of data sets, those with an interval (one bound is enough); of these, those that hold the truth; of all, those
    whose interval excludes no effect."""

    with_interval: float
    holding: float
    excluding: float


def draw_trials(world: World, ratio: float, number: int) -> tuple:
    """One data set; the number alone decides it, so that fewer data sets are the first of many."""
    draw = np.random.default_rng([20261128, world.trials, round(1000 * world.risk), round(10 * ratio), number])
    others = draw.integers(40, 160, world.trials)
    size = np.round(others * world.allocation).astype(int)
    odds = world.risk / (1 - world.risk) * ratio * np.exp(draw.normal(0, world.tau, world.trials))
    return draw.binomial(size, odds / (1 + odds)), size, draw.binomial(others, world.risk), others


def find_truths(world: World, ratio: float) -> dict[str, float]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    odds = world.risk / (1 - world.risk) * ratio * np.exp(world.tau * nodes)
    risk = float((weights * odds / (1 + odds)).sum() / weights.sum())
    return {"rd": risk - world.risk, "rr": risk / world.risk, "or": ratio}


def measure(world: World, ratio: float, datasets: int) -> dict[str, Shares]:
    """Every method on the same data sets."""
    truths = find_truths(world, ratio)
    found: dict[str, list[tuple[bool, bool, bool]]] = {name: [] for name in METHODS}
    for number in range(datasets):
        arms = draw_trials(world, ratio, number)
        for name, (scale, method) in METHODS.items():
            pooled = method(arms)
            none = 0.0 if scale == "rd" else 1.0
            has_interval = not (np.isnan(pooled.lower) and np.isnan(pooled.upper))
            holds = not (truths[scale] < pooled.lower or truths[scale] > pooled.upper)
            found[name].append((has_interval, holds and has_interval, pooled.lower > none or pooled.upper < none))
    return {name: _share(np.array(rows)) for name, rows in found.items()}


def _share(rows: np.ndarray) -> Shares:
    with_interval = rows[:, 0].sum()
    holding = rows[:, 1].sum() / with_interval if with_interval else float("nan")
    return Shares(with_interval / len(rows), holding, rows[:, 2].mean())


def list_lines(datasets: int) -> Iterator[str]:
    """The worlds, then both tables, line by line."""
    yield "; ".join(f"{letter}: {world}" for letter, world in WORLDS.items())
    for ratio, title in (
        (RATIO, f"holds an odds ratio of {RATIO:g} (share with an interval)"),
        (1.0, "false positive"),
    ):
        results = [measure(world, ratio, datasets) for world in WORLDS.values()]
        yield from ("", f"| {title} | " + " | ".join(WORLDS) + " |", "|---" * (len(WORLDS) + 1) + "|")
        for name in METHODS:
            yield f"| {name} | " + " | ".join(_show(each[name], ratio) for each in results) + " |"


def _show(shares: Shares, ratio: float) -> str:
    return f"{shares.excluding:.3f}" if ratio == 1 else f"{shares.holding:.3f} ({shares.with_interval:.2f})"


if __name__ == "__main__":
    for line in list_lines(int(sys.argv[1]) if len(sys.argv) > 1 else DATASETS):
        print(line, flush=True)
