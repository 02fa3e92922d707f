"""Faults planted one at a time need a world or a table each: a few are fast tests, the rest are slow tests."""

from collections.abc import Iterable
from typing import Any

import pytest

FEW = 2
ONE_OF = 4


def mark_later_cases_slow(cases: Iterable[Any]) -> list[Any]:
    """The cases as parameters; all but the first few are run by `make proofs` and not by `make test`."""
    return [pytest.param(case, marks=[] if place < FEW else pytest.mark.proof) for place, case in enumerate(cases)]


def mark_most_cases_slow(cases: Iterable[Any]) -> list[Any]:
    """The cases as parameters; one of four, spread over all, is run by `make test` and every one by the gate."""
    return [
        pytest.param(case, marks=[] if place % ONE_OF == 0 else pytest.mark.proof) for place, case in enumerate(cases)
    ]
