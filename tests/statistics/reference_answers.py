"""Sets of trials and what R answers for them (tests/statistics/reference/README.md says how)."""

from collections import defaultdict
from pathlib import Path

FOLDER = Path(__file__).parent / "reference"
TRIALS = {
    "rare": (
        [3, 1, 5, 2, 0, 4, 1, 6], [60, 45, 120, 80, 50, 90, 40, 150],
        [1, 0, 2, 3, 1, 0, 0, 1], [58, 47, 60, 82, 49, 45, 40, 148],
    ),
    "differing": (
        [12, 3, 25, 8, 1, 15], [100, 80, 150, 90, 60, 110], [4, 6, 5, 9, 0, 2], [100, 82, 75, 95, 61, 108],
    ),
    "large": ([30, 44, 21, 60], [300, 410, 190, 520], [22, 20, 19, 31], [295, 405, 95, 510]),
    "double_zero": ([3, 0, 5, 0, 2], [40, 50, 60, 25, 30], [1, 0, 2, 0, 0], [41, 50, 58, 26, 15]),
    "eleven": (
        [3, 9, 5, 12, 1, 14, 6, 16, 2, 8, 4], [60, 45, 120, 80, 50, 90, 40, 150, 35, 70, 52],
        [1, 6, 2, 3, 1, 7, 2, 9, 0, 4, 1], [58, 47, 60, 82, 49, 45, 40, 148, 36, 66, 50],
    ),
}  # fmt: skip


TRIALS_OF_BAYES = {
    "one_sided": ([4, 2], [40, 32], [0, 0], [40, 32]),
    "differing": TRIALS["differing"],
    "unequal": ([5, 1], [60, 33], [1, 1], [20, 30]),
}


def read_answers(method: str, file: str = "trials.txt") -> dict[str, dict[str, float]]:
    """By set, the named values of one method."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for line in (FOLDER / file).read_text().splitlines():
        trials, named, name, value = line.split()
        if named == method:
            found[trials][name] = float(value)
    return dict(found)
