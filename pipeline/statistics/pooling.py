"""Trials pooled to one effect, with its interval, its heterogeneity and where the next trial may fall.

Sources: Cochrane Handbook chapter 10; Hartung and Knapp, Stat Med 2001;20:3875, with the floor of Knapp and
Hartung, Stat Med 2003;22:2693 ("hk_adhoc": never narrower than without); prediction interval, Higgins,
Thompson, Spiegelhalter, J R Stat Soc A 2009;172:137, with t on two degrees of freedom fewer than trials.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, stdtrit

from pipeline.statistics.arguments import Floats
from pipeline.statistics.evidence import RANDOM, Evidence, gather
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
from pipeline.statistics.trial_tables import MEASURES, read_trials
from pipeline.statistics.two_by_two import Z95

METHODS = ("mh", "peto", "iv", *RANDOM)
INTERVALS = ("wald", "hk", "hk_adhoc")
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


def check_choices(measure: str, method: str, interval: str, correction: float) -> None:
    """ValueError for a choice that does not exist, or that does not go with another."""
    for name, choice, known in (
        ("measure", measure, MEASURES),
        ("method", method, METHODS),
        ("interval", interval, INTERVALS),
    ):
        if choice not in known:
            raise ValueError(f"{name}: {choice!r} is not known; pass one of {', '.join(known)}")
    if not (np.isfinite(correction) and correction >= 0):
        raise ValueError(f"correction: {correction} is not 0 or more; pass 0, or 0.5 as is usual")
    if method == "peto" and measure != "or":
        raise ValueError(f'measure: Peto pools odds ratios, not {measure}; pass measure="or"')
    if interval != "wald" and method in ("mh", "peto"):
        raise ValueError(f'interval: {interval} needs inverse-variance weights; pass method="iv" or a random one')


def check_once(study: Any, count: int) -> None:
    """ValueError when labels do not match the trials or one trial comes twice."""
    if study is None:
        return
    labels = pd.Series(np.atleast_1d(np.asarray(study, dtype=object)))
    if labels.size != count:
        raise ValueError(f"study: has {labels.size} labels for {count} trials; pass one label a trial")
    repeated = labels[labels.duplicated()].unique()
    if repeated.size:
        names = ", ".join(str(label) for label in repeated)
        raise ValueError(f"study: {names} comes twice; split its shared control or combine its arms first")


@dataclass(frozen=True)
class _Centre:
    """The pooled effect on the working scale, before bounds."""

    effect: float
    error: float
    tau: float


def pool_evidence(evidence: Evidence, interval: str, tau: float | None = None) -> Pooled:
    """Pool what was gathered; `tau` is a tau-squared estimated elsewhere (common to several groups)."""
    centre = _centre(evidence, tau)
    effect, variance = evidence.effect, evidence.variance
    df = max(effect.size - 1, 0)
    q = (
        NAN
        if not effect.size or np.isnan(centre.effect)
        else cochran_q(effect, variance, 0.0, _q_centre(evidence, centre))
    )
    error, critical = _bounded(evidence, centre, interval)
    lower, upper = centre.effect - critical * error, centre.effect + critical * error
    low, high = _prediction(evidence, centre, error)
    tau_low, tau_high = (NAN, NAN)
    if evidence.method in RANDOM and tau is None:
        tau_low, tau_high = tau_squared_interval(effect, variance)
    ratio = evidence.measure != "rd"
    natural = [float(np.exp(value)) if ratio else float(value) for value in (centre.effect, lower, upper, low, high)]
    return Pooled(
        estimate=natural[0],
        lower=natural[1],
        upper=natural[2],
        log_estimate=centre.effect if ratio else NAN,
        standard_error=error,
        tau_squared=centre.tau,
        tau_squared_lower=tau_low,
        tau_squared_upper=tau_high,
        i_squared=_inconsistency(evidence, centre.tau, q, df),
        q=q,
        prediction_lower=natural[3],
        prediction_upper=natural[4],
        study_count=evidence.study_count,
        df=df,
        q_p_value=float(chdtrc(df, q)) if df else NAN,
        prediction_form=None if np.isnan(low) else "Higgins-Thompson-Spiegelhalter: t on study_count - 2",
        double_zero_count=evidence.double_zero_count,
        not_estimable_count=evidence.not_estimable_count,
        q_correction=evidence.q_correction,
        measure=evidence.measure,
        method=evidence.method,
        interval=interval,
        correction=evidence.correction,
        reason=_reason(evidence, centre, interval),
    )


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


def _q_centre(evidence: Evidence, centre: _Centre) -> float | None:
    """Q is around the pooled effect of the counts, or else around the fixed-effect mean."""
    return centre.effect if evidence.method in ("mh", "peto") else None


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


def _inconsistency(evidence: Evidence, tau: float, q: float, df: int) -> float:
    variance: Floats = evidence.variance
    if df < 1 or np.isnan(q):
        return NAN
    return i_squared_of(tau, variance) if evidence.method in RANDOM else i_squared(q, df)


def _reason(evidence: Evidence, centre: _Centre, interval: str) -> str | None:
    if np.isnan(centre.effect) or np.isnan(centre.error):
        return evidence.why_nothing
    if evidence.study_count == 1:
        return "one trial, not pooled: no heterogeneity" + (", no interval" if interval != "wald" else "")
    if evidence.method in RANDOM and evidence.effect.size < 3:
        return "fewer than three trials: no prediction interval"
    return None
