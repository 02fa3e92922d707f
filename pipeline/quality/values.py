"""What a failed rule found, as numbers: a value beside the value before, and how far the two are apart.

A query of a rule returns a value as `x` and what it is compared with as `earlier_x` (the live snapshot), `replaced_x`
(the delivery it replaces) or `usual_x` (the deliveries beside it).
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

BEFORE = ("earlier_", "replaced_", "usual_")


class Pair(NamedTuple):
    """The columns of a value and of the value it is compared with."""

    now: str
    before: str


def find_pair(columns: Collection[str]) -> Pair | None:
    """The first column that stands beside what it is compared with; None where there is none."""
    return next(
        (
            Pair(name.removeprefix(prefix), name)
            for name in columns
            for prefix in BEFORE
            if name.startswith(prefix) and name.removeprefix(prefix) in columns
        ),
        None,
    )


def write_distance(pair: Pair, query: str) -> str:
    """SQL for how far the farthest row of a query is from the value before, as a part of it."""
    now, before = (f'coalesce("{name}", 0)' for name in pair)
    return f"select max(abs({now} - {before}) / coalesce(nullif(abs({before}), 0), 1)) as distance from ({query})"  # noqa: S608 - names of our own query


def measure_distance(row: Mapping[str, str | None], pair: Pair) -> float | None:
    """How far one sampled row is from the value before, as a part of it; None where one is no number."""
    try:
        now, before = (float(row[name] or 0) for name in pair)
    except ValueError:
        return None
    return abs(now - before) / (abs(before) or 1)


def show_value(name: str, value: Any) -> str:
    """A value in words: `346 records` for a count, `stated share 0.31` for anything else."""
    number = show_number(value)
    if name.endswith("_count"):
        noun = name.removesuffix("_count").replace("_", " ")
        return f"{number} {noun}" if number == "1" else f"{number} {noun}s"
    return f"{name.replace('_', ' ')} {number}"


def show_number(value: Any) -> str:
    """A number with its thousands apart and at most three decimals; other text as it is; `none` for nothing."""
    if value is None:
        return "none"
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    if number.is_integer() and abs(number) < 1e15:
        return f"{int(number):,}"
    return f"{number:,.3g}" if abs(number) < 1 else f"{number:,.2f}"
