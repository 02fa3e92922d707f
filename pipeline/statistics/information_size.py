"""How many people one trial would need to show an effect: what all trials together can be held against.

Source: Pogue and Yusuf, Control Clin Trials 1997;18:580 (optimal information size), with the usual sample size for
two proportions (unpooled variance, arms of one size; Fleiss, Levin, Paik, Statistical Methods for Rates and
Proportions, 3rd ed., section 4.2), divided by 1 - I-squared for trials that differ (Wetterslev et al., BMC Med Res
Methodol 2009;9:86). Software differs by a tenth: pooled variance, a correction for continuity or arcsines.
"""

from math import isnan, nan

from scipy.special import ndtri

TWO_SIDED, POWER = 0.05, 0.8
Z = float(ndtri(1 - TWO_SIDED / 2) + ndtri(POWER))


def calculate_information_size(baseline: float, risk_ratio: float, i_squared: float = nan) -> float:
    """People of both arms together that show `risk_ratio` at a risk of the comparator of `baseline`.

    baseline: a proportion. i_squared: percent; NaN, as for one trial, divides by nothing. Two-sided 5 %, power 80 %.
    NaN where the baseline is 0, the ratio is not known or 1, ratio times baseline reaches 1, or I-squared is 100.
    Raises ValueError for a baseline outside 0 to 1, a ratio below 0 or an I-squared outside 0 to 100.
    """
    if not isnan(baseline) and not 0 <= baseline <= 1:
        raise ValueError(f"baseline: {baseline} is not a proportion; pass 0 to 1")
    if not isnan(risk_ratio) and risk_ratio < 0:
        raise ValueError(f"risk_ratio: {risk_ratio} is below 0; pass a ratio of risks")
    if not isnan(i_squared) and not 0 <= i_squared <= 100:
        raise ValueError(f"i_squared: {i_squared} is not a percentage; pass 0 to 100")
    risk = risk_ratio * baseline
    if isnan(risk) or baseline == 0 or risk >= 1 or risk == baseline:
        return nan
    variation = risk * (1 - risk) + baseline * (1 - baseline)
    people = 2 * Z**2 * variation / (risk - baseline) ** 2
    shared = 0.0 if isnan(i_squared) else i_squared / 100
    return people / (1 - shared) if shared < 1 else nan
