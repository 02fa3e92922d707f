"""Within one drug, intravenous against other known routes: in reports and in trials, which are never added up.

grain  one row per evidence, source, drug, reaction, definition, population, comparator, stratum, bound, measure,
       method and tau
key    evidence, source, drug, reaction, definition, population, comparator, stratum, bound, measure, method, tau
not    a randomised comparison: who gets the drug intravenously is another patient in another setting. No contrast for
       magnesium, whose route defines the class

Reports: the reporting odds ratio of intravenous cases against cases by other known routes of the same drug, crude
(Woolf's interval) and pooled by Mantel and Haenszel over age band, sex and year (Robins, Breslow, Greenland 1986;
homogeneity by Breslow and Day with Tarone's correction), and the share of serious cases on each side, whatever the
reaction; cases on neither side are counted. Trials: the subgroup tests of `summary.trial_subgroup`, row for row. Each
row names the products of both sides: where they are different drugs, as intravenous ketamine and nasal esketamine in
ketamine_any, it is no contrast of routes, and a risk programme of one side stimulates what is reported of it.
"""

from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.estimates import null_where_absent, read_table
from pipeline.estimates._comparisons import SIDES
from pipeline.estimates._products import read_observed_products, read_reported_products
from pipeline.estimates._strata import find_homogeneity
from pipeline.statistics.disproportionality import mantel_haenszel, two_by_two

REPORTS_WARNING = (
    "confounded by setting and indication: infusions are given in hospitals, to other patients and for other reasons;"
    " reports have no denominator"
)
DIFFERENT_DRUGS = "the sides are mostly different drugs: not a contrast of routes; "
RISK_PROGRAMME = "; a risk programme stimulates reports of one side"
TRIALS_WARNING = (
    "intravenous trials and trials by other routes differ in participants, dose and care:"
    " an association, not an effect of route"
)
KEY = ("source", "drug", "reaction", "definition")
WITH, ALL = (tuple(f"{side}_{what}_count" for side in SIDES) for what in ("with_reaction", "case"))
SERIOUS = tuple(f"{side}_serious_case_count" for side in SIDES)
NEITHER = ("neither_side_with_reaction_count", "neither_side_case_count")
PRODUCTS = ("product_contrast", *(f"{side}_products_text" for side in SIDES), "risk_programme_side")
CELL = ("drug", "reaction", "definition", "population", "comparator", "bound")
COUNTS = f"""
    select {", ".join((*KEY, "stratum_kind", *WITH, *ALL, *SERIOUS, *NEITHER))}
    from intermediate.route_contrast_count
    order by {", ".join((*KEY, "stratum_kind", "stratum"))}
"""  # noqa: S608 - our own names
SUBGROUPS = """
    select drug, reaction, definition, population, comparator, bound, measure, method, tau,
        intravenous_trial_count, not_intravenous_trial_count,
        intravenous_estimate, intravenous_lower, intravenous_upper,
        not_intravenous_estimate, not_intravenous_lower, not_intravenous_upper, q_between, df, p_value, reason
    from summary.trial_subgroup
    order by drug, reaction, definition, population, comparator, bound, measure, method, tau
"""
NO_STRATUM = "no stratum holds cases with it on one side and without it on the other: ror not estimable"
ROWS_AT_A_TIME = 50_000

Row = dict[str, Any]


def estimate(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """The reports of each drug that has cases on both sides, then every subgroup test of trials."""
    yield _table(list(_contrast_reports(connection)))
    products = read_observed_products(connection)
    subgroups = read_table(connection, SUBGROUPS)
    for start in range(0, subgroups.num_rows, ROWS_AT_A_TIME):
        yield _table([_trial_row(row, products) for row in subgroups.slice(start, ROWS_AT_A_TIME).to_pylist()])


def _contrast_reports(connection: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    rows = read_table(connection, COUNTS).to_pylist()
    products = read_reported_products(connection)
    names = (*KEY, "stratum_kind")
    cells: dict[tuple[str, ...], list[Row]] = {}
    for count in rows:
        cells.setdefault(tuple(count[name] for name in names), []).append(count)
    for key, strata in cells.items():
        row = dict(zip(names, key, strict=True))
        whole = {name: sum(stratum[name] for stratum in strata) for name in (*WITH, *ALL, *SERIOUS)}
        shares = {
            f"{side}_serious_share": whole[serious] / whole[every]
            for side, serious, every in zip(SIDES, SERIOUS, ALL, strict=True)
        }
        kind = row.pop("stratum_kind")
        held = products[row["source"], row["drug"]]
        neither = {name: strata[0][name] for name in NEITHER}  # of the drug, alike in each stratum
        measured = _measure_crude(strata[0]) if kind == "all" else _pool(strata)
        yield {
            **row, **whole, **shares, **neither, **held, **measured, "evidence": "reports",
            "population": "all reports", "comparator": "not_intravenous", "stratum": kind, "bound": "none",
            "measure": "ror", "tau": "none",
            "warning_text": _warn(REPORTS_WARNING, held) + (
                RISK_PROGRAMME if held["risk_programme_side"] in SIDES else ""
            ),
        }  # fmt: skip


def _warn(warning: str, held: Row) -> str:
    return DIFFERENT_DRUGS + warning if held.get("product_contrast") == "different_drugs" else warning


def _measure_crude(whole: Row) -> Row:
    ratio = two_by_two(*_cells([whole])).iloc[0]
    named = tuple(
        f"{side} {which} the reaction"
        for side in ("intravenous case", "case by another route")
        for which in ("with", "without")
    )
    empty = [name for name, cell in zip(named, _cells([whole]), strict=True) if cell[0] == 0]
    return {
        "method": "woolf", "stratum_count": 1, "informative_stratum_count": int(_is_informative(whole)),
        "estimate": ratio["ror"], "lower": ratio["ror_lower"], "upper": ratio["ror_upper"],
        "reason": f"no {', no '.join(empty)}: ror not estimable" if empty else None,
    }  # fmt: skip


def _is_informative(whole: Row) -> bool:
    """Cases with and without the reaction, as there are cases on both sides."""
    with_it, every = (sum(int(whole[name]) for name in names) for names in (WITH, ALL))
    return 0 < with_it < every


def _pool(strata: list[Row]) -> Row:
    ratio = mantel_haenszel(*_cells(strata))
    return {
        "method": "mantel_haenszel", "stratum_count": ratio.stratum_count,
        "informative_stratum_count": ratio.informative_count, "estimate": ratio.ror, "lower": ratio.ror_lower,
        "upper": ratio.ror_upper, **find_homogeneity(ratio), "reason": None if ratio.reason is None else NO_STRATUM,
    }  # fmt: skip


def _cells(strata: list[Row]) -> list[list[int]]:
    """Of each side the cases with the reaction, then those without it."""
    return [
        values
        for having, every in zip(WITH, ALL, strict=True)
        for values in ([row[having] for row in strata], [row[every] - row[having] for row in strata])
    ]


def _trial_row(row: Row, products: dict[tuple[Any, ...], Row]) -> Row:
    held = products.get(tuple(row[name] for name in CELL), {})
    return {
        **row, **held, "evidence": "trials", "source": "clinicaltrials", "stratum": "all",
        "warning_text": _warn(TRIALS_WARNING, held),
    }  # fmt: skip


TEXTS = (
    "evidence", "source", "drug", "reaction", "definition", "population", "comparator", "stratum", "bound", "measure",
    "method", "tau",
)  # fmt: skip
WHOLE = (
    *WITH, *ALL, *SERIOUS, *NEITHER, *(f"{side}_trial_count" for side in SIDES), "stratum_count",
    "informative_stratum_count",
)  # fmt: skip
NUMBERS = (
    *(f"{side}_serious_share" for side in SIDES), "estimate", "lower", "upper",
    *(f"{side}_{name}" for side in SIDES for name in ("estimate", "lower", "upper")),
    "q_between", "df", "p_value", "breslow_day", "breslow_day_df", "breslow_day_p_value",
)  # fmt: skip


REMARKS = ("breslow_day_reason", *PRODUCTS, "reason", "warning_text")


def _table(rows: list[Row]) -> pa.Table:
    """What one kind of evidence does not know is null in its rows."""
    numbers = {name: [row.get(name) for row in rows] for name in NUMBERS}
    return pa.table(
        {
            **{name: pa.array([row[name] for row in rows], pa.string()) for name in TEXTS},
            **{name: pa.array([row.get(name) for row in rows], pa.int64()) for name in WHOLE},
            **{name: null_where_absent(values) for name, values in numbers.items()},
            **{name: pa.array([row.get(name) for row in rows], pa.string()) for name in REMARKS},
        }
    )
