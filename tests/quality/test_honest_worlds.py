"""Every honest world opens the gate, however small and whatever it lacks: each false alarm is a defect."""

from pathlib import Path

import pytest

from tests.quality.honest_worlds import Shape, draw_shape, publish_world
from tests.repetitions import choose_count

SEEDS = range(choose_count(2, 8))
MOST_CASES = 200  # in tests; `make honest-worlds` goes to 20,000
FEW = Shape(("2017Q2",), 1, 0.0, 0.0, False, False, False, False, ("ther", "indi", "rpsr"))


@pytest.mark.proof
def test_one_case_without_any_feature_is_published(tmp_path: Path) -> None:
    publish_world(tmp_path, FEW, 1)


@pytest.mark.proof
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("seed", SEEDS)
def test_honest_world_is_published(seed: int, tmp_path: Path) -> None:
    """Each with a second night: a new quarter, a backfill, a late old quarter, or the first fetch of trials."""
    publish_world(tmp_path, draw_shape(seed, MOST_CASES), seed)
