"""Tables that SQL cannot express: each module here makes `summary.<its name>`, in its place in `sql/order.txt`.

SQL counts, Python estimates. A module's docstring is the header of its table (its meaning, `grain`, `key`, `not`),
and

    estimate(connection) -> Iterator[pa.Table]

reads integer counts that a model above it made, asks `pipeline.statistics`, and yields Arrow tables of one schema: at
least one, without rows where nothing is estimated. Only a part is in memory at a time: a large table is read and
yielded in parts, in an order that repeats. `read_table` reads a part whole before the next statement, and
`make_table` or `null_where_absent` turns what statistics could not estimate into nulls.

A module whose estimates take long may also have

    estimate_changed(connection, earlier) -> Iterator[pa.Table]

which yields the same rows, and reads those that nothing has changed from the live snapshot, attached as the catalog
`earlier` and built by the same code (`_unchanged`).
"""

import importlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.processes import map_parts
from pipeline.quoting import quoted


def create_table(
    connection: duckdb.DuckDBPyConnection, name: str, scratch: Path | None = None, earlier: str | None = None
) -> None:
    """Create `summary.<name>` from what the module of that name estimates.

    The rows travel as a Parquet file in `scratch` (else where temporary files go), which every version of DuckDB
    reads right, and which need not fit in memory. earlier: the catalog of a live snapshot of the same code, whose
    rows may be kept. Raises ValueError when the module yields no table at all, or tables of two schemas.
    """
    module = importlib.import_module(f"pipeline.estimates.{name}")
    parts: Iterator[pa.Table]
    if earlier is not None and hasattr(module, "estimate_changed"):
        parts = module.estimate_changed(connection, earlier)
    else:
        parts = module.estimate(connection)
    with tempfile.TemporaryDirectory(prefix="nightvigil-estimate-", dir=scratch) as folder:
        path = Path(folder) / f"{name}.parquet"
        _write(parts, path, name)
        # a name from our own list, a path of our own making
        connection.execute(f"create table summary.{name} as select * from read_parquet({quoted(path)})")  # noqa: S608


def _write(parts: Iterator[pa.Table], path: Path, name: str) -> None:
    first = next(parts, None)
    if first is None:
        raise ValueError(
            f"pipeline/estimates/{name}.py yielded no table; yield one without rows where nothing is known"
        )
    texts = [each.name for each in first.schema if pa.types.is_dictionary(each.type) or pa.types.is_string(each.type)]
    # Estimates hardly repeat or compress, and the file is read once: compression would cost time only.
    with pq.ParquetWriter(
        path, first.schema, compression="none", use_dictionary=texts, write_statistics=False
    ) as writer:
        writer.write_table(first)
        for part in parts:
            writer.write_table(part)


def read_table(
    connection: duckdb.DuckDBPyConnection, query: str, given: Mapping[str, Any] | Sequence[Any] | None = None
) -> pa.Table:
    """The rows of one of our own queries, in the order that it states.

    DuckDB 2.0.0 loses `order by` here while `preserve_insertion_order` is off, as it is in a build. The result is
    streamed: `connection.sql` would hold it within the limit of memory first.
    """
    (is_kept,) = connection.execute("select current_setting('preserve_insertion_order')").fetchone() or (True,)
    connection.execute("set preserve_insertion_order = true")
    try:
        return connection.execute(query, given).to_arrow_table()
    finally:
        connection.execute(f"set preserve_insertion_order = {bool(is_kept)}")


def estimate_parts(
    connection: duckdb.DuckDBPyConnection, function: Callable[..., pa.Table], parts: Iterable[Any], *shared: Any
) -> Iterator[pa.Table]:
    """The table that `function(part, *shared)` makes of each part, in order; processes share many parts.

    function: of a module, and without the connection. There are as many processes as the session has threads.
    """
    return map_parts(function, parts, *shared, processes=count_threads(connection))


def count_threads(connection: duckdb.DuckDBPyConnection) -> int:
    """How many processors this session may use."""
    ((count,),) = connection.execute("select current_setting('threads')").fetchall()
    return int(count)


def make_table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, pa.DataType]) -> pa.Table:
    """Rows as a table of these columns in their order; None and NaN are null in doubles."""
    return pa.table(
        {
            name: null_where_absent([row[name] for row in rows])
            if kind == pa.float64()
            else pa.array([row[name] for row in rows], kind)
            for name, kind in columns.items()
        }
    )


def null_where_absent(values: Any) -> pa.Array:
    """Numbers as doubles in which NaN and None are null. An infinity raises ValueError: it is no estimate."""
    numbers = np.asarray(values, dtype=np.float64)
    if np.isinf(numbers).any():
        raise ValueError("an estimate is infinite; make it absent, and give its reason")
    return pa.array(numbers, from_pandas=True)
