"""What the pipeline counts in the invented world is what its author meant."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.sample_database import SampleDatabase

Row = dict[str, Any]


@pytest.fixture(scope="module")
def answer(sample_database: SampleDatabase) -> Any:
    return sample_database.answer


@pytest.fixture(scope="module")
def built(sample_database: SampleDatabase) -> Iterator[duckdb.DuckDBPyConnection]:
    """The candidate of a night over the whole world, opened as a reader would."""
    assert {outcome["status"] for outcome in sample_database.landed} == {"landed"}, sample_database.landed
    with duckdb.connect(str(sample_database.candidate), read_only=True) as connection:
        yield connection


def read(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def by_key(rows: list[Row], *key: str) -> dict[tuple[Any, ...], Row]:
    found = {tuple(row[name] for name in key): row for row in rows}
    assert len(found) == len(rows)
    return found


def differences(
    found: dict[tuple[Any, ...], Row], meant: dict[tuple[Any, ...], Row], *columns: str
) -> list[tuple[Any, ...]]:
    """Each cell that is not as meant: key, column, found, meant."""
    return [
        (*key, column, found.get(key, {}).get(column), row[column])
        for key, row in meant.items()
        for column in columns
        if found.get(key, {}).get(column) != row[column]
    ]


def test_every_line_meets_the_fate_it_was_written_for(built: duckdb.DuckDBPyConnection, answer: Any) -> None:
    query = """
        select delivery.period, counted.* from meta.delivery_table as counted
        join meta.delivery using (source, delivery_id) where source = 'faers'
    """
    found = by_key(read(built, query), "period", "table_name")
    names = ("physical", "header", "blank", "staged", "quarantined")
    for period, tables in answer["lines"].items():
        for table, counts in tables.items():
            row = found[period, table]
            assert {name: row[f"{name}_line_count"] for name in names} == {
                name: counts[f"{name}_lines"] for name in names
            }, (period, table)
            assert row["record_count"] == counts["records"], (period, table)


def test_the_cases_that_stand_are_those_meant(built: duckdb.DuckDBPyConnection, answer: Any) -> None:
    found = {row["case_id"] for row in read(built, "select case_id from events.case where source = 'faers'")}
    assert found == set(answer["current_cases"])


def test_the_cases_set_aside_are_those_told_again(built: duckdb.DuckDBPyConnection, answer: Any) -> None:
    found = sorted(row["case_id"] for row in read(built, "select case_id from events.duplicate"))
    assert found == answer["told_again"] != []


def test_versions_leave_for_the_reasons_meant(built: duckdb.DuckDBPyConnection, answer: Any) -> None:
    fates = {
        row["fate"]: row["n"]
        for row in read(built, "select fate, count(*) as n from clean.faers_version group by fate")
    }
    steps = answer["attrition"]
    assert fates["deleted"] == steps["withdrawn_version_count"]
    assert fates["superseded"] == steps["superseded_version_count"]
    assert sum(fates.values()) == steps["report_version_count"]


def test_the_tally_by_drug_and_route_is_the_known_one(built: duckdb.DuckDBPyConnection, answer: Any) -> None:
    """Every cell of every drug and route, with its serious and fatal cases and its denominators."""
    key = ("drug", "route", "reaction", "definition")
    found = by_key(read(built, "select * from summary.reported_by_drug_route where source = 'faers'"), *key)
    meant = by_key(answer["reported_by_drug_route"], *key)
    columns = (
        "case_count",
        "serious_case_count",
        "fatal_case_count",
        "case_count_deduplicated",
        "drug_route_case_count",
        "route_unknown_case_count",
    )
    assert differences(found, meant, *columns) == []
    assert {name[:2] for name in found} == {name[:2] for name in meant}


def test_the_tally_by_quarter_of_first_receipt_is_the_known_one(
    built: duckdb.DuckDBPyConnection, answer: Any
) -> None:
    key = ("drug", "reaction", "quarter")
    query = """
        select drug, reaction, quarter, case_count from summary.reported_by_drug_route_quarter
        where source = 'faers' and route = 'any' and definition = 'narrow' and case_count > 0
    """
    meant = by_key(answer["reported_by_drug_route_quarter"], *key)
    found = by_key(read(built, query), *key)
    assert found.keys() == meant.keys()
    assert differences(found, meant, "case_count") == []


def test_the_tally_by_patient_is_the_known_one(built: duckdb.DuckDBPyConnection, answer: Any) -> None:
    """Namibia is a country, not a missing value."""
    key = ("drug", "reaction", "age_band", "sex", "country", "expedited")
    query = f"""
        select {", ".join(key)}, sum(case_count) as case_count from summary.reported_by_patient
        where source = 'faers' and route = 'any' and definition = 'narrow' group by all
    """
    meant = by_key(answer["reported_by_patient"], *key)
    found = by_key(read(built, query), *key)
    assert found.keys() == meant.keys()
    assert "NA" in {name[4] for name in found}
    assert differences(found, meant, "case_count") == []


def test_people_affected_in_trials_are_those_meant(built: duckdb.DuckDBPyConnection, answer: Any) -> None:
    key = ("drug", "route", "population", "comparator", "reaction", "definition")
    found = by_key(read(built, "select * from summary.observed_by_drug_route"), *key)
    meant = by_key(answer["observed_by_drug_route"], *key)
    columns = [name for name in next(iter(meant.values())) if name not in key]
    assert differences(found, meant, *columns) == []


def test_every_trial_is_known_with_or_without_results(built: duckdb.DuckDBPyConnection, answer: Any) -> None:
    found = {
        row["trial_id"]: row["has_results"] for row in read(built, "select trial_id, has_results from clean.trial")
    }
    assert found == answer["trials"]


def test_the_map_of_evidence_is_the_known_one(built: duckdb.DuckDBPyConnection, answer: Any) -> None:
    """What each trial reported, sought in vain, never sought, or leaves unknown; all four occur."""
    key = ("trial_id", "domain")
    found = by_key(read(built, "select * from summary.evidence_gap"), *key)
    meant = by_key(answer["evidence_gap"], *key)
    assert found.keys() == meant.keys()
    assert differences(found, meant, "status", "drugs_text") == []
    assert {row["status"] for row in meant.values()} == {"reported", "sought_not_reported", "not_sought", "unknown"}


def test_pain_outcomes_stand_as_their_trials_posted_them(built: duckdb.DuckDBPyConnection, answer: Any) -> None:
    key = ("trial_id", "outcome_measure", "group_title")
    found = by_key(read(built, "select * from summary.pain_outcome_posted"), *key)
    meant = by_key(answer["pain_outcome_posted"], *key)
    assert found.keys() == meant.keys()
    assert differences(found, meant, "drugs_text", "value_text", "unit_text", "analysed_count") == []


def test_nothing_that_must_be_empty_has_rows(built: duckdb.DuckDBPyConnection) -> None:
    tables = read(built, "select table_name from information_schema.tables where table_schema = 'verify'")
    offenders = {
        row["table_name"]: read(built, f"select * from verify.{row['table_name']} limit 3") for row in tables
    }
    assert len(offenders) > 10
    assert {name: rows for name, rows in offenders.items() if rows} == {}
