"""Times of the empirical Bayes prior and scores, and how they grow: `python -m tests.statistics.bench_ebgm`.

Prints one line for each table size: seconds to fit (zero cells included), seconds to score with both
bounds, and peak memory; then the ratios that the project promises. The reference was measured separately, on two
shared cores and a table made the same way: fit 0.83 s and score 1.53 s for 200,000 cells.
"""

import resource
import time

import numpy as np

from pipeline.statistics.arguments import Floats
from pipeline.statistics.disproportionality import empirical_bayes, fit_prior

YARDSTICK = 0.83 + 1.53


def draw_table(drugs: int, reactions: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Counts and expected counts of every cell: log-normal margins, eight cells in a hundred raised."""
    draw = np.random.default_rng(seed)
    mean = np.outer(draw.lognormal(1.5, 1.2, drugs), draw.lognormal(0, 1.2, reactions))
    raised = draw.random(mean.shape) < 0.08
    counts = draw.poisson(mean * np.where(raised, draw.gamma(2, 2, mean.shape), 1)).astype(float)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    possible = expected > 0
    return counts[possible], expected[possible]


def measure(drugs: int, reactions: int) -> float:
    count, expected = draw_table(drugs, reactions)
    seen = count > 0
    start = time.perf_counter()
    prior = fit_prior(count[seen], expected[seen], zeros=expected[~seen])
    fitted = time.perf_counter()
    empirical_bayes(count, expected, prior)
    scored = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count.size:>9} cells ({int(seen.sum())} seen): fit {fitted - start:.2f} s, "
        f"score {scored - fitted:.2f} s, peak {peak:.0f} MB, prior {'found' if prior.converged else prior.reason}"
    )
    return scored - start


def main() -> None:
    measure(200, 100)
    small = min(measure(500, 400) for _ in range(3))
    large = measure(2000, 1000)
    print(f"200,000 cells: {YARDSTICK / small:.1f} times as fast as the yardstick of {YARDSTICK:.2f} s")
    print(f"2,000,000 cells: {large / small:.1f} times the time of 200,000")


if __name__ == "__main__":
    main()
