"""How disproportionately each drug and route is reported with each reaction, by every measure that is published.

grain  one row per source, drug, route, reaction, definition, analysis, comparator and stratum
key    source, drug, route, reaction, definition, analysis, comparator, stratum
not    a risk, nor a finding: reports have no denominator, and a signal (GVP IX) is what a person validated

The stratum `all` is the four cells themselves; other strata pool the primary analysis over its strata. Cells are
cases, and no half is added to one. What cannot be estimated is null, and the reason beside it states why. The sources
of formulas are given in `pipeline.statistics.disproportionality`; the criteria are those of Evans 2001,
EudraVigilance practice, Norén 2013 and DuMouchel 1999.
"""

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.estimates import null_where_absent
from pipeline.estimates._shrinkage import add_shrunken_ratios
from pipeline.estimates._signal_family import add_adjusted, add_likelihood_ratio, read_family
from pipeline.estimates._strata import pool_strata
from pipeline.statistics.criteria import EBGM_CASES, EUDRAVIGILANCE_CASES, EVANS_CASES, IC_CASES
from pipeline.statistics.disproportionality import fisher_greater, named_criteria, two_by_two

CELLS = ("with_both_count", "drug_only_count", "reaction_only_count", "neither_count")
COUNTS = """
    select source, drug, route, reaction, definition, analysis, comparator, 'all' as stratum, set_aside_text,
        with_both_count, drug_only_count, reaction_only_count, neither_count, universe_count
    from intermediate.signal_count
    order by source, drug, route, reaction, definition, analysis, comparator
"""
LABELS = """
    select drug, reaction, status as reaction_label_status, label_date as reaction_label_date,
        source as reaction_label_source
    from codes.reaction_label
"""
REVIEWS = """
    select drug, reaction, decision as review_decision, reason as review_reason, review_date, reviewer_role
    from codes.signal_review
"""
CRITERIA = {  # column -> its name in statistics, the measure it rests on, the fewest cases it needs
    "is_evans": ("evans", "prr", EVANS_CASES),
    "is_eudravigilance": ("eudravigilance", "ror_lower", EUDRAVIGILANCE_CASES),
    "is_ic025": ("ic025", "ic_lower", IC_CASES),
    "is_eb05_2": ("eb05_2", "eb05", EBGM_CASES),
}
TEXTS = (
    "source", "drug", "route", "reaction", "definition", "analysis", "comparator", "stratum", "set_aside_text",
)  # fmt: skip
WHOLE = (*CELLS, "universe_count", "stratum_count")
NUMBERS = (
    "expected_count", "prr", "prr_lower", "prr_upper", "ror", "ror_lower", "ror_upper", "chi_squared",
    "chi_squared_yates", "fisher_p_value", "fdr_adjusted_p_value", "ic", "ic_lower", "ic_upper",
    "ic_closed_form_lower", "ic_closed_form_upper", "ebgm", "eb05", "eb95", "log_lr", "lr_p_value",
)  # fmt: skip
HOMOGENEITY = ("breslow_day", "breslow_day_df", "breslow_day_p_value")  # of strata: none in a row of `all`
KNOWN = (
    "review_decision", "review_reason", "review_date", "reviewer_role", "reaction_label_status",
    "reaction_label_date", "reaction_label_source",
)  # fmt: skip
NO_COMPARATOR = "no case without the drug to compare with: nothing is estimable"
REASONS = ("reason", "ebgm_reason", "lr_reason")


def estimate(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Every cell of `intermediate.signal_count`, then the primary analysis pooled over its strata."""
    family = read_family(connection)
    for frame in (_measure_cells(connection), pool_strata(connection)):
        flagged = _add_flags(add_shrunken_ratios(connection, frame))
        tested = add_likelihood_ratio(connection, add_adjusted(flagged, family), family)
        yield _table(_add_known(connection, tested))


def _measure_cells(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    counts = connection.execute(COUNTS).to_arrow_table().to_pandas()
    cells = [counts[name] for name in CELLS]
    counts["stratum_count"] = 1
    counts["fisher_p_value"] = fisher_greater(*cells)
    counts[list(HOMOGENEITY)] = np.nan
    measured: pd.DataFrame = pd.concat([counts, two_by_two(*cells)], axis=1)
    # Without a comparator shrinkage would give 0, which reads as no disproportion.
    is_alone = (counts["reaction_only_count"] + counts["neither_count"] == 0).to_numpy()
    measured.loc[is_alone, ["expected_count", *(name for name in NUMBERS if name.startswith("ic"))]] = np.nan
    measured.loc[is_alone, "reason"] = NO_COMPARATOR
    return measured


def _add_flags(measured: pd.DataFrame) -> pd.DataFrame:
    """Whether each criterion is met; null where cases suffice and the measure could not be estimated."""
    met = named_criteria(measured["with_both_count"], measured)
    for column, (name, measure, fewest) in CRITERIA.items():
        is_unknown = measured[measure].isna() & (measured["with_both_count"] >= fewest)
        measured[column] = met[name].astype(object).mask(is_unknown, None)
    return measured


def _add_known(connection: duckdb.DuckDBPyConnection, measured: pd.DataFrame) -> pd.DataFrame:
    """What a label or a reviewer already states of the drug and the reaction; rows keep their order."""
    for query in (LABELS, REVIEWS):
        known = connection.execute(query).to_arrow_table().to_pandas()
        measured = pd.merge(measured, known, on=["drug", "reaction"], how="left", validate="many_to_one")
    status = measured["reaction_label_status"].fillna("unknown")
    return measured.assign(reaction_label_status=status)


def _table(measured: pd.DataFrame) -> pa.Table:
    columns = {
        **{name: _texts(measured[name]) for name in TEXTS},
        **{name: pa.array(measured[name].astype(np.int64), pa.int64()) for name in WHOLE},
        **{name: null_where_absent(measured[name]) for name in (*NUMBERS, *HOMOGENEITY)},
        **{name: pa.array(measured[name], pa.bool_(), from_pandas=True) for name in CRITERIA},
        **{name: _texts(measured[name]) for name in (*KNOWN, *REASONS)},
    }
    return pa.table(columns)


def _texts(values: pd.Series) -> pa.Array:
    return pa.array(values, pa.string(), from_pandas=True)
