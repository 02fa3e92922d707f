"""Trials pooled to one effect, with its interval, its heterogeneity and where the next trial may fall.

Sources: Cochrane Handbook chapter 10; Hartung and Knapp, Stat Med 2001;20:3875, with the floor of Knapp and
Hartung, Stat Med 2003;22:2693 ("hk_adhoc": never narrower than without); prediction interval, Higgins,
Thompson, Spiegelhalter, J R Stat Soc A 2009;172:137, with t on two degrees of freedom fewer than trials.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc, stdtrit

from pipeline.statistics.choices import RANDOM, check_choices, check_once
from pipeline.statistics.evidence import Evidence, gather
from pipeline.statistics.fixed_effect import mantel_haenszel_effect
from pipeline.statistics.heterogeneity import (
    cochran_q,
    i_squared,
    i_squared_of,
    tau_squared,
    tau_squared_interval,
    weighted_mean,
)
from pipeline.statistics.pooled import Pooled
from pipeline.statistics.trial_tables import read_trials
from pipeline.statistics.two_by_two import Z95

NAN = float("nan")


def pool(
    events: Any,
    total: Any,
    comparator_events: Any,
    comparator_total: Any,
    *,
    measure: str = "rr",
    method: str = "mh",
    interval: str = "wald",
    correction: float = 0.0,
    study: Any = None,
) -> Pooled:
    """Pool two-arm trials.

    events, total: people affected and people at risk in the arm of interest, one value a trial;
    comparator_*: the same of its comparator. People, not episodes; at risk, not enrolled. measure: "rr",
    "or" or "rd". method: "mh" (Mantel-Haenszel), "peto" (odds ratio only), "iv" (inverse variance, fixed),
    "dl", "reml", "pm" (random effects). interval: "wald", "hk" (Hartung-Knapp) or "hk_adhoc" (with the
    floor); the last two need a method with weights. correction: added to every cell of trials with an empty
    cell; trials with nobody (or everybody) affected in both arms leave rr and or, and stay in rd
    uncorrected (there inverse-variance methods cannot weigh them). Peto takes none. study: labels; a trial
    that comes twice is refused, since a control shared by two rows would be counted twice.
    Raises ValueError for counts that do not fit and for choices that do not exist or go together.
    """
    check_choices(measure, method, interval, correction)
    trials = read_trials(events, total, comparator_events, comparator_total)
    check_once(study, trials.count)
    return pool_evidence(gather(trials, measure, method, correction), interval)


@dataclass(frozen=True)
class _Centre:
    """The pooled effect on the working scale, before bounds."""

    effect: float
    error: float
    tau: float


def pool_evidence(evidence: Evidence, interval: str, tau: float | None = None) -> Pooled:
    """Pool what was gathered; `tau` is a tau-squared estimated elsewhere (common to several groups)."""
    centre = _centre(evidence, tau)
    error, critical = _bounded(evidence, centre, interval)
    low, high = _prediction(evidence, centre, error)
    ratio = evidence.measure != "rd"
    ends = (centre.effect, centre.effect - critical * error, centre.effect + critical * error, low, high)
    estimate, lower, upper, low, high = (float(np.exp(end)) if ratio else float(end) for end in ends)
    return Pooled(
        estimate=estimate,
        lower=lower,
        upper=upper,
        log_estimate=centre.effect if ratio else NAN,
        standard_error=error,
        prediction_lower=low,
        prediction_upper=high,
        prediction_form=None if np.isnan(low) else "Higgins-Thompson-Spiegelhalter: t on study_count - 2",
        interval=interval,
        reason=_reason(evidence, centre, interval),
        **_heterogeneity(evidence, centre, own_tau=tau is None),
        **evidence.describe(),
    )


def _heterogeneity(evidence: Evidence, centre: _Centre, *, own_tau: bool) -> dict[str, Any]:
    """tau-squared with its bounds (where it is these trials' own), Q with its p-value, I-squared."""
    effect, variance = evidence.effect, evidence.variance
    df, random = max(effect.size - 1, 0), evidence.method in RANDOM
    q = tau_lower = tau_upper = inconsistency = NAN
    if effect.size and not np.isnan(centre.effect):
        # around the pooled effect where that comes from the counts, else around the inverse-variance mean
        q = cochran_q(effect, variance, mean=centre.effect if evidence.method in ("mh", "peto") else None)
    if df and not np.isnan(q):
        inconsistency = i_squared_of(centre.tau, variance) if random else i_squared(q, df)
    if random and own_tau:
        tau_lower, tau_upper = tau_squared_interval(effect, variance)
    return {
        "tau_squared": centre.tau,
        "tau_squared_lower": tau_lower,
        "tau_squared_upper": tau_upper,
        "i_squared": inconsistency,
        "q": q,
        "df": df,
        "q_p_value": float(chdtrc(df, q)) if df else NAN,
    }


def _centre(evidence: Evidence, tau: float | None) -> _Centre:
    if evidence.method == "mh":
        return _Centre(*mantel_haenszel_effect(evidence.trials, evidence.measure), 0.0)
    effect, variance = evidence.effect, evidence.variance
    if not effect.size:
        return _Centre(NAN, NAN, NAN)
    if evidence.method not in RANDOM:
        tau = 0.0
    elif tau is None:
        tau = tau_squared([(effect, variance)], evidence.method)
    weight = 1 / (variance + (0.0 if np.isnan(tau) else tau))
    return _Centre(weighted_mean(effect, weight), float(weight.sum() ** -0.5), tau)


def _bounded(evidence: Evidence, centre: _Centre, interval: str) -> tuple[float, float]:
    """Standard error and critical value of the interval asked for."""
    if interval == "wald" or np.isnan(centre.effect):
        return centre.error, Z95
    df = evidence.effect.size - 1
    if df < 1:
        return NAN, NAN
    spread = cochran_q(evidence.effect, evidence.variance, centre.tau) / df
    scale = max(1.0, spread) if interval == "hk_adhoc" else spread
    return float(centre.error * np.sqrt(scale)), float(stdtrit(df, 0.975))


def _prediction(evidence: Evidence, centre: _Centre, error: float) -> tuple[float, float]:
    if evidence.method not in RANDOM or evidence.effect.size < 3:
        return NAN, NAN
    reach = float(stdtrit(evidence.effect.size - 2, 0.975) * np.sqrt(centre.tau + error**2))
    return centre.effect - reach, centre.effect + reach


def _reason(evidence: Evidence, centre: _Centre, interval: str) -> str | None:
    if np.isnan(centre.effect) or np.isnan(centre.error):
        return evidence.reason_for_no_estimate
    if evidence.study_count == 1:
        return "one trial, not pooled: no heterogeneity" + (", no interval" if interval != "wald" else "")
    if evidence.method in RANDOM and evidence.effect.size < 3:
        return "fewer than three trials: no prediction interval"
    return None
