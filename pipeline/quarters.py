"""Calendar quarters as text (2017Q2): those between others, and many of them in few words."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

QUARTER = re.compile(r"[0-9]{4}Q[1-4]")


def number_quarter(quarter: str) -> int:
    """The number of a quarter, in which the next quarter follows by one."""
    return int(quarter[:4]) * 4 + int(quarter[5]) - 1


def name_quarter(number: int) -> str:
    """The quarter of such a number."""
    return f"{number // 4}Q{number % 4 + 1}"


def find_missing(quarters: Sequence[str]) -> list[str]:
    """The quarters between the first and the last that are not among them."""
    if not quarters:
        return []
    numbers = {number_quarter(quarter) for quarter in quarters}
    return [name_quarter(number) for number in range(min(numbers), max(numbers)) if number not in numbers]


def describe_quarters(quarters: Iterable[str]) -> str:
    """Quarters in words, in order, each run of three or more by its first and last: '2012Q1, 2013Q1 to 2016Q4'.

    A text that is no quarter, as a snapshot of elsewhere may hold, follows as it is.
    """
    texts = list(quarters)
    numbers = sorted({number_quarter(text) for text in texts if QUARTER.fullmatch(text)})
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), lambda each: each[1] - each[0])]
    described = [
        f"{name_quarter(run[0])} to {name_quarter(run[-1])}" if len(run) > 2 else ", ".join(map(name_quarter, run))
        for run in runs
    ]
    return ", ".join([*described, *(text for text in texts if not QUARTER.fullmatch(text))])
