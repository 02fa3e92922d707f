"""How many people trials would need together to show an effect, and which share of them they have.

The size of one trial of two equal arms with 5% two-sided error and 80% power, by the unpooled variance of two
proportions (Fleiss, Levin, Paik 2003, chapter 4, without a continuity correction), divided by 1 - I-squared for
trials that differ (Wetterslev et al., BMC Med Res Methodol 2009;9:86). Pooled variance, continuity correction and the
arcsine differ by about a tenth. The share is no probability of knowing.
"""

import numpy as np
from scipy.special import ndtri

SIGNIFICANCE, POWER = 0.05, 0.80
MOST_PEOPLE = 10**10  # more than live: an effect that needs them is none


def compute_information_size(baseline: float, risk_ratio: float, i_squared: float = 0.0) -> float:
    """People of both arms together, a whole number as a float.

    baseline: risk beside the comparator, a proportion; risk_ratio: the effect to be shown; i_squared: percent, NaN
    for one trial. NaN where nothing can be shown: no baseline or ratio, a baseline of 0, a ratio of 0 or 1, a risk of
    1 or more with the drug, I-squared of 100, or a ratio so near 1 that more people than live would be needed.
    Raises ValueError for a baseline outside 0 to 1, a negative ratio or I-squared outside 0 to 100.
    """
    if baseline < 0 or baseline > 1:
        raise ValueError(f"baseline: {baseline} is not a proportion; pass 0 to 1")
    if risk_ratio < 0:
        raise ValueError(f"risk_ratio: {risk_ratio} is negative; pass a ratio of risks")
    if i_squared < 0 or i_squared > 100:
        raise ValueError(f"i_squared: {i_squared} is not a percentage; pass 0 to 100")
    risk = baseline * risk_ratio
    if (
        np.isnan(risk)
        or baseline == 0
        or np.isnan(baseline)
        or not 0 < risk < 1
        or risk_ratio == 1
        or i_squared == 100
    ):
        return float("nan")
    reach = float(ndtri(1 - SIGNIFICANCE / 2) + ndtri(POWER))
    arm = reach**2 * (risk * (1 - risk) + baseline * (1 - baseline)) / (risk - baseline) ** 2
    share = 1.0 if np.isnan(i_squared) else 1 - i_squared / 100
    size = float(2 * np.ceil(arm / share))
    return size if size <= MOST_PEOPLE else float("nan")


def compute_information_share(participants: int, size: float) -> float:
    """Share of the information size that `participants` are, at most 1; NaN where there is no size."""
    return float(min(participants / size, 1.0)) if np.isfinite(size) else float("nan")
