"""Criteria that others have named, as flags: each with its minimum count, none of them a verdict.

Sources: Evans et al. 2001 (PRR at least 2, chi-squared with Yates at least 4, at least 3 cases);
EudraVigilance practice (lower bound of the ROR above 1, at least 5 cases); Norén 2013 (lower bound of the
IC above 0, which two cases can never reach); DuMouchel 1999 and later practice (EB05 at least 2).
"""

from typing import Any

import pandas as pd

from pipeline.statistics.arguments import align, as_counts

EVANS_CASES, EUDRAVIGILANCE_CASES, IC_CASES, EBGM_CASES = 3, 5, 3, 1


def named_criteria(with_both: Any, measures: pd.DataFrame) -> pd.DataFrame:
    """Boolean columns evans, eudravigilance, ic025 and, where `measures` has eb05, eb05_2.

    with_both: cases of each row. measures: the result of `two_by_two`, with eb05 joined if wanted. A measure
    that is null meets no criterion.
    """
    (count,) = align(with_both=as_counts("with_both", with_both))
    if count.size != len(measures):
        raise ValueError(f"with_both: has {count.size} rows, measures {len(measures)}; pass the same rows")
    flags = {
        "evans": (measures["prr"] >= 2) & (measures["chi_squared_yates"] >= 4) & (count >= EVANS_CASES),
        "eudravigilance": (measures["ror_lower"] > 1) & (count >= EUDRAVIGILANCE_CASES),
        "ic025": (measures["ic_lower"] > 0) & (count >= IC_CASES),
    }
    if "eb05" in measures:
        flags["eb05_2"] = (measures["eb05"] >= 2) & (count >= EBGM_CASES)
    return pd.DataFrame(flags, index=measures.index)
