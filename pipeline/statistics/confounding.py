"""What an adjusted association may still owe to confounding: E-values, and calibration by negative controls.

Sources: VanderWeele and Ding, Ann Intern Med 2017;167:268 (E-value; the square root of an odds ratio stands in for
the risk ratio of a common outcome); Schuemie et al., Stat Med 2014;33:209 and Proc Natl Acad Sci 2018;115:2571
(systematic error as a normal distribution over reactions without a plausible effect). An E-value is about confounding
only: it is silent on selection, such as who reports what.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from pipeline.statistics.arguments import Floats, align, as_numbers, as_positive
from pipeline.statistics.solved import NAN
from pipeline.statistics.two_by_two import Z95

COMMON = 0.15  # share of cases with the reaction, above which an odds ratio is far from the risk ratio
RESIDUAL_SHARE = 0.10  # of the negative controls' intervals that exclude 1: more is residual confounding
FEWEST_CONTROLS = 5


@dataclass(frozen=True)
class SystematicError:
    """Mean and standard deviation of what negative controls show beyond chance, on the log scale; NaN where fewer
    than five controls have an estimate. excluding_share: of their 95% intervals that exclude 1."""

    mean: float
    deviation: float
    control_count: int
    excluding_share: float

    @property
    def is_residual(self) -> bool:
        return self.excluding_share > RESIDUAL_SHARE


def compute_e_value(ratio: float, lower: float, upper: float, *, is_common: bool) -> tuple[float, float]:
    """E-values of an odds ratio and of the bound nearer to no effect; 1 for the bound where the interval holds 1.

    is_common: the reaction is in more than 15% of the cases, so that the square root is taken. NaN for NaN.
    """
    if np.isnan([ratio, lower, upper]).any():
        return NAN, NAN
    if lower <= 1 <= upper:
        return _e_value(ratio, is_common=is_common), 1.0
    return _e_value(ratio, is_common=is_common), _e_value(lower if lower > 1 else upper, is_common=is_common)


def _e_value(ratio: float, *, is_common: bool) -> float:
    risk_ratio = np.sqrt(ratio) if is_common else ratio
    away = max(risk_ratio, 1 / risk_ratio)
    return float(away + np.sqrt(away * (away - 1)))


def fit_systematic_error(log_estimates: Any, standard_errors: Any) -> SystematicError:
    """The likeliest normal distribution of systematic error, from the log estimates of negative controls.

    ValueError for standard errors of 0 or less, absent values and lengths that differ.
    """
    estimate, error = align(
        log_estimates=as_numbers("log_estimates", log_estimates),
        standard_errors=as_positive("standard_errors", standard_errors),
    )
    excluding = float((np.abs(estimate) > Z95 * error).mean()) if estimate.size else NAN
    if estimate.size < FEWEST_CONTROLS:
        return SystematicError(NAN, NAN, int(estimate.size), excluding)
    variance = _likeliest_variance(estimate, error**2)
    weight = 1 / (error**2 + variance)
    mean = float((weight * estimate).sum() / weight.sum())
    return SystematicError(mean, float(np.sqrt(variance)), int(estimate.size), excluding)


def _likeliest_variance(estimate: Floats, own: Floats) -> float:
    """Maximum likelihood, not restricted; 0 where the controls differ by chance alone."""

    def slope(variance: float) -> float:
        weight = 1 / (own + variance)
        mean = (weight * estimate).sum() / weight.sum()
        return float(((weight * (estimate - mean)) ** 2 - weight).sum())

    if slope(0.0) <= 0:
        return 0.0
    top = float(((estimate - estimate.mean()) ** 2).sum() + own.max())
    return float(brentq(slope, 0.0, top, xtol=1e-14, rtol=1e-12))  # type: ignore[no-untyped-call]


def calibrate(log_estimate: float, standard_error: float, systematic: SystematicError) -> tuple[float, ...]:
    """Odds ratio with its 95% bounds and p-value, the systematic error taken out of it and added to its width."""
    centre = log_estimate - systematic.mean
    error = float(np.hypot(standard_error, systematic.deviation))
    ends = (float(np.exp(centre + reach * error)) for reach in (0.0, -Z95, Z95))
    return (*ends, 2 * float(ndtr(-abs(centre) / error)))
