"""Expected counts, prior and scores of a whole table agree with other software, however the table is divided."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from pipeline.estimates import signal_any_drug, signal_prior
from pipeline.estimates._pairs import Pairs, read_pairs
from pipeline.estimates._shrinkage import SourcePrior
from pipeline.statistics.prior import Prior, fit_prior
from pipeline.statistics.stratified import expected_of_drug

pytestmark = pytest.mark.slow

SHARED = Path(__file__).resolve().parents[2] / "shared" / "refstats" / "ebgm"
GOOD = SourcePrior(Prior(2.0, 0.4, 1.2, 1.5, 0.1), "own_pairs")
NONE = SourcePrior(Prior(1, 1, 1, 1, 0.5, converged=False, reason="starts disagree"), None)


def load_pairs(connection: duckdb.DuckDBPyConnection, cases: Iterator[str]) -> Pairs:
    """The pairs of cases written as (case, stratum, ingredients, terms)."""
    connection.execute("create schema events")
    connection.execute("create schema intermediate")
    connection.execute(f"create table cases (id bigint, stratum varchar, i varchar[], t varchar[]); {next(cases)}")
    connection.execute(
        "create table intermediate.pair as "
        "select 'faers' as source, ingredient, preferred_term, count(*) as case_count "
        "from (select id, unnest(i) as ingredient, t from cases), unnest(t) as u(preferred_term) group by all"
    )
    connection.execute(
        "create table intermediate.pair_margin as "
        "select 'faers' as source, 'every_case' as margin, '' as name, stratum as patient_stratum, "
        "count(*) as case_count from cases group by stratum union all "
        "select 'faers', 'ingredient', name, stratum, count(*) from (select stratum, unnest(i) as name from cases) "
        "group by all union all "
        "select 'faers', 'preferred_term', name, stratum, count(*) "
        "from (select stratum, unnest(t) as name from cases) group by all"
    )
    (pairs,) = read_pairs(connection)
    return pairs


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    """Twenty thousand invented cases in seven strata; every tenth ingredient has additional terms."""
    draw = (
        "list_distinct(list_transform(range({most}), lambda k: '{letter}' || "
        "(floor({size} * power((hash(n, k, {salt}) % 99991) / 99991.0, 2))::int + {shift} * (n % 5))))"
    )
    ingredients = draw.format(most="1 + n % 3", letter="I", size=100, salt=1, shift=7)
    terms = draw.format(most="1 + n % 4", letter="T", size=70, salt=2, shift=5)
    own = "list_transform(list_filter(i, lambda x: x like '%7'), lambda x: 'T' || (x[2:]::int % 70))"
    insert = (
        f"insert into cases select n, 'stratum ' || n % 7, i, if(n % 3 = 0, list_distinct(t || {own}), t) "
        f"from (select n, {ingredients} as i, {terms} as t from range(20000) as r(n))"
    )
    return load_pairs(duckdb.connect(":memory:"), iter([insert]))


def test_expected_counts_agree_with_the_product_over_strata(pairs: Pairs) -> None:
    """One ingredient at a time gives the same as the whole product of margins; no value depends on others."""
    drugs = np.zeros((pairs.stratum_cases.size, len(pairs.ingredients)))
    for ingredient in range(len(pairs.ingredients)):
        part = slice(pairs.first_stratum[ingredient], pairs.first_stratum[ingredient + 1])
        drugs[pairs.stratum[part], ingredient] = pairs.stratum_case_count[part]
    whole = (drugs / pairs.stratum_cases[:, None]).T @ pairs.term_cases
    for ingredient in range(len(pairs.ingredients)):
        alone = pairs.expected(ingredient)
        np.testing.assert_allclose(alone, whole[ingredient], rtol=1e-12)
        some = np.arange(0, len(pairs.terms), 3)
        assert (pairs.expected(ingredient, some) == alone[some]).all()


def test_prior_agrees_with_the_fit_to_every_pair(pairs: Pairs) -> None:
    """Squashing into narrow bins changes no parameter by more than a thousandth."""
    counts = np.zeros((len(pairs.ingredients), len(pairs.terms)))
    expected = np.array([pairs.expected(ingredient) for ingredient in range(len(pairs.ingredients))])
    for ingredient in range(len(pairs.ingredients)):
        counts[ingredient, pairs.term[pairs.seen(ingredient)]] = pairs.case_count[pairs.seen(ingredient)]
    whole = fit_prior(counts[counts > 0], expected[counts > 0], zeros=expected[counts == 0])
    squashed = signal_prior.learn(pairs)
    assert whole.converged
    assert squashed.converged
    for name in ("alpha1", "beta1", "alpha2", "beta2", "weight"):
        assert getattr(squashed, name) == pytest.approx(getattr(whole, name), rel=1e-3)
    assert squashed.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-4)


@pytest.mark.parametrize("prior", [GOOD, NONE])
def test_scores_do_not_depend_on_blocks_or_threads(pairs: Pairs, prior: SourcePrior) -> None:
    """One ingredient at a time in three threads, or all in one block, gives the same bytes in the same order."""

    def scored(**how: int) -> pa.Table:
        return pa.concat_tables(signal_any_drug.score(pairs, prior, **how)).unify_dictionaries().combine_chunks()

    whole, single = scored(block=10**9), scored(block=1, threads=3)
    assert whole.num_rows == pairs.case_count.size
    for name in whole.column_names:
        one, other = whole[name], single[name]
        if pa.types.is_dictionary(one.type):
            assert one.to_pylist() == other.to_pylist()
        elif pa.types.is_floating(one.type):
            bits = [column.to_numpy().view(np.int64) for column in (one, other)]
            assert (bits[0] == bits[1]).all(), name
        else:
            assert one.equals(other)
    assert whole["ebgm"].null_count == (0 if prior.basis else whole.num_rows)


@pytest.mark.skipif(not SHARED.exists(), reason="the reference files are not on this machine")
def test_expected_counts_agree_with_openebgm() -> None:
    """The reports of a public register, stratified by sex: every count and expected count as in openEBGM."""
    reports = f"read_csv('{SHARED / 'caers_raw_reports.csv.gz'}', all_varchar = true, encoding = 'latin-1')"
    insert = (
        "insert into cases select id::bigint, any_value(strat1), list(distinct var1), list(distinct var2) "
        f"from {reports} group by id"
    )
    connection = duckdb.connect(":memory:")
    pairs = load_pairs(connection, iter([insert]))
    theirs = {
        (ingredient, term): (int(count), float(expected))
        for ingredient, term, count, expected in connection.execute(
            "select * from read_csv(?, all_varchar = true, encoding = 'latin-1')",
            [str(SHARED / "caers_stratified_E.csv.gz")],
        ).fetchall()
    }
    ours = {
        (name, pairs.terms[term]): (int(count), float(expected))
        for ingredient, name in enumerate(pairs.ingredients)
        for term, count, expected in zip(
            pairs.term[pairs.seen(ingredient)],
            pairs.case_count[pairs.seen(ingredient)],
            pairs.expected(ingredient, pairs.term[pairs.seen(ingredient)]),
            strict=True,
        )
    }
    assert ours.keys() == theirs.keys()
    assert {pair for pair in ours if ours[pair][0] != theirs[pair][0]} == set()
    for pair, (_, expected) in theirs.items():
        assert ours[pair][1] == pytest.approx(expected, rel=1e-12), pair


def test_margin_above_its_stratum_is_refused() -> None:
    with pytest.raises(ValueError, match="count cases, not pairs"):
        expected_of_drug([3], [[1, 2]], [2])
    with pytest.raises(ValueError, match="same strata"):
        expected_of_drug([3, 1], [[1, 2]], [4])
