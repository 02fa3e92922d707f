"""Quarters between others, and many of them in few words."""

import pytest

from pipeline.quarters import describe_quarters, find_missing, name_quarter, number_quarter


@pytest.mark.parametrize(
    ("quarters", "text"),
    [
        ([], ""),
        (["2012Q1"], "2012Q1"),
        (["2012Q3", "2012Q1"], "2012Q1, 2012Q3"),
        (["2012Q4", "2013Q1"], "2012Q4, 2013Q1"),
        (["2012Q4", "2013Q1", "2013Q2"], "2012Q4 to 2013Q2"),
        (["x", "2012Q1", "2012Q5", "2012q2"], "2012Q1, x, 2012Q5, 2012q2"),
        (["2012Q1", "2012Q3", "2012Q4", "2013Q1", "2014Q1"], "2012Q1, 2012Q3 to 2013Q1, 2014Q1"),
    ],
)
def test_runs_of_quarters_are_named_by_their_ends(quarters: list[str], text: str) -> None:
    assert describe_quarters(quarters) == text


def test_quarters_between_the_first_and_the_last_are_missing() -> None:
    assert find_missing(["2012Q3", "2013Q2", "2013Q1"]) == ["2012Q4"]
    assert find_missing(["2012Q3"]) == find_missing([]) == []


def test_number_and_name_are_inverse() -> None:
    assert [name_quarter(number_quarter(quarter)) for quarter in ("1999Q4", "2000Q1")] == ["1999Q4", "2000Q1"]
    assert number_quarter("2000Q1") - number_quarter("1999Q4") == 1
