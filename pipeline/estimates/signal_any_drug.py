"""Disproportionate reporting of every ingredient beside every preferred term of the database, watched or not.

grain  one row per source, ingredient and preferred term that a case names together
key    source, ingredient, preferred_term
not    a signal until a person validates it, no risk and no rate; pairs never seen have no row. A drug line whose
       ingredient nobody coded is in no pair, which before 2014 is most of them outside the watch list

The four cells are cases with the ingredient in a suspect role against all other cases. `expected_count` is that of
the four cells; EBGM shrinks against `expected_count_stratified`, the sum over strata of patients.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from pipeline.estimates import null_where_absent
from pipeline.estimates._pairs import Pairs, read_pairs
from pipeline.estimates._shrinkage import SourcePrior, read_priors
from pipeline.statistics.disproportionality import empirical_bayes, named_criteria, two_by_two

BLOCK = 65_536  # pairs in memory at a time, for each thread; an ingredient is never split
CELLS = ("with_both", "drug_only", "reaction_only", "neither")
BOUNDED = ("prr", "ror", "ic")
MEASURES = (
    "expected_count",
    "expected_count_stratified",
    *(f"{name}{bound}" for name in BOUNDED for bound in ("", "_lower", "_upper")),
    *("chi_squared_yates", "ebgm", "eb05", "eb95"),
)
CRITERIA = ("evans", "eudravigilance", "ic025", "eb05_2")
TEXTS = ("source", "ingredient", "preferred_term")
SCHEMA = pa.schema(
    [
        *((name, pa.dictionary(pa.int32(), pa.string())) for name in TEXTS),
        *((f"{cell}_count", pa.int64()) for cell in CELLS),
        *((name, pa.float64()) for name in MEASURES),
        ("prior_basis", pa.dictionary(pa.int32(), pa.string())),
        *((f"is_{name}", pa.bool_()) for name in CRITERIA),
        ("reason", pa.dictionary(pa.int32(), pa.string())),
    ]
)


def estimate(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """The pairs of each source in the order of ingredient and term, some ingredients at a time."""
    threads = int(connection.execute("select current_setting('threads')").fetchall()[0][0])
    priors = read_priors(connection)
    yield SCHEMA.empty_table()
    for pairs in read_pairs(connection):
        yield from score(pairs, priors[pairs.source], threads=threads)


def score(pairs: Pairs, prior: SourcePrior, *, threads: int = 1, block: int = BLOCK) -> Iterator[pa.Table]:
    """Tables of whole ingredients of about `block` pairs each, worked on by as many threads, yielded in order."""
    ends = [0]
    for ingredient in range(1, len(pairs.ingredients) + 1):
        if pairs.first[ingredient] - pairs.first[ends[-1]] >= block or ingredient == len(pairs.ingredients):
            ends.append(ingredient)
    terms = pairs.term_cases.sum(axis=0)
    with ThreadPoolExecutor(threads) as pool:
        scored: deque[Future[pa.Table]] = deque()
        for span in pairwise(ends):
            scored.append(pool.submit(_block, pairs, terms, prior, *span))
            if len(scored) > threads:  # one waits while its predecessor is written
                yield scored.popleft().result()
        while scored:
            yield scored.popleft().result()


def _block(
    pairs: Pairs, reaction_cases: npt.NDArray[np.float64], prior: SourcePrior, begin: int, end: int
) -> pa.Table:
    """Every column of the pairs of some ingredients, from `begin` up to before `end`."""
    part = slice(int(pairs.first[begin]), int(pairs.first[end]))
    term, both = pairs.term[part], pairs.case_count[part]
    holder = np.repeat(np.arange(begin, end), np.diff(pairs.first[begin : end + 1]))
    named = np.array([pairs.cases(ingredient) for ingredient in range(begin, end)], dtype=np.int64)[holder - begin]
    drug_only, reaction_only = named - both, reaction_cases[term].astype(np.int64) - both
    counts = dict(zip(CELLS, (both, drug_only, reaction_only, pairs.universe - named - reaction_only), strict=True))
    measures = two_by_two(*counts.values())
    measures["expected_count_stratified"] = np.concatenate(
        [pairs.expected(ingredient, pairs.term[pairs.seen(ingredient)]) for ingredient in range(begin, end)]
    )
    bayes = empirical_bayes(both, measures["expected_count_stratified"], prior.prior)
    measures = measures.join(bayes[["ebgm", "eb05", "eb95"]])
    flags = named_criteria(both, measures if prior.may_flag else measures.assign(eb05=np.nan))
    columns = [
        pa.DictionaryArray.from_arrays(pa.array(np.zeros(term.size, dtype=np.int32)), [pairs.source]),
        pa.DictionaryArray.from_arrays(pa.array((holder - begin).astype(np.int32)), pairs.ingredients[begin:end]),
        pa.DictionaryArray.from_arrays(pa.array(term.astype(np.int32)), pairs.terms),
        *(pa.array(count) for count in counts.values()),
        *(null_where_absent(measures[name]) for name in MEASURES),
        pa.array([prior.basis] * term.size, pa.string()).dictionary_encode(),
        *(pa.array(flags[name], pa.bool_()) for name in CRITERIA),
        _reasons(measures["reason"], bayes["reason"]),
    ]
    return pa.table(columns, schema=SCHEMA)


def _reasons(cells: pd.Series, bayes: pd.Series) -> pa.DictionaryArray:
    """What could not be estimated from the four cells, then what not for want of a prior."""
    prior = bayes.iloc[0] if len(bayes) else None
    texts = list(cells) if prior is None else [f"{text}; {prior}" if text else prior for text in cells]
    return pa.array(texts, pa.string()).dictionary_encode()
