"""What was planted among the invented reports is what the tables of signals show.

The truths are stated by the author of the world (`planted_signals` of its expected results), not computed.
"""

from typing import Any

import duckdb
import pytest

from pipeline.sample.code_lists import MARK, REVIEWS
from tests.sample_database import SampleDatabase

Row = dict[str, Any]
CELL = "analysis = 'primary' and comparator = 'all_other_cases' and stratum = 'all' and definition = 'narrow'"


@pytest.fixture(scope="module")
def truths(sample_database: SampleDatabase) -> dict[str, Row]:
    return {truth["shows"]: truth for truth in sample_database.expected["planted_signals"]}


def read(connection: duckdb.DuckDBPyConnection, query: str, **given: Any) -> list[tuple[Any, ...]]:
    return connection.execute(query, given).fetchall() if given else connection.execute(query).fetchall()


def test_prior_is_fitted_and_every_cell_that_is_expected_is_shrunk_by_it(built: duckdb.DuckDBPyConnection) -> None:
    assert read(built, "select converged from summary.signal_prior") == [(True,)]
    query = f"select count(*), count(ebgm), min(prior_basis) from summary.signal where {CELL} and expected_count > 0"
    ((cells, shrunk, basis),) = read(built, query)
    assert cells == shrunk > 500
    assert basis == "own_pairs"


def test_reaction_is_raised_of_the_planted_route_and_no_other(
    built: duckdb.DuckDBPyConnection, truths: dict[str, Row]
) -> None:
    truth = truths["route_specific"]
    query = f"""
        select route, is_evans, is_eudravigilance, is_ic025, is_eb05_2 from summary.signal
        where {CELL} and drug = $drug and reaction = $reaction
    """
    rows = read(built, query, drug=truth["drug"], reaction=truth["reaction"])
    found = {route: flags for route, *flags in rows}
    assert all(found[route][2] for route in truth["raised"])
    assert found["intravenous"] == [True, True, True, True]
    assert not any(any(found[route]) for route in truth["not_raised"])
    contrast = """
        select lower > 1, product_contrast, neither_side_case_count > 0 from summary.route_contrast
        where evidence = 'reports' and stratum = 'all' and definition = 'narrow' and drug = $drug
            and reaction = $reaction
    """
    rows = read(built, contrast, drug=truth["drug"], reaction=truth["reaction"])
    assert rows == [(True, "same_drug", True)]


def test_masked_signal_appears_without_the_dominating_drug(
    built: duckdb.DuckDBPyConnection, truths: dict[str, Row]
) -> None:
    truth = truths["masked"]
    query = """
        select analysis, is_ic025, set_aside_text from summary.signal
        where analysis in ('primary', 'without_dominating_drug') and comparator = 'all_other_cases'
            and stratum = 'all' and definition = 'narrow' and route = 'any' and drug = $drug and reaction = $reaction
        order by analysis
    """
    assert read(built, query, drug=truth["drug"], reaction=truth["reaction"]) == [
        ("primary", False, None),
        ("without_dominating_drug", True, truth["dominated_by"]),
    ]


def test_planted_route_is_detected_as_quarters_arrive(
    built: duckdb.DuckDBPyConnection, truths: dict[str, Row]
) -> None:
    """Three quarters of the test were landed; nothing that was not planted is detected."""
    truth = truths["route_specific"]
    query = """
        select drug, reaction, route from summary.signal_sequential where is_detected group by all
    """
    detected = set(read(built, query))
    assert {(truth["drug"], truth["reaction"], route) for route in truth["detected"]} <= detected
    assert {(drug, reaction) for drug, reaction, _ in detected} == {(truth["drug"], truth["reaction"])}
    looks = "select distinct quarter, look_number, family_size, alpha from summary.signal_sequential order by quarter"
    assert read(built, looks) == [("2017Q2", 1, 90, 0.05), ("2019Q1", 2, 90, 0.05), ("2024Q1", 3, 90, 0.05)]


def test_quarters_that_were_never_landed_are_marked(built: duckdb.DuckDBPyConnection) -> None:
    """2017Q2 follows 2012Q4 in the history: between them lie 17 quarters that nobody landed."""
    query = """
        select distinct quarter, is_landed, not_landed_before_count from summary.signal_by_quarter
        where source = 'faers' and quarter in ('2012Q4', '2017Q2') order by quarter
    """
    assert read(built, query) == [("2012Q4", True, 1), ("2017Q2", True, 17)]


def test_reviewed_rows_are_marked_as_invented(built: duckdb.DuckDBPyConnection) -> None:
    query = """
        select distinct drug, reaction, review_decision, review_reason from summary.signal
        where review_decision is not null
    """
    rows = read(built, query)
    assert {row[:3] for row in rows} == {review[:3] for review in REVIEWS}
    assert all(reason.startswith(MARK) for *_, reason in rows)


def test_sides_of_trials_are_named(built: duckdb.DuckDBPyConnection) -> None:
    """Each row of trials names the products of every side that has a trial."""
    query = """
        select count(*) from summary.route_contrast where evidence = 'trials' and (
            (intravenous_trial_count > 0) <> (intravenous_products_text is not null)
            or (not_intravenous_trial_count > 0) <> (not_intravenous_products_text is not null)
            or (product_contrast is not null) <> (intravenous_trial_count > 0 and not_intravenous_trial_count > 0))
    """
    assert read(built, query) == [(0,)]
