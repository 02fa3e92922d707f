"""The whole table of ingredient by preferred term in whole numbers: the prior is fitted to it, and it is scored."""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.estimates import read_table
from pipeline.statistics.arguments import Floats
from pipeline.statistics.stratified import expected_of_drug

Places = npt.NDArray[np.int64]
Spread = tuple[Places, Places, Places]


@dataclass(frozen=True)
class Pairs:
    """The pairs of one source. Ingredients and terms are sorted by name and identified by their place in that order.

    first: for each ingredient (and one more) where its pairs begin in `term` and `case_count`, which are sorted by
    ingredient, then term. ingredient_strata: likewise the strata and cases of each ingredient. term_cases: cases,
    strata by terms. stratum_cases: all cases of each stratum.
    """

    source: str
    ingredients: list[str]
    terms: list[str]
    first: Places
    term: Places
    case_count: Places
    first_stratum: Places
    stratum: Places
    stratum_case_count: Places
    term_cases: Floats
    stratum_cases: Floats

    @property
    def universe(self) -> int:
        """All cases of the source."""
        return int(self.stratum_cases.sum())

    def seen(self, ingredient: int) -> slice:
        """The positions of the pairs of an ingredient."""
        return slice(int(self.first[ingredient]), int(self.first[ingredient + 1]))

    def cases(self, ingredient: int) -> int:
        """All cases that name an ingredient as suspect."""
        return int(self.stratum_case_count[self._strata(ingredient)].sum())

    def expected(self, ingredient: int, terms: Places | None = None) -> Floats:
        """Expected cases of an ingredient with every term (or those given), summed over strata of patients.

        An ingredient at a time, so that a value depends on no other: a product of matrices rounds by its blocks.
        """
        part = self._strata(ingredient)
        strata, cases = self.stratum[part], self.stratum_case_count[part]
        reactions = self.term_cases[strata] if terms is None else self.term_cases[np.ix_(strata, terms)]
        return expected_of_drug(cases, reactions, self.stratum_cases[strata])

    def _strata(self, ingredient: int) -> slice:
        return slice(int(self.first_stratum[ingredient]), int(self.first_stratum[ingredient + 1]))


def read_pairs(connection: duckdb.DuckDBPyConnection) -> Iterator[Pairs]:
    """The pairs of each source that has a case, sources in order."""
    for (source,) in connection.execute(
        "select distinct source from intermediate.pair_margin order by source"
    ).fetchall():
        yield _read(connection, source)


def _read(connection: duckdb.DuckDBPyConnection, source: str) -> Pairs:
    names = {
        column: [row[0] for row in connection.execute(query, [source, margin]).fetchall()]
        for column, margin, query in (
            ("stratum", "every_case", NAMES.format(column="patient_stratum")),
            ("ingredient", "ingredient", NAMES.format(column="name")),
            ("term", "preferred_term", NAMES.format(column="name")),
        )
    }
    shape = (len(names["stratum"]), len(names["term"]))
    _, stratum, cases = _numbers(connection, MARGINS, source, "every_case", shape[0])
    stratum_cases = np.zeros(shape[0])
    stratum_cases[stratum] = cases
    term, stratum, cases = _numbers(connection, MARGINS, source, "preferred_term", shape[0])
    term_cases = np.zeros(shape)
    term_cases[stratum, term] = cases
    ingredient, stratum, cases = _numbers(connection, MARGINS, source, "ingredient", shape[0])
    holder, term, count = _numbers(connection, PAIRS, source, None, shape[1])
    ends = np.arange(len(names["ingredient"]) + 1)
    return Pairs(
        source,
        names["ingredient"],
        names["term"],
        np.searchsorted(holder, ends),
        term,
        count,
        np.searchsorted(ingredient, ends),
        stratum,
        cases,
        term_cases,
        stratum_cases,
    )


def _numbers(
    connection: duckdb.DuckDBPyConnection, query: str, source: str, margin: str | None, width: int
) -> Spread:
    """Two places and a count of each row, sorted by the places; the second place is below `width`."""
    given = {"source": source} if margin is None else {"source": source, "margin": margin}
    table: pa.Table = read_table(connection, query, given)
    one, two, count = (column.to_numpy().astype(np.int64, copy=False) for column in table.columns)
    order = np.argsort(one * width + two, kind="stable")
    return one[order], two[order], count[order]


NAMES = "select distinct {column} from intermediate.pair_margin where source = ? and margin = ? order by 1"

MARGINS = """
with place as (
    select distinct name, dense_rank() over (order by name) - 1 as place
    from intermediate.pair_margin where source = $source and margin = $margin
),
stratum as (
    select patient_stratum, row_number() over (order by patient_stratum) - 1 as place
    from intermediate.pair_margin where source = $source and margin = 'every_case'
)
select place.place as one, stratum.place as two, pair_margin.case_count
from intermediate.pair_margin
inner join place on place.name = pair_margin.name
inner join stratum on stratum.patient_stratum = pair_margin.patient_stratum
where pair_margin.source = $source and pair_margin.margin = $margin
"""

PAIRS = """
with place as (
    select margin, name, row_number() over (partition by margin order by name) - 1 as place
    from (select distinct margin, name from intermediate.pair_margin where source = $source)
)
select ingredient.place as one, term.place as two, pair.case_count
from intermediate.pair
inner join place as ingredient on ingredient.margin = 'ingredient' and ingredient.name = pair.ingredient
inner join place as term on term.margin = 'preferred_term' and term.name = pair.preferred_term
where pair.source = $source
"""
