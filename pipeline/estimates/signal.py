"""How disproportionately each drug and route is reported with each reaction, by every measure that is published.

grain  one row per source, drug, route, reaction, definition, analysis, comparator and stratum
key    source, drug, route, reaction, definition, analysis, comparator, stratum
not    a risk, nor a finding: reports have no denominator, and a signal (GVP IX) is what a person validated

The stratum `all` is the four cells themselves; a kind of strata pools the primary analysis over its strata; and each
stratum of indication (`indication chronic_pain`, `indication other`, `indication unknown`) is the four cells within
it, where the drug and route has a case there. Cells are
cases, and no half is added to one. What cannot be estimated is null, and the reason beside it states why; a criterion
that cannot be judged is null, not false. Against a restricted comparator ROR judges: IC and EBGM are null there. EBGM
is shrunk against `expected_count_stratified` in every row that has one, as its prior was learnt. The sources of
formulas are given in `pipeline.statistics.disproportionality`; the criteria are those of Evans 2001, EudraVigilance
practice, Norén 2013 and DuMouchel 1999.
"""

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.estimates import null_where_absent, read_table
from pipeline.estimates._information import INFORMATION, withhold_information
from pipeline.estimates._shrinkage import OWN_PAIRS, PATIENTS, add_shrunken_ratios
from pipeline.estimates._signal_family import add_adjusted, add_likelihood_ratio, read_family
from pipeline.estimates._strata import pool_strata
from pipeline.statistics.disproportionality import fisher_greater, named_criteria, two_by_two

CELLS = ("with_both_count", "drug_only_count", "reaction_only_count", "neither_count")
COUNTS = """
    select source, drug, route, reaction, definition, analysis, comparator, 'all' as stratum, set_aside_text,
        with_both_count, drug_only_count, reaction_only_count, neither_count, universe_count
    from intermediate.signal_count
    order by source, drug, route, reaction, definition, analysis, comparator
"""
WITHIN = """
    select source, drug, route, reaction, definition, 'primary' as analysis, 'all_other_cases' as comparator,
        'indication ' || stratum as stratum, null::varchar as set_aside_text,
        with_both_count, drug_only_count, reaction_only_count, neither_count, universe_count
    from intermediate.signal_stratum_count
    where stratum_kind = 'indication'
    order by source, drug, route, reaction, definition, stratum
"""
LABELS = """
    select drug, reaction, reaction_label_status, label_date as reaction_label_date,
        label || ': ' || section as reaction_label_source, is_verified as is_reaction_label_verified
    from summary.reaction_label_status
"""
REVIEWS = """
    select drug, reaction, decision as review_decision, reason as review_reason, review_date, reviewer_role
    from codes.signal_review
"""
CRITERIA = ("evans", "eudravigilance", "ic025", "eb05_2")
CELL_KEY = ["source", "drug", "route", "reaction", "definition"]
CONFIDENCE_LEVEL, EBGM_CONFIDENCE_LEVEL = 0.95, 0.90
TEXTS = (
    "source", "drug", "route", "reaction", "definition", "analysis", "comparator", "stratum", "set_aside_text",
)  # fmt: skip
WHOLE = (*CELLS, "universe_count", "stratum_count", "informative_stratum_count")
NUMBERS = (
    "expected_count", "expected_count_stratified", "prr", "prr_lower", "prr_upper", "ror", "ror_lower", "ror_upper",
    "chi_squared", "chi_squared_yates", "fisher_p_value", "fdr_adjusted_p_value", *INFORMATION, "ebgm", "eb05",
    "eb95", "log_lr", "lr_p_value",
)  # fmt: skip
LEVELS = {"confidence_level": CONFIDENCE_LEVEL, "ebgm_confidence_level": EBGM_CONFIDENCE_LEVEL}
HOMOGENEITY = ("breslow_day", "breslow_day_df", "breslow_day_p_value")  # of strata: none in a row of `all`
KNOWN = (
    "review_decision", "review_reason", "review_date", "reviewer_role", "reaction_label_status",
    "reaction_label_date", "reaction_label_source",
)  # fmt: skip
NO_COMPARATOR = "no case without the drug to compare with: nothing is estimable"
REASONS = ("reason", "ic_reason", "ebgm_reason", "lr_reason", "breslow_day_reason")


def estimate(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Every cell of `intermediate.signal_count`, then the primary analysis pooled over its strata, then within each
    stratum of indication."""
    family = read_family(connection)
    pooled = pool_strata(connection)
    for frame in (_measure_cells(connection, COUNTS), pooled, _measure_cells(connection, WITHIN)):
        expected = withhold_information(_add_stratified_expectation(frame, pooled))
        flagged = _add_flags(add_shrunken_ratios(connection, expected))
        tested = add_likelihood_ratio(connection, add_adjusted(flagged, family), family)
        yield _table(_add_known(connection, tested))


def _measure_cells(connection: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
    counts = read_table(connection, query).to_pandas()
    both, drug_only, reaction_only, neither = cells = [counts[name] for name in CELLS]
    counts["stratum_count"] = 1
    margins = [both + drug_only, reaction_only + neither, both + reaction_only, drug_only + neither]
    counts["informative_stratum_count"] = (np.min(margins, axis=0) > 0).astype(np.int64)
    counts["fisher_p_value"] = fisher_greater(*cells)
    counts[list(HOMOGENEITY)] = np.nan
    counts["breslow_day_reason"] = None
    measured: pd.DataFrame = pd.concat([counts, two_by_two(*cells)], axis=1)
    # Without a comparator shrinkage would give 0, which reads as no disproportion.
    is_alone = (reaction_only + neither == 0).to_numpy()
    measured.loc[is_alone, "expected_count"] = np.nan
    measured.loc[is_alone, "reason"] = NO_COMPARATOR
    return measured


def _add_stratified_expectation(measured: pd.DataFrame, pooled: pd.DataFrame) -> pd.DataFrame:
    """The count that the prior of EBGM was learnt on, in the rows of the primary analysis that it belongs to."""
    by_patient = pooled[pooled["stratum"] == PATIENTS]
    known = by_patient[[*CELL_KEY, "expected_count"]].rename(columns={"expected_count": "expected_count_stratified"})
    joined = measured.merge(known, on=CELL_KEY, how="left", validate="many_to_one")
    is_of_row = (
        (joined["analysis"] == "primary")
        & (joined["comparator"] == "all_other_cases")
        & joined["stratum"].isin(["all", PATIENTS])
    )
    return joined.assign(expected_count_stratified=joined["expected_count_stratified"].where(is_of_row))


def _add_flags(measured: pd.DataFrame) -> pd.DataFrame:
    """Whether each criterion is met; absent where that cannot be judged, and for EBGM of a published prior."""
    judged = measured.assign(eb05=measured["eb05"].where(measured["prior_basis"] == OWN_PAIRS))
    met = named_criteria(measured["with_both_count"], judged)
    return measured.assign(**{f"is_{name}": met[name] for name in CRITERIA})


def _add_known(connection: duckdb.DuckDBPyConnection, measured: pd.DataFrame) -> pd.DataFrame:
    """What a label or a reviewer already states of the drug and the reaction; rows keep their order."""
    for query in (LABELS, REVIEWS):
        known = read_table(connection, query).to_pandas()
        measured = pd.merge(measured, known, on=["drug", "reaction"], how="left", validate="many_to_one")
    status = measured["reaction_label_status"].fillna("unknown")
    return measured.assign(reaction_label_status=status)


def _table(measured: pd.DataFrame) -> pa.Table:
    columns = {
        **{name: _texts(measured[name]) for name in TEXTS},
        **{name: pa.array(measured[name].astype(np.int64), pa.int64()) for name in WHOLE},
        **{name: null_where_absent(measured[name]) for name in NUMBERS},
        **{name: pa.array(np.full(len(measured), level)) for name, level in LEVELS.items()},
        "prior_basis": _texts(measured["prior_basis"]),
        "family_size": pa.array(measured["family_size"], pa.int64()),
        **{name: null_where_absent(measured[name]) for name in HOMOGENEITY},
        **{f"is_{name}": pa.array(measured[f"is_{name}"], pa.bool_()) for name in CRITERIA},
        **{name: _texts(measured[name]) for name in (*KNOWN, *REASONS)},
        "is_reaction_label_verified": pa.array(measured["is_reaction_label_verified"], pa.bool_(), from_pandas=True),
    }
    return pa.table(columns)


def _texts(values: pd.Series) -> pa.Array:
    return pa.array(values, pa.string(), from_pandas=True)
