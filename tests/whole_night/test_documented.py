"""The published file states the meaning of every table and column, without this repository."""

import csv
from pathlib import Path

import duckdb
import pytest

from pipeline import warehouse
from pipeline.contract import load_contract
from pipeline.settings import Settings
from pipeline.sources import load_sources

pytestmark = pytest.mark.slow

SQL = Path(__file__).resolve().parents[2] / "sql"


@pytest.fixture
def empty_night(settings: Settings) -> Path:
    """A candidate built when nothing was ever received."""
    snapshot = {"run_id": "r1", "started_at": "2026-01-01T00:00:00Z"}
    return warehouse.build(settings, [], snapshot, settings.home / "candidate.duckdb", sources=load_sources())


def test_every_table_and_column_has_a_meaning(empty_night: Path) -> None:
    with duckdb.connect(str(empty_night), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where comment is null "
            "union all select view_name from duckdb_views() where schema_name = 'answer' and comment is null"
        ).fetchall()
        columns = connection.execute(
            "select distinct column_name from duckdb_columns() where not internal and comment is null order by 1"
        ).fetchall()
        macros = connection.execute(
            "select function_name from duckdb_functions() "
            "where not internal and schema_name = 'main' and comment is null"
        ).fetchall()
        missing = connection.execute("from meta.column where meaning is null").fetchall()
    assert tables == columns == macros == missing == []


def test_the_file_holds_the_contract(empty_night: Path) -> None:
    """`meta.column` lists every column as it was built, and `meta.vocabulary` every word that a column refers to."""
    with duckdb.connect(str(empty_night), read_only=True) as connection:
        listed = connection.execute("select table_name, column_name, column_type from meta.column").fetchall()
        built = connection.execute(
            "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() where not internal"
        ).fetchall()
        vocabularies = connection.execute(
            "select distinct regexp_extract(unnest(string_split(replace(vocabulary, ' warning', ''), ' or ')), "
            "'^[a-z_.]+') from meta.column where vocabulary <> 'count'"
        ).fetchall()
        known = connection.execute("select distinct vocabulary from meta.vocabulary").fetchall()
        lists = connection.execute(
            "select 'codes.' || table_name || '.' || column_name from duckdb_columns() where schema_name = 'codes'"
        ).fetchall()
    assert sorted(listed) == sorted(built)
    assert set(vocabularies) <= set(known) | set(lists)


def test_columns_are_promised_in_the_order_in_which_they_are_built(empty_night: Path) -> None:
    contract = load_contract(SQL)
    with duckdb.connect(str(empty_night), read_only=True) as connection:
        built = connection.execute(
            "select schema_name || '.' || table_name, list(column_name order by column_index) from duckdb_columns() "
            "where schema_name <> 'codes' and not internal group by all"
        ).fetchall()
    promised = contract.columns | contract.views
    assert dict(built) == {table: [column.name for column in columns] for table, columns in promised.items()}


def test_views_have_the_types_that_the_contract_states(empty_night: Path) -> None:
    """Views are not judged, so nothing else compares their types with what readers are promised."""
    contract = load_contract(SQL)
    with duckdb.connect(str(empty_night), read_only=True) as connection:
        built = connection.execute(
            "select 'answer.' || table_name, column_name, data_type from duckdb_columns() "
            "where schema_name = 'answer'"
        ).fetchall()
    promised = [(view, column.name, column.type) for view, listed in contract.views.items() for column in listed]
    assert sorted(built) == sorted(promised)


def test_every_documented_column_exists(empty_night: Path) -> None:
    """A renamed column leaves no explanation behind."""
    with duckdb.connect(str(empty_night), read_only=True) as connection:
        found = connection.execute(
            "select schema_name || '.' || table_name, column_name from duckdb_columns()"
        ).fetchall()
    names = {column for _, column in found}
    with (SQL / "columns.csv").open(newline="", encoding="utf-8") as file:
        rows = [(row["table_name"], row["column_name"]) for row in csv.DictReader(file)]
    assert [row for row in rows if row[0] and row not in found] == []
    assert [row for row in rows if not row[0] and row[1] not in names] == []
    assert len(rows) == len(set(rows))
