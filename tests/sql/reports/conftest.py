"""One database in memory for every test of reports; each test loads its own deliveries."""

from collections.abc import Callable

import duckdb
import pytest

from tests.sql.reports.database import (
    Delivery,
    fetch,
    load_deliveries,
    load_report_models,
    load_typed_report_models,
    open_database,
    read_source_text,
    select_models,
)
from tests.sql.reports.text_tables import format_table

Ask = Callable[..., str]


@pytest.fixture(scope="session")
def database() -> duckdb.DuckDBPyConnection:
    return open_database()


@pytest.fixture
def ask(database: duckdb.DuckDBPyConnection) -> Ask:
    """`ask(query, deliveries...)`: build the tables that the query needs from the deliveries; return its rows as
    text."""

    def answer(query: str, *deliveries: Delivery) -> str:
        ordered = select_models(query, load_report_models())
        statements = "\n".join([query, *map(read_source_text, ordered)])
        load_deliveries(
            database, deliveries, ordered=ordered, typed_models=select_models(statements, load_typed_report_models())
        )
        return format_table(fetch(database, query))

    return answer
