"""What is asked of many cells at once: false discoveries of the pre-specified family, and the likelihood ratio test.

The family (rule 8 of the contract): the six drugs by any, intravenous and not intravenous route beside the five
narrow reactions, in the primary analysis, as many as have a case. The likelihood ratio (rule 7) has a family of its
own for each route: the whole table of pairs of `intermediate.signal_pair_count`.
"""

import duckdb
import numpy as np
import pandas as pd

from pipeline.statistics.disproportionality import benjamini_hochberg, likelihood_ratio

ROUTES = ("any", "intravenous", "not_intravenous")
REACTIONS = ("hallucination", "paranoia", "confusion", "nausea", "vomiting")
DRAWS, SEED = 999, 20261125
DRUGS = "select distinct drug from codes.ingredient where drug is not null order by drug"
PAIRS = """
    select source, route, drug, reaction, pair_count
    from intermediate.signal_pair_count
    order by source, route, drug, reaction
"""
OUTSIDE = "asked of the primary analysis of the six drugs and five narrow reactions only"


def add_adjusted(connection: duckdb.DuckDBPyConnection, measured: pd.DataFrame) -> pd.DataFrame:
    """Add fdr_adjusted_p_value (Benjamini-Hochberg over the family of each source), null outside the family."""
    inside = _is_primary_cell(connection, measured) & measured["route"].isin(ROUTES)
    adjusted = pd.Series(np.nan, index=measured.index)
    for _, family in measured[inside].groupby("source", sort=True):
        adjusted[family.index] = benjamini_hochberg(family["fisher_p_value"])
    return measured.assign(fdr_adjusted_p_value=adjusted)


def add_likelihood_ratio(connection: duckdb.DuckDBPyConnection, measured: pd.DataFrame) -> pd.DataFrame:
    """Add log_lr (natural logarithm), lr_p_value (999 tables drawn from a fixed seed) and lr_reason."""
    pairs = connection.execute(PAIRS).to_arrow_table().to_pandas()
    inside = _is_primary_cell(connection, measured)
    key = ["source", "route", "drug", "reaction"]
    tested = pd.concat([_nothing(key), *(_test(name, table) for name, table in pairs.groupby(["source", "route"]))])
    told = measured[key].where(inside).merge(tested, on=key, how="left", validate="many_to_one")
    told.index = measured.index
    return measured.assign(
        log_lr=told["log_lr"].astype(float),
        lr_p_value=told["lr_p_value"].astype(float),
        lr_reason=inside.map({True: None, False: OUTSIDE}),
    )


def _is_primary_cell(connection: duckdb.DuckDBPyConnection, measured: pd.DataFrame) -> pd.Series:
    drugs = [drug for (drug,) in connection.execute(DRUGS).fetchall()]
    return (
        (measured["analysis"] == "primary")
        & (measured["comparator"] == "all_other_cases")
        & (measured["stratum"] == "all")
        & (measured["definition"] == "narrow")
        & measured["drug"].isin(drugs)
        & measured["reaction"].isin(REACTIONS)
    )


def _nothing(key: list[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in (*key, "log_lr", "lr_p_value")})


def _test(name: tuple[str, str], pairs: pd.DataFrame) -> pd.DataFrame:
    """The test of one table of pairs: drugs by reactions, `other` the last of both; what has no pair is 0."""
    table = pairs.pivot(index="drug", columns="reaction", values="pair_count")
    table = table.reindex(columns=[*REACTIONS, "other"]).fillna(0)
    log_lr, p_value = likelihood_ratio(table, draws=DRAWS, seed=SEED)
    told = pd.DataFrame({"log_lr": log_lr.stack(), "lr_p_value": p_value.stack()}).reset_index()
    source, route = name
    return told.assign(source=source, route=route)
