"""The invented world with fewer trials, for proofs that run many nights and ask nothing of the statistics.

Pooling the trials of the whole world takes a quarter of its night. `make repetitions` gives the whole world to
those of them that it repeats.
"""

import json
from pathlib import Path

from pipeline.sample.world import write_world
from tests.repetitions import IN_FULL

CASES = 120  # a quarter; fewer would have no faulty lines
TRIALS_WITH_RESULTS = 5


def write_small_world(folder: Path) -> None:
    """Write the world into folder with the first trials that posted results, and every trial that posted none."""
    if IN_FULL:
        write_world(folder)
        return
    write_world(folder, cases_per_period=CASES)
    studies = sorted((folder / "clinicaltrials").rglob("*.json"))
    with_results = [path for path in studies if json.loads(path.read_text()).get("resultsSection") is not None]
    for path in with_results[TRIALS_WITH_RESULTS:]:
        path.unlink()
