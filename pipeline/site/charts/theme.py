"""The one look of all charts: typeface, colours, axes. The colours are those of `static/site.css`."""

import math
from collections.abc import Iterable
from typing import Any

import altair as alt
import pandas as pd

FONT = "Inter"
WIDE, NARROW = 600, 340
"""The widths of a chart in pixels: beside another on a desk, and on a phone."""

COLOURS = {
    "ink": "#1f2933",
    "muted": "#52606d",
    "line": "#e4e9ee",
    "accent": "#1b5e7b",
    "band": "#d3e3ec",
    "bar": "#9fb8c6",
    "flag": "#b8500f",
    "paper": "#ffffff",
}


Specification = dict[str, Any]
"""A chart, or a part of one, as JSON of Vega-Lite."""

ROWS = "rows"
"""The name of the data that most layers of a chart share."""


def draw_rows(name: str = ROWS) -> alt.Chart:
    """A layer of the rows that `finish` is given by this name."""
    return alt.Chart(alt.NamedData(name))


def lay(layers: Iterable[alt.Chart], **settings: Any) -> Specification:
    """The layers one upon another, with settings of Vega-Lite such as width and height.

    Put together here, as `alt.layer` copies each layer with all that is in it several times: that was half of the
    time that all pages took.
    """
    return {"layer": [layer.to_dict(validate=False, context={"top_level": False}) for layer in layers], **settings}


def finish(view: Specification, **frames: pd.DataFrame) -> Specification:
    """The view with the theme of the site and its rows by their names: the last step of every chart function."""
    datasets = {name: _list_rows(frame) for name, frame in frames.items()}
    return {"$schema": alt.SCHEMA_URL, "config": _make_theme(), "datasets": datasets, **view}


def _make_theme() -> Specification:
    text = {"font": FONT, "fontSize": 13, "color": COLOURS["ink"]}
    axis = {
        "labelFont": FONT,
        "labelFontSize": 12.5,
        "labelColor": COLOURS["muted"],
        "labelLimit": 400,
        "titleFont": FONT,
        "titleFontSize": 12.5,
        "titleFontWeight": "normal",
        "titleColor": COLOURS["muted"],
        "titlePadding": 8,
        "titleLimit": 600,
        "gridColor": COLOURS["line"],
        "domainColor": COLOURS["muted"],
        "tickColor": COLOURS["muted"],
    }
    legend = {
        "labelFont": FONT,
        "titleFont": FONT,
        "labelFontSize": 12.5,
        "titleFontSize": 12.5,
        "titleFontWeight": "normal",
        "labelColor": COLOURS["ink"],
        "titleColor": COLOURS["muted"],
    }
    title = {
        "font": FONT,
        "fontSize": 13,
        "fontWeight": "normal",
        "color": COLOURS["muted"],
        "anchor": "start",
        "frame": "group",
    }
    return {
        "font": FONT,
        "background": "transparent",
        "padding": {"left": 2, "right": 8, "top": 4, "bottom": 2},
        "view": {"stroke": None},
        "axis": axis,
        "text": text,
        "legend": legend,
        "title": title,
        "concat": {"spacing": 14},
    }


def _list_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as JSON can hold them: what is missing, not a number or infinite is null."""
    columns = [[_make_plain(value) for value in frame[name].tolist()] for name in frame]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _make_plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return None if value is pd.NA else value


def place_x(pixels: float) -> alt.XValue:
    """A horizontal place in pixels: an object, as Altair matches a dict of `alt.value` against its whole schema."""
    return alt.XValue(pixels)  # type: ignore[no-untyped-call]


def place_y(pixels: float) -> alt.YValue:
    """A vertical place in pixels, as place_x."""
    return alt.YValue(pixels)  # type: ignore[no-untyped-call]


def choose_ink(background: str) -> str:
    """Black or white text, whichever has the greater contrast (WCAG) with a background such as `#1b5e7b`.

    One of the two always has 4.5 to 1; the ink of the pages, a little lighter than black, would not on every colour.
    """
    return max(("#ffffff", "#000000"), key=lambda ink: measure_contrast(ink, background))


def measure_contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21 (WCAG 2.2, relative luminance)."""
    brighter, darker = sorted((_measure_luminance(one), _measure_luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _measure_luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
