"""A few data sets of each world of `make coverage`: intervals that should hold do, and the documentation states its
shares."""

import re

import numpy as np
import pytest
from scipy.stats import binom

from pipeline.resources import ROOT as PROJECT
from tests.statistics import confounded_worlds
from tests.statistics.coverage import METHODS, RATIO, WORLDS, measure

pytestmark = pytest.mark.proof

PAGE = PROJECT / "docs" / "explanation" / "coverage.md"
DATASETS = 20
NEARLY_NEVER = 1e-4
HOLD = {  # methods whose intervals are meant to hold one effect, or effects that differ
    "risk difference, Mantel-Haenszel, score": False,
    "risk ratio, Mantel-Haenszel, score": False,
    "odds ratio, exact": False,
    "odds ratio, conditional binomial": True,
    "odds ratio, Bayes, half-normal": True,
    "odds ratio, Bayes, Turner": True,
}


def read_rows(title: str) -> dict[str, list[float]]:
    """Rows of the table of the page under a title: the first number of each cell."""
    table = PAGE.read_text().split(f"| {title} |", 1)[1].split("\n\n", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return {row[0]: [float(re.split(r"[ (]", cell)[0]) for cell in row[1:]] for row in rows}


def test_shares_are_near_nominal_and_as_the_documentation_states_them() -> None:
    holding = read_rows(f"holds an odds ratio of {RATIO:g} (share with an interval)")
    false = read_rows("false positive")
    assert list(holding) == list(false) == list(METHODS)
    for place, world in enumerate(WORLDS.values()):
        found, none = measure(world, RATIO, DATASETS), measure(world, 1.0, DATASETS)
        for name in METHODS:
            given = round(found[name].with_interval * DATASETS)
            missed = round((1 - found[name].holding) * given) if given else 0
            raised = round(none[name].excluding * DATASETS)
            if name in HOLD and (world.tau == 0 or HOLD[name]):
                assert given == DATASETS or name == "odds ratio, conditional binomial"
                assert binom.sf(missed - 1, given, 0.06) > NEARLY_NEVER, (name, world)
                assert binom.sf(raised - 1, DATASETS, 0.06) > NEARLY_NEVER, (name, world)
            stated = 1 - holding[name][place], false[name][place]
            for count, share, of in ((missed, stated[0], given), (raised, stated[1], DATASETS)):
                chance = np.clip(share, 0.005, 0.995)  # a share stated as 0 of 500 is not impossible
                assert min(binom.cdf(count, of, chance), binom.sf(count - 1, of, chance)) > NEARLY_NEVER / 10, name


def test_difference_that_loses_trials_without_events_raises_false_alarms() -> None:
    """The method published before, and the score interval that took its place, in the world of rarest events."""
    none = measure(WORLDS["D"], 1.0, 40)
    assert none["risk difference, DerSimonian-Laird, as before"].excluding > 0.3
    assert none["risk difference, Mantel-Haenszel, score"].excluding < 0.15


def test_contrast_of_routes_holds_where_its_confounding_is_stated_or_calibrated() -> None:
    stated = read_rows("contrast of routes: holds the planted odds ratio")
    for place, world in enumerate(confounded_worlds.WORLDS):
        found = confounded_worlds.measure(world, 40)
        for name, share in found.items():
            chance, held = np.clip(stated[name][place], 0.005, 0.995), round(40 * share)
            assert min(binom.cdf(held, 40, chance), binom.sf(held - 1, 40, chance)) > NEARLY_NEVER / 10, (name, world)
        assert found["crude"] < 0.5
        assert binom.cdf(round(40 * found["calibrated where controls say so"]), 40, 0.94) > NEARLY_NEVER
