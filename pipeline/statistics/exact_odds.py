"""The common odds ratio of several trials, exactly: conditional on the number of events of each trial.

Given its margins, the events with the drug in a trial follow Fisher's non-central hypergeometric distribution with
the odds ratio as its one parameter, and their sum over trials follows the convolution of these (Gart, Biometrika
1970;57:471; the polynomial algorithm of Martin and Austin, Epidemiology 1991;2:359). Everything is kept as
logarithms, since coefficients of large trials exceed the range of floats.

Estimate: the conditional maximum likelihood estimate. Bounds: equal tails, each odds ratio at which one tail is half
of 5% (Clopper and Pearson's principle). The two-sided p-value adds the outcomes that are no likelier than the one
seen, with the relative tolerance of R's mantelhaen.test and fisher.test; tail and likelihood orders differ, so that
p-value and interval can disagree near 0.05. mid-P counts the outcome seen by half.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy.optimize import brentq

from pipeline.statistics.arguments import Floats
from pipeline.statistics.codes import Note, Reason
from pipeline.statistics.solved import NAN, Solved
from pipeline.statistics.trial_tables import Trials

TAIL = 0.025
TIE = 1e-7  # outcomes this close in likelihood are equally likely, as in R
FARTHEST = 400.0  # of a log odds ratio


@dataclass(frozen=True)
class ExactOdds:
    """What the exact distribution says beside `Pooled`.

    lower_one_sided, upper_one_sided: bounds with 5% in one tail. p_greater, p_less: one-sided p-values of more, and
    of fewer, events with the drug than at no effect. mid_p: two-sided, twice the smaller mid-P tail. mid_lower,
    mid_upper: 95% bounds by mid-P. Infinite and zero bounds are NaN.
    """

    lower_one_sided: float
    upper_one_sided: float
    p_greater: float
    p_less: float
    mid_p: float
    mid_lower: float
    mid_upper: float


def solve_exact(trials: Trials) -> Solved:
    """Conditional odds ratio with its exact interval and p-value; NaN where no trial carries information.

    Events as many with the drug as the margins allow: the estimate and the upper bound are NaN and the lower bound is
    valid (`infinite`); as few as they allow: the other way round (`zero`).
    """
    distribution = _Distribution.of(trials)
    if distribution is None:
        return Solved(reason_code=Reason.EMPTY_CELL_IN_EVERY_TRIAL)
    lower, upper = distribution.bound(TAIL, above=True), distribution.bound(TAIL, above=False)
    p_value = distribution.two_sided()
    if distribution.is_least:
        return Solved(upper=upper, p_value=p_value, reason_code=_side(trials.affected), note_code=Note.ZERO)
    if distribution.is_most:
        reason = _side(trials.comparator_affected, Reason.NO_COMPARATOR_EVENT)
        return Solved(lower=lower, p_value=p_value, reason_code=reason, note_code=Note.INFINITE)
    centre = distribution.likeliest()
    return Solved(float(np.exp(centre)), lower, upper, log_estimate=centre, p_value=p_value)


def describe_distribution(trials: Trials) -> ExactOdds:
    """One-sided bounds and p-values and mid-P of the same distribution; NaN where no trial carries information."""
    distribution = _Distribution.of(trials)
    if distribution is None:
        return ExactOdds(NAN, NAN, NAN, NAN, NAN, NAN, NAN)
    tails = [distribution.tail(0.0, above=above, seen=0.5) for above in (True, False)]
    return ExactOdds(
        lower_one_sided=distribution.bound(2 * TAIL, above=True),
        upper_one_sided=distribution.bound(2 * TAIL, above=False),
        p_greater=float(np.exp(distribution.tail(0.0, above=True))),
        p_less=float(np.exp(distribution.tail(0.0, above=False))),
        mid_p=min(1.0, 2 * float(np.exp(min(tails)))),
        mid_lower=distribution.bound(TAIL, above=True, seen=0.5),
        mid_upper=distribution.bound(TAIL, above=False, seen=0.5),
    )


def _side(affected: Floats, reason: Reason = Reason.NO_DRUG_EVENT) -> Reason:
    """Nobody affected on one side, or else events at the end of what the margins allow."""
    return Reason.EMPTY_CELL_IN_EVERY_TRIAL if affected.any() else reason


@dataclass(frozen=True)
class _Distribution:
    """Log coefficients of the sum of events with the drug, least possible first, and the place of the sum seen."""

    coefficients: Floats
    place: int

    @classmethod
    def of(cls, trials: Trials) -> "_Distribution | None":
        """The distribution of trials; None where the margins allow one outcome only."""
        events = trials.affected + trials.comparator_affected
        least = np.maximum(0, events - trials.comparator_total)
        margins = zip(trials.total, trials.comparator_total, events, strict=True)
        each = [log_hypergeometric(*one) for one in margins]
        if all(one.size == 1 for one in each):
            return None
        return cls(reduce(_convolve, sorted(each, key=len)), int((trials.affected - least).sum()))

    @property
    def is_least(self) -> bool:
        return self.place == 0

    @property
    def is_most(self) -> bool:
        return self.place == self.coefficients.size - 1

    def _log_chances(self, log_odds: float) -> Floats:
        """Log probability of each outcome at an odds ratio."""
        raised = self.coefficients + log_odds * np.arange(self.coefficients.size)
        return np.asarray(raised - _sum_logs(raised))

    def tail(self, log_odds: float, *, above: bool, seen: float = 1.0) -> float:
        """Log probability of what was seen, weighed by `seen`, and of all outcomes above it, or below it."""
        chances = self._log_chances(log_odds)
        beyond = chances[self.place + 1 :] if above else chances[: self.place]
        parts = np.append(beyond, chances[self.place] + np.log(seen))
        return float(min(_sum_logs(parts), 0.0))

    def bound(self, chance: float, *, above: bool, seen: float = 1.0) -> float:
        """The odds ratio at which the tail has this chance; NaN where no odds ratio has."""
        if (self.is_least and above) or (self.is_most and not above):
            return NAN

        def excess(log_odds: float) -> float:
            return self.tail(log_odds, above=above, seen=seen) - float(np.log(chance))

        return float(np.exp(_root(excess)))

    def likeliest(self) -> float:
        """The log odds ratio that makes the expected sum equal to the one seen."""
        values = np.arange(self.coefficients.size) - self.place

        def excess(log_odds: float) -> float:
            return float((np.exp(self._log_chances(log_odds)) * values).sum())

        return _root(excess)

    def two_sided(self) -> float:
        chances = self._log_chances(0.0)
        as_unlikely = chances <= chances[self.place] + np.log1p(TIE)
        return float(min(np.exp(_sum_logs(chances[as_unlikely])), 1.0))


def log_hypergeometric(total: float, other: float, events: float) -> Floats:
    """Log of C(total, x) C(other, events - x) for each possible x, least first, up to a constant.

    A sum of log ratios, which does not cancel as differences of large log factorials do.
    """
    x = np.arange(max(0.0, events - other), min(events, total))
    steps = np.log((total - x) * (events - x)) - np.log((x + 1) * (other - events + x + 1))
    sums = np.concatenate([[0.0], np.cumsum(steps)])
    return np.asarray(sums - sums.max())


def _sum_logs(values: Floats) -> float:
    """Log of the sum of exponentials; SciPy's takes ten times as long for a few values, and this is called often."""
    most = float(values.max())
    return most + float(np.log(np.exp(values - most).sum()))


def _convolve(shorter: Floats, longer: Floats) -> Floats:
    """Log coefficients of the product of two polynomials."""
    product = np.full(shorter.size + longer.size - 1, -np.inf)
    for place, coefficient in enumerate(shorter):
        part = product[place : place + longer.size]
        np.logaddexp(part, longer + coefficient, out=part)
    return product


def _root(function: Callable[[float], float]) -> float:
    reach = 4.0
    while function(-reach) * function(reach) > 0 and reach < FARTHEST:
        reach *= 2
    return float(brentq(function, -reach, reach, xtol=1e-14, rtol=1e-14))  # type: ignore[no-untyped-call]
