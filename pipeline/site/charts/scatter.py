"""The information component against the number of cases, with the line of the criterion."""

import altair as alt
import numpy as np
import pandas as pd

from pipeline.site.charts.theme import COLOURS, NARROW, Specification, draw_rows, finish, lay
from pipeline.statistics.information_component import gamma_interval, information_component

LEAST_CASES = 3
"""Cases that the criterion asks for at least (is_ic025)."""


def draw_scatter(frame: pd.DataFrame, width: int) -> Specification:
    """A mark for each cell with at least one case; above the line and right of 3 cases the criterion is met.

    frame: count (1 or more), ic, is_flagged, and what else is said of a cell when it is explored, such as name.
    Flagged cells are filled squares, others hollow circles. The line is where the lower bound of the information
    component is 0, which depends on the count alone.
    """
    most = max(10.0, float(frame["count"].max()) if len(frame) else 0.0)
    scale = alt.Scale(type="log", domain=[0.9, most * 1.3], nice=False)
    x = alt.X(
        "count:Q",
        title="cases, log scale",
        scale=scale,
        axis=alt.Axis(values=_list_ticks(most), format=",d", domain=False, ticks=False),
    )
    y = alt.Y(
        "ic:Q", title="information component", axis=alt.Axis(domain=False, ticks=False, tickCount=6),
        scale=alt.Scale(nice=True),
    )  # fmt: skip
    line = draw_rows("line").mark_line(color=COLOURS["flag"], strokeDash=[5, 3], strokeWidth=1.6)
    least = draw_rows("least").mark_rule(color=COLOURS["muted"], strokeDash=[3, 3])
    cells = draw_rows()
    layers = [
        least.encode(x=alt.X("at:Q", scale=scale)),
        line.encode(x=x, y=y),
        cells.transform_filter("!datum.is_flagged")
        .mark_point(shape="circle", size=34, fill=COLOURS["paper"], stroke=COLOURS["muted"], filled=True)
        .encode(x=x, y=y, opacity=alt.value(0.85)),
        cells.transform_filter("datum.is_flagged")
        .mark_point(shape="square", size=64, filled=True, fill=COLOURS["flag"], stroke=COLOURS["paper"])
        .encode(x=x, y=y, opacity=alt.value(1)),
    ]
    sized = lay(layers, width=width - 64, height=260 if width <= NARROW else 340)
    return finish(sized, rows=frame, line=make_line(most), least=pd.DataFrame({"at": [LEAST_CASES]}))


def make_line(most: float) -> pd.DataFrame:
    """Count and information component of cells whose lower bound is 0: log2 of (n + 1/2) / its 2.5 % quantile."""
    counts = np.unique(np.round(np.geomspace(1, most * 1.3, 60)))
    lower, _ = gamma_interval(counts, np.zeros_like(counts))
    return pd.DataFrame({"count": counts, "ic": information_component(counts, np.zeros_like(counts)) - lower})


def _list_ticks(most: float) -> list[int]:
    ticks = [1, 3, 10]
    while ticks[-1] < most:
        ticks.append(ticks[-2] * 10)
    return [tick for tick in ticks if tick <= most * 1.3]
