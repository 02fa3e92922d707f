"""Measures of four cells, compared with published figures and other software."""

import numpy as np
import pandas as pd
import pytest

from pipeline.statistics.disproportionality import benjamini_hochberg, two_by_two

RATIOS = [(name, bound) for name in ("prr", "ror", "ic") for bound in ("", "_lower", "_upper")]

# cells, measure, published value and bounds, printed decimals, source
PUBLISHED = [
    ((41, 14, 754, 591958), "prr", (586, None, None), 0, "Evans 2001, rifabutin and uveitis"),
    ((41, 14, 754, 591958), "chi_squared", (22740, None, None), -1, "Evans 2001: the uncorrected one"),
    ((10, 90, 40, 9860), "prr", (24.75, 12.74, 48.10), 2, "DiAna documentation"),
    ((10, 90, 40, 9860), "ic", (3.3923, 2.3622, 4.1489), 4, "gamma form, recomputed apart"),
    ((10, 90, 40, 9860), "ic_closed_form", (None, 2.3151, 4.1183), 4, "DiAna prints 2.31 and 4.11, cut off"),
    ((10, 90, 40, 9860), "ror", (27.389, 13.287, 56.458), 3, "Woolf's interval, recomputed apart"),
    ((10, 90, 40, 9860), "chi_squared", (183.239, None, None), 3, "recomputed apart"),
    ((10, 90, 40, 9860), "chi_squared_yates", (164.459, None, None), 3, "recomputed apart"),
    ((28, 942, 17, 31435), "prr", (53.41, 29.33, 97.24), 2, "recomputed apart"),
    ((28, 942, 17, 31435), "ror", (54.96, 29.98, 100.76), 2, "recomputed apart"),
    ((28, 942, 17, 31435), "chi_squared", (544.71, None, None), 2, "recomputed apart"),
    ((28, 942, 17, 31435), "chi_squared_yates", (524.46, None, None), 2, "recomputed apart"),
    ((28, 942, 17, 31435), "ic", (3.9482, 3.3643, 4.4328), 4, "recomputed apart"),
    ((41, 14, 754, 591958), "prr", (585.99, 494.33, 694.66), 2, "Evans 2001's cells, pvda"),
    ((41, 14, 754, 591958), "ror", (2299.2, 1248.2, 4235.3), 1, "Evans 2001's cells, pvda"),
    ((41, 14, 754, 591958), "ic", (6.1765, 5.7009, 6.5840), 4, "Evans 2001's cells, pvda"),
    ((41, 14, 754, 591958), "chi_squared_yates", (22187.27, None, None), 2, "Evans 2001's cells, R"),
    ((2_000_000, 8_000_000, 16_000_000, 4_000_000), "ic", (-1.58, None, None), 2, "vigicaen: past 32 bits"),
]


@pytest.mark.parametrize(("cells", "measure", "values", "decimals", "where"), PUBLISHED)
def test_published_figures_are_reproduced(cells, measure, values, decimals, where) -> None:
    row = two_by_two(*cells).iloc[0]
    for bound, value in zip(("", "_lower", "_upper"), values, strict=True):
        if value is not None:
            assert round(row[measure + bound], decimals) == value, where


def test_measures_agree_with_other_software_to_eight_digits(shared) -> None:
    theirs = pd.read_csv(shared / "refstats/dispro/twobytwo_reference.csv")
    ours = two_by_two(theirs.a, theirs.b, theirs.c, theirs.d)
    for (measure, bound), percent in zip(RATIOS, ("", "2.5", "97.5") * 3, strict=True):
        known = ours[measure + bound].notna()
        reference = theirs[f"pvda_{measure}{percent}"][known]
        np.testing.assert_allclose(ours[measure + bound][known], reference, rtol=1e-8)
    np.testing.assert_allclose(ours.chi_squared, theirs.chisq, rtol=1e-8)
    np.testing.assert_allclose(ours.chi_squared_yates, theirs.chisq_yates, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(ours.expected_count, theirs.expected_rrr, rtol=1e-8)
    infinite = theirs.pvda_ror.isin([0, np.inf])
    assert ours.ror.isna().tolist() == infinite.tolist()
    assert (ours.reason.notna() == (ours.ror.isna() | ours.prr.isna())).all()


def test_whole_table_agrees_with_pvda(shared) -> None:
    theirs = pd.read_csv(shared / "refstats/dispro/pvda_da_output.csv")
    ours = two_by_two(theirs.obs, theirs.b, theirs.c, theirs.d)
    for (measure, bound), percent in zip(RATIOS, ("", "2.5", "97.5") * 3, strict=True):
        known = theirs[measure + percent].notna()  # pvda leaves ratios of one and two cases blank
        assert known.mean() > 0.3
        np.testing.assert_allclose(
            ours[measure + bound][known], theirs[measure + percent][known], rtol=1e-8, atol=1e-10
        )


def test_ratios_of_hundred_thousand_pairs_agree_with_phvid(shared) -> None:
    """PhViD's ROR and PRR, with its lower bounds of the logarithm at 95% (one-sided 2.5%)."""
    folder = shared / "refstats/dispro"
    universe = 1_193_704
    for name, column in (("ror", "LB95(log(ROR))"), ("prr", "LB95(log(PRR))")):
        theirs = pd.read_csv(folder / f"phvid_{name.upper()}.csv.gz")
        both, drug, reaction = theirs["count"], theirs["drug margin"], theirs["event margin"]
        ours = two_by_two(both, drug - both, reaction - both, universe - drug - reaction + both)
        known = ours[name].notna()
        assert known.mean() > 0.99
        np.testing.assert_allclose(ours[name][known], theirs[name.upper()][known], rtol=1e-7)
        np.testing.assert_allclose(np.log(ours[f"{name}_lower"][known]), theirs[column][known], atol=1e-6)


def test_gamma_and_closed_form_ic_intervals_have_separate_columns() -> None:
    """Eleven cases where two were expected: papers publish the closed form, which differs from the gamma form."""
    row = two_by_two(11, 89, 189, 9711).iloc[0]
    assert row.expected_count == pytest.approx(2.0)
    assert (round(row.ic_lower, 3), round(row.ic_upper, 3)) == (1.225, 2.929)
    assert (round(row.ic_closed_form_lower, 3), round(row.ic_closed_form_upper, 3)) == (1.177, 2.897)


@pytest.mark.parametrize(
    ("cells", "null", "word"),
    [
        ((0, 50, 30, 1000), ["prr", "ror"], "no case with both"),
        ((5, 0, 20, 975), ["ror"], "every case with the drug"),
        ((4, 200, 0, 9796), ["prr", "ror"], "without the drug"),
        ((4, 200, 10, 0), ["ror"], "every case without the drug"),
        ((6, 4, 0, 0), ["prr", "ror", "chi_squared", "chi_squared_yates"], "compare"),
        ((0, 0, 30, 1000), ["prr", "ror", "chi_squared"], "no case with the drug"),
        ((0, 9, 0, 1000), ["prr", "ror", "chi_squared"], "no case with the reaction"),
        ((3, 0, 9, 0), ["prr", "ror", "chi_squared"], "every case has the reaction"),
        ((0, 0, 0, 0), ["prr", "ror", "ic", "expected_count"], "no case at all"),
    ],
)
def test_inestimable_measure_is_null_with_a_reason(cells, null, word) -> None:
    row = two_by_two(*cells).iloc[0]
    assert row[null].isna().all()
    assert word in row.reason
    numbers = row.drop("reason").astype(float)
    assert not np.isinf(numbers).any()
    if sum(cells):
        assert np.isfinite(row.ic) and row.ic_lower < row.ic < row.ic_upper


def test_32_bit_counts_do_not_overflow() -> None:
    small = np.array([2_000_000, 3], dtype=np.int32)
    large = np.array([16_000_000, 17_000_000], dtype=np.int32)
    frame = two_by_two(small, large, large, large)
    assert (frame.chi_squared > 0).all() and (frame.expected_count > 0).all()
    pd.testing.assert_frame_equal(frame, two_by_two(small.astype(float), *[large.astype(float)] * 3))


def test_rows_keep_their_labels_and_scalars_are_broadcast() -> None:
    cells = pd.Series([3, 4], index=["x", "y"])
    frame = two_by_two(cells, 10, 20, 300)
    assert frame.index.tolist() == ["x", "y"]
    assert frame.reason.tolist() == [None, None]
    assert len(two_by_two([], [], [], [])) == 0


def test_counts_are_accepted_in_any_container() -> None:
    """Lists, tuples, ranges, small integers that would overflow, Arrow and nullable columns: the same result."""
    wanted = two_by_two([100, 200], [110, 120], [90, 80], [250, 255])
    for contain in (
        tuple,
        lambda cells: np.array(cells, dtype=np.uint8),
        lambda cells: pd.Series(cells, dtype="Int64"),
        lambda cells: pd.Series(cells, dtype="int64[pyarrow]"),
        lambda cells: [np.int32(cell) for cell in cells],
    ):
        cells = [contain(each) for each in ([100, 200], [110, 120], [90, 80], [250, 255])]
        pd.testing.assert_frame_equal(two_by_two(*cells), wanted)
    assert two_by_two(range(3, 5), 10, 20, 300).prr.notna().all()


def test_columns_with_different_row_order_are_refused() -> None:
    """Rows are read by position; labels in another order would give pairs the cells of other pairs."""
    both, drug = pd.Series([1, 200], index=["x", "y"]), pd.Series([900, 5], index=["y", "x"])
    with pytest.raises(ValueError, match="same row labels in another order"):
        two_by_two(both, drug, 30, 4000)
    assert two_by_two(both, drug.reindex(both.index), 30, 4000).index.tolist() == ["x", "y"]
    assert len(two_by_two(both, pd.Series([5, 900]), 30, 4000)) == 2  # different labels do not define an order


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        ((10**17, 2, 3, 4), "with_both"),
        ((1, 10**400, 3, 4), "drug_only"),
        (([1, 2], [1, 2, 3], 5, 6), "drug_only"),
        ((-1, 2, 3, 4), "with_both"),
        ((1, 2, float("nan"), 4), "reaction_only"),
        ((1, 2, 3, None), "neither"),
        ((1, 2.5, 3, 4), "drug_only"),
        ((np.ma.masked_array([1, 2], [False, True]), 2, 3, 4), "with_both"),
        ((1, pd.array([2, pd.NA], dtype="Int64"), 3, 4), "drug_only"),
        ((1, 2, 3, float("inf")), "neither"),
        (("many", 2, 3, 4), "with_both"),
        (([[1]], 2, 3, 4), "with_both"),
    ],
)
def test_invalid_arguments_are_refused_by_name(cells, named) -> None:
    with pytest.raises(ValueError, match=named):
        two_by_two(*cells)


def test_adjusted_p_value_is_not_lowered_by_rounding() -> None:
    """The largest p-value of a family of ninety is adjusted by 90 / 90, which floats may round below one."""
    chances = np.random.default_rng(7).random((200, 90))
    naive = chances.max(axis=1) * 90 / 90
    assert (naive < chances.max(axis=1)).any(), "the rounding this test is about"
    assert all((benjamini_hochberg(family) >= family).all() for family in chances)
