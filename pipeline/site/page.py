"""A page and a link of the navigation, as page makers give them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Group = Literal["main", "drugs", "about"]


@dataclass(frozen=True)
class Page:
    """One file of the site.

    path: name of the file, flat: lower case, digits and hyphens, such as `drug-ketamine.html`. template: name in
    `templates/`. values: what the template shows. shows_reports: whether spontaneous reports are on it, which puts
    their caveat on it. shows_trials: the same of counts of trials.
    """

    path: str
    title: str
    template: str
    values: Mapping[str, Any]
    shows_reports: bool = True
    shows_trials: bool = False


@dataclass(frozen=True)
class Link:
    """An entry of the navigation. path: that of a page. group: the row it stands in."""

    path: str
    label: str
    group: Group = "main"
