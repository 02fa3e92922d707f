"""Tests over many cells at once: false discoveries in the pre-specified family, and the likelihood ratio test.

The family (rule 8 of the contract) is data: every drug of the watch list by each route and narrow reaction of
`codes.signal_family`, in the primary analysis, as many as have a case. The likelihood ratio (rule 7) has a family of
its own for each route: the whole table of pairs of `intermediate.signal_pair_count`.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from pipeline.estimates import read_table
from pipeline.statistics.disproportionality import benjamini_hochberg, likelihood_ratio

DRAWS, SEED = 999, 20261125
DRUGS = "select distinct drug from codes.ingredient where drug is not null order by drug"
MEMBERS = "select value from codes.signal_family where dimension = ? order by position::integer"
PAIRS = """
    select source, route, drug, reaction, pair_count
    from intermediate.signal_pair_count
    order by source, route, drug, reaction
"""
KEY = ["source", "route", "drug", "reaction"]
OUTSIDE = "computed only for the primary analysis of the six drugs and five narrow reactions"


@dataclass(frozen=True)
class Family:
    """The drugs, routes and reactions of the pre-specified question; reactions in the order of their columns."""

    drugs: list[str]
    routes: list[str]
    reactions: list[str]


def read_family(connection: duckdb.DuckDBPyConnection) -> Family:
    """The family as the code lists state it."""
    drugs = [drug for (drug,) in connection.execute(DRUGS).fetchall()]
    routes, reactions = (
        [value for (value,) in connection.execute(MEMBERS, [dimension]).fetchall()]
        for dimension in ("route", "reaction")
    )
    return Family(drugs, routes, reactions)


def add_adjusted(measured: pd.DataFrame, family: Family) -> pd.DataFrame:
    """Add fdr_adjusted_p_value (Benjamini-Hochberg over the family of each source) and family_size, the number of
    tests it was adjusted for; absent outside the family."""
    inside = _is_primary_cell(measured, family) & measured["route"].isin(family.routes)
    adjusted = pd.Series(np.nan, index=measured.index)
    size = pd.Series(pd.NA, index=measured.index, dtype="Int64")
    for _, tests in measured[inside].groupby("source", sort=True):
        adjusted[tests.index] = benjamini_hochberg(tests["fisher_p_value"])
        size[tests.index] = len(tests)
    return measured.assign(fdr_adjusted_p_value=adjusted, family_size=size)


def add_likelihood_ratio(
    connection: duckdb.DuckDBPyConnection, measured: pd.DataFrame, family: Family
) -> pd.DataFrame:
    """Add log_lr (natural logarithm), lr_p_value (999 tables drawn from a fixed seed) and lr_reason."""
    inside = _is_primary_cell(measured, family)
    tests: list[pd.DataFrame] = []
    if inside.any():  # drawing tables costs more than all else here: none is drawn for rows that ask for no test
        pairs = read_table(connection, PAIRS).to_pandas()
        tests = [_test(name, table, family.reactions) for name, table in pairs.groupby(["source", "route"])]
    tested = pd.concat([_no_test(), *tests])
    joined = measured[KEY].where(inside).merge(tested, on=KEY, how="left", validate="many_to_one")
    joined.index = measured.index
    return measured.assign(
        log_lr=joined["log_lr"].astype(float),
        lr_p_value=joined["lr_p_value"].astype(float),
        lr_reason=inside.map({True: None, False: OUTSIDE}),
    )


def _is_primary_cell(measured: pd.DataFrame, family: Family) -> pd.Series:
    return (
        (measured["analysis"] == "primary")
        & (measured["comparator"] == "all_other_cases")
        & (measured["stratum"] == "all")
        & (measured["definition"] == "narrow")
        & measured["drug"].isin(family.drugs)
        & measured["reaction"].isin(family.reactions)
    )


def _no_test() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in (*KEY, "log_lr", "lr_p_value")})


def _test(name: tuple[str, str], pairs: pd.DataFrame, reactions: list[str]) -> pd.DataFrame:
    """The test of one table of pairs: drugs by reactions, `other` the last of both; a cell without a pair is 0."""
    table = pairs.pivot(index="drug", columns="reaction", values="pair_count")
    table = table.reindex(columns=[*reactions, "other"]).fillna(0)
    log_lr, p_value = likelihood_ratio(table, draws=DRAWS, seed=SEED)
    tested = pd.DataFrame({"log_lr": log_lr.stack(), "lr_p_value": p_value.stack()}).reset_index()
    source, route = name
    return tested.assign(source=source, route=route)
