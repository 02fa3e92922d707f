"""The exact conditional odds ratio compared with R and with whole-number arithmetic written here."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.statistics.meta_analysis import describe_exact, pool
from tests.statistics.test_pooling import ONE_SIDED, SETS, read

EXACT = {"measure": "or", "method": "exact", "interval": "exact"}
R_ROOT = 1e-4  # what R's root finding leaves of the bounds

SIZE = st.integers(1, 12)
TRIAL = SIZE.flatmap(
    lambda n: SIZE.flatmap(lambda m: st.tuples(st.integers(0, n), st.just(n), st.integers(0, m), st.just(m)))
)


@pytest.mark.parametrize("name", SETS)
def test_exact_answers_agree_with_r(shared, name) -> None:
    """mantelhaen.test(exact = TRUE)."""
    reference, arms, _ = read(shared, name)
    theirs, ours = reference["mantelhaen_test"], pool(*arms, **EXACT)
    assert ours.estimate == pytest.approx(theirs["exact_cMLE_OR"], rel=2 * R_ROOT)
    assert [ours.lower, ours.upper] == pytest.approx(theirs["exact_ci"], rel=3 * R_ROOT)
    assert ours.p_value == pytest.approx(theirs["exact_p"], rel=1e-9)
    assert ours.left_out_participant_count == sum(
        n + m for a, n, c, m in zip(*arms, strict=True) if a + c in (0, n + m)
    )


def count_ways(trials) -> tuple[list[int], int]:
    """Coefficients of the sum of events with the drug, as whole numbers, and the place of the sum seen."""
    ways, least, seen = [1], 0, 0
    for a, n, c, m in trials:
        low, high = max(0, a + c - m), min(n, a + c)
        each = [comb(n, x) * comb(m, a + c - x) for x in range(low, high + 1)]
        product = [0] * (len(ways) + len(each) - 1)
        for i, one in enumerate(ways):
            for j, other in enumerate(each):
                product[i + j] += one * other
        ways, least, seen = product, least + low, seen + a
    return ways, seen - least


def compute_tail(ways: list[int], place: int, odds: float, *, above: bool, seen: Fraction = Fraction(1)) -> float:
    raised = [way * Fraction(odds) ** power for power, way in enumerate(ways)]
    beyond = raised[place + 1 :] if above else raised[:place]
    return float((sum(beyond) + seen * raised[place]) / sum(raised))


@settings(deadline=None, max_examples=25)
@given(st.lists(TRIAL, min_size=1, max_size=5))
def test_bounds_and_p_values_agree_with_whole_number_arithmetic(trials) -> None:
    arms = [list(column) for column in zip(*trials, strict=True)]
    ways, place = count_ways(trials)
    ours, more = pool(*arms, **EXACT), describe_exact(*arms)
    if len(ways) == 1:
        assert ours.reason_code in ("nobody_affected", "everybody_affected", "empty_cell_in_every_trial")
        return
    half = Fraction(1, 2)
    bounds = [
        (ours.lower, 0.025, {"above": True}), (ours.upper, 0.025, {"above": False}),
        (more.lower_one_sided, 0.05, {"above": True}), (more.upper_one_sided, 0.05, {"above": False}),
        (more.mid_lower, 0.025, {"above": True, "seen": half}),
        (more.mid_upper, 0.025, {"above": False, "seen": half}),
    ]  # fmt: skip
    for bound, chance, side in bounds:
        assert np.isnan(bound) == (place == (0 if side["above"] else len(ways) - 1))
        if not np.isnan(bound):
            assert compute_tail(ways, place, bound, **side) == pytest.approx(chance, rel=1e-9)
    assert more.p_greater == pytest.approx(compute_tail(ways, place, 1, above=True), rel=1e-9)
    assert more.p_less == pytest.approx(compute_tail(ways, place, 1, above=False), rel=1e-9)
    both = Fraction(sum(way for way in ways if way <= ways[place]), sum(ways))
    assert ours.p_value == pytest.approx(float(both), rel=1e-9)
    mid = min(compute_tail(ways, place, 1, above=above, seen=half) for above in (True, False))
    assert more.mid_p == pytest.approx(min(1, 2 * mid), rel=1e-9)
    if 0 < place < len(ways) - 1:
        raised = [way * Fraction(ours.estimate) ** power for power, way in enumerate(ways)]
        expected = sum(power * each for power, each in enumerate(raised)) / sum(raised)
        assert float(expected) == pytest.approx(place, rel=1e-9)


def test_one_sided_events_have_a_lower_bound() -> None:
    """Six trials, 6 of 219 against nobody: lower bound 1.22, one-sided p 0.014 (domain notes, finding 2)."""
    ours, more = pool(*ONE_SIDED, **EXACT), describe_exact(*ONE_SIDED)
    assert round(ours.lower, 2) == 1.22 and np.isnan([ours.estimate, ours.upper]).all()
    assert (ours.reason_code, ours.note_code) == ("no_comparator_event", "infinite")
    assert round(more.p_greater, 3) == 0.014 and more.lower_one_sided > ours.lower
    mirrored = pool(*ONE_SIDED[2:], *ONE_SIDED[:2], **EXACT)
    assert mirrored.upper == pytest.approx(1 / ours.lower) and mirrored.note_code == "zero"


def test_fisher_s_tea_has_the_interval_in_print() -> None:
    """R's example of fisher.test (Agresti 1990, p. 61), two-sided and one-sided."""
    ours, more = pool(3, 4, 1, 4, **EXACT), describe_exact(3, 4, 1, 4)
    assert [ours.estimate, ours.lower] == pytest.approx([6.408309, 0.2117329], rel=R_ROOT)
    assert 1 / ours.upper == pytest.approx(1 / 621.9337505, abs=R_ROOT)  # above 1, R seeks the root of 1 / ratio
    assert [round(ours.p_value, 4), round(more.p_greater, 4)] == [0.4857, 0.2429]
    assert more.lower_one_sided == pytest.approx(0.3135693, rel=R_ROOT)


def test_large_trials_stay_within_the_range_of_floats() -> None:
    """Two thousand events: coefficients differ by a factor of 10 to the 600."""
    ours = pool([1900, 60], [40_000, 900], [110, 2], [40_000, 880], **EXACT)
    assert 15 < ours.lower < ours.estimate < ours.upper < 25 and 0 <= ours.p_value < 1e-200


def test_no_information_has_its_reason() -> None:
    assert pool([0], [10], [0], [12], **EXACT).reason_code == "nobody_affected"
    assert pool([10], [10], [12], [12], **EXACT).reason_code == "everybody_affected"
    assert np.isnan(list(vars(describe_exact([0], [10], [0], [12])).values())).all()


@pytest.mark.parametrize(
    ("choices", "named"),
    [
        ({"measure": "rr"}, "measure"),
        ({"interval": "wald"}, "interval"),
        ({"correction": 0.5}, "correction"),
        ({"method": "mh"}, "interval"),
    ],
)
def test_choices_that_do_not_go_with_exact_are_refused(choices, named) -> None:
    with pytest.raises(ValueError, match=named):
        pool([1], [10], [2], [10], **EXACT | choices)
