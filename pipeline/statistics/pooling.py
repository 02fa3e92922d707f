"""Trials pooled to one effect, with its interval, its heterogeneity and where the next trial may fall.

Sources: Cochrane Handbook chapter 10; Hartung and Knapp, Stat Med 2001;20:3875, with the floor of Knapp and
Hartung, Stat Med 2003;22:2693 ("hk_adhoc": never narrower than without); prediction interval, Higgins,
Thompson, Spiegelhalter, J R Stat Soc A 2009;172:137, with t on two degrees of freedom fewer than trials.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.special import chdtrc, ndtr, stdtr, stdtrit

from pipeline.statistics.bayes import find_turner_prior, half_normal_prior, solve_bayes
from pipeline.statistics.beta_binomial import solve_beta_binomial
from pipeline.statistics.choices import MODELS, RANDOM, check_choices, check_once
from pipeline.statistics.codes import Note, Reason
from pipeline.statistics.conditional_binomial import solve_conditional_binomial
from pipeline.statistics.evidence import Evidence, gather
from pipeline.statistics.exact_odds import ExactOdds, describe_distribution, solve_exact
from pipeline.statistics.fixed_effect import mantel_haenszel_effect
from pipeline.statistics.heterogeneity import (
    cochran_q,
    i_squared,
    i_squared_of,
    tau_squared,
    tau_squared_interval,
    weighted_mean,
)
from pipeline.statistics.peto_bias import is_peto_biased
from pipeline.statistics.pooled import Pooled
from pipeline.statistics.score import score_difference, score_ratio
from pipeline.statistics.solved import PREDICTION_BY_T, Solved
from pipeline.statistics.trial_tables import Trials, read_trials
from pipeline.statistics.two_by_two import Z95

NAN = float("nan")
LEVEL = 0.95
SOLVERS: dict[str, Callable[[Trials], Solved]] = {
    "exact": solve_exact,
    "beta_binomial": solve_beta_binomial,
    "conditional_binomial": solve_conditional_binomial,
    "bayes_half_normal": partial(solve_bayes, prior=half_normal_prior()),
}
NO_HETEROGENEITY = {"q": NAN, "df": 0, "q_p_value": NAN, "i_squared": NAN}
NO_WIDTH = 1e-9  # a standard error that is nothing but the rounding of floats


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
    comparator: str | None = None,
    outcome: str = "adverse_event",
    study: Any = None,
) -> Pooled:
    """Pool two-arm trials.

    events, total: people affected and people at risk in the arm of interest, one value a trial;
    comparator_*: the same of its comparator. People, not episodes; at risk, not enrolled.
    measure: "rr", "or" or "rd".
    method: "mh" (Mantel-Haenszel), "peto" (odds ratio only), "iv" (inverse variance, fixed), "dl", "reml", "pm"
    (random effects); models of the counts, odds ratio only: "exact" (conditional, one effect), "beta_binomial",
    "conditional_binomial", "bayes_half_normal", "bayes_turner" (random effects).
    interval: "wald"; "hk" (Hartung-Knapp) or "hk_adhoc" (with the floor) for inverse variance; "score"
    (Miettinen-Nurminen) for the ratio and difference of risks of "mh", which has no standard error; "exact" for
    "exact", "wald" for the binomial models, "credible" for the Bayesian ones.
    correction: added to every cell of trials with an empty cell by "mh" and inverse variance; trials with nobody (or
    everybody) affected in both arms leave ratios, and stay in differences uncorrected (inverse variance cannot weigh
    them, and then has no value).
    comparator ("placebo", "no_treatment", "active_placebo" or "active"), outcome ("adverse_event" or "withdrawal"):
    choose the prior of "bayes_turner"; others do not ask.
    study: labels; a trial that comes twice is refused, since a control shared by two rows would be counted twice.
    Raises ValueError for counts that do not fit and for choices that do not exist or go together.
    """
    check_choices(measure, method, interval, correction)
    trials = read_trials(events, total, comparator_events, comparator_total)
    check_once(study, trials.count)
    evidence = gather(trials, measure, method, correction)
    if method in MODELS:
        return pool_counts(evidence, interval, _find_solver(method, comparator, outcome)(evidence.trials))
    return pool_evidence(evidence, interval)


def _find_solver(method: str, comparator: str | None, outcome: str) -> Callable[[Trials], Solved]:
    if method == "bayes_turner":
        return partial(solve_bayes, prior=find_turner_prior(outcome, comparator))
    return SOLVERS[method]


def describe_exact(events: Any, total: Any, comparator_events: Any, comparator_total: Any) -> ExactOdds:
    """One-sided bounds and p-values, and mid-P, that go with method "exact"; arguments and errors as for `pool`."""
    return describe_distribution(read_trials(events, total, comparator_events, comparator_total))


def pool_counts(evidence: Evidence, interval: str, solved: Solved) -> Pooled:
    """What was found from the counts as a whole, with the heterogeneity of the Mantel-Haenszel effect."""
    found = asdict(solved)
    effect = found["estimate"] if evidence.measure == "rd" else found["log_estimate"]
    centre = _Centre(effect, NAN, NAN, found["reason_code"])
    shape = _heterogeneity(evidence, centre, own_tau=False) if evidence.method == "mh" else NO_HETEROGENEITY
    if found["reason_code"] is not None:  # the evidence knows whether nobody or everybody was affected
        found["reason_code"] = evidence.no_information or found["reason_code"]
    if found["note_code"] is None and found["reason_code"] is None and evidence.study_count == 1:
        found["note_code"] = Note.ONE_TRIAL
    described = {"confidence_level": LEVEL, "interval": interval}
    return Pooled(**(shape | found | described | evidence.describe()))


@dataclass(frozen=True)
class _Centre:
    """The pooled effect on the working scale, before bounds, and why it is NaN where it is."""

    effect: float
    error: float
    tau: float
    reason: Reason | None = None


@dataclass(frozen=True)
class _Spread:
    """Standard error, critical value and p-value of the interval asked for, and why they are NaN."""

    error: float
    critical: float
    p_value: float
    reason: Reason | None = None


def pool_evidence(evidence: Evidence, interval: str, tau: float | None = None) -> Pooled:
    """Pool what was gathered; `tau` is a tau-squared estimated elsewhere (common to several groups)."""
    if interval == "score":
        solve = score_difference if evidence.measure == "rd" else score_ratio
        return pool_counts(evidence, interval, solve(evidence.trials))
    centre = _centre(evidence, tau)
    spread = _spread(evidence, centre, interval)
    low, high = _prediction(evidence, centre, spread.error)
    ratio = evidence.measure != "rd"
    reach = spread.critical * spread.error
    ends = (centre.effect, centre.effect - reach, centre.effect + reach, low, high)
    estimate, lower, upper, low, high = (float(np.exp(end)) if ratio else float(end) for end in ends)
    return Pooled(
        estimate=estimate,
        lower=lower,
        upper=upper,
        log_estimate=centre.effect if ratio else NAN,
        standard_error=spread.error,
        p_value=spread.p_value,
        confidence_level=LEVEL,
        prediction_lower=low,
        prediction_upper=high,
        prediction_form=None if np.isnan(low) else PREDICTION_BY_T,
        interval=interval,
        reason_code=centre.reason or spread.reason,
        note_code=_note(evidence, centre, low),
        **_heterogeneity(evidence, centre, own_tau=tau is None),
        **evidence.describe(),
    )


def _heterogeneity(evidence: Evidence, centre: _Centre, *, own_tau: bool) -> dict[str, Any]:
    """tau-squared (not where it is assumed) with its bounds (where it is these trials' own), Q, I-squared."""
    effect, variance = evidence.effect, evidence.variance
    df, random = max(effect.size - 1, 0), evidence.method in RANDOM
    q = tau_lower = tau_upper = inconsistency = NAN
    if effect.size and centre.reason is None:
        # around the pooled effect where that comes from the counts, else around the inverse-variance mean
        q = cochran_q(effect, variance, mean=centre.effect if evidence.method in ("mh", "peto") else None)
    if df and not np.isnan(q):
        inconsistency = i_squared_of(centre.tau, variance) if random else i_squared(q, df)
    if random and own_tau and centre.reason is None:
        tau_lower, tau_upper = tau_squared_interval(effect, variance)
    return {
        "tau_squared": centre.tau if random else NAN,
        "tau_squared_lower": tau_lower,
        "tau_squared_upper": tau_upper,
        "i_squared": inconsistency,
        "q": q,
        "df": df,
        "q_p_value": float(chdtrc(df, q)) if df else NAN,
    }


def _centre(evidence: Evidence, tau: float | None) -> _Centre:
    centre = _weighed(evidence, tau)
    if np.isnan(centre.effect) or np.isnan(centre.error):
        return _Centre(NAN, NAN, NAN, evidence.reason_for_no_estimate)
    if evidence.method == "peto" and _is_biased(evidence, centre):
        return _Centre(NAN, NAN, NAN, Reason.PETO_UNBALANCED)
    return centre


def _is_biased(evidence: Evidence, centre: _Centre) -> bool:
    return is_peto_biased(evidence.trials, centre.effect, 1 / evidence.variance)


def _weighed(evidence: Evidence, tau: float | None) -> _Centre:
    if evidence.method == "mh":
        return _Centre(*mantel_haenszel_effect(evidence.trials, evidence.measure), 0.0)
    effect, variance = evidence.effect, evidence.variance
    if not effect.size or evidence.loses_trials:
        return _Centre(NAN, NAN, NAN)
    if evidence.method not in RANDOM:
        tau = 0.0
    elif tau is None:
        tau = tau_squared([(effect, variance)], evidence.method)
    weight = 1 / (variance + (0.0 if np.isnan(tau) else tau))
    return _Centre(weighted_mean(effect, weight), float(weight.sum() ** -0.5), tau)


def _spread(evidence: Evidence, centre: _Centre, interval: str) -> _Spread:
    if centre.reason is not None:
        return _Spread(NAN, NAN, NAN)
    if interval == "wald":
        return _Spread(centre.error, Z95, 2 * float(ndtr(-abs(centre.effect) / centre.error)))
    df = evidence.effect.size - 1
    if df < 1:
        return _Spread(NAN, NAN, NAN, Reason.ONE_TRIAL)
    apart = cochran_q(evidence.effect, evidence.variance, centre.tau) / df
    scale = max(1.0, apart) if interval == "hk_adhoc" else apart
    error = float(centre.error * np.sqrt(scale))
    if error < NO_WIDTH:  # trials exactly alike: agreement is not certainty
        return _Spread(NAN, NAN, NAN, Reason.NO_WIDTH)
    return _Spread(error, float(stdtrit(df, 0.975)), 2 * float(stdtr(df, -abs(centre.effect) / error)))


def _prediction(evidence: Evidence, centre: _Centre, error: float) -> tuple[float, float]:
    if evidence.method not in RANDOM or evidence.effect.size < 3:
        return NAN, NAN
    reach = float(stdtrit(evidence.effect.size - 2, 0.975) * np.sqrt(centre.tau + error**2))
    return centre.effect - reach, centre.effect + reach


def _note(evidence: Evidence, centre: _Centre, prediction_lower: float) -> Note | None:
    if centre.reason is not None:
        return None
    if evidence.study_count == 1:
        return Note.ONE_TRIAL
    if evidence.method in RANDOM and evidence.effect.size < 3:
        return Note.FEW_TRIALS
    return Note.HALF_ADDED if evidence.is_corrected else None
