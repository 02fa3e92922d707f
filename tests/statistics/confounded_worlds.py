"""What crude, adjusted and calibrated contrasts of routes say in reports whose confounding is known.

    python -m tests.statistics.confounded_worlds [data sets]

prints a table for `docs/explanation/coverage.md` (part of `make coverage`: 500 data sets, two minutes). Hospitals
report twice or three times as much of everything and give the drug intravenously; in pain it is given by mouth. That
is stated in the reports. In two of the worlds something that no report states raises every reaction of
intravenous cases as well, by a log odds ratio of mean 0.6 and standard deviation 0.2 over reactions.
"""

import sys
from collections.abc import Iterator

import numpy as np

from pipeline.statistics.confounding import calibrate, fit_systematic_error
from pipeline.statistics.disproportionality import two_by_two
from pipeline.statistics.firth import estimate_firth, fit_firth

DATASETS = 500
CASES, CONTROLS = 3000, 20
WORLDS = {  # planted odds ratio; mean and deviation of the hidden confounding over reactions
    "stated confounding, no effect": (1.0, 0.0, 0.0),
    "stated confounding, odds ratio 3": (3.0, 0.0, 0.0),
    "hidden confounding, no effect": (1.0, 0.6, 0.2),
    "hidden confounding, odds ratio 3": (3.0, 0.6, 0.2),
}
METHODS = ("crude", "adjusted", "calibrated where controls say so")
PATTERNS = np.array([[1, route, hospital, pain] for route in (0, 1) for hospital in (0, 1) for pain in (0, 1)])


def draw_intervals(ratio: float, mean: float, deviation: float, number: int) -> dict[str, tuple[float, float]]:
    """The 95% interval of each method in one data set."""
    draw = np.random.default_rng([20261129, round(10 * ratio), round(10 * mean), number])
    _, route, hospital, pain = PATTERNS.T
    intravenous = 1 / (1 + np.exp(0.5 - 1.8 * hospital + 1.2 * pain))
    cases = draw.multinomial(CASES, np.where(route == 1, intravenous, 1 - intravenous) / 4)
    shared = 0.9 * hospital - 0.8 * pain

    def report(base: float, effect: float) -> np.ndarray:
        odds = np.exp(base + shared + (effect + draw.normal(mean, deviation)) * route)
        return draw.binomial(cases, odds / (1 + odds))

    events = report(-1.6, np.log(ratio))
    controls = [estimate_firth(PATTERNS, report(-2.5, 0.0), cases, 1) for _ in range(CONTROLS)]
    fitted = fit_firth(PATTERNS, events, cases, [1])[1]
    a, n = events[route == 1].sum(), cases[route == 1].sum()
    c, m = events[route == 0].sum(), cases[route == 0].sum()
    crude = two_by_two(a, n - a, c, m - c)
    systematic = fit_systematic_error(*zip(*controls, strict=True))
    adjusted = float(np.exp(fitted.lower)), float(np.exp(fitted.upper))
    calibrated = calibrate(fitted.estimate, fitted.standard_error, systematic)[1:3]
    return {
        "crude": (crude.ror_lower[0], crude.ror_upper[0]),
        "adjusted": adjusted,
        "calibrated where controls say so": calibrated if systematic.is_residual else adjusted,
    }


def measure(world: str, datasets: int) -> dict[str, float]:
    """Share of data sets whose interval holds the planted odds ratio, by method."""
    ratio = WORLDS[world][0]
    drawn = [draw_intervals(*WORLDS[world], number) for number in range(datasets)]
    return {name: float(np.mean([one[name][0] <= ratio <= one[name][1] for one in drawn])) for name in METHODS}


def list_lines(datasets: int) -> Iterator[str]:
    results = [measure(world, datasets) for world in WORLDS]
    yield "| contrast of routes: holds the planted odds ratio | " + " | ".join(WORLDS) + " |"
    yield "|---" * (len(WORLDS) + 1) + "|"
    for name in METHODS:
        yield f"| {name} | " + " | ".join(f"{result[name]:.3f}" for result in results) + " |"


if __name__ == "__main__":
    for line in list_lines(int(sys.argv[1]) if len(sys.argv) > 1 else DATASETS):
        print(line)
