"""The macros that return the case ids behind a published count, in a published file opened read-only."""

from pathlib import Path

import duckdb
import pytest

from tests.sql.reports.database import SQL, fetch, load_deliveries, load_report_models, select_models
from tests.sql.reports.summary.test_reported_by_drug_route import make_three_ketamine_cases


@pytest.fixture
def opened(database: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    text = (SQL / "macros.sql").read_text()
    statements = f"{text} summary.reported_by_drug_route"
    load_deliveries(database, [make_three_ketamine_cases()], ordered=select_models(statements, load_report_models()))
    macros = text.split(";")
    for macro in macros:
        if "events.observed" not in macro and "events.trial" not in macro:
            database.execute(macro)
    return database


@pytest.mark.parametrize(
    ("arguments", "cases"),
    [
        ("'ketamine', 'any', 'nausea', 'narrow'", ["1", "3"]),
        ("'ketamine', 'intravenous', 'nausea', 'narrow'", ["1"]),
        ("'ketamine', 'any', 'nausea', 'narrow', '2017Q1'", ["3"]),
        ("'ketamine', 'any', 'nausea', 'narrow', quarter := '2016Q1'", ["1"]),
        ("'ketamine', 'any', 'nausea', 'narrow', null", ["1", "3"]),
        ("'memantine', 'any', 'nausea', 'narrow'", []),
    ],
)
def test_macro_returns_the_cases_behind_a_count(
    opened: duckdb.DuckDBPyConnection, arguments: str, cases: list[str]
) -> None:
    """The arguments choose the cell; an argument of the same name as a column does not match everything."""
    assert [row[0] for row in fetch(opened, f"select case_id from cases_behind({arguments})")] == cases


def test_macro_returns_the_cases_behind_a_denominator(opened: duckdb.DuckDBPyConnection) -> None:
    """Cases of a drug by a route, whatever the reaction."""
    query = "select case_id from cases_exposed('ketamine', 'intravenous')"
    assert [row[0] for row in fetch(opened, query)] == ["1", "2"]


def test_macro_returns_as_many_cases_as_each_published_cell_counts(opened: duckdb.DuckDBPyConnection) -> None:
    """For each cell with cases, the macro returns as many cases as the cell counts."""
    cells = fetch(
        opened,
        "select drug, route, reaction, definition, case_count from summary.reported_by_drug_route "
        "where case_count > 0",
    )
    assert cells
    for drug, route, reaction, definition, count in cells:
        behind = f"select count(*) from cases_behind('{drug}', '{route}', '{reaction}', '{definition}')"
        assert fetch(opened, behind) == [(count,)]


def test_macros_are_stored_in_the_published_file(opened: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """A reader of the published file has the macros without loading anything."""
    target = tmp_path / "snapshot.duckdb"
    opened.execute(f"attach '{target}' as snapshot")
    for table in ("case", "reported", "exposed_case"):
        opened.execute("create schema if not exists snapshot.events")
        opened.execute(f"create table snapshot.events.{table} as select * from events.{table}")
    opened.execute("detach snapshot")
    with duckdb.connect(str(target)) as writer:
        for macro in (SQL / "macros.sql").read_text().split(";"):
            if "events.observed" not in macro and "events.trial" not in macro:
                writer.execute(macro)
    with duckdb.connect(str(target), read_only=True) as reader:
        assert len(fetch(reader, "select * from cases_behind('ketamine', 'any', 'nausea', 'narrow')")) == 2
