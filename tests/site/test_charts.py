"""Charts: valid specifications, colours that can be read, lines where the criterion is, marks of what is cut off."""

import math

import altair
import pandas as pd
import pytest

from pipeline.site import charts
from pipeline.site.charts.heat_map import choose_colour
from pipeline.site.charts.scatter import make_line
from pipeline.site.charts.theme import choose_ink, measure_contrast
from pipeline.statistics.information_component import gamma_interval

FOREST = pd.DataFrame(
    {
        "label": ["a", "b", "c"],
        "counts": ["1 / 2", "3 / 4", "0 / 9"],
        "estimate": [2.0, 0.5, None],
        "lower": [1.5, 0.001, None],
        "upper": [400.0, 0.9, None],
        "text": ["2.00", "0.50", "–"],
        "note": ["", "", "no case with both"],
        "is_flagged": [True, False, False],
    }
)
TIME = pd.DataFrame(
    {
        "quarter": ["2020 Q1", "2020 Q2", "2020 Q3"],
        "count": [3, 0, 5],
        "ic": [0.1, None, 0.4],
        "lower": [-1.0, None, -0.2],
        "upper": [0.9, None, 0.8],
        "is_landed": [True, False, True],
    }
)
HEAT = pd.DataFrame(
    {
        "drug": ["one", "two"],
        "reaction": ["nausea", "nausea"],
        "count": [12, 0],
        "count_text": ["12", "0"],
        "lower": [0.5, None],
        "lower_text": ["0.50", "–"],
        "is_flagged": [True, False],
    }
)
SCATTER = pd.DataFrame({"count": [1, 90], "ic": [0.3, 1.0], "is_flagged": [False, True]})
TRIALS = pd.DataFrame(
    {
        "kind": ["trial", "trial", "trial", "pooled", "prediction"],
        "label": ["one", "two", "three", "3 trials pooled", "The next trial"],
        "counts": ["4 / 40", "0 / 9", "5 / 9", "9 / 58", ""],
        "comparator_counts": ["2 / 40", "0 / 9", "0 / 9", "2 / 58", ""],
        "weight": [0.7, 0.15, 0.15, None, None],
        "weight_text": ["70.0 %", "15.0 %", "15.0 %", "", ""],
        "estimate": [2.0, None, None, 3.0, None],
        "lower": [0.5, None, 1.5, 1.2, 0.001],
        "upper": [8.0, None, math.inf, 7.5, 900.0],
        "text": ["2.00", "", "1.50 or more", "3.00", "<0.01 to 900"],
        "note": ["", "nobody affected", "", "", ""],
    }
)
DOTS = pd.DataFrame(
    {
        "label": ["nausea", "headache"],
        "per_cent": [12.0, 3.0],
        "comparator_per_cent": [4.0, 3.5],
        "estimate": [80.0, -5.0],
        "lower": [20.0, -30.0],
        "upper": [140.0, 20.0],
        "text": ["80 (20 to 140)", "-5 (-30 to 20)"],
    }
)
MAKERS = {
    "forest": lambda width: charts.draw_forest(FOREST, width, charts.Axis("ratio, log scale", is_log=True)),
    "differences": lambda width: charts.draw_forest(FOREST, width, charts.Axis("difference", is_log=False)),
    "over time": lambda width: charts.draw_over_time(TIME, width),
    "heat map": lambda width: charts.draw_heat_map(HEAT, width),
    "scatter": lambda width: charts.draw_scatter(SCATTER, width),
    "trial forest": lambda width: charts.draw_trial_forest(TRIALS, width, charts.Axis("risk ratio", is_log=True)),
    "dot plot": lambda width: charts.draw_dot_plot(DOTS, width),
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("width", [charts.WIDE, charts.NARROW, 1000])
def test_chart_follows_the_schema(name: str, width: int) -> None:
    """The site is built without Altair's own checks, which take half of its time."""
    specification = MAKERS[name](width)
    assert specification["config"]["font"] == "Inter"
    altair.Chart.from_dict(specification, validate=True)


@pytest.mark.parametrize("lower", [-12.0, -2.0, -1.3, -0.7, -0.01, 0.0, 0.2, 0.9, 1.4, 2.0, 7.0])
def test_text_of_a_cell_can_be_read_on_its_colour(lower: float) -> None:
    """WCAG 2.2 AA: 4.5 to 1."""
    colour = choose_colour(9, lower)
    assert measure_contrast(choose_ink(colour), colour) >= 4.5


def test_cell_without_a_case_has_no_colour() -> None:
    assert choose_colour(0, -10.0) == choose_colour(3, None) == "#ffffff"


def test_line_of_the_criterion_is_where_the_lower_bound_is_zero() -> None:
    """At each point of it, the expected count that gives this IC gives a lower bound of 0."""
    line = make_line(100)
    expected = (line["count"] + 0.5) / 2 ** line["ic"] - 0.5
    lower, _ = gamma_interval(line["count"].to_numpy(), expected.to_numpy())
    assert abs(lower).max() < 1e-9


def test_interval_beyond_the_axis_ends_in_an_arrow_and_a_quarter_not_received_has_a_cross() -> None:
    """Two intervals go beyond 1/32 and 64; without them there is no arrow."""
    forest = MAKERS["forest"](charts.WIDE)
    shapes = [layer["mark"].get("shape") for layer in forest["layer"]]
    assert {"triangle-left", "triangle-right"} <= set(shapes)
    drawn = charts.draw_svg(lambda: MAKERS["over time"](charts.WIDE), "label", "x")
    assert drawn.count(">×<") == 1


def test_trial_forest_says_who_was_not_affected_and_marks_what_is_cut_off() -> None:
    """One trial has nobody affected; one ratio has no upper end; the interval of prediction is beyond both ends."""
    drawn = charts.draw_svg(lambda: MAKERS["trial forest"](1000), "label", "x")
    assert drawn.count(">nobody affected<") == 2  # once as paper behind the words
    rows = pd.DataFrame(MAKERS["trial forest"](1000)["datasets"]["rows"])
    assert list(rows.loc[rows["is_cut_high"], "label"]) == ["three", "The next trial"]
    assert list(rows.loc[rows["is_cut_low"], "label"]) == ["The next trial"]
    corners = rows[rows["kind"] == "corner"]
    assert list(corners["point"]) == [1.2, 3.0, 7.5, 3.0]


def test_ids_of_two_pictures_differ() -> None:
    one, two = (charts.draw_svg(lambda: MAKERS["scatter"](600), "label", prefix) for prefix in ("one", "two"))
    assert 'id="one-' in one or "id=" not in one
    assert 'id="one-' not in two
