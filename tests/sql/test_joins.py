"""How DuckDB joins what the models read: never each row of one large table with every row of another.

A join without an equality of columns, or an outer join with a condition on one side only, is done by comparing all
pairs. On a small world nothing shows; on the full history it never ends.
"""

import re
from collections.abc import Iterator

import duckdb
import pytest

from pipeline import models, parent_views, typed, warehouse
from pipeline.contract import load_contract
from pipeline.landing.receipts import current_receipts, read_receipts
from pipeline.resources import SQL
from pipeline.sources import load_sources
from tests.sample_database import SampleDatabase

PAIRWISE = re.compile(r"blockwise.nl.join|nested.loop.join", re.IGNORECASE)  # as DuckDB 1.x and 2.x write them
ALLOWED = {
    "intermediate.dose_field": "doses of the watched drugs as reported by twenty patterns of a code list",
    "intermediate.route_product": "drugs and routes by the fifty of a code list",
    "intermediate.analysis_count": "terms of a code list by two definitions",
    "intermediate.analysis_exposure": "exposures by seven named analyses",
    "events.new_case": "versions by the one row of the sequential plan",
    "verify.new_case_is_of_its_quarter": "versions by the one row of the sequential plan",
}


@pytest.fixture(scope="module")
def planner(sample_database: SampleDatabase) -> Iterator[duckdb.DuckDBPyConnection]:
    """A session over the sample's typed rows and built tables, in which a model can be planned."""
    settings = sample_database.settings
    with typed.open_session(settings, settings.memory_limit) as connection:
        typed.load_codes(connection, SQL)
        connection.execute("attach ':memory:' as typed")
        warehouse.view_typed(connection, settings, current_receipts(read_receipts(settings)), load_sources())
        connection.execute(f"attach {typed.quoted(sample_database.candidate)} as candidate (read_only)")
        connection.execute("use candidate")
        parent_views.view_parent(connection, load_contract(SQL), models.load_models(SQL), None)
        yield connection


def test_no_model_of_reports_compares_all_pairs_of_rows(planner: duckdb.DuckDBPyConnection) -> None:
    """Trials are few thousand; reports are millions. The first plan shows that such a join is recognised."""
    pairwise = "select * from range(9) as a (x) left join range(9) as b (y) on a.x = b.y or a.x > b.y + 1"
    assert PAIRWISE.search(planner.execute(f"explain {pairwise}").fetchall()[0][1])
    reports = {path.stem for path in SQL.glob("*/reports/**/*.sql")}
    found = {}
    for model in models.load_models(SQL):
        if isinstance(model, models.Model) and model.name in reports and model.layer != "codes":
            plan = planner.execute(f"explain {model.sql}").fetchall()[0][1]
            if PAIRWISE.search(plan):
                found[model.table] = plan
    assert set(found) <= set(ALLOWED), "\n".join(found[table] for table in set(found) - set(ALLOWED))
