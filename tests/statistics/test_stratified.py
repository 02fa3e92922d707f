"""Stratified reporting odds ratios and families of tests, compared with other software."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control
from statsmodels.stats.contingency_tables import StratifiedTable

from pipeline.estimates._strata import find_homogeneity
from pipeline.statistics.disproportionality import (
    benjamini_hochberg,
    expected_of_drug,
    fisher_greater,
    mantel_haenszel,
    named_criteria,
    two_by_two,
)

STRATA = np.array([[14, 1200, 30, 12000], [5, 300, 60, 9000], [9, 100, 50, 4000]]).T


def test_stratified_ratio_agrees_with_statsmodels() -> None:
    theirs = StratifiedTable(STRATA.reshape(2, 2, 3).astype(float))
    ours = mantel_haenszel(*STRATA)
    assert ours.ror == pytest.approx(theirs.oddsratio_pooled, rel=1e-12)
    assert ours.log_standard_error == pytest.approx(theirs.logodds_pooled_se, rel=1e-12)
    assert (ours.ror_lower, ours.ror_upper) == pytest.approx(theirs.oddsratio_pooled_confint(), rel=1e-9)
    tarone = theirs.test_equal_odds(adjust=True)
    assert (ours.breslow_day, ours.p_value) == pytest.approx((tarone.statistic, tarone.pvalue), rel=1e-9)


@pytest.mark.parametrize("name", ["bcg", "hine1989", "nielweise2007", "nissen2007_mi", "sparse_synth"])
def test_stratified_ratio_agrees_with_metafor(shared, name) -> None:
    reference = json.loads((shared / f"refstats/meta/{name}.json").read_text())
    data, theirs = pd.DataFrame(reference["data"]), reference["OR"]["MH_nocorr"]
    ours = mantel_haenszel(data.ai, data.n1i - data.ai, data.ci, data.n2i - data.ci)
    assert np.log(ours.ror) == pytest.approx(theirs["estimate"], abs=1e-9)
    assert ours.log_standard_error == pytest.approx(theirs["se"], abs=1e-9)
    assert ours.breslow_day == pytest.approx(theirs["TA"], rel=1e-8)
    assert ours.p_value == pytest.approx(theirs["TAp"], rel=1e-6)


def make_strata(*smallest: int) -> np.ndarray:
    """Strata in which drug and reaction are unrelated, whose smallest cell is as given."""
    return np.array([[each, 3 * each, 1000 * each, 3000 * each] for each in smallest]).T


@pytest.mark.parametrize(
    ("smallest", "is_sparse"),
    [([5] * 8 + [1] * 2, False), ([5] * 7 + [4] * 3, True), ([4] * 2 + [6] * 9, False), ([9] * 9 + [4], False)],
)
def test_homogeneity_is_tested_where_fitted_counts_suffice(smallest: list[int], is_sparse: bool) -> None:
    """Cochran 1954: four of five at least 5, none below 1. The fitted counts are the cells themselves here."""
    ratio = mantel_haenszel(*make_strata(*smallest))
    assert ratio.ror == pytest.approx(1)
    assert (ratio.homogeneity_reason is not None) == is_sparse


def test_homogeneity_is_not_tested_on_strata_of_one_case() -> None:
    """76 strata of one case of the drug each, as ketamine and confusion had: published with p 0.020."""
    strata = np.array([[place % 7 == 0, place % 7 > 0, 4, 46] for place in range(76)]).T.astype(int)
    ratio = mantel_haenszel(*strata)
    assert ratio.df == 75 and np.isfinite(ratio.ror)
    assert "too sparse" in ratio.homogeneity_reason
    assert find_homogeneity(ratio)["breslow_day_reason"] == ratio.homogeneity_reason
    assert np.isnan([find_homogeneity(ratio)[name] for name in ("breslow_day", "breslow_day_p_value")]).all()


def test_single_stratum_gives_the_crude_ratio() -> None:
    pooled = mantel_haenszel([10], [90], [40], [9860])
    crude = two_by_two(10, 90, 40, 9860).iloc[0]
    assert (pooled.ror, pooled.ror_lower, pooled.ror_upper) == pytest.approx(
        (crude.ror, crude.ror_lower, crude.ror_upper)
    )
    assert pooled.df == 0 and np.isnan(pooled.breslow_day)


def test_strata_that_cannot_be_pooled_give_a_reason() -> None:
    pooled = mantel_haenszel([0, 0], [10, 20], [3, 4], [100, 90])
    assert np.isnan(pooled.ror) and "no case with both" in pooled.reason
    assert pooled.stratum_count == 2 and pooled.informative_count == 2


def test_expected_counts_of_one_stratum_are_the_crude_ones() -> None:
    np.testing.assert_allclose(expected_of_drug([10], [[5, 8, 2]], [100]), [0.5, 0.8, 0.2])
    np.testing.assert_allclose(expected_of_drug([20], [[5, 8, 2]], [100]), [1, 1.6, 0.4])
    with pytest.raises(ValueError, match="count cases, not pairs"):
        expected_of_drug([110], [[5]], [100])
    with pytest.raises(ValueError, match="strata differ"):
        expected_of_drug([1], [[5], [6]], [100])


def test_exact_tests_agree_with_reference_values(shared) -> None:
    theirs = pd.read_csv(shared / "refstats/dispro/twobytwo_reference.csv")
    ours = fisher_greater(theirs.a, theirs.b, theirs.c, theirs.d)
    np.testing.assert_allclose(ours, theirs.fisher_p_greater, rtol=1e-8)


def test_adjusted_p_values_agree_with_scipy_to_the_last_bits_and_are_not_below_raw_ones() -> None:
    """Random families with ties, zeros and ones. The bits do differ: else SciPy's function could take our place."""
    random = np.random.default_rng(4)
    differing = 0
    for size in random.integers(1, 400, 300):
        chances = np.round(random.random(size) ** random.integers(1, 9), random.integers(2, 17))
        adjusted, theirs = benjamini_hochberg(chances), false_discovery_control(chances, method="bh")
        np.testing.assert_allclose(adjusted, theirs, rtol=4 * np.finfo(float).eps)
        assert (adjusted >= chances).all() and (adjusted <= 1).all()
        differing += (adjusted != theirs).sum()
    assert differing > 0
    assert benjamini_hochberg([]).size == 0
    with pytest.raises(ValueError, match="p_value"):
        benjamini_hochberg([0.2, 1.2])


def test_criterion_requires_its_minimum_count_and_a_measure() -> None:
    measures = two_by_two([0, 2, 3, 5, 500], [50, 1, 97, 95, 500], [30, 5, 12, 3, 400], [1000, 975, 9888, 9897, 500])
    measures["eb05"] = [0.1, 1.9, 2.0, 8.0, 0.9]
    flags = named_criteria([0, 2, 3, 5, 500], measures)
    assert flags.evans.tolist() == [False, False, True, True, False]
    assert flags.eudravigilance.tolist() == [False, False, False, True, True]
    assert flags.ic025.tolist() == [False, False, True, True, False]
    assert flags.eb05_2.tolist() == [False, False, True, True, False]
    with pytest.raises(ValueError, match="with_both"):
        named_criteria([1], measures)


def test_criterion_is_absent_where_an_absent_measure_leaves_it_open() -> None:
    """5/10/0/1000 has no PRR and no ROR. Chi-squared below 4 fails Evans whatever PRR is; too few cases fail any;
    an expected count of 0 judges nothing."""
    cells = [[5, 3, 2, 0], [10, 400, 1, 10], [0, 0, 0, 0], [1000, 1, 9, 1000]]
    measures = two_by_two(*cells)
    flags = named_criteria(cells[0], measures.assign(eb05=[np.nan, 2.5, np.nan, np.nan]))
    assert measures["chi_squared_yates"][1] < 4 and np.isnan(measures["prr"][:2]).all()
    assert flags.evans.tolist() == [pd.NA, False, False, pd.NA]
    assert flags.eudravigilance.tolist() == [pd.NA, False, False, pd.NA]
    assert flags.ic025.tolist() == [True, False, False, pd.NA]
    assert flags.eb05_2.tolist() == [pd.NA, True, pd.NA, pd.NA]
