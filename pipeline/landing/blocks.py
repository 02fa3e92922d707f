"""Reading a member through once, in blocks of whole lines."""

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from pipeline.errors import DeliveryRefused

BLOCK_BYTES = 8 << 20
MAX_UNBROKEN_BYTES = 64 << 20


class MeteredStream:
    """Reads a member through, with its sha256 and size in bytes as they have been so far."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.byte_count = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._digest.update(data)
        self.byte_count += len(data)
        return data

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def read_blocks(stream: MeteredStream, member: str, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Cut a member into blocks of whole lines; the last may lack its terminator.

    Raises DeliveryRefused when no line ends for MAX_UNBROKEN_BYTES: that is no table.
    """
    rest = b""
    while data := stream.read(size):
        rest += data
        cut = rest.rfind(b"\n") + 1 or rest.rfind(b"\r", 0, len(rest) - 1) + 1
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > MAX_UNBROKEN_BYTES:
            raise DeliveryRefused(
                f"no line ends within {MAX_UNBROKEN_BYTES} bytes",
                where=f"member {member}",
                todo="look at the member: it is not a table of text lines",
            )
    if rest:
        yield rest
