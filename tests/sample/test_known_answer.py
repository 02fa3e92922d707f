"""The results of the pipeline on the sample world are those its author intended."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.sample_database import SampleDatabase

Row = dict[str, Any]


@pytest.fixture(scope="module")
def expected(sample_database: SampleDatabase) -> Any:
    return sample_database.expected


@pytest.fixture(scope="module")
def built(sample_database: SampleDatabase) -> Iterator[duckdb.DuckDBPyConnection]:
    """The candidate of a run over the whole world, opened read-only."""
    assert {outcome["status"] for outcome in sample_database.landed} == {"landed"}, sample_database.landed
    with duckdb.connect(str(sample_database.candidate), read_only=True) as connection:
        yield connection


def read(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def index_by_key(rows: list[Row], *key: str) -> dict[tuple[Any, ...], Row]:
    found = {tuple(row[name] for name in key): row for row in rows}
    assert len(found) == len(rows)
    return found


def find_differences(
    found: dict[tuple[Any, ...], Row], meant: dict[tuple[Any, ...], Row], *columns: str
) -> list[tuple[Any, ...]]:
    """Each cell that is not as intended: key, column, found, intended."""
    return [
        (*key, column, found.get(key, {}).get(column), row[column])
        for key, row in meant.items()
        for column in columns
        if found.get(key, {}).get(column) != row[column]
    ]


def test_every_line_has_its_intended_disposition(built: duckdb.DuckDBPyConnection, expected: Any) -> None:
    query = """
        select delivery.period, counted.* from meta.delivery_table as counted
        join meta.delivery using (source, delivery_id) where source = 'faers'
    """
    found = index_by_key(read(built, query), "period", "table_name")
    names = ("physical", "header", "blank", "staged", "quarantined")
    for period, tables in expected["lines"].items():
        for table, counts in tables.items():
            row = found[period, table]
            assert {name: row[f"{name}_line_count"] for name in names} == {
                name: counts[f"{name}_lines"] for name in names
            }, (period, table)
            assert row["record_count"] == counts["records"], (period, table)


def test_current_cases_are_the_intended_ones(built: duckdb.DuckDBPyConnection, expected: Any) -> None:
    found = {row["case_id"] for row in read(built, "select case_id from events.case where source = 'faers'")}
    assert found == set(expected["current_cases"])


def test_cases_set_aside_are_the_intended_duplicates(built: duckdb.DuckDBPyConnection, expected: Any) -> None:
    found = sorted(row["case_id"] for row in read(built, "select case_id from events.duplicate"))
    assert found == expected["told_again"] != []


def test_versions_are_removed_for_the_intended_reasons(built: duckdb.DuckDBPyConnection, expected: Any) -> None:
    dispositions = {
        row["disposition"]: row["n"]
        for row in read(built, "select disposition, count(*) as n from clean.faers_version group by disposition")
    }
    steps = expected["attrition"]
    assert dispositions["deleted"] == steps["withdrawn_version_count"]
    assert dispositions["superseded"] == steps["superseded_version_count"]
    assert sum(dispositions.values()) == steps["report_version_count"]


def test_counts_by_drug_and_route_are_the_intended_ones(built: duckdb.DuckDBPyConnection, expected: Any) -> None:
    """Every cell of every drug and route, with its serious and fatal cases and its denominators."""
    key = ("drug", "route", "reaction", "definition")
    found = index_by_key(read(built, "select * from summary.reported_by_drug_route where source = 'faers'"), *key)
    meant = index_by_key(expected["reported_by_drug_route"], *key)
    columns = (
        "case_count",
        "serious_case_count",
        "fatal_case_count",
        "case_count_deduplicated",
        "drug_route_case_count",
        "route_unknown_case_count",
    )
    assert find_differences(found, meant, *columns) == []
    assert {name[:2] for name in found} == {name[:2] for name in meant}


def test_counts_by_quarter_of_first_receipt_are_the_intended_ones(
    built: duckdb.DuckDBPyConnection, expected: Any
) -> None:
    key = ("drug", "reaction", "quarter")
    query = """
        select drug, reaction, quarter, case_count from summary.reported_by_drug_route_quarter
        where source = 'faers' and route = 'any' and definition = 'narrow' and case_count > 0
    """
    meant = index_by_key(expected["reported_by_drug_route_quarter"], *key)
    found = index_by_key(read(built, query), *key)
    assert found.keys() == meant.keys()
    assert find_differences(found, meant, "case_count") == []


def test_counts_by_patient_are_the_intended_ones(built: duckdb.DuckDBPyConnection, expected: Any) -> None:
    """Namibia is a country, not a missing value."""
    key = ("drug", "reaction", "age_band", "sex", "country", "expedited")
    query = f"""
        select {", ".join(key)}, sum(case_count) as case_count from summary.reported_by_patient
        where source = 'faers' and route = 'any' and definition = 'narrow' group by all
    """
    meant = index_by_key(expected["reported_by_patient"], *key)
    found = index_by_key(read(built, query), *key)
    assert found.keys() == meant.keys()
    assert "NA" in {name[4] for name in found}
    assert find_differences(found, meant, "case_count") == []


def test_participants_affected_in_trials_are_the_intended_ones(
    built: duckdb.DuckDBPyConnection, expected: Any
) -> None:
    key = ("drug", "route", "population", "comparator", "reaction", "definition")
    found = index_by_key(read(built, "select * from summary.observed_by_drug_route"), *key)
    meant = index_by_key(expected["observed_by_drug_route"], *key)
    columns = [name for name in next(iter(meant.values())) if name not in key]
    assert find_differences(found, meant, *columns) == []


def test_every_trial_is_listed_with_or_without_results(built: duckdb.DuckDBPyConnection, expected: Any) -> None:
    found = {
        row["trial_id"]: row["has_results"] for row in read(built, "select trial_id, has_results from clean.trial")
    }
    assert found == expected["trials"]


def test_withdrawals_are_unknown_where_the_flow_names_no_arm(built: duckdb.DuckDBPyConnection) -> None:
    """Trial 13 posted no flow of participants, and that of trial 14 speaks of groups 1 and 2."""
    query = """
        select distinct trial_id from events.observed where reaction = 'withdrawal_for_adverse_event' intersect
        select * from (values ('NCT99000012'), ('NCT99000013'), ('NCT99000014'))
    """
    assert read(built, query) == [{"trial_id": "NCT99000012"}]


def test_trials_that_asked_for_every_event_are_the_intended_ones(built: duckdb.DuckDBPyConnection) -> None:
    """Trials 8, 16 and 20 recorded what was mentioned, 11 asked for some events, 13 does not say."""
    query = "select distinct trial_id from events.trial_comparison where not is_systematically_assessed order by 1"
    assert [row["trial_id"][-2:] for row in read(built, query)] == ["08", "11", "13", "16", "20"]


def test_evidence_gap_is_the_intended_one(built: duckdb.DuckDBPyConnection, expected: Any) -> None:
    """What each trial reported, sought in vain, never sought, did not ask about, or leaves unknown; all occur."""
    key = ("trial_id", "domain")
    found = index_by_key(read(built, "select * from summary.evidence_gap"), *key)
    meant = index_by_key(expected["evidence_gap"], *key)
    assert found.keys() == meant.keys()
    assert find_differences(found, meant, "status", "drugs_text") == []
    assert {row["status"] for row in meant.values()} == {
        "reported",
        "zero_not_solicited",
        "sought_not_reported",
        "not_sought",
        "unknown",
    }


def test_pain_outcomes_are_published_as_posted(built: duckdb.DuckDBPyConnection, expected: Any) -> None:
    key = ("trial_id", "outcome_measure", "group_title")
    found = index_by_key(read(built, "select * from summary.pain_outcome_posted"), *key)
    meant = index_by_key(expected["pain_outcome_posted"], *key)
    assert found.keys() == meant.keys()
    assert find_differences(found, meant, "drugs_text", "value_text", "unit_text", "analysed_count") == []


def test_every_verify_query_is_empty(built: duckdb.DuckDBPyConnection) -> None:
    tables = read(built, "select table_name from information_schema.tables where table_schema = 'verify'")
    offenders = {
        row["table_name"]: read(built, f"select * from verify.{row['table_name']} limit 3") for row in tables
    }
    assert len(offenders) > 10
    assert {name: rows for name, rows in offenders.items() if rows} == {}
