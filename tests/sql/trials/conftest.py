"""One session for many small registers: opening DuckDB and the code lists costs more than building a register."""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from tests.sql.trials.study_records import Edit, Study, open_register, open_session


@pytest.fixture(scope="module")
def session() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = open_session()
    yield connection
    connection.close()


@pytest.fixture
def register(session: duckdb.DuckDBPyConnection) -> Callable[..., duckdb.DuckDBPyConnection]:
    """Run the models of trials over some studies."""

    def run(
        *studies: Study, edit: Edit = lambda model: model, sheets: Any = (), **_: Any
    ) -> duckdb.DuckDBPyConnection:
        return open_register(studies, edit, sheets=sheets, connection=session)

    return run
