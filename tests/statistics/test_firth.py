"""Firth's regression, E-values and calibration compared with R and with figures in print, and planted truths."""

import numpy as np
import pytest

from pipeline.statistics.confounding import calibrate, compute_e_value, fit_systematic_error
from pipeline.statistics.firth import fit_firth
from tests.statistics.reference_answers import read_answers

ONES = np.ones(12)
ROUTES = (
    np.column_stack([
        ONES, [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0], [0, 0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1],
        [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0],
    ]),
    [9, 4, 6, 3, 5, 2, 4, 1, 3, 2, 0, 1],
    [40, 25, 30, 18, 60, 44, 52, 31, 12, 9, 7, 11],
)  # fmt: skip
SEPARATED = np.array([[1, 1, 0], [1, 1, 1], [1, 0, 0], [1, 0, 1]]), [5, 7, 0, 0], [30, 25, 28, 40]


@pytest.mark.parametrize(("name", "data"), [("routes", ROUTES), ("separated", SEPARATED)])
def test_firth_agrees_with_brglm2_and_the_profile_of_r(name, data) -> None:
    theirs = read_answers("firth", "firth.txt")[name]
    ours = fit_firth(*data, range(data[0].shape[1]))
    for place, coefficient in ours.items():
        assert coefficient.estimate == pytest.approx(theirs[f"b{place}"], abs=1e-6)
    tested = ours[1]
    assert tested.standard_error == pytest.approx(theirs["se"], rel=1e-6)
    assert [tested.lower, tested.upper] == pytest.approx([theirs["lower"], theirs["upper"]], abs=1e-6)
    assert tested.p_value == pytest.approx(theirs["p"], rel=1e-5) and tested.reason_code is None


def test_rows_of_single_cases_and_of_groups_give_the_same_answer() -> None:
    design, events, totals = ROUTES
    single = np.repeat(design, totals, axis=0)
    outcome = np.concatenate([[1] * e + [0] * (n - e) for e, n in zip(events, totals, strict=True)])
    one, other = fit_firth(*ROUTES, [1])[1], fit_firth(single, outcome, np.ones(outcome.size), [1])[1]
    assert [one.estimate, one.lower, one.upper] == pytest.approx([other.estimate, other.lower, other.upper], abs=1e-8)


def test_two_groups_without_adjustment_give_the_odds_ratio_with_a_half() -> None:
    """Firth's estimate of a saturated two by two table is the odds ratio with 0.5 in every cell."""
    ours = fit_firth([[1, 1], [1, 0]], [7, 2], [30, 41], [1])[1]
    assert ours.estimate == pytest.approx(np.log(7.5 * 39.5 / (2.5 * 23.5)), abs=1e-9)


def test_confounder_is_adjusted_for() -> None:
    """Intravenous cases are mostly in hospital, where the reaction is reported four times as often; route does
    nothing. Crude, it seems to."""
    draw = np.random.default_rng(8)
    hospital, intravenous = np.array([1, 1, 0, 0]), np.array([1, 0, 1, 0])
    totals = np.array([4000, 1000, 1000, 4000])
    events = draw.binomial(totals, np.where(hospital == 1, 0.20, 0.0588))
    adjusted = fit_firth(np.column_stack([np.ones(4), intravenous, hospital]), events, totals, [1])[1]
    crude = fit_firth(np.column_stack([np.ones(4), intravenous]), events, totals, [1])[1]
    assert adjusted.lower < 0 < adjusted.upper and crude.lower > 0.4


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (([[1, 1], [1, 0]], [5, 1], [4, 9]), "events"),
        (([[1, 1], [1, 1]], [2, 1], [4, 9]), "columns depend"),
        (([[1, 1], [1, 0]], [2, 1], [4]), "rows"),
        (([[1, float("nan")], [1, 0]], [2, 1], [4, 9]), "design"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, named) -> None:
    with pytest.raises(ValueError, match=named):
        fit_firth(*arguments, [1])


def test_e_values_in_print_are_reproduced() -> None:
    """VanderWeele and Ding 2017: risk ratio 3.9 (1.8 to 8.7), E-values 7.26 and 3.0; the square root when common."""
    assert [round(each, 2) for each in compute_e_value(3.9, 1.8, 8.7, is_common=False)] == [7.26, 3.0]
    assert compute_e_value(3.9**2, 1.8**2, 8.7**2, is_common=True) == pytest.approx(
        compute_e_value(3.9, 1.8, 8.7, is_common=False)
    )
    assert compute_e_value(1 / 3.9, 1 / 8.7, 1 / 1.8, is_common=False) == pytest.approx(
        compute_e_value(3.9, 1.8, 8.7, is_common=False)
    )
    assert compute_e_value(1.4, 0.8, 2.6, is_common=False)[1] == 1
    assert np.isnan(compute_e_value(float("nan"), 0.8, 2.6, is_common=False)).all()


EFFECT = [0.21, -0.35, 0.44, 0.90, 0.10, 0.62, -0.20, 0.55, 1.30, 0.05, 0.33, 0.71, -0.60, 0.48, 0.27]
ERROR = [0.20, 0.31, 0.25, 0.22, 0.18, 0.40, 0.35, 0.28, 0.33, 0.15, 0.21, 0.26, 0.45, 0.19, 0.30]


def test_systematic_error_agrees_with_the_likelihood_maximised_by_r() -> None:
    theirs, ours = read_answers("systematic", "firth.txt")["controls"], fit_systematic_error(EFFECT, ERROR)
    assert [ours.mean, ours.deviation] == pytest.approx([theirs["mean"], theirs["deviation"]], rel=1e-5)
    assert ours.excluding_share == pytest.approx(5 / 15) and ours.is_residual
    assert np.isnan(fit_systematic_error(EFFECT[:4], ERROR[:4]).mean)


def test_calibrated_interval_holds_a_planted_ratio_where_the_plain_one_does_not() -> None:
    """Every estimate is off by a normal error of mean 0.4 and deviation 0.3, as thirty controls show."""
    draw, truth = np.random.default_rng(21), np.log(2.0)
    plain, calibrated = [], []
    for _ in range(400):
        controls = 0.4 + draw.normal(0, 0.3, 30) + draw.normal(0, 0.2, 30)
        estimate = truth + 0.4 + draw.normal(0, 0.3) + draw.normal(0, 0.2)
        plain.append(abs(estimate - truth) < 1.96 * 0.2)
        _, lower, upper, _ = calibrate(estimate, 0.2, fit_systematic_error(controls, np.full(30, 0.2)))
        calibrated.append(lower <= 2 <= upper)
    assert np.mean(plain) < 0.6 and 0.91 < np.mean(calibrated) < 0.98


def test_controls_that_differ_by_chance_alone_change_nothing() -> None:
    none = fit_systematic_error([0.1, -0.1, 0.05, -0.05, 0.0], [0.2] * 5)
    assert none.deviation == 0 and not none.is_residual
    assert calibrate(0.7, 0.2, none)[:1] == pytest.approx((np.exp(0.7),))
