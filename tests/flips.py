"""One flipped bit in a file, drawn from a seed."""

import random
from pathlib import Path


def flip_bit(path: Path, draw: random.Random) -> int:
    """Flip one bit of a file in place, also where it is read-only; return the position of its byte."""
    content = bytearray(path.read_bytes())
    position = draw.randrange(len(content))
    content[position] ^= 1 << draw.randrange(8)
    path.chmod(0o644)
    path.write_bytes(content)
    return position
