"""Faults planted one at a time need a world or more each: a few are fast tests, the rest are slow tests."""

from collections.abc import Iterable
from typing import Any

import pytest

FEW = 3


def mark_later_cases_slow(cases: Iterable[Any]) -> list[Any]:
    """The cases as parameters; all but the first few are run by `make proofs` and not by `make test`."""
    return [pytest.param(case, marks=[] if place < FEW else pytest.mark.proof) for place, case in enumerate(cases)]
