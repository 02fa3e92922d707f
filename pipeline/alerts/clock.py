"""The clock that alerts read."""

from datetime import UTC, datetime


def read_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)
