"""Many cells as few weighted ones, after DuMouchel and Pregibon, KDD 2001 (doi:10.1145/502512.502526).

Cells whose count and expected count fall in one narrow bin become one cell at their means, with their
number as weight. The means cancel the first-order error; what is left shrinks with the square of the bin's
width.
"""

import numpy as np
import numpy.typing as npt

from pipeline.statistics.arguments import Floats, distinct
from pipeline.statistics.mixture import Cells

EXACT_COUNTS = 32  # counts below this are never mixed with another count


def squash(cells: Cells, bins_per_decade: int) -> Cells:
    """The cells gathered by count (in bins of a sixteenth of an octave from 32 up) and by expected count."""
    levels = cells.levels
    coarse = np.round(EXACT_COUNTS + 16 * np.log2(np.maximum(levels, EXACT_COUNTS) / EXACT_COUNTS))
    bin_of_level = np.where(levels < EXACT_COUNTS, levels, coarse).astype(np.int64)
    by_expected = _bins(cells.expected, bins_per_decade)
    key = bin_of_level[cells.level] * (int(by_expected.max(initial=0)) + 1) + by_expected
    _, position = distinct(key)
    weight, expected, count = _means(position, cells.weight, cells.expected, levels[cells.level])
    return Cells.of(count, expected, weight)


def squash_zeros(expected: Floats, bins_per_decade: int) -> Cells:
    """Pairs never seen, grouped by expected count; a pair with an expected count of 0 carries no information."""
    possible = expected[expected > 0]
    position = _bins(possible, bins_per_decade)
    weight, means = _means(position, np.ones(possible.shape), possible)
    return Cells.of(np.zeros(means.shape), means, weight)


def _bins(expected: Floats, bins_per_decade: int) -> npt.NDArray[np.int64]:
    place = np.floor(np.log10(expected) * bins_per_decade).astype(np.int64)
    return np.asarray(place - int(place.min(initial=0)), dtype=np.int64)


def _means(position: npt.NDArray[np.int64], weight: Floats, *values: Floats) -> tuple[Floats, ...]:
    """Total weight of each occupied position, then the weighted mean of each value."""
    total: Floats = np.asarray(np.bincount(position, weight), dtype=np.float64)
    used = total > 0
    means = (np.asarray(np.bincount(position, weight * value)[used] / total[used]) for value in values)
    return (total[used], *means)


class ZeroBins:
    """Pairs never seen, squashed as they arrive: for a table too large for memory.

    The bins are those of `squash_zeros`. Their sums follow the order in which pairs are added.
    """

    LEAST, MOST = -12, 9  # decades of the expected count; a value beyond goes into the last bin on its side

    def __init__(self, bins_per_decade: int) -> None:
        self._per_decade = bins_per_decade
        self._number = np.zeros((self.MOST - self.LEAST) * bins_per_decade)
        self._total = np.zeros_like(self._number)

    def add(self, expected: Floats) -> None:
        """Add pairs by their expected counts; one that could not be seen (expected 0) carries no information."""
        possible = expected[expected > 0]
        place = np.floor(np.log10(possible) * self._per_decade).astype(np.int64) - self.LEAST * self._per_decade
        place = np.clip(place, 0, self._number.size - 1)
        self._number += np.bincount(place, minlength=self._number.size)
        self._total += np.bincount(place, possible, minlength=self._number.size)

    def cells(self) -> Cells:
        """What was added, as weighted cells with a count of 0."""
        used = self._number > 0
        number = self._number[used]
        return Cells.of(np.zeros(number.shape), self._total[used] / number, number)
