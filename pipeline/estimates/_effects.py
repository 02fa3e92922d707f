"""One set of trials pooled in one way, and how sure the result is: what trial_effect and finding share."""

from collections.abc import Iterable
from typing import Any

import duckdb

from pipeline.estimates._comparisons import KEY, Counts, Row, correction_for, remembered
from pipeline.estimates._unchanged import NAMES
from pipeline.statistics.meta_analysis import Pooled, Trust, assess_certainty, pool

CERTAINTY = ("certainty", "certainty_reasons", "certainty_basis")
SUGGESTED, REVIEWED = "machine-assisted, not GRADE", "reviewed"
POSTING = "select drug, population, unposted_trial_count / ended_trial_count from intermediate.trial_posting"
REVIEWS = f"select {', '.join(KEY)}, certainty, reasons from codes.certainty_review"  # noqa: S608 - our own names

MOVED_SHARES = """
    with now as (select drug, population, ended_trial_count, unposted_trial_count from intermediate.trial_posting),

    before as (
        select drug, population, ended_trial_count, unposted_trial_count from {earlier}.intermediate.trial_posting
    ),

    moved as (
        (from now except from before) union all (from before except from now)
    )

    insert into changed_cell
    select distinct {names} from events.trial_comparison
    where (drug, population) in (select (drug, population) from moved)
    except
    from changed_cell
"""

Way = tuple[str, str, str]
"""Measure, method and interval."""


def mark_moved_shares(connection: duckdb.DuckDBPyConnection, earlier: str) -> None:
    """Add to `changed_cell` the cells whose certainty rests on another share of unposted trials than in the live
    snapshot. earlier: its catalog."""
    connection.execute(MOVED_SHARES.format(earlier=earlier, names=NAMES))


class Judge:
    """How sure effects are: what people decided, else what the figures and the trials' records suggest.

    Reads the shares of trials without posted results and the reviewers' decisions once.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._unposted = {row[:2]: row[2] for row in connection.execute(POSTING).fetchall()}
        self._reviews = {row[:6]: row[6:] for row in connection.execute(REVIEWS).fetchall()}

    def find_unposted_share(self, cell: Row) -> float | None:
        """Of the trials of that drug and population that ended a year ago or more: the share without results."""
        share: float | None = self._unposted.get((cell["drug"], cell["population"]))
        return share

    def judge(self, cell: Row, counts: Counts, ways: Iterable[Way]) -> list[Row]:
        """The columns CERTAINTY of each effect of the cell, in the order of `ways`."""
        review = self._reviews.get(tuple(cell[name] for name in KEY))
        if review:
            return [dict(zip(CERTAINTY, (*review, REVIEWED), strict=True)) for _ in ways]
        trust = Trust(
            population=cell["population"],
            unposted_share=self.find_unposted_share(cell),
            risk_of_bias=cell["risk_of_bias"],
            has_randomisation_not_stated=cell["randomisation_not_stated_trial_count"] > 0,
            has_crossover=cell["crossover_trial_count"] > 0,
            has_unsystematic_assessment=cell["systematically_assessed_trial_count"] < cell["trial_count"],
            has_count_below_threshold=cell["trials_below_threshold_count"] > 0,
            has_count_hidden_in_composite=cell["trials_hidden_in_composite_count"] > 0,
        )
        return [_suggest_certainty(counts, way, cell["comparator"], trust) for way in ways]


@remembered
def pool_trials(counts: Counts, way: Way, comparator: str) -> Pooled:
    """One set of counts pooled in one way; `comparator` chooses the prior of Bayesian methods."""
    measure, method, interval = way
    correction = correction_for(counts, measure, method)
    more: dict[str, Any] = {"comparator": comparator} if method == "bayes_turner" else {}
    return pool(*counts, measure=measure, method=method, interval=interval, correction=correction, **more)


@remembered
def _suggest_certainty(counts: Counts, way: Way, comparator: str, trust: Trust) -> Row:
    pooled = pool_trials(counts, way, comparator)
    random = None
    if len(counts[0]) > 1:
        random = pool_trials(counts, (pooled.measure, "reml", "wald"), comparator)
    suggested = assess_certainty(
        pooled,
        random=random,
        event_count=pooled.participants_affected + pooled.comparator_participants_affected,
        participant_count=pooled.participants_at_risk + pooled.comparator_participants_at_risk,
        trust=trust,
    )
    return dict(zip(CERTAINTY, (suggested.level, ", ".join(suggested.reasons), SUGGESTED), strict=True))
