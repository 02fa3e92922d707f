"""Texts of strangers on a page: of a bounded length, without what moves other text on a screen, never markup."""

from functools import lru_cache

from markupsafe import escape

from pipeline.printable import make_printable
from pipeline.site.numbers import shorten_text

MOST_CHARACTERS = 10_000
"""Of one text on a page."""


def clean_text(text: str) -> str:
    """The text as people may read it."""
    return make_printable(shorten_text(text, MOST_CHARACTERS))


@lru_cache(maxsize=100_000)  # the same words stand in most cells
def write_text(text: str) -> str:
    """The text as HTML shows it, letter by letter."""
    return str(escape(clean_text(text)))
