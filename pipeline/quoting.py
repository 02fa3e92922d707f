"""Paths and texts inside SQL statements that take no parameters."""

from pathlib import Path


def quoted(path: Path) -> str:
    """A path as an SQL string."""
    return literal(str(path))


def literal(text: str | None) -> str:
    """A text as an SQL string, for statements that take no parameters; null where there is none."""
    return "null::varchar" if text is None else "'" + text.replace("'", "''") + "'"
