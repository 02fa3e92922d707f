"""Estimates with their intervals below each other: a forest of ratios on a log axis, or of differences around 0."""

import math
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from pipeline.site.charts.theme import COLOURS, NARROW, Specification, draw_rows, finish, lay, place_x

LABELS = 192
"""Pixels for the names; the figures beside the plot have what the longest needs."""
CHARACTER, LEAST_TEXT, MOST_TEXT = 6.8, 60, 170
NARROW_LABELS = 176
STEP = 25
LEAST_APART = 50
"""Pixels from one label of a log axis to the next, as `0.0625` needs."""
LEAST, MOST = 1 / 32, 64.0
"""The ends beyond which a log axis does not go; an interval that does is cut there and ends in an arrow."""


@dataclass(frozen=True)
class Axis:
    """The axis of a forest. title: what it shows, and on which scale. neutral: where nothing differs."""

    title: str
    is_log: bool

    @property
    def neutral(self) -> float:
        return 1.0 if self.is_log else 0.0


def draw_forest(frame: pd.DataFrame, width: int, axis: Axis) -> Specification:
    """A row for each label, in their order.

    frame: label, counts (text beside it), estimate, lower, upper, text (the estimate in figures), note (in words why
    there is none, where there is none), is_flagged. On a narrow page the two texts are left out. A flagged estimate
    is a filled square, any other a hollow circle.
    """
    is_narrow = width <= NARROW
    counts, texts = _measure(frame["counts"]) + 12, _measure(frame["text"])
    left, right = (NARROW_LABELS, 0) if is_narrow else (LABELS + counts, texts)
    plot = width - left - right - 16
    low, high = find_ends(frame, axis)
    rows = frame.assign(
        is_cut_low=(frame["lower"] < low) & frame["estimate"].notna(),
        is_cut_high=(frame["upper"] > high) & frame["estimate"].notna(),
        start=_cut(frame["lower"], low, high),
        end=_cut(frame["upper"], low, high),
        point=_cut(frame["estimate"], low, high),
    )
    order = list(frame["label"])
    scale = alt.Scale(type="log", domain=[low, high]) if axis.is_log else alt.Scale(domain=[low, high], nice=False)
    x_axis = _make_axis(axis, low, high, plot, is_narrow)
    y = alt.Y(
        "label:N",
        sort=order,
        title=None,
        axis=alt.Axis(
            domain=False, ticks=False, labelPadding=10 if is_narrow else counts, labelColor=COLOURS["ink"],
            labelFontSize=12.5 if is_narrow else 13, labelLimit=NARROW_LABELS - 12 if is_narrow else LABELS,
        ),
    )  # fmt: skip
    paper, ink = COLOURS["paper"], COLOURS["ink"]
    base = draw_rows().encode(y=y)
    estimated = base.transform_filter("isValid(datum.point)")
    x = alt.X("point:Q", scale=scale, axis=x_axis)
    neutral = draw_rows("neutral").mark_rule(color=COLOURS["muted"], strokeDash=[3, 3], strokeWidth=1.3)
    absent = base.transform_filter("!isValid(datum.point)").encode(x=place_x(4), text=alt.Text("note:N"))
    halo: dict[str, Any] = {"stroke": paper, "strokeWidth": 5, "color": paper}
    layers = [
        neutral.encode(x=alt.X("at:Q", scale=scale, axis=x_axis)),
        estimated.mark_rule(color=COLOURS["ink"], strokeWidth=1.6).encode(
            x=alt.X("start:Q", scale=scale, axis=x_axis), x2=alt.X2("end:Q")
        ),
        *_draw_arrows(base, rows, scale),
        estimated.transform_filter("!datum.is_flagged")
        .mark_point(shape="circle", size=64, filled=True, fill=paper, stroke=ink, strokeWidth=1.8)
        .encode(x=x, opacity=alt.OpacityValue(1)),
        estimated.transform_filter("datum.is_flagged")
        .mark_point(shape="square", size=84, filled=True, fill=COLOURS["flag"], stroke=COLOURS["flag"])
        .encode(x=x, opacity=alt.OpacityValue(1)),
        *(absent.mark_text(align="left", fontSize=12.5, **style) for style in (halo, {"color": COLOURS["muted"]})),
    ]
    if not is_narrow:
        layers += [
            base.mark_text(align="right").encode(x=place_x(-12), text=alt.Text("counts:N")),
            base.mark_text(align="right").encode(x=place_x(plot + texts), text=alt.Text("text:N")),
        ]
    chart = lay(layers, width=plot, height={"step": STEP})
    return finish(chart, rows=rows, neutral=pd.DataFrame({"at": [axis.neutral]}))


def _measure(texts: pd.Series) -> float:
    """Pixels for the longest of the texts, within bounds."""
    longest = max((len(str(text)) for text in texts), default=0)
    return min(MOST_TEXT, max(LEAST_TEXT, CHARACTER * longest + 15))


def _make_axis(axis: Axis, low: float, high: float, plot: float, is_narrow: bool) -> alt.Axis:
    settings: dict[str, Any] = {"title": _break_title(axis.title, is_narrow), "domain": False, "ticks": False}
    if is_narrow:
        settings |= {"titleAnchor": "start", "titleX": 4 - NARROW_LABELS}
    if axis.is_log:
        most = max(2, int(plot / LEAST_APART))
        settings |= {"values": list_ticks(low, high, most), "labelOverlap": False}
        return alt.Axis(labelExpr="format(datum.value, '~g')", **settings)
    return alt.Axis(tickCount=4, **settings)


def _draw_arrows(base: Any, rows: pd.DataFrame, scale: Any) -> list[Any]:
    """A mark at the edge where an interval goes on beyond it: one that is cut off unseen would mislead."""
    beyond = {"is_cut_low": ("triangle-left", "start:Q"), "is_cut_high": ("triangle-right", "end:Q")}
    return [
        base.transform_filter(f"datum.{is_cut}")
        .mark_point(shape=shape, size=46, filled=True, color=COLOURS["ink"], opacity=1)
        .encode(x=alt.X(end, scale=scale))
        for is_cut, (shape, end) in beyond.items()
        if rows[is_cut].any()
    ]


def find_ends(frame: pd.DataFrame, axis: Axis) -> tuple[float, float]:
    """The ends of an axis that holds what is finite in the columns estimate, lower and upper of the frame, as far as
    it may go."""
    numbers = frame[["lower", "upper", "estimate"]].to_numpy(dtype=float)
    values: list[float] = numbers[np.isfinite(numbers)].tolist()
    if not axis.is_log:
        span = max((abs(value) for value in values), default=1.0) or 1.0
        low, high = min([*values, 0.0]), max([*values, 0.0])
        return low - 0.05 * span, high + 0.05 * span
    positive = [value for value in values if value > 0]
    low, high = min([*positive, 0.5]), max([*positive, 2.0])
    return max(LEAST, 2.0 ** math.floor(math.log2(low))), min(MOST, 2.0 ** math.ceil(math.log2(high)))


def list_ticks(low: float, high: float, most: int) -> list[float]:
    """Powers of 2, 4, ... from 1 both ways: at most `most` of them, between ends that are powers of 2."""
    first, last = round(math.log2(low)), round(math.log2(high))
    step = 1
    while (last - first) // step + 1 > most:
        step += 1
    return [2.0**power for power in range(first, last + 1) if power % step == 0]


def _cut(values: pd.Series, low: float, high: float) -> pd.Series:
    return values.astype(float).clip(low, high)


def _break_title(title: str, is_narrow: bool) -> str | list[str]:
    """On a narrow page a title that would be cut off stands on two lines, broken after its first comma."""
    before, comma, after = title.partition(", ")
    return [before + ",", after] if is_narrow and comma and len(title) > 40 else title
