"""How often a proof repeats: as often as the gate can afford, or in full with `make repetitions`."""

import os

IN_FULL = os.environ.get("REPETITIONS") == "full"


def choose_count(gate: int, full: int) -> int:
    """How often to repeat: the first number in `make proofs`, the second in `make repetitions`."""
    return full if IN_FULL else gate
