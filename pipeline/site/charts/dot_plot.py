"""Per cent affected by arm, and beside it the difference with its interval: each outcome of one comparison.

Source of the form: Amit, Heiberger, Lane, Pharm Stat 2008;7:20 (dot plot of adverse events, sorted by effect).
"""

from typing import Any

import altair as alt
import pandas as pd

from pipeline.site.charts.forest import Axis, find_ends
from pipeline.site.charts.theme import COLOURS, NARROW, Specification, draw_rows, finish, lay, place_x

STEP = 25
LABELS, NARROW_LABELS, TEXTS = 200, 178, 130
GAP = 24
DIFFERENCE = Axis("people more (or fewer, below 0) per 1,000, 95 % interval", is_log=False)
PER_CENT = "per cent affected: ■ drug, ○ comparator"


def draw_dot_plot(frame: pd.DataFrame, width: int) -> Specification:
    """A row for each outcome in their order; on a narrow page the two parts stand below each other.

    frame: label, per_cent and comparator_per_cent (0 to 100), estimate, lower, upper (per 1,000), text (the
    difference in figures). Every row has an estimate.
    """
    is_narrow = width <= NARROW
    rows = frame.assign(position=range(len(frame)))
    if is_narrow:
        left, repeated = NARROW_LABELS, NARROW_LABELS
        plot, side = width - left - 20.0, "vconcat"
    else:
        left, repeated = LABELS, 0
        plot, side = (width - left - TEXTS - GAP - 24) / 2, "hconcat"
    parts = [_draw_shares(rows, plot, left, is_narrow=is_narrow), _draw_differences(rows, plot, repeated)]
    settings = {"resolve": {"scale": {"x": "independent", "y": "independent"}}, "spacing": 14 if is_narrow else GAP}
    return finish({side: parts, **settings}, rows=rows, neutral=pd.DataFrame({"at": [0]}))


def _draw_shares(rows: pd.DataFrame, plot: float, left: int, *, is_narrow: bool) -> Any:
    base = draw_rows().encode(y=alt.Y("position:O", axis=None))
    most = max([1.0, *rows["per_cent"], *rows["comparator_per_cent"]]) * 1.05
    scale = alt.Scale(domain=[0, most], nice=False)
    title = PER_CENT.split(": ") if is_narrow else PER_CENT
    axis = alt.Axis(title=title, domain=False, ticks=False, tickCount=4, **_place_title(left if is_narrow else 0))
    x, beside = (alt.X(f"{name}:Q", scale=scale, axis=axis) for name in ("per_cent", "comparator_per_cent"))
    ink, paper = COLOURS["ink"], COLOURS["paper"]
    layers = [
        base.mark_rule(color=COLOURS["bar"], strokeWidth=1.5).encode(x=beside, x2=alt.X2("per_cent:Q")),
        base.mark_point(
            shape="circle", size=120, filled=True, fill=paper, stroke=ink, strokeWidth=1.8, opacity=1
        ).encode(x=beside),
        base.mark_point(shape="square", size=42, filled=True, color=COLOURS["accent"], opacity=1).encode(x=x),
        base.mark_text(align="left", limit=left - 6, fontSize=12 if left == NARROW_LABELS else 13).encode(
            x=place_x(-left), text=alt.Text("label:N")
        ),
    ]
    return lay(layers, width=plot, height={"step": STEP})


def _draw_differences(rows: pd.DataFrame, plot: float, left: int) -> Any:
    """left: pixels for the names, which stand here again where the parts are below each other; 0 where not."""
    low, high = find_ends(rows, DIFFERENCE)
    scale = alt.Scale(domain=[low, high], nice=False)
    title = DIFFERENCE.title.split(", ") if left else DIFFERENCE.title
    axis = alt.Axis(title=title, domain=False, ticks=False, tickCount=4, **_place_title(left))
    base = draw_rows().encode(y=alt.Y("position:O", axis=None))
    none = draw_rows("neutral").mark_rule(color=COLOURS["muted"], strokeDash=[3, 3])
    layers = [
        none.encode(x=alt.X("at:Q", scale=scale, axis=axis)),
        base.mark_rule(color=COLOURS["ink"], strokeWidth=1.6).encode(
            x=alt.X("lower:Q", scale=scale, axis=axis), x2=alt.X2("upper:Q")
        ),
        base.mark_point(shape="square", size=60, filled=True, color=COLOURS["ink"], opacity=1).encode(
            x=alt.X("estimate:Q", scale=scale, axis=axis)
        ),
    ]
    if left:
        layers.append(
            base.mark_text(align="left", limit=left - 6, fontSize=12 if left == NARROW_LABELS else 13).encode(
                x=place_x(-left), text=alt.Text("label:N")
            )
        )
    else:
        layers.append(base.mark_text(align="right").encode(x=place_x(plot + TEXTS), text=alt.Text("text:N")))
    return lay(layers, width=plot, height={"step": STEP})


def _place_title(left: int) -> dict[str, Any]:
    return {"titleAnchor": "start", "titleX": -left} if left else {}
