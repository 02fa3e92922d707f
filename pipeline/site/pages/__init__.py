"""The pages, a module each. `MAKERS` lists them in the order of the navigation."""

from collections.abc import Iterator
from typing import Protocol

from pipeline.site.context import Context
from pipeline.site.page import Link, Page
from pipeline.site.pages import (
    cases,
    dictionary,
    drugs,
    evidence_map,
    methods,
    overview,
    quality,
    query_help,
    routes,
    runs,
    signals,
    trials,
)


class Maker(Protocol):
    """A module of pages."""

    __name__: str

    def make_pages(self, context: Context) -> Iterator[Page]:
        """The pages of the module, one after the other."""

    def name_links(self, context: Context) -> tuple[Link, ...]:
        """What the navigation shows of them."""


MAKERS: tuple[Maker, ...] = (
    overview,
    signals,
    routes,
    trials,
    evidence_map,
    drugs,
    cases,
    quality,
    runs,
    methods,
    dictionary,
    query_help,
)
