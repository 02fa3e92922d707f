"""One small house for all drawn tables; each test tells it a world of its own."""

from collections.abc import Callable

import duckdb
import pytest

from tests.sql.reports.drawing import table
from tests.sql.reports.house import (
    Delivery,
    fetch,
    models_for,
    open_house,
    report_models,
    tell,
    text_of,
    typed_report_models,
)

Ask = Callable[..., str]


@pytest.fixture(scope="session")
def house() -> duckdb.DuckDBPyConnection:
    return open_house()


@pytest.fixture
def ask(house: duckdb.DuckDBPyConnection) -> Ask:
    """`ask(query, deliveries...)`: build the tables that the query needs of these deliveries and draw the answer."""

    def answer(query: str, *deliveries: Delivery) -> str:
        ordered = models_for(query, report_models())
        read = "\n".join([query, *map(text_of, ordered)])
        tell(house, deliveries, ordered=ordered, typed_models=models_for(read, typed_report_models()))
        return table(fetch(house, query))

    return answer
