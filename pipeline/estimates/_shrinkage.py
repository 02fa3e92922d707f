"""EBGM with its bounds, by the prior that was fitted on all pairs of the row's source."""

import duckdb
import numpy as np
import pandas as pd

from pipeline.statistics.disproportionality import Prior, empirical_bayes

PRIORS = """
    select source, alpha1, beta1, alpha2, beta2, weight, log_likelihood, converged, reason
    from summary.signal_prior
"""
SCORES = ["ebgm", "eb05", "eb95"]


def add_shrunken_ratios(connection: duckdb.DuckDBPyConnection, measured: pd.DataFrame) -> pd.DataFrame:
    """Add ebgm, eb05, eb95 (ratios, natural scale) and ebgm_reason to rows of cells with their expected_count.

    Null where nothing is expected, where the source has no prior that converged, and against a restricted
    comparator: the prior describes how pairs vary around the count expected from all other cases.
    """
    priors = read_priors(connection)
    scored = pd.DataFrame(np.nan, index=measured.index, columns=SCORES)
    reason = pd.Series(None, index=measured.index, dtype=object)
    is_expected = measured["expected_count"] > 0
    reason[~is_expected] = "no case is expected: ebgm not estimable"
    is_restricted = measured["comparator"] != "all_other_cases"
    reason[is_restricted] = "the prior was fitted against all other cases: ebgm not estimable"
    for source in sorted(set(measured["source"])):
        rows = measured[is_expected & ~is_restricted & (measured["source"] == source)]
        if source not in priors:
            reason[rows.index] = "no prior was fitted for this source"
            continue
        scores = empirical_bayes(rows["with_both_count"], rows["expected_count"], priors[source])
        scored.loc[rows.index] = scores[SCORES]
        reason[rows.index] = scores["reason"]
    return measured.assign(**{name: scored[name] for name in SCORES}, ebgm_reason=reason)


def read_priors(connection: duckdb.DuckDBPyConnection) -> dict[str, Prior]:
    """The prior of each source, as `summary.signal_prior` has it."""
    absent = float("nan")
    priors = {}
    for source, *fitted, converged, reason in connection.execute(PRIORS).fetchall():
        alpha1, beta1, alpha2, beta2, weight, reached = (absent if value is None else value for value in fitted)
        priors[source] = Prior(alpha1, beta1, alpha2, beta2, weight, reached, bool(converged), reason)
    return priors
