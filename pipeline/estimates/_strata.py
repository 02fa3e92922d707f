"""The primary analysis pooled over strata: one reporting odds ratio, expected counts summed within strata."""

from typing import Any

import duckdb
import numpy as np
import pandas as pd

from pipeline.estimates import read_table
from pipeline.statistics.information_component import closed_form_interval, gamma_interval, information_component
from pipeline.statistics.stratified import StratifiedRatio, mantel_haenszel

CELLS = ["with_both_count", "drug_only_count", "reaction_only_count", "neither_count"]
KEY = ["source", "drug", "route", "reaction", "definition", "stratum"]
NOT_POOLED = "pooled over strata: prr, chi-squared and fisher_p_value are not pooled"
# Strata without a case of the drug and route add their cases to the universe only, and nothing to a ratio.
STRATA = """
    select stratum.source, stratum.drug, stratum.route, stratum.reaction, stratum.definition,
        stratum.stratum_kind as stratum, stratum.with_both_count, stratum.drug_only_count,
        stratum.reaction_only_count, stratum.neither_count
    from intermediate.signal_stratum_count as stratum
    order by stratum.source, stratum.drug, stratum.route, stratum.reaction, stratum.definition,
        stratum.stratum_kind, stratum.stratum
"""
WHOLE = """
    select source, drug, route, reaction, definition, analysis, comparator, set_aside_text, with_both_count,
        drug_only_count, reaction_only_count, neither_count, universe_count
    from intermediate.signal_count
    where analysis = 'primary' and comparator = 'all_other_cases'
"""


def pool_strata(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """One row for each drug, route, reaction, definition and kind of strata: cells, pooled ror, ic and reason."""
    strata = read_table(connection, STRATA).to_pandas()
    whole = read_table(connection, WHOLE).to_pandas()
    start = np.flatnonzero((strata[KEY] != strata[KEY].shift()).any(axis=1).to_numpy())
    cells = strata[CELLS].to_numpy(dtype=np.float64).reshape(-1, 4)
    pooled = pd.concat(
        [
            strata[KEY].iloc[start].reset_index(drop=True),
            pd.DataFrame([_pool(part) for part in np.split(cells, start[1:])][: len(start)], columns=POOLED),
        ],
        axis=1,
    )
    expected = (cells[:, 0] + cells[:, 1]) * (cells[:, 0] + cells[:, 2]) / cells.sum(axis=1)
    pooled["expected_count"] = np.add.reduceat(expected, start) if start.size else expected
    pooled = pooled.merge(whole, on=KEY[:-1], how="left", validate="many_to_one")
    for name in ("prr", "prr_lower", "prr_upper", "chi_squared", "chi_squared_yates", "fisher_p_value"):
        pooled[name] = np.nan
    return _add_information(pooled)


POOLED = (
    "ror", "ror_lower", "ror_upper", "breslow_day", "breslow_day_df", "breslow_day_p_value", "breslow_day_reason",
    "stratum_count", "informative_stratum_count", "reason",
)  # fmt: skip


def find_homogeneity(ratio: StratifiedRatio) -> dict[str, Any]:
    """Breslow and Day's test as it is published: null with its reason where it may not be used."""
    if ratio.homogeneity_reason:
        tested = (np.nan, np.nan, np.nan)
    else:
        tested = (ratio.breslow_day, float(ratio.df), ratio.p_value)
    return dict(zip(("breslow_day", "breslow_day_df", "breslow_day_p_value"), tested, strict=True)) | {
        "breslow_day_reason": ratio.homogeneity_reason
    }


def _pool(cells: np.ndarray) -> tuple[object, ...]:
    ratio = mantel_haenszel(*cells.T)
    reason = NOT_POOLED if ratio.reason is None else f"{ratio.reason}: ror not estimable; {NOT_POOLED}"
    return (
        ratio.ror, ratio.ror_lower, ratio.ror_upper, *find_homogeneity(ratio).values(), ratio.stratum_count,
        ratio.informative_count, reason,
    )  # fmt: skip


def _add_information(pooled: pd.DataFrame) -> pd.DataFrame:
    count = pooled["with_both_count"].to_numpy(dtype=np.float64)
    expected = pooled["expected_count"].to_numpy(dtype=np.float64)
    pooled["ic"] = information_component(count, expected)
    pooled["ic_lower"], pooled["ic_upper"] = gamma_interval(count, expected)
    pooled["ic_closed_form_lower"], pooled["ic_closed_form_upper"] = closed_form_interval(count, expected)
    return pooled
