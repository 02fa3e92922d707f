"""The queries of the README run as written on the sample world, which is what a newcomer asks first."""

import re
from collections.abc import Iterator

import duckdb
import pytest

from pipeline.resources import ROOT as PROJECT
from tests.sample_database import SampleDatabase

QUERIES = re.findall(r'(?m)^    \.venv/bin/nightvigil sql "(.*)"$', (PROJECT / "README.md").read_text())


@pytest.fixture(scope="module")
def built(sample_database: SampleDatabase) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(sample_database.candidate), read_only=True) as connection:
        yield connection


def test_readme_holds_queries() -> None:
    assert len(QUERIES) >= 5


@pytest.mark.parametrize("query", QUERIES)
def test_query_of_the_readme_returns_rows(built: duckdb.DuckDBPyConnection, query: str) -> None:
    assert built.execute(query).fetchall()
