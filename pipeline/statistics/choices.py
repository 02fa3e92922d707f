"""The choices of pooling and which of them exclude one another; each error names the argument and what to pass."""

from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

MEASURES = ("rr", "or", "rd")
RANDOM = ("dl", "reml", "pm")
FIXED = ("mh", "peto", "iv")
WEIGHTED = ("iv", *RANDOM)
MODELS = {
    "exact": "exact",
    "beta_binomial": "wald",
    "conditional_binomial": "wald",
    "bayes_half_normal": "credible",
    "bayes_turner": "credible",
}
"""Models of the counts for the odds ratio, each with its interval."""
METHODS = (*FIXED, *RANDOM, *MODELS)
OF_COUNTS = ("mh", *MODELS)  # methods that pool the counts themselves, so that no trial needs a variance of its own
INTERVALS = ("wald", "hk", "hk_adhoc", "score", "exact", "credible")


def check_choices(measure: str, method: str, interval: str, correction: float) -> None:
    """ValueError for a choice that does not exist, or that does not go with another."""
    for name, choice, known in (
        ("measure", measure, MEASURES),
        ("method", method, METHODS),
        ("interval", interval, INTERVALS),
    ):
        if choice not in known:
            raise ValueError(f"{name}: {choice!r} is not known; pass one of {', '.join(known)}")
    if not (isinstance(correction, Real) and np.isfinite(correction) and correction >= 0):
        raise ValueError(f"correction: {correction} is not 0 or more; pass 0, or 0.5 as is usual")
    if method == "peto" and measure != "or":
        raise ValueError(f'measure: Peto pools odds ratios, not {measure}; pass measure="or"')
    if method in MODELS or interval in set(MODELS.values()) - {"wald"}:
        _check_model(measure, method, interval, correction)
    if interval in ("hk", "hk_adhoc") and method not in WEIGHTED:
        raise ValueError(f'interval: {interval} needs inverse-variance weights; pass method="iv" or a random one')
    if interval == "score" and (method != "mh" or measure == "or" or correction):
        raise ValueError('interval: score goes with method="mh", measure "rr" or "rd" and no correction')


def _check_model(measure: str, method: str, interval: str, correction: float) -> None:
    fitting = [name for name, own in MODELS.items() if own == interval]
    if method not in MODELS:
        raise ValueError(f"interval: {interval} does not go with {method}; pass method {' or '.join(fitting)}")
    if measure != "or":
        raise ValueError(f'measure: {method} models the odds ratio, not {measure}; pass measure="or"')
    if interval != MODELS[method]:
        raise ValueError(f'interval: {method} has its own; pass interval="{MODELS[method]}"')
    if correction:
        raise ValueError(f"correction: {method} needs none; pass 0")


def as_labels(values: Any) -> "pd.Series[Any]":
    """One label a trial; a tuple is one label."""
    if pd.api.types.is_scalar(values):
        values = [values]
    return pd.Series(values.tolist() if hasattr(values, "tolist") else list(values), dtype=object)


def check_once(study: Any, count: int) -> None:
    """ValueError when labels do not match the trials or one trial comes twice."""
    if study is None:
        return
    labels = as_labels(study)
    if labels.size != count:
        raise ValueError(f"study: has {labels.size} labels for {count} trials; pass one label a trial")
    repeated = labels[labels.duplicated()].unique()
    if repeated.size:
        names = ", ".join(str(label) for label in repeated)
        raise ValueError(f"study: {names} comes twice; split its shared control or combine its arms first")
