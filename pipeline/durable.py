"""Writes that survive a power failure: the bytes reach the disk first, then the name, then the folder of it."""

import hashlib
import os
import secrets
from pathlib import Path

CHUNK_BYTES = 1 << 20


def write_durably(path: Path, data: bytes) -> None:
    """Replace a file as a whole: a reader, also after a power failure, sees the old bytes or the new ones."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    flush(path.parent)


def flush(path: Path) -> None:
    """Write a file's bytes, or a folder's names, through to the disk. Raises OSError when the disk refuses them."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """sha256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
