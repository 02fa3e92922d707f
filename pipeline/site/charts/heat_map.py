"""A heat map of drug by reaction: the count and the lower bound of the information component in each cell."""

from itertools import pairwise

import altair as alt
import pandas as pd

from pipeline.site.charts.theme import COLOURS, Specification, choose_ink, draw_rows, finish, lay

MOST = 2.0
"""The lower bound from which a cell has the deepest colour, on either side of 0."""
STOPS = ((-MOST, "#3d7796"), (-MOST / 2, "#a9c7d6"), (0.0, "#f7f7f5"), (MOST / 2, "#f0b98d"), (MOST, "#c4671f"))
NO_CASE = "#ffffff"
NARROWEST = 700
"""The width below which reactions stand below each other, with counts alone."""


def draw_heat_map(frame: pd.DataFrame, width: int) -> Specification:
    """A row for each drug and a column for each reaction; on a narrow page a row for each reaction, counts alone.

    frame: drug, reaction (as shown, in their order), count, count_text, lower (of the information component; null
    where it is not estimated), lower_text, is_flagged. A cell without a case is white; a flagged one has a square.
    """
    cells = frame.assign(
        fill=[choose_colour(*cell) for cell in zip(frame["count"], frame["lower"], strict=True)],
        mark=["■ " if is_flagged else "" for is_flagged in frame["is_flagged"]],
    )
    cells["ink"] = [choose_ink(fill) for fill in cells["fill"]]
    cells["top"] = cells["mark"] + cells["count_text"]
    drugs, reactions = list(dict.fromkeys(cells["drug"])), list(dict.fromkeys(cells["reaction"]))
    is_wide = width >= NARROWEST
    rows, columns = ("drug", "reaction") if is_wide else ("reaction", "drug")
    order = {"drug": drugs, "reaction": reactions}
    step = (width - 150) / len(order[columns])
    height = 46 if is_wide else 30
    axis = alt.Axis(orient="top", labelAngle=0 if is_wide else -90, domain=False, ticks=False, labelLineHeight=15)
    if is_wide:
        axis.labelExpr, axis.labelPadding = "split(datum.label, '\\n')", 20
        cells["reaction"] = cells["reaction"].map(_break_line)
        order["reaction"] = [_break_line(reaction) for reaction in reactions]
    base = draw_rows().encode(
        x=alt.X(f"{columns}:N", sort=order[columns], title=None, axis=axis),
        y=alt.Y(f"{rows}:N", sort=order[rows], title=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=8)),
    )
    ink = alt.Color("ink:N", scale=None, legend=None)
    layers = [
        base.mark_rect(stroke=COLOURS["line"], strokeWidth=1).encode(color=alt.Color("fill:N", scale=None)),
        base.mark_text(dy=-8 if is_wide else 0, fontWeight=600, fontSize=14 if is_wide else 12).encode(
            text="top:N", color=ink
        ),
    ]
    if is_wide:
        layers.append(base.mark_text(dy=10, fontSize=12).encode(text="lower_text:N", color=ink))
    return finish(lay(layers, width={"step": step}, height={"step": height}), rows=cells)


def choose_colour(count: int, lower: float | None) -> str:
    """The colour of a cell, between those of `STOPS`; white without a case or an estimate."""
    if count == 0 or lower is None or pd.isna(lower):
        return NO_CASE
    value = min(MOST, max(-MOST, float(lower)))
    below, above = next(pair for pair in pairwise(STOPS) if value <= pair[1][0])
    return _mix(below[1], above[1], (value - below[0]) / (above[0] - below[0]))


def _mix(one: str, other: str, part: float) -> str:
    channels = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(first + part * (second - first)):02x}" for first, second in channels)


def _break_line(text: str) -> str:
    """A label on two lines: a long one is broken near its middle, a short one stands on the second."""
    words = text.split(" ")
    if len(text) <= 13 or len(words) == 1:
        return f"\n{text}"
    cut = min(range(1, len(words)), key=lambda at: abs(len(" ".join(words[:at])) - len(text) / 2))
    return f"{' '.join(words[:cut])}\n{' '.join(words[cut:])}"
