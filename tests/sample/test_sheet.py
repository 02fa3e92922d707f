"""The invented extraction sheet in the built sample world: counts computed by hand from its table of studies."""

import duckdb
import pytest

from pipeline.sample.sheet import COLUMNS
from pipeline.sources.studies.layout import SHEET_COLUMN_NAMES


def test_sheet_has_the_columns_of_the_template() -> None:
    assert COLUMNS == SHEET_COLUMN_NAMES


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("oral", (2, 9, 54, 2, 54)),  # studies A and B: 5 + 4 of 24 + 30, and 2 + 0 of 24 + 30
        ("any", (3, 11, 72, 3, 72)),  # and C, whose route was not verified: 2 of 18, and 1 of 18
    ],
)
def test_verified_studies_are_in_the_cell_of_their_route(
    route: str, expected: tuple[int, ...], built: duckdb.DuckDBPyConnection
) -> None:
    found = built.execute(
        "select trial_count, participants_affected_lower, participants_at_risk, "
        "comparator_participants_affected_lower, comparator_participants_at_risk from summary.observed_by_drug_route "
        "where drug = 'dextromethorphan' and route = ? and reaction = 'nausea' and definition = 'narrow' "
        "and population = 'chronic_pain' and comparator = 'placebo'",
        [route],
    ).fetchall()
    assert found == [expected]


def test_trial_of_the_registry_that_the_sheet_repeats_counts_once_and_is_queued(
    built: duckdb.DuckDBPyConnection,
) -> None:
    """The registry has nausea 8/64 and 3/64 and, without a threshold, no headache; the sheet 9/64, 3/64, and nine."""
    counted = built.execute(
        "select register, participants_affected from events.trial_comparison where trial_id = 'NCT99000014' "
        "and drug = 'amantadine' and route = 'oral' and reaction = 'nausea' and definition = 'narrow' "
        "and bound = 'lower' and is_in_all"
    ).fetchall()
    assert counted == [("clinicaltrials", 8)]
    queue = built.execute(
        "select resembles, case_count from meta.review_queue where source = 'studies' order by case_count desc"
    ).fetchall()
    assert queue == [("amantadine", 12), ("amantadine", 9)]


def test_rows_of_the_sheet_are_accounted_for(built: duckdb.DuckDBPyConnection) -> None:
    """11 outcomes, two rows each; study B does not report one of them, so two rows leave there."""
    steps = built.execute(
        "select step, rows_in, rows_left, rows_out from summary.attrition "
        "where source = 'studies' and step_number > 5 order by step_number"
    ).fetchall()
    assert steps == [
        ("records", 22, 0, 22),
        ("rows of studies", 22, 2, 20),
        ("rows with a count", 20, 0, 20),
        ("rows with an outcome", 20, 0, 20),
        ("outcomes of arms", 20, 0, 20),
    ]
