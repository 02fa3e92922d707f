"""Reissues of a quarter as an agency makes them, with or without a fault."""

import zipfile
from collections.abc import Callable
from pathlib import Path


def issue_anew(archive: Path, change: Callable[[bytes], bytes], table: str = "DRUG", comment: str = "") -> None:
    """Write an archive again with the file of one table changed; the first issue is kept beside it.

    comment: of the archive; it makes other bytes of the same files.
    """
    first = archive.with_suffix(".first")
    if not first.exists():
        archive.rename(first)
    with zipfile.ZipFile(first) as old, zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if Path(name).name.startswith(table) else content)
        new.comment = comment.encode()


def blank_routes(content: bytes) -> bytes:
    """Every route blank: as many rows, as many columns."""
    header, *lines = content.decode("latin-1").split("\n")
    place = header.rstrip("\r").split("$").index("route")
    rows = [line.split("$") for line in lines]
    for row in rows:
        if len(row) > place:
            row[place] = ""
    return "\n".join([header, *("$".join(row) for row in rows)]).encode("latin-1")


def drop_terms_of_several_words(content: bytes) -> bytes:
    """Only the reactions of one word: what remains when a reader loses the others."""
    header, *lines = content.decode("latin-1").split("\n")
    place = header.rstrip("\r").split("$").index("pt")
    return "\n".join([header, *(line for line in lines if " " not in (line + "$" * place).split("$")[place])]).encode(
        "latin-1"
    )
