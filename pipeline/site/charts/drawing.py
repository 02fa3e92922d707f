"""A chart as SVG for a page: drawn when the site is made, with nothing in it but shapes and text.

Vega writes roles and labels on every mark, which a screen reader would read one by one, and ids that clash when two
pictures are on one page; what it writes is read as XML and written anew from a list of what may be in it. The words
of the data are text there and nothing else.
"""

import re
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from altair.utils.schemapi import debug_mode
from defusedxml.ElementTree import fromstring
from markupsafe import Markup

from pipeline.printable import make_printable
from pipeline.site.charts.exploring import keep_specification
from pipeline.site.charts.theme import NARROW, WIDE
from pipeline.site.numbers import shorten_text

FONTS = Path(__file__).parents[1] / "static"
SVG = "http://www.w3.org/2000/svg"
ELEMENTS = frozenset(
    ["svg", "g", "path", "text", "tspan", "line", "rect", "circle", "defs", "clipPath", "linearGradient", "stop"]
)
ATTRIBUTES = frozenset(
    [
        "width",
        "height",
        "viewBox",
        "transform",
        "d",
        "x",
        "y",
        "x1",
        "x2",
        "y1",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "dx",
        "dy",
        "fill",
        "fill-opacity",
        "stroke",
        "stroke-width",
        "stroke-opacity",
        "stroke-dasharray",
        "stroke-miterlimit",
        "stroke-linecap",
        "stroke-linejoin",
        "opacity",
        "text-anchor",
        "font-family",
        "font-size",
        "font-weight",
        "font-style",
        "display",
        "id",
        "clip-path",
        "offset",
        "stop-color",
        "gradientUnits",
    ]
)
MOST_CHARACTERS = 200
"""Of a text in a chart. Longer ones stand in the table beside it."""
REFERENCE = re.compile(r"url\(#([A-Za-z0-9_-]+)\)")
OUTSIDE = re.compile(r"url\((?!#)|javascript:", re.IGNORECASE)


def draw(make_chart: Callable[[int], Any], label: str, prefix: str, *, wide: int = WIDE) -> "Drawing":
    """The pictures of a chart, of which style shows the one that fits: for wide pages and for narrow ones.

    make_chart: a chart by the width of its picture. label: what a person sees in it, in a sentence, for those who do
    not. prefix: unique on the page, lower case and hyphens. wide: the width on wide pages in pixels.
    """
    widths = {"wide": wide, "narrow": NARROW}
    specifications = {name: _specify(partial(make_chart, width)) for name, width in widths.items()}
    pictures = {name: _begin(each, label, f"{prefix}-{name}") for name, each in specifications.items()}
    return Drawing(prefix, specifications, pictures)


def draw_svg(make_chart: Callable[[], Any], label: str, prefix: str) -> Markup:
    """One chart as SVG with a role, a label and ids of its own."""
    return _begin(_specify(make_chart), label, prefix).result()


class Drawing:
    """The pictures of a chart, being drawn while the page goes on; markup once a template asks for it."""

    def __init__(self, key: str, specifications: dict[str, Any], pictures: dict[str, Future[Markup]]) -> None:
        self._key = key
        self._specifications = specifications
        self._pictures = pictures

    def __html__(self) -> str:
        keep_specification(self._key, self._specifications)
        picture = Markup('<div class="picture {}">{}</div>')
        drawn = [picture.format(name, future.result()) for name, future in self._pictures.items()]
        return Markup('<div class="chart" data-explore="{}">{}{}</div>').format(self._key, *drawn)


def _specify(make_chart: Callable[[], Any]) -> Any:
    with debug_mode(False):  # without checks of every part against the schema of Vega-Lite; a test makes them
        return _make_texts_safe(make_chart())


def _begin(specification: Any, label: str, prefix: str) -> Future[Markup]:
    """Hand a chart to the one thread that draws: Vega draws beside Python, which makes the next chart meanwhile."""
    return _start_thread().submit(_draw, specification, label, prefix)


def _draw(specification: Any, label: str, prefix: str) -> Markup:
    import vl_convert

    drawn = vl_convert.vegalite_to_svg(specification, allowed_base_urls=[])
    return Markup(clean(drawn, label, prefix))  # noqa: S704 - written from a list of what may be in it


def clean(drawn: str, label: str, prefix: str) -> str:
    """SVG with only the elements and attributes of this module's lists; the text of the data stays text."""
    root = _copy(fromstring(drawn), prefix)
    assert root is not None  # noqa: S101 - the root is an svg
    root.set("xmlns", SVG)
    root.set("role", "img")
    root.set("aria-label", make_printable(label))
    return tostring(root, encoding="unicode")


def _copy(element: Element, prefix: str, parent: Element | None = None) -> Element | None:
    name = element.tag.removeprefix(f"{{{SVG}}}")
    if name not in ELEMENTS:
        return None
    kept = {
        key: _rename(key, value, prefix)
        for key, value in element.attrib.items()
        if key in ATTRIBUTES and not OUTSIDE.search(value)
    }
    copied = Element(name, kept) if parent is None else SubElement(parent, name, kept)
    copied.text = element.text
    copied.tail = element.tail
    for child in element:
        _copy(child, prefix, copied)
    return copied


def _rename(key: str, value: str, prefix: str) -> str:
    return f"{prefix}-{value}" if key == "id" else REFERENCE.sub(rf"url(#{prefix}-\1)", value)


def _make_texts_safe(value: Any) -> Any:
    """A specification whose texts hold no character that moves other text or that XML cannot hold.

    They are of a bounded length as well: Vega would measure a million characters for minutes.
    """
    if isinstance(value, str):
        return make_printable(shorten_text(value, MOST_CHARACTERS))
    if isinstance(value, dict):
        return {_make_texts_safe(key): _make_texts_safe(each) for key, each in value.items()}
    return [_make_texts_safe(each) for each in value] if isinstance(value, list) else value


@cache
def _start_thread() -> ThreadPoolExecutor:
    """The thread that draws, which measures text with the very typeface of the pages: else labels are cut off."""
    import vl_convert

    vl_convert.register_font_directory(str(FONTS))
    return ThreadPoolExecutor(1, "drawing")
