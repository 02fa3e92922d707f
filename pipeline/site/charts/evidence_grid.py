"""A map of evidence: a row for each trial and a column for each outcome, with a mark of what the trial says of it."""

import altair as alt
import pandas as pd

from pipeline.site.charts.theme import COLOURS, NARROW, Specification, choose_ink, draw_rows, finish, lay, place_x

STEP = 22
LABELS, NARROW_LABELS = 190, 96
FILLS = {"■": COLOURS["accent"], "0": COLOURS["bar"], "0?": COLOURS["band"], "×": COLOURS["flag"], "?": "#e7e7e4"}
"""The colour of each mark; any other is as white as the page."""


def draw_evidence_grid(frame: pd.DataFrame, width: int) -> Specification:
    """A cell for each trial and outcome, in the order in which they first come.

    frame: trial, outcome (as shown), mark (what stands in the cell). On a narrow page outcomes stand upright.
    """
    is_narrow = width <= NARROW
    left = NARROW_LABELS if is_narrow else LABELS
    trials = {trial: position for position, trial in enumerate(dict.fromkeys(frame["trial"]))}
    fills = [FILLS.get(mark, COLOURS["paper"]) for mark in frame["mark"]]
    cells = frame.assign(
        position=[trials[trial] for trial in frame["trial"]], fill=fills, ink=[choose_ink(fill) for fill in fills]
    )
    outcomes = list(dict.fromkeys(frame["outcome"]))
    angle = -90 if is_narrow else -35
    base = draw_rows().encode(
        x=alt.X(
            "outcome:N",
            sort=outcomes,
            axis=alt.Axis(orient="top", title=None, domain=False, ticks=False, labelAngle=angle, labelLimit=200),
        ),
        y=alt.Y("position:O", axis=None),
    )
    names = draw_rows("names")
    layers = [
        base.mark_rect(stroke=COLOURS["line"], strokeWidth=1).encode(
            color=alt.Color("fill:N", scale=None, legend=None)
        ),
        base.mark_text(fontSize=8 if is_narrow else 11.5).encode(
            text=alt.Text("mark:N"), color=alt.Color("ink:N", scale=None, legend=None)
        ),
        names.mark_text(align="left", limit=left - 8, fontSize=11 if is_narrow else 13).encode(
            x=place_x(-left), y=alt.Y("position:O", axis=None), text=alt.Text("trial:N")
        ),
    ]
    plot = min(width - left - 90, 64 * len(outcomes)) if not is_narrow else width - left - 8
    chart = lay(layers, width=plot, height={"step": STEP})
    named = pd.DataFrame({"trial": list(trials), "position": list(trials.values())})
    return finish(chart, rows=cells, names=named)
