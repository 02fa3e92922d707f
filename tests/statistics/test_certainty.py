"""The machine-assisted certainty: every reason it can give; it is never high."""

import pytest

from pipeline.statistics.meta_analysis import assess_certainty, pool
from tests.statistics.bcg import ARMS

SOUND = {
    "event_count": 900,
    "participant_count": 5000,
    "is_headline_population": True,
    "unposted_share": 0.0,
}
STEADY = pool([60, 70, 80, 66], [300] * 4, [30, 36, 41, 33], [300] * 4, method="reml")


def test_certainty_is_at_most_moderate_without_assessment_of_bias() -> None:
    certainty = assess_certainty(STEADY, **SOUND)
    assert certainty.level == "moderate"
    assert certainty.reasons == ("risk_of_bias_not_assessed",)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"event_count": 299}, "few_events"),
        ({"event_count": 300, "participant_count": 399}, "few_events"),
        ({"is_headline_population": False}, "indirect_population"),
        ({"unposted_share": 0.4}, "results_not_posted"),
    ],
)
def test_each_reason_lowers_certainty_by_one_level(change, reason) -> None:
    certainty = assess_certainty(STEADY, **SOUND | change)
    assert certainty.level == "low" and reason in certainty.reasons


def test_inconsistency_and_imprecision_are_reasons() -> None:
    assert "inconsistent" in assess_certainty(pool(*ARMS, method="reml"), **SOUND).reasons
    wide = pool([3, 2], [40, 40], [2, 3], [40, 40])
    assert "imprecise" in assess_certainty(wide, **SOUND).reasons
    across = pool([12, 2], [40, 40], [10, 3], [40, 40], measure="rd")
    assert "imprecise" in assess_certainty(across, **SOUND).reasons


def test_one_trial_or_no_estimate_has_its_reasons() -> None:
    one = assess_certainty(pool(60, 300, 30, 300), **SOUND | {"unposted_share": None})
    assert {"one_trial", "posting_unknown"} <= set(one.reasons)
    nothing = assess_certainty(pool([0], [10], [0], [10]), **SOUND)
    assert nothing.level == "very low" and "imprecise" in nothing.reasons


@pytest.mark.parametrize("change", [{"event_count": -1}, {"participant_count": 3}, {"unposted_share": 2.0}])
def test_invalid_arguments_are_refused(change) -> None:
    with pytest.raises(ValueError, match="pass"):
        assess_certainty(STEADY, **SOUND | change)
