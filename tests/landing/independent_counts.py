"""Counts made without the pipeline: what an independent reader would count in the same files."""

import re
import zipfile
from pathlib import Path


def count_physical_lines(data: bytes) -> int:
    """Lines ended by CRLF, LF or CR, and a last one without an end."""
    ended = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return ended.count(b"\n") + (1 if ended and not ended.endswith(b"\n") else 0)


def count_table(data: bytes) -> dict[str, int]:
    """Header, records and broken lines of a clean FAERS file, by the number of its delimiters alone."""
    lines = [line for line in re.split(rb"\r\n|\n|\r", data) if line.strip()]
    wanted = lines[0].rstrip(b"$").count(b"$")
    regular = [line for line in lines[1:] if line.count(b"$") - wanted in (0, 1)]
    return {"header": 1, "records": len(regular), "broken": len(lines) - 1 - len(regular)}


def read_members(path: Path) -> dict[str, bytes]:
    """The tables of a real sample, by the first four letters of their names, from its zip or its folder."""
    if path.is_dir():
        return {file.name[:4].lower(): file.read_bytes() for file in path.iterdir()}
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        return {Path(name).name[:4].lower(): archive.read(name) for name in names}
