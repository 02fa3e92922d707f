"""How much differs between two snapshots: totals by table and, for the watched drugs, by what changed and why."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from pipeline.command_line.comparison import WHOLE_ROW, Shape, list_summaries
from pipeline.command_line.output import Result
from pipeline.publishing.candidates import open_side_by_side
from pipeline.publishing.differences import NOT_COMPARED
from pipeline.publishing.logical_hash import quote
from pipeline.settings import Settings

COLUMNS = ("table_name", "column_name", "reason", "gained", "lost", "moved")
TYPES = ("VARCHAR", "VARCHAR", "VARCHAR", "BIGINT", "BIGINT", "BIGINT")
Hashes = Mapping[str, str]  # logical hash by `schema.table`
Line = tuple[str, str, str, int, int, int]


def summarise(
    settings: Settings, a: Path, b: Path, *, hashes_a: Hashes | None = None, hashes_b: Hashes | None = None
) -> Result:
    """Count what differs from database a to database b, in schema `summary`.

    A line with column_name "(row)" counts rows of a table: gained (b alone has the row), lost, and moved (another
    value in a column that both have); "(table)" or "NAME (column)" a table or column that one side lacks. Where a is
    the snapshot that b replaced, or is built on, further lines count the changed things of the watched drugs by
    reason, as `summary.change` of b states them. hashes_a, hashes_b: logical hashes as the manifests have them; a
    table whose hashes are equal is not read.
    """
    known_a, known_b = hashes_a or {}, hashes_b or {}
    with open_side_by_side(settings, a=a, b=b) as connection:
        found_a, found_b = list_summaries(connection, "a"), list_summaries(connection, "b")
        lines: list[Line] = []
        for table in sorted((found_a.keys() | found_b.keys()) - NOT_COMPARED):
            name = f"summary.{quote(table)}"
            if known_a.get(name, "") != known_b.get(name, "another") or found_a.get(table) != found_b.get(table):
                lines += _count_rows(connection, table, found_a.get(table), found_b.get(table))
        lines += _count_reasons(connection)
    return Result(COLUMNS, lines, TYPES)


def states_reasons(settings: Settings, a: Path, b: Path) -> bool:
    """Whether b states why its numbers are not those of a: it does where a is the snapshot that it replaced."""
    with open_side_by_side(settings, a=a, b=b) as connection:
        return _is_parent(connection)


def _count_rows(connection: duckdb.DuckDBPyConnection, table: str, a: Shape | None, b: Shape | None) -> list[Line]:
    if a is None or b is None:
        return [(table, "(table)", "", int(a is None), int(b is None), 0)]
    lines = [
        (table, f"{column} (column)", "", int(column not in a[1]), int(column not in b[1]), 0)
        for column in dict.fromkeys([*a[1], *b[1]])
        if (column in a[1]) != (column in b[1])
    ]
    common = [column for column in a[1] if column in b[1]]
    keys = [key for key in b[0] if key in common] or common
    same = " and ".join(f"a.{quote(key)} is not distinct from b.{quote(key)}" for key in keys)
    other = [f"a.{quote(column)} is distinct from b.{quote(column)}" for column in common if column not in keys]
    counts = connection.execute(
        "select count(*) filter (where a.is_there is null), count(*) filter (where b.is_there is null), "  # noqa: S608 - names of our own catalog
        f"count(*) filter (where a.is_there and b.is_there and ({' or '.join(other) or 'false'})) "
        f"from (select *, true as is_there from a.summary.{quote(table)}) as a "
        f"full join (select *, true as is_there from b.summary.{quote(table)}) as b on {same}"
    ).fetchall()[0]
    return [*([(table, WHOLE_ROW, "", *counts)] if any(counts) else []), *lines]


def _count_reasons(connection: duckdb.DuckDBPyConnection) -> list[Line]:
    if not _is_parent(connection):
        return []
    return connection.execute(
        "select split_part(table_name, '.', 2), column_name, reason, count(*) filter (where change = 'gained'), "
        "count(*) filter (where change = 'lost'), count(*) filter (where change = 'moved') "
        "from b.summary.change group by all order by all"
    ).fetchall()


def _is_parent(connection: duckdb.DuckDBPyConnection) -> bool:
    there = connection.execute(
        "select count(*) from duckdb_tables() where (database_name = 'b' and schema_name || '.' || table_name in "
        "('summary.change', 'meta.snapshot')) or (database_name = 'a' and schema_name || '.' || table_name = "
        "'meta.snapshot')"
    ).fetchall()[0][0]
    if there < 3:
        return False
    rows = connection.execute(
        "select 1 from b.meta.snapshot as later join a.meta.snapshot as earlier "
        "on later.parent_snapshot_id = earlier.run_id"
    ).fetchall()
    return bool(rows)
