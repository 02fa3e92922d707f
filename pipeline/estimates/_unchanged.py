"""Cells of trials that are what they were in the live snapshot: their rows are read there, and not estimated again.

Pooling six hundred trials takes a quarter of an hour, and a night brings a few. A cell here is a question (KEY) at
one bound. It is unchanged where `events.trial_comparison` holds the same rows of it in both databases. Only for a
live snapshot of the same code and code lists (`taken_over`).
"""

from collections.abc import Iterable, Iterator, Mapping

import duckdb
import pyarrow as pa

from pipeline.estimates._comparisons import KEY

CELL = (*KEY, "bound")
NAMES = ", ".join(CELL)
CHANGED = f"({NAMES}) in (select ({NAMES}) from changed_cell)"  # noqa: S608 - our own names
"""A condition on the columns CELL, once `mark_changed` has run."""
MARKS = """
    create or replace temp table changed_cell as
    with now as (from events.trial_comparison),

    before as (from {earlier}.events.trial_comparison),

    moved as (
        (from now except from before) union all (from before except from now)
    )

    select distinct {names} from moved
"""
ROWS_AT_A_TIME = 50_000


def mark_changed(connection: duckdb.DuckDBPyConnection, earlier: str) -> None:
    """Fill the temporary table `changed_cell`: the cells that differ, came or went. earlier: the catalog of the live
    snapshot."""
    connection.execute(MARKS.format(earlier=earlier, names=NAMES))


def read_unchanged(
    connection: duckdb.DuckDBPyConnection,
    earlier: str,
    table: str,
    columns: Mapping[str, pa.DataType],
    *,
    key: Iterable[str] = CELL,
    changed: str = "from changed_cell",
) -> Iterator[pa.Table]:
    """The live snapshot's rows of a table, but those of changed cells, in parts.

    key: the columns of CELL that the table has. changed: a SELECT of the changed cells with these columns.
    """
    reader = connection.execute(
        f"select {', '.join(columns)} from {earlier}.{table} "  # noqa: S608 - our own names
        f"anti join ({changed}) as changed using ({', '.join(key)})"
    ).to_arrow_reader(ROWS_AT_A_TIME)
    schema = pa.schema(list(columns.items()))
    for batch in reader:
        yield pa.Table.from_batches([batch]).cast(schema)
