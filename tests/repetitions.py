"""How often a proof repeats: as often as the gate can afford, or in full with `make repetitions`."""

import os
from collections.abc import Sequence
from typing import TypeVar

Listed = TypeVar("Listed")

IN_FULL = os.environ.get("REPETITIONS") == "full"


def choose_count(gate: int, full: int) -> int:
    """How often to repeat: the first number in `make proofs`, the second in `make repetitions`."""
    return full if IN_FULL else gate


def choose_some(listed: Sequence[Listed], gate: int) -> Sequence[Listed]:
    """The first so many in `make proofs`, all of them in `make repetitions`."""
    return listed if IN_FULL else listed[:gate]


def choose_every(listed: Sequence[Listed], gate: int) -> Sequence[Listed]:
    """One of so many, spread over the list, in `make proofs`; all of them in `make repetitions`."""
    return listed if IN_FULL else listed[::gate]
