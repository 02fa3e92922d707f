"""Criteria that others have named, as flags: each with its minimum count, none of them a verdict.

Sources: Evans et al. 2001 (PRR at least 2, chi-squared with Yates at least 4, at least 3 cases);
EudraVigilance practice (lower bound of the ROR above 1, at least 5 cases); Norén 2013 (lower bound of the
IC above 0, which two cases can never reach); DuMouchel 1999 and later practice (EB05 at least 2).

A flag has three values. It is false where any part of the criterion is known to fail, true where every part is known
to hold, and absent otherwise: 5 cases of 15 with the drug and none of 1,000 without it leave PRR and ROR without an
estimate, and no disproportion could be stronger.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.arrays import BooleanArray

from pipeline.statistics.arguments import align, as_counts

EVANS_CASES, EUDRAVIGILANCE_CASES, IC_CASES, EBGM_CASES = 3, 5, 3, 1


def named_criteria(with_both: Any, measures: pd.DataFrame) -> pd.DataFrame:
    """Columns evans, eudravigilance, ic025 and, where `measures` has eb05, eb05_2: true, false or absent.

    with_both: cases of each row. measures: the result of `two_by_two`, with eb05 joined if wanted; a measure that is
    absent leaves its part of the criterion unknown. A row whose expected_count is 0 is absent throughout: with no
    case of the drug or none of the reaction nothing was judged, however few cases a criterion requires.
    Raises ValueError where the rows differ in number.
    """
    (count,) = align(with_both=as_counts("with_both", with_both))
    if count.size != len(measures):
        raise ValueError(f"with_both: has {count.size} rows, measures {len(measures)}; pass the same rows")
    judged = {name: _known(measures, name) for name in ("prr", "chi_squared_yates", "ror_lower", "ic_lower")}
    flags = {
        "evans": (judged["prr"] >= 2) & (judged["chi_squared_yates"] >= 4) & (count >= EVANS_CASES),
        "eudravigilance": (judged["ror_lower"] > 1) & (count >= EUDRAVIGILANCE_CASES),
        "ic025": (judged["ic_lower"] > 0) & (count >= IC_CASES),
    }
    if "eb05" in measures:
        flags["eb05_2"] = (_known(measures, "eb05") >= 2) & (count >= EBGM_CASES)
    is_empty = measures["expected_count"].to_numpy() == 0
    return pd.DataFrame({name: _absent_where(flag, is_empty) for name, flag in flags.items()}, index=measures.index)


def _known(measures: pd.DataFrame, name: str) -> Any:
    """A measure whose comparison is absent where the measure is."""
    return pd.array(measures[name].to_numpy(dtype=np.float64, na_value=np.nan), dtype="Float64")


def _absent_where(flag: BooleanArray, is_absent: npt.NDArray[np.bool_]) -> BooleanArray:
    known: BooleanArray = flag.copy()
    known[is_absent] = pd.NA
    return known
