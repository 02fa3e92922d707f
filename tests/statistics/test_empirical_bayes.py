"""Shrunken ratios compared with published ones, other software, and forty-digit arithmetic."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import gammainc

from pipeline.statistics.disproportionality import Prior, empirical_bayes

CAERS = Prior(3.25379356, 0.39988854, 2.02612692, 1.90807970, 0.06534557)
DUMOUCHEL = Prior(0.2041, 0.05816, 1.415, 1.838, 0.0969)  # the parameters published by DuMouchel 1999
INITIAL = Prior(0.2, 0.1, 2.0, 4.0, 1 / 3)

# openEBGM 0.9.1, vignette 4: count, expected, EBGM, EB05, EB95
PUBLISHED = [
    (1, 0.0360548272, 2.23, 0.49, 13.85),
    (1, 0.0038736591, 2.58, 0.52, 15.78),
    (1, 0.0002979738, 2.63, 0.52, 16.02),
    (1, 0.0765792610, 1.92, 0.47, 11.77),
    (16, 0.40643623, 23.26, 15.68, 33.48),
    (19, 0.89690107, 16.78, 11.65, 23.55),
    (6, 0.07866508, 18.28, 10.16, 30.83),
    (8, 0.30482718, 15.25, 9.00, 24.52),
    (11, 0.56317044, 14.28, 8.98, 21.78),
]


@pytest.mark.parametrize(("count", "expected", "ebgm", "eb05", "eb95"), PUBLISHED)
def test_published_scores_are_reproduced(count, expected, ebgm, eb05, eb95) -> None:
    """openEBGM bisects until the bound is known to about a hundredth."""
    row = empirical_bayes(count, expected, CAERS).iloc[0]
    assert row.ebgm == pytest.approx(ebgm, abs=0.006)
    assert row.eb05 == pytest.approx(eb05, abs=0.011)
    assert row.eb95 == pytest.approx(eb95, abs=0.011)


def test_published_weights_of_the_first_component_are_reproduced() -> None:
    rows = empirical_bayes(*zip(*[row[:2] for row in PUBLISHED[:3]], strict=True), CAERS)
    assert rows.prior_share.round(7).tolist() == [0.2819737, 0.3409653, 0.3482317]


def test_scores_agree_with_openebgm(shared) -> None:
    theirs = pd.read_csv(shared / "refstats/ebgm/caers_openEBGM_scores_theta_vignette04.csv.gz")
    ours = empirical_bayes(theirs.N, theirs.E, CAERS)
    np.testing.assert_allclose(ours.prior_share, theirs.Qn, rtol=1e-10)
    for mine, other in (("ebgm", "EBGM"), ("eb05", "EB05"), ("eb95", "EB95")):
        np.testing.assert_allclose(ours[mine], theirs[other], atol=1e-8)  # printed with eight decimals
    assert (ours.eb05 >= 2).sum() == 131  # openEBGM's vignette has the same number


def test_scores_with_zero_cells_agree_with_openebgm(shared) -> None:
    theirs = pd.read_csv(shared / "refstats/ebgm/synth50k_scores.csv.gz")
    reference = json.loads((shared / "refstats/ebgm/openEBGM_synth50k.json").read_text())["synth50k"]
    ours = empirical_bayes(theirs.N, theirs.E, Prior(*reference["theta_zero"]))
    for mine, other in (("ebgm", "EBGM"), ("eb05", "EB05"), ("eb95", "EB95")):
        np.testing.assert_allclose(ours[mine], theirs[other], rtol=1e-6, atol=2e-8)


@pytest.mark.parametrize(("name", "prior"), [("caers", CAERS), ("dumouchel1999", DUMOUCHEL), ("initdef", INITIAL)])
def test_scores_at_extreme_counts_agree_with_forty_digits(shared, name, prior) -> None:
    """Counts up to 20,000 where a millionth was expected: other software gives NaN, forty-digit arithmetic the
    value."""
    grid = pd.read_csv(shared / "refstats/ebgm/edge_grid_openEBGM.csv").query("theta == @name")
    ours = empirical_bayes(grid.N, grid.E, prior)
    assert ours.drop(columns="reason").notna().all(axis=None)
    np.testing.assert_allclose(ours.ebgm, grid.EBGM_mpmath40.astype(float), rtol=1e-9)
    np.testing.assert_allclose(ours.prior_share, grid.Qn_mpmath40.astype(float), rtol=1e-9, atol=1e-300)
    for mine, other in (("eb05", "EB05_R_uniroot"), ("eb95", "EB95_R_uniroot")):
        known = grid[other].notna()
        assert known.sum() > 75
        np.testing.assert_allclose(ours[mine][known], grid[other][known], rtol=1e-6)


@pytest.mark.parametrize("prior", [CAERS, DUMOUCHEL, INITIAL])
def test_bound_is_the_stated_quantile(prior) -> None:
    count, expected = (grid.ravel() for grid in np.meshgrid([0, 1, 2, 3, 10, 200, 20_000], np.logspace(-6, 4, 21)))
    scores = empirical_bayes(count, expected, prior)
    for name, wanted in (("eb05", 0.05), ("eb95", 0.95)):
        below = scores.prior_share * gammainc(prior.alpha1 + count, scores[name] * (prior.beta1 + expected))
        below += (1 - scores.prior_share) * gammainc(prior.alpha2 + count, scores[name] * (prior.beta2 + expected))
        np.testing.assert_allclose(below, wanted, rtol=1e-6)
    assert (scores.eb05 < scores.eb95).all()


def test_rejected_prior_gives_no_scores() -> None:
    rejected = Prior(1, 1, 1, 1, 0.5, converged=False, reason="degenerate solution")
    row = empirical_bayes([3], [1.0], rejected).iloc[0]
    assert row[["ebgm", "eb05", "eb95"]].isna().all()
    assert "degenerate" in row.reason


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (([1, 2], [1.0], CAERS), "count, expected"),
        ((1, 0.0, CAERS), "expected"),
        ((1, -1.0, CAERS), "expected"),
        ((-1, 1.0, CAERS), "count"),
        ((1, 1.0, Prior(-1, 1, 1, 1, 0.5)), "prior"),
        ((1, 1.0, Prior(1, 1, 1, 1, 1.5)), "prior"),
    ],
)
def test_invalid_arguments_are_refused_by_name(arguments, named) -> None:
    with pytest.raises(ValueError, match=named):
        empirical_bayes(*arguments)


def test_extreme_components_have_bounds() -> None:
    """Shape 0.001 puts half the probability below the smallest float; a hundred million cases are the other
    extreme."""
    scores = empirical_bayes([0, 0, 10**8], [1e-8, 1e3, 1.3e8], Prior(0.001, 0.1, 2, 4, 0.5))
    assert np.isfinite(scores[["ebgm", "eb05", "eb95"]]).all(axis=None)
    assert (scores.eb05 < scores.eb95).all()
