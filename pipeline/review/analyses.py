"""The analyses of a review in its own groups and by its own method.

Method: risk ratios pooled after DerSimonian and Laird (Control Clin Trials 1986;7:177), with 0.5 added to the cells
of a trial that has an empty one; a trial with no event in either arm has no weight.
"""

from dataclasses import dataclass

import duckdb
import numpy as np

from pipeline.statistics.meta_analysis import Pooled, pool
from pipeline.statistics.trial_tables import effects, read_trials

COMPARISONS = """
    select
        contrast.review_group, own.reaction, study.trial_id,
        own.participants_affected, own.participants_analysed,
        other.participants_affected, other.participants_analysed
    from clean.study_contrast as contrast
    inner join clean.study as study using (trial_id)
    inner join clean.study_count as own on own.trial_id = contrast.trial_id and own.arm_id = contrast.arm_id
    inner join clean.study_count as other
        on other.trial_id = contrast.trial_id and other.arm_id = contrast.comparator_arm_id
            and other.reaction = own.reaction
    where contrast.review_group is not null
        and own.participants_affected is not null and other.participants_affected is not null
    order by try_cast(contrast.review_group as integer), contrast.review_group, own.reaction, study.trial_id
"""


@dataclass(frozen=True)
class Analysis:
    """One pooled outcome of one group. weights: percent by trial; null for a trial with no event in either arm."""

    group: str
    outcome: str
    pooled: Pooled
    weights: dict[str, float | None]
    participants: int


def reproduce_analyses(connection: duckdb.DuckDBPyConnection) -> list[Analysis]:
    """Every outcome of every group of the sheets of a snapshot, in order of group and outcome."""
    rows = connection.execute(COMPARISONS).fetchall()
    keys = list(dict.fromkeys(row[:2] for row in rows))
    return [_analyse(key, [row[2:] for row in rows if row[:2] == key]) for key in keys]


def _analyse(key: tuple[str, str], trials: list[tuple[str, int, int, int, int]]) -> Analysis:
    names, *counts = zip(*trials, strict=True)
    pooled = pool(*counts, measure="rr", method="dl", interval="wald", correction=0.5, study=names)
    tables = read_trials(*counts)
    _, variance = effects(tables.corrected(0.5, tables.has_zero), "rr")
    inverse = np.where(tables.is_double_zero, np.nan, 1 / (variance + np.nan_to_num(pooled.tau_squared)))
    shares = 100 * inverse / np.nansum(inverse)
    weights = {name: None if np.isnan(share) else float(share) for name, share in zip(names, shares, strict=True)}
    return Analysis(*key, pooled, weights, sum(counts[1]) + sum(counts[3]))
