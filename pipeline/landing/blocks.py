"""One pass over a member, in blocks of whole lines."""

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from pipeline.errors import DeliveryRefused

BLOCK_BYTES = 8 << 20
MAX_UNBROKEN_BYTES = 32 << 20


class MeteredStream:
    """A stream that keeps the sha256 and the size in bytes of what was read so far."""

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
    """Read a member in blocks of whole lines; the last line may lack its terminator.

    Raises DeliveryRefused when no line ends within MAX_UNBROKEN_BYTES: then the member is not a table.
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
                todo="check what the member is: a table of text lines was expected; nothing was staged",
            )
    if rest:
        yield rest
