"""The forest of a meta-analysis: each trial with its weight, the pooled diamond, where the next trial may fall."""

from typing import Any, Literal

import altair as alt
import pandas as pd

from pipeline.site.charts.forest import Axis, find_ends, list_ticks
from pipeline.site.charts.theme import COLOURS, NARROW, Specification, draw_rows, finish, lay, place_x, place_y

STEP = 26
LABELS, NARROW_LABELS = 210, 132
ARM, WEIGHT, TEXTS = 100, 70, 190
SMALLEST, LARGEST = 24.0, 260.0
"""The area of the square of a trial without weight, and of one with all of it, in square pixels."""
DIAMOND = 0.29
"""Half the height of the diamond, in rows."""


def draw_trial_forest(frame: pd.DataFrame, width: int, axis: Axis) -> Specification:
    """A row for each trial in their order, then those of the pooled effect.

    frame: kind (`trial`, `pooled` or `prediction`), label, counts and comparator_counts (affected / at risk), weight
    (0 to 1), weight_text, estimate, lower, upper (infinite where there is no such bound), text (the effect in
    figures), note (in words why there is none, where neither estimate nor bound is there). On a narrow page only the
    labels stand beside the plot. An interval beyond the axis is cut there and ends in an arrow.
    """
    is_narrow = width <= NARROW
    left, right = (NARROW_LABELS, 6) if is_narrow else (LABELS + 2 * ARM + WEIGHT, TEXTS)
    plot = width - left - right - 12
    ends = find_ends(frame, axis)
    x = _make_x(axis, ends, is_narrow=is_narrow)
    rows = alt.Scale(domain=[len(frame) - 0.5, -0.5], nice=False)
    base = draw_rows().encode(y=alt.Y("position:Q", axis=None, scale=rows))
    layers = [*_draw_marks(base, x, axis.neutral), *_draw_texts(base, plot, left, is_narrow=is_narrow)]
    chart = lay(layers, width=plot, height=STEP * len(frame))
    return finish(chart, rows=_make_rows(frame, *ends))


def _make_rows(frame: pd.DataFrame, low: float, high: float) -> pd.DataFrame:
    """The rows with what is drawn of them between the ends of the axis, and a row for each corner of a diamond."""
    has_bound = frame["lower"].notna() & frame["upper"].notna()
    rows = frame.drop(columns=["estimate", "lower", "upper", "weight"]).assign(
        position=range(len(frame)),
        start=frame["lower"].clip(low, high),
        end=frame["upper"].clip(low, high),
        point=frame["estimate"].where(frame["estimate"].between(low, high)),
        area=SMALLEST + frame["weight"].fillna(0.0) * (LARGEST - SMALLEST),
        is_cut_low=has_bound & (frame["lower"] < low),
        is_cut_high=has_bound & (frame["upper"] > high),
        has_bound=has_bound,
    )
    pooled = rows[(rows["kind"] == "pooled") & rows["point"].notna()].assign(kind="corner")
    around = (("start", 0.0), ("point", DIAMOND), ("end", 0.0), ("point", -DIAMOND))
    corners = [
        pooled.assign(point=pooled[at], position=pooled["position"] + beside, corner=number)
        for number, (at, beside) in enumerate(around)
    ]
    return pd.concat([rows, *corners])


def _make_x(axis: Axis, ends: tuple[float, float], *, is_narrow: bool) -> dict[str, Any]:
    """The settings of every horizontal position: its scale, and its axis."""
    title = axis.title.split(", ") if is_narrow else axis.title
    settings: dict[str, Any] = {"title": title, "domain": False, "ticks": False}
    if is_narrow:
        settings |= {"titleAnchor": "start", "titleX": -NARROW_LABELS}
    if not axis.is_log:
        scale = alt.Scale(domain=list(ends), nice=False)
        return {"scale": scale, "axis": alt.Axis(tickCount=3 if is_narrow else 5, **settings)}
    settings |= {"values": list_ticks(*ends, 4 if is_narrow else 7), "labelOverlap": False}
    scale = alt.Scale(type="log", domain=list(ends))
    return {"scale": scale, "axis": alt.Axis(labelExpr="format(datum.value, '~g')", **settings)}


def _draw_marks(base: Any, x: dict[str, Any], neutral: float) -> list[Any]:
    """The line of no difference, then intervals, squares, the diamond, the interval of prediction, arrows."""
    ink, accent, muted = COLOURS["ink"], COLOURS["accent"], COLOURS["muted"]
    reach = {"x": alt.X("start:Q", **x), "x2": alt.X2("end:Q")}
    trial, predicted = (f"datum.has_bound && datum.kind == '{kind}'" for kind in ("trial", "prediction"))
    # a pooled interval without an estimate has no diamond
    open_ended = "datum.has_bound && datum.kind == 'pooled' && !isValid(datum.point)"
    first = draw_rows().transform_filter("datum.position == 0")
    arrows = {"start": ("triangle-left", "is_cut_low"), "end": ("triangle-right", "is_cut_high")}
    return [
        first.mark_rule(color=muted, strokeDash=[3, 3]).encode(x=alt.XDatum(neutral, **x)),
        base.transform_filter(trial).mark_rule(color=ink, strokeWidth=1.6).encode(**reach),
        base.transform_filter(f"{trial} && isValid(datum.point)")
        .mark_point(shape="square", filled=True, opacity=1, color=ink)
        .encode(x=alt.X("point:Q", **x), size=alt.Size("area:Q", scale=None, legend=None)),
        base.transform_filter(open_ended).mark_rule(color=accent, strokeWidth=3).encode(**reach),
        base.transform_filter("datum.kind == 'corner'")
        .mark_line(filled=True, fill=accent, strokeWidth=0, interpolate="linear-closed")
        .encode(x=alt.X("point:Q", **x), order=alt.Order("corner:Q")),
        base.transform_filter(predicted).mark_rule(color=accent, strokeWidth=1.6).encode(**reach),
        *(
            base.transform_filter(f"datum.{is_cut} && datum.kind != 'corner'")
            .mark_point(shape=shape, size=46, filled=True, color=ink, opacity=1)
            .encode(x=alt.X(f"{end}:Q", **x))
            for end, (shape, is_cut) in arrows.items()
        ),
    ]


def _draw_texts(base: Any, plot: float, left: float, *, is_narrow: bool) -> list[Any]:
    """Names, figures beside the plot with their headings above, and words where nothing can be drawn."""
    named = base.transform_filter("datum.kind != 'corner'")
    muted = COLOURS["muted"]
    names = named.mark_text(align="left", limit=(NARROW_LABELS if is_narrow else LABELS) - 12)
    absent = base.transform_filter("!datum.has_bound")
    # on paper of its own, as the line of no difference may run through it
    halo = absent.mark_text(align="left", fontSize=12.5, stroke=COLOURS["paper"], strokeWidth=5)
    words = absent.mark_text(align="left", fontSize=12.5, color=muted)
    layers = [names.encode(x=place_x(-left), text=alt.Text("label:N"))]
    layers += [each.encode(x=place_x(4), text=alt.Text("note:N")) for each in (halo, words)]
    if is_narrow:
        return layers
    columns = {
        "counts": ("with the drug", LABELS + ARM - left),
        "comparator_counts": ("beside it", LABELS + 2 * ARM - left),
        "weight_text": ("weight", LABELS + 2 * ARM + WEIGHT - 14 - left),
        "text": ("effect (95 % interval)", plot + TEXTS),
    }
    first = draw_rows().transform_filter("datum.position == 0")
    align: Literal["right"] = "right"
    for name, (heading, at) in columns.items():
        layers.append(named.mark_text(align=align).encode(x=place_x(at), text=alt.Text(f"{name}:N")))
        head = first.mark_text(align=align, color=muted, fontSize=12.5, text=heading)
        layers.append(head.encode(x=place_x(at), y=place_y(-12)))
    return layers
