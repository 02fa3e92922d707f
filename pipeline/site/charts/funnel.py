"""What is left after each step: a bar for what came in, its lighter end for what left there."""

import altair as alt
import pandas as pd

from pipeline.site.charts.theme import COLOURS, NARROW, Specification, draw_rows, finish, lay

LABELS, NARROW_LABELS = 300, 170
FIGURES, NARROW_FIGURES = 150, 62
STEP = 24


def draw_funnel(frame: pd.DataFrame, width: int) -> Specification:
    """A row for each step, in their order; all bars have one scale that begins at 0.

    frame: step, kept and left (counts), text (both in figures), short_text (what came in alone, for narrow pages).
    On a narrow page long names of steps are shortened: the table beside the chart has them whole.
    """
    is_narrow = width <= NARROW
    labels, figures = (NARROW_LABELS, NARROW_FIGURES) if is_narrow else (LABELS, FIGURES)
    plot = width - labels - figures - 16
    highest = max(1, int((frame["kept"] + frame["left"]).max()))
    y = alt.Y(
        "step:N",
        sort=list(frame["step"]),
        title=None,
        axis=alt.Axis(
            domain=False, ticks=False, labelPadding=8, labelColor=COLOURS["ink"], labelLimit=labels - 12,
            labelFontSize=12 if is_narrow else 13,
        ),
    )  # fmt: skip
    scale = alt.Scale(domain=[0, highest])
    rows = frame.assign(whole=frame["kept"] + frame["left"])
    base = draw_rows().encode(y=y)
    bars = [
        base.mark_bar(color=COLOURS["bar"], height=13).encode(x=alt.X("kept:Q", scale=scale, axis=None)),
        base.mark_bar(color=COLOURS["flag"], opacity=0.55, height=13).encode(
            x=alt.X("kept:Q", scale=scale, axis=None), x2="whole:Q"
        ),
        base.mark_text(align="right").encode(
            x=alt.value(plot + figures), text="short_text:N" if is_narrow else "text:N"
        ),
    ]
    return finish(lay(bars, width=plot, height={"step": STEP}), rows=rows)
