"""Rows as an Arrow table, in the types that DuckDB gives its own."""

from collections.abc import Sequence
from typing import Any

import duckdb

from pipeline.exports.origin import Column

HUGE = "HUGEINT"  # of every sum, and unknown to Arrow
BITS = 63


def build_arrays(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> list[Any]:
    """One Arrow array for each column. A sum is a whole number of 64 bits where all fit, else an exact decimal."""
    import pyarrow

    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    kinds = find_arrow_types([column.type for column in columns])
    arrays = []
    for column, kind, each in zip(columns, kinds, values, strict=True):
        if column.type == HUGE:
            fits = all(value is None or abs(value) < 1 << BITS for value in each)
            kind = pyarrow.int64() if fits else pyarrow.decimal128(38, 0)  # noqa: PLW2901
        arrays.append(pyarrow.array(each, type=kind, from_pandas=False))
    return arrays


def find_arrow_types(kinds: Sequence[str]) -> list[Any]:
    """Arrow's type for each of DuckDB's, as DuckDB itself exports it. kinds: as DuckDB names them."""
    if not kinds:
        return []
    nulls = ", ".join(f"null::{kind} as c{place}" for place, kind in enumerate(kinds))
    with duckdb.connect() as connection:
        return [field.type for field in connection.execute(f"select {nulls}").to_arrow_table().schema]
