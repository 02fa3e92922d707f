"""Shrunken reporting ratios: the posterior of each pair's ratio under the fitted prior.

Source: DuMouchel, Am Stat 1999;53:177. EBGM is the posterior geometric mean; EB05 and EB95 are the 5% and
95% posterior quantiles, found exactly (not by bisection to two decimals).
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, gammaln, logit, psi

from pipeline.statistics.arguments import Floats, align, as_counts, as_positive, distinct, index_of
from pipeline.statistics.mixture_quantile import Mixture, mixture_quantile
from pipeline.statistics.prior import Prior

BLOCK = 65_536


def empirical_bayes(count: Any, expected: Any, prior: Prior) -> pd.DataFrame:
    """Shrunken observed-to-expected ratio of each pair, with its bounds.

    count: cases of each pair, 0 or more. expected: expected cases, above 0. Scalars or 1-D of one length;
    row labels of a Series are kept. prior: from `fit_prior`, or of published parameters.
    Returns ebgm, eb05, eb95 (ratios, natural scale), prior_share (posterior weight of the prior's first
    component) and reason: all null, with the prior's reason, where the prior did not converge.
    Raises ValueError for arguments that do not fit, or prior parameters outside their range.
    """
    counts, cases = align(count=as_counts("count", count), expected=as_positive("expected", expected))
    parameters = np.array([prior.alpha1, prior.beta1, prior.alpha2, prior.beta2])
    names = ["ebgm", "eb05", "eb95", "prior_share"]
    values, reason = np.full((counts.size, len(names)), np.nan), None
    if prior.converged:
        if not ((parameters > 0) & np.isfinite(parameters)).all() or not 0 <= prior.weight <= 1:
            raise ValueError("prior: pass alphas and betas above 0 and a weight between 0 and 1")
        levels, level = distinct(counts)
        for start in range(0, counts.size, BLOCK):
            part = slice(start, start + BLOCK)
            values[part] = _score(levels, level[part], cases[part], parameters, prior.weight)
    else:
        reason = f"no prior: {prior.reason or 'it did not converge'}"
    frame = pd.DataFrame(values, columns=names, index=index_of(count, expected))
    frame["reason"] = pd.Series([reason] * len(frame), index=frame.index, dtype=object)
    return frame


def _score(levels: Floats, level: Any, expected: Floats, parameters: Floats, weight: float) -> Floats:
    """Columns ebgm, eb05, eb95, share for one block of cells."""
    logs, log_means, shapes, rates = [], [], [], []
    for alpha, beta in parameters.reshape(2, 2):
        count = levels[level]
        rise = (gammaln(alpha + levels) - gammaln(alpha))[level]
        logs.append(rise - (alpha + count) * np.log1p(expected / beta) - count * np.log(beta))
        log_means.append(psi(alpha + levels)[level] - np.log(beta + expected))
        shapes.append(alpha + levels)
        rates.append(beta + expected)
    share = expit(logit(weight) + logs[0] - logs[1])
    ebgm = np.exp(share * log_means[0] + (1 - share) * log_means[1])
    mixture = Mixture(share, (shapes[0], shapes[1]), level, (rates[0], rates[1]))
    return np.column_stack([ebgm, mixture_quantile(mixture, 0.05), mixture_quantile(mixture, 0.95), share])
