"""The machine-assisted certainty: every reason it can give, what each lowers, and that it is never high."""

from dataclasses import replace

import pytest

from pipeline.statistics.meta_analysis import Trust, assess_certainty, pool
from tests.statistics.bcg import ARMS

SOUND = Trust(population="chronic_pain", unposted_share=0.0)
STEADY_TRIALS = ([60, 70, 80, 66], [300] * 4, [30, 36, 41, 33], [300] * 4)


def assess(trials, *, measure="rr", method="reml", events=900, people=5000, trust=SOUND):
    random = pool(*trials, measure=measure, method="reml") if hasattr(trials[0], "__len__") else None
    pooled = pool(*trials, measure=measure, method=method)
    return assess_certainty(pooled, random=random, event_count=events, participant_count=people, trust=trust)


def test_certainty_is_at_most_moderate_without_assessment_of_bias() -> None:
    certainty = assess(STEADY_TRIALS)
    assert certainty.level == "moderate"
    assert certainty.reasons == ("risk_of_bias_not_assessed",)


def test_certainty_is_at_most_moderate_when_people_found_no_bias() -> None:
    """A person assessed the risk of bias of each trial, and did not grade the effect: only a person says high."""
    certainty = assess(STEADY_TRIALS, trust=replace(SOUND, risk_of_bias="low"))
    assert (certainty.level, certainty.reasons) == ("moderate", ())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"population": "unknown"}, "indirect_population"),
        ({"unposted_share": 0.4}, "results_not_posted"),
        ({"has_randomisation_not_stated": True}, "randomisation_not_stated"),
        ({"has_crossover": True}, "crossover"),
        ({"has_unsystematic_assessment": True}, "not_systematically_assessed"),
        ({"has_count_below_threshold": True}, "below_threshold"),
        ({"has_count_hidden_in_composite": True}, "hidden_in_composite"),
    ],
)
def test_each_reason_lowers_certainty_by_one_level(change, reason) -> None:
    certainty = assess(STEADY_TRIALS, trust=replace(SOUND, **change))
    assert certainty.level == "low" and reason in certainty.reasons


@pytest.mark.parametrize("few", [{"events": 299}, {"events": 300, "people": 399}])
def test_few_events_or_people_lower_certainty(few) -> None:
    certainty = assess(STEADY_TRIALS, **few)
    assert certainty.level == "low" and "few_events" in certainty.reasons


def test_a_domain_lowers_by_two_levels_at_most() -> None:
    """Four reasons of one domain, how trials were done: GRADE lowers by two at most, from high to low."""
    trust = replace(SOUND, has_randomisation_not_stated=True, has_crossover=True, has_unsystematic_assessment=True)
    certainty = assess(STEADY_TRIALS, trust=trust)
    assert certainty.level == "low"
    assert len(certainty.reasons) == 4


def test_effect_in_another_population_is_not_indirect_to_its_own_question() -> None:
    """Finding 6: esketamine for depression answers a question about depression; that it is not pain is a remark."""
    certainty = assess(STEADY_TRIALS, trust=replace(SOUND, population="depression"))
    assert (certainty.level, certainty.reasons) == ("moderate", ("risk_of_bias_not_assessed", "not_chronic_pain"))


def test_three_identical_trials_are_not_inconsistent() -> None:
    """Finding 5: 200 of 500 against 150 of 500 three times: tau-squared 0, and a prediction interval on one degree of
    freedom from 0.70 to 2.53 crosses 1 by its form alone."""
    certainty = assess(([200] * 3, [500] * 3, [150] * 3, [500] * 3), events=1050, people=3000)
    assert "inconsistent" not in certainty.reasons
    assert certainty.level == "moderate"


def test_trials_that_disagree_are_inconsistent() -> None:
    """BCG: Q of 152 on 12 degrees of freedom. Two trials cannot show it, however far apart."""
    assert "inconsistent" in assess(ARMS).reasons
    two = ([30, 3], [100, 100], [3, 30], [100, 100])
    assert "inconsistent" not in assess(two).reasons


def test_narrow_interval_around_no_difference_is_not_imprecise() -> None:
    """Finding 6: 500 of 10,000 on both sides is known to within a percent; 12 of 40 against 10 of 40 is not."""
    narrow = assess(([500, 500], [10_000] * 2, [500, 500], [10_000] * 2), measure="rd", method="mh")
    assert "imprecise" not in narrow.reasons
    wide = assess(([12, 2], [40, 40], [10, 3], [40, 40]), measure="rd", method="mh")
    assert "imprecise" in wide.reasons
    assert "imprecise" in assess(([3, 2], [40, 40], [2, 3], [40, 40]), method="mh").reasons


def test_one_trial_or_no_estimate_has_its_reasons() -> None:
    """Finding 6: `one_trial` was given where none was pooled."""
    one = assess((60, 300, 30, 300), method="mh", trust=replace(SOUND, unposted_share=None))
    assert {"one_trial", "posting_unknown"} <= set(one.reasons)
    nothing = assess((0, 10, 0, 10), method="mh")
    assert (nothing.level, nothing.reasons) == ("very low", ("nothing_pooled",))


@pytest.mark.parametrize(
    "change", [{"events": -1}, {"people": 3}, {"trust": replace(SOUND, unposted_share=2.0)},
               {"trust": replace(SOUND, risk_of_bias="none")}],
)  # fmt: skip
def test_invalid_arguments_are_refused(change) -> None:
    with pytest.raises(ValueError, match="pass"):
        assess(STEADY_TRIALS, **change)


def test_next_trial_that_may_show_the_opposite_is_inconsistent() -> None:
    """10, 10, 12, 18 and 24 of 100 against 10 of 100 each: Q is not improbable (p 0.38), tau-squared is above 0, and
    the prediction interval (0.72 upward) crosses 1 where the confidence interval (1.02 upward) does not."""
    trials = ([10, 10, 12, 18, 24], [100] * 5, [10] * 5, [100] * 5)
    assert "inconsistent" in assess(trials).reasons
    assert "inconsistent" not in assess(tuple(column[:4] for column in trials)).reasons
