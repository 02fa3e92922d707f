"""Two-arm trials as counts of people, and the effect of each on its own.

Sources: log risk ratio, log odds ratio and risk difference with their large-sample variances, Cochrane
Handbook chapter 10; what to do with empty cells, Sweeting, Sutton, Lambert, Stat Med 2004;23:1351. A trial
in which nobody, or everybody, was affected in both arms carries no information about a ratio; its people still
count in a risk difference.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.statistics.arguments import Floats, align, as_counts, index_of


@dataclass(frozen=True)
class Trials:
    """People affected and not affected, in the arm of interest and in its comparator, one value a trial."""

    affected: Floats
    unaffected: Floats
    comparator_affected: Floats
    comparator_unaffected: Floats

    @property
    def total(self) -> Floats:
        return self.affected + self.unaffected

    @property
    def comparator_total(self) -> Floats:
        return self.comparator_affected + self.comparator_unaffected

    @property
    def count(self) -> int:
        return int(self.affected.size)

    @property
    def is_double_zero(self) -> npt.NDArray[np.bool_]:
        """Nobody affected in either arm, or everybody in both."""
        nobody = (self.affected == 0) & (self.comparator_affected == 0)
        return np.asarray(nobody | ((self.unaffected == 0) & (self.comparator_unaffected == 0)))

    @property
    def has_zero(self) -> npt.NDArray[np.bool_]:
        cells = (self.affected, self.unaffected, self.comparator_affected, self.comparator_unaffected)
        return np.asarray(np.min(cells, axis=0) == 0)

    def only(self, keep: npt.NDArray[np.bool_]) -> "Trials":
        return Trials(
            self.affected[keep],
            self.unaffected[keep],
            self.comparator_affected[keep],
            self.comparator_unaffected[keep],
        )

    def corrected(self, addition: float, where: npt.NDArray[np.bool_]) -> "Trials":
        """`addition` in every cell of the trials named by `where`."""
        more = np.where(where, addition, 0.0)
        return Trials(
            self.affected + more,
            self.unaffected + more,
            self.comparator_affected + more,
            self.comparator_unaffected + more,
        )


def read_trials(events: Any, total: Any, comparator_events: Any, comparator_total: Any) -> Trials:
    """The callers' counts, checked: whole, not negative, of one length, nobody affected who was not at risk."""
    given = {
        "events": events,
        "total": total,
        "comparator_events": comparator_events,
        "comparator_total": comparator_total,
    }
    index_of(*given.values())
    counts = align(**{name: as_counts(name, value) for name, value in given.items()})
    for name, size, affected in (("total", counts[1], counts[0]), ("comparator_total", counts[3], counts[2])):
        if (size == 0).any():
            raise ValueError(f"{name}: holds an arm with nobody at risk; leave that trial out")
        if (affected > size).any():
            events_name = name.replace("total", "events")
            raise ValueError(f"{events_name}: more people affected than {name}; count people, not episodes")
    return Trials(counts[0], counts[1] - counts[0], counts[2], counts[3] - counts[2])


def effects(trials: Trials, measure: str) -> tuple[Floats, Floats]:
    """Each trial's effect (log for ratios) and variance; the effect is NaN where the variance is not above zero."""
    a, b, c, d = trials.affected, trials.unaffected, trials.comparator_affected, trials.comparator_unaffected
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "rr":
            effect = np.log(a / trials.total) - np.log(c / trials.comparator_total)
            variance = b / (a * trials.total) + d / (c * trials.comparator_total)
        elif measure == "or":
            effect = np.log(a * d) - np.log(b * c)
            variance = 1 / a + 1 / b + 1 / c + 1 / d
        else:
            effect = a / trials.total - c / trials.comparator_total
            variance = a * b / trials.total**3 + c * d / trials.comparator_total**3
    known = np.isfinite(effect) & np.isfinite(variance) & (variance > 0)
    return np.where(known, effect, np.nan), np.where(known, variance, np.nan)
