"""Charts: functions from a DataFrame to an Altair chart, and how a chart becomes part of a page.

A chart function is pure: `function(frame, width) -> chart`, where width is that of the whole picture in pixels and
what it shows is in the columns that its docstring names. Notebooks use them as pages do. `draw` makes the picture of
a page from such a function, once for wide pages and once for narrow ones.
"""

from pipeline.site.charts.dot_plot import draw_dot_plot
from pipeline.site.charts.drawing import Drawing, draw, draw_svg
from pipeline.site.charts.evidence_grid import draw_evidence_grid
from pipeline.site.charts.forest import Axis, draw_forest
from pipeline.site.charts.heat_map import draw_heat_map
from pipeline.site.charts.over_time import draw_over_time
from pipeline.site.charts.scatter import draw_scatter
from pipeline.site.charts.theme import COLOURS, NARROW, WIDE, finish
from pipeline.site.charts.trial_forest import draw_trial_forest

__all__ = [
    "COLOURS",
    "NARROW",
    "WIDE",
    "Axis",
    "Drawing",
    "draw",
    "draw_dot_plot",
    "draw_evidence_grid",
    "draw_forest",
    "draw_heat_map",
    "draw_over_time",
    "draw_scatter",
    "draw_svg",
    "draw_trial_forest",
    "finish",
]
