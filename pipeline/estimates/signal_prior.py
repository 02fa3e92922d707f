"""The prior that shrinks reporting ratios (EBGM), fitted to every ingredient and preferred term of the database.

grain  one row per source
key    source
not    a result: it describes how reporting ratios vary in this database, and belongs to this snapshot alone

Where the starts of the search disagree or end on a boundary, `converged` is false, `reason` states why, and nothing
is scored with it. Expected counts are summed over strata of patients; pairs never seen take part, squashed into
narrow bins.
"""

from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa

from pipeline.estimates import null_where_absent
from pipeline.estimates._pairs import Pairs, read_pairs
from pipeline.statistics.mixture import Cells
from pipeline.statistics.prior import ZERO_BINS, Prior, fit_cells
from pipeline.statistics.squashing import ZeroBins, squash

SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        *((name, pa.float64()) for name in ("alpha1", "beta1", "alpha2", "beta2", "weight", "log_likelihood")),
        ("converged", pa.bool_()),
        ("reason", pa.string()),
        *((f"{name}_count", pa.int64()) for name in ("ingredient", "term", "case", "seen_pair", "unseen_pair")),
    ]
)


def estimate(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """One row for each source that has a case."""
    yield SCHEMA.empty_table()
    for pairs in read_pairs(connection):
        yield _row(pairs, learn(pairs))


def learn(pairs: Pairs) -> Prior:
    """The prior of a whole table, an ingredient at a time."""
    unseen, expected = ZeroBins(ZERO_BINS), np.empty(pairs.case_count.size)
    for ingredient in range(len(pairs.ingredients)):
        every, part = pairs.expected(ingredient), pairs.seen(ingredient)
        expected[part] = every[pairs.term[part]]
        every[pairs.term[part]] = 0.0
        unseen.add(every)
    seen = Cells.of(pairs.case_count.astype(np.float64), expected)
    return fit_cells(squash(seen, ZERO_BINS), unseen.cells())


def _row(pairs: Pairs, prior: Prior) -> pa.Table:
    seen = pairs.case_count.size
    numbers = (prior.alpha1, prior.beta1, prior.alpha2, prior.beta2, prior.weight, prior.log_likelihood)
    ingredients, terms = len(pairs.ingredients), len(pairs.terms)
    values = [
        [pairs.source],
        *(null_where_absent([number]) for number in numbers),
        [prior.converged],
        [prior.reason],
        *([count] for count in (ingredients, terms, pairs.universe, seen, ingredients * terms - seen)),
    ]
    return pa.table([pa.array(value, kind) for value, kind in zip(values, SCHEMA.types, strict=True)], schema=SCHEMA)
