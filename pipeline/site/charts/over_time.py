"""Reports per quarter below the information component over time."""

from typing import Any

import altair as alt
import pandas as pd

from pipeline.site.charts.theme import COLOURS, NARROW, Specification, draw_rows, finish, lay, place_y

FEW = 16
"""Up to so many quarters, each estimate is a point with its interval; beyond them, a line with a band."""


def draw_over_time(frame: pd.DataFrame, width: int) -> Specification:
    """Above: the cumulative information component with its interval. Below: cases first received in each quarter.

    frame, a row for each quarter in order: quarter (as shown), count, ic, lower, upper, is_landed. A quarter that was
    not received has a cross and breaks the line: it is not a quarter without cases.
    """
    plot = width - 58
    rows = frame.assign(segment=(~frame["is_landed"].astype(bool)).cumsum())
    quarters = list(rows["quarter"])
    scale = alt.Scale(domain=quarters, paddingInner=0.25)
    hidden = alt.X(
        "quarter:N", sort=quarters, title=None, scale=scale, axis=alt.Axis(labels=False, ticks=False, domain=False)
    )
    labels = _choose_labels(quarters, 3 if width <= NARROW else 5)
    shown_axis = alt.Axis(values=labels, labelAngle=0, labelOverlap=False)
    shown = alt.X("quarter:N", sort=quarters, title=None, scale=scale, axis=shown_axis)
    landed = draw_rows().transform_filter("datum.is_landed && isValid(datum.ic)")
    y = alt.Y(
        "ic:Q",
        title=None,
        scale=alt.Scale(domain=_find_domain(rows), nice=True),
        axis=alt.Axis(tickCount=4, domain=False, ticks=False),
    )
    zero = draw_rows("zero").mark_rule(color=COLOURS["muted"], strokeDash=[3, 3]).encode(y=alt.Y("at:Q"))
    upper = lay(
        [zero, *_draw_estimates(landed, hidden, y, int(rows["ic"].notna().sum()))],
        width=plot,
        height=120,
        title="information component, cumulative, 95 % interval",
    )
    lower = lay(
        _draw_counts(rows, shown, plot / max(1, len(quarters))),
        width=plot,
        height=84,
        title="cases first received in the quarter; × not received",
    )
    chart = {"vconcat": [upper, lower], "resolve": {"scale": {"x": "independent"}}}
    return finish(chart, rows=rows, zero=pd.DataFrame({"at": [0]}))


def _draw_estimates(landed: Any, x: Any, y: Any, count: int) -> list[Any]:
    if count <= FEW:
        return [
            landed.mark_rule(color=COLOURS["accent"], strokeWidth=1.8).encode(
                x=x, y=alt.Y("lower:Q"), y2=alt.Y2("upper:Q")
            ),
            landed.mark_point(
                size=56, filled=True, fill=COLOURS["paper"], stroke=COLOURS["accent"], strokeWidth=2, opacity=1
            ).encode(x=x, y=y),
        ]
    return [
        landed.mark_area(color=COLOURS["band"]).encode(
            x=x, y=alt.Y("lower:Q"), y2=alt.Y2("upper:Q"), detail=alt.Detail("segment:N")
        ),
        landed.mark_line(color=COLOURS["accent"], strokeWidth=2).encode(x=x, y=y, detail=alt.Detail("segment:N")),
    ]


def _draw_counts(rows: pd.DataFrame, x: Any, step: float) -> list[Any]:
    highest = max(1, int(rows["count"].max()))
    ticks = sorted({0, highest // 2, highest}) if highest > 1 else [0, 1]
    y = alt.Y(
        "count:Q",
        title=None,
        scale=alt.Scale(domain=[0, highest]),
        axis=alt.Axis(values=ticks, format="d", domain=False, ticks=False),
    )
    bars = draw_rows().mark_bar(color=COLOURS["bar"]).encode(x=x, y=y)
    absent = draw_rows().transform_filter("!datum.is_landed")
    crosses = absent.mark_text(text="×", baseline="bottom", color=COLOURS["muted"], fontSize=min(13, 1.4 * step))
    return [bars, crosses.encode(x=x, y=place_y(84))]


def _find_domain(rows: pd.DataFrame) -> list[float]:
    """The range of what is shown with 0 in it. An interval of very few cases, far below, does not press it flat."""
    low = min(0.0, float(rows["ic"].min(skipna=True)), max(-6.0, float(rows["lower"].min(skipna=True))))
    high = max(0.5, float(rows["upper"].max(skipna=True)))
    return [low, high] if low == low else [-1.0, 1.0]  # noqa: PLR0124 - not a number where nothing is estimated


def _choose_labels(quarters: list[str], most: int) -> list[str]:
    """At most `most` first quarters of a year, evenly apart; where there are none, the first quarter."""
    firsts = [quarter for quarter in quarters if quarter.endswith("Q1")] or quarters[:1]
    step = -(-len(firsts) // most)
    return firsts[::step]
