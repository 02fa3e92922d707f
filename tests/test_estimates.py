"""A table made in Python is built like any other; absent values become null and infinite ones are refused."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from pipeline import estimates, models, warehouse

PARTS = [
    pa.table({"drug": ["ketamine"], "case_count": pa.array([3], pa.int64()), "ebgm": pa.array([None], pa.float64())}),
    pa.table({"drug": ["memantine"], "case_count": pa.array([1], pa.int64()), "ebgm": pa.array([2.5], pa.float64())}),
]


def make_estimate(monkeypatch: pytest.MonkeyPatch, *parts: pa.Table) -> models.Estimate:
    """An estimate that yields these parts."""
    module = ModuleType("pipeline.estimates.invented")

    def estimate(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
        yield from parts

    module.__dict__["estimate"] = estimate
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return models.Estimate("invented")


def test_parts_of_an_estimate_become_one_typed_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema summary")
        warehouse.run_models(connection, [make_estimate(monkeypatch, *PARTS)], scratch=tmp_path)
        rows = connection.execute("select * from summary.invented order by drug").fetchall()
        kinds = [row[1] for row in connection.execute("describe summary.invented").fetchall()]
    assert rows == [("ketamine", 3, None), ("memantine", 1, 2.5)]
    assert kinds == ["VARCHAR", "BIGINT", "DOUBLE"]
    assert not list(tmp_path.iterdir()), "the temporary file is removed"


def test_estimate_without_a_part_names_its_table_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with duckdb.connect() as connection, pytest.raises(ValueError, match="yielded no table") as failure:
        warehouse.run_models(connection, [make_estimate(monkeypatch)])
    assert "summary.invented" in failure.value.__notes__[0]


def test_absent_value_is_null_and_infinity_is_refused() -> None:
    assert estimates.null_where_absent([1.5, np.nan]).to_pylist() == [1.5, None]
    with pytest.raises(ValueError, match="infinite"):
        estimates.null_where_absent([np.inf])


def test_rows_are_read_in_the_order_of_the_query() -> None:
    """As the nightly run reads them: two threads, rows of a table in no order."""
    with duckdb.connect(config={"threads": 2, "preserve_insertion_order": False}) as connection:
        connection.execute("create table shuffled as select (7919 * range) % 300007 as place from range(300007)")
        for _ in range(5):
            places = estimates.read_table(connection, "select place from shuffled order by place")["place"]
            assert places.to_numpy().tolist() == list(range(300007))
        assert connection.execute("select current_setting('preserve_insertion_order')").fetchone() == (False,)
        assert estimates.read_table(connection, "select $one + 1 as two", {"one": 1})["two"].to_pylist() == [2]
