"""EBGM with its bounds, and the prior it rests on: one that the source's own pairs gave, else a published one."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from pipeline.statistics.disproportionality import Prior, empirical_bayes

PATIENTS = "age_band, sex, year"  # the kind of strata over which the expected counts of a prior are summed
OWN_PAIRS, PUBLISHED = "own_pairs", "published"
FITTED = """
    select source, alpha1, beta1, alpha2, beta2, weight, log_likelihood, converged, reason
    from summary.signal_prior
"""
STAND_IN = """
    select alpha1::double, beta1::double, alpha2::double, beta2::double, weight::double
    from codes.published_prior
    where in_use = 'yes'
"""
SCORES = ["ebgm", "eb05", "eb95"]
RESTRICTED = "the prior was fitted against all other cases: ebgm not estimable"
OTHER_COUNT = (
    "the prior was learnt on counts of the primary analysis expected by age band, sex and year: ebgm not estimable"
)
UNEXPECTED = "no case is expected: ebgm not estimable"


@dataclass(frozen=True)
class SourcePrior:
    """The prior that shrinks the ratios of a source. basis: what it was learnt on, a word of `prior_basis`; None
    where there is none, whose reason is the prior's."""

    prior: Prior
    basis: str | None

    @property
    def may_flag(self) -> bool:
        """Whether a criterion may rest on it: how ratios vary in another database decides nothing in this one."""
        return self.basis == OWN_PAIRS


def add_shrunken_ratios(connection: duckdb.DuckDBPyConnection, measured: pd.DataFrame) -> pd.DataFrame:
    """Add ebgm, eb05, eb95 (ratios, natural scale), prior_basis and ebgm_reason to rows of cells.

    Every row is shrunk against its expected_count_stratified, the count on which the prior was learnt; absent in rows
    that have none: sensitivities, restricted comparators, strata of another kind.
    """
    priors = read_priors(connection)
    scored = pd.DataFrame(np.nan, index=measured.index, columns=SCORES)
    reason = _find_reasons(measured)
    basis = pd.Series(None, index=measured.index, dtype=object)
    for source in sorted(set(measured["source"])):
        rows = measured[reason.isna() & (measured["source"] == source)]
        if source not in priors:
            reason[rows.index] = "no prior was fitted for this source"
            continue
        scores = empirical_bayes(rows["with_both_count"], rows["expected_count_stratified"], priors[source].prior)
        scored.loc[rows.index] = scores[SCORES]
        reason[rows.index] = scores["reason"]
        basis[rows.index] = priors[source].basis
    return measured.assign(**{name: scored[name] for name in SCORES}, prior_basis=basis, ebgm_reason=reason)


def _find_reasons(measured: pd.DataFrame) -> pd.Series:
    """Why a row has no count to shrink against; None where it has."""
    expected = measured["expected_count_stratified"]
    is_restricted = measured["comparator"] != "all_other_cases"
    is_other = (measured["analysis"] != "primary") | ~measured["stratum"].isin(["all", PATIENTS])
    causes = [is_restricted, is_other, ~(expected > 0)]
    found = np.select(causes, [RESTRICTED, OTHER_COUNT, UNEXPECTED], default="")
    return pd.Series(found, index=measured.index, dtype=object).replace("", None)


def read_priors(connection: duckdb.DuckDBPyConnection) -> dict[str, SourcePrior]:
    """The prior of each source as `summary.signal_prior` has it, else the published one that is switched on.

    Raises ValueError where more than one published prior is in use.
    """
    stand_ins = connection.execute(STAND_IN).fetchall()
    if len(stand_ins) > 1:
        raise ValueError("sql/codes/reports/published_prior.csv: more than one prior is in use; leave yes in one row")
    priors = {}
    for source, *fitted, converged, reason in connection.execute(FITTED).fetchall():
        if converged:
            priors[source] = SourcePrior(Prior(*fitted), OWN_PAIRS)
        elif stand_ins:
            priors[source] = SourcePrior(Prior(*stand_ins[0]), PUBLISHED)
        else:
            absent = float("nan")
            none = Prior(absent, absent, absent, absent, absent, converged=False, reason=reason)
            priors[source] = SourcePrior(none, None)
    return priors
