"""The raw Parquet of one delivery as views `raw.<source>_<table>`: rows as received, each with where it came from."""

from pathlib import Path

import duckdb

from pipeline.landing.receipts import Receipt
from pipeline.quoting import literal, quoted
from pipeline.sources.record import Source


def view_raw(connection: duckdb.DuckDBPyConnection, folder: Path, source: Source, receipt: Receipt) -> None:
    """Show one delivery's raw Parquet as views `raw.<source>_<table>`, each row with where it came from."""
    for table in source.raw_tables:
        path = folder / f"{table.file}.parquet"
        if path.exists():
            rows = (
                _ledgered_rows(connection, path, receipt)
                if source.has_lines
                else add_origin(f"read_parquet({quoted(path)})", receipt)
            )
            connection.execute(f"create or replace view raw.{source.name}_{table.name} as {rows}")


def create_empty_raw(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Give a source that never delivered its raw tables without a row, with the columns that the views have."""
    added = LEDGERED if source.has_lines else RECORDED
    for table in source.raw_tables:
        columns = [(column, "varchar") for column in table.columns] + list(added)
        listed = ", ".join(f"{column} {kind}" for column, kind in columns)
        connection.execute(f"create or replace table raw.{source.name}_{table.name} ({listed})")


LEDGERED = (("period", "varchar"), ("era", "varchar"), ("line_number", "bigint"))
RECORDED = (("record_number", "bigint"), ("delivery_id", "varchar"), ("received_at", "varchar"))


def _ledgered_rows(connection: duckdb.DuckDBPyConnection, path: Path, receipt: Receipt) -> str:
    """Rows of a text table with period, era and the physical line each record begins on.

    The ledger is run-length: a run of plain records has a line a row; a joined record has several lines for
    its one row, a split line several rows for its one line. Few lines are odd, so a row's line is found by a short
    `case`; a file with many odd lines is joined to its ledger, which costs a sort of the rows.
    """
    runs = f"""
        select first_row, line_count, row_count, first_line
        from read_parquet({quoted(path.with_name("lines.parquet"))})
        where table_name = {literal(path.stem)} and fate = 'staged'
    """  # noqa: S608 - paths of our own and values of our own receipt, quoted
    steps = _steps(connection.execute(f"{runs} order by first_row").fetchall())
    line, join = "runs.first_line + least(rows.file_row_number - runs.first_row, runs.line_count - 1)", ""
    if len(steps) <= MANY_STEPS:
        line = _case(steps)
    else:
        join = f"asof left join ({runs}) as runs on rows.file_row_number >= runs.first_row"
    return f"""
        select
            rows.* exclude (file_row_number),
            {literal(receipt.period)} as period,
            {literal(receipt.era)} as era,
            ({line})::bigint as line_number
        from read_parquet({quoted(path)}, file_row_number = true) as rows {join}
    """  # noqa: S608 - as above


MANY_STEPS = 100


def _steps(runs: list[tuple[int, int, int, int]]) -> list[tuple[int, int | None, int]]:
    """Where the distance from row to line changes: (first row, the one line of a split or None, distance)."""
    steps: list[tuple[int, int | None, int]] = []
    for first_row, line_count, row_count, first_line in runs:
        is_split = line_count == 1 and row_count > 1
        step = (first_row, first_line if is_split else None, first_line - first_row)
        if not steps or is_split or steps[-1][1:] != step[1:]:
            steps.append(step)
    return steps


def _case(steps: list[tuple[int, int | None, int]]) -> str:
    if not steps:
        return "null"
    lines = [str(line) if line is not None else f"rows.file_row_number + {distance}" for _, line, distance in steps]
    ends = [f"when rows.file_row_number < {first_row}" for first_row, _, _ in steps[1:]]
    branches = " ".join(f"{end} then {line}" for end, line in zip(ends, lines, strict=False))
    return f"case {branches} else {lines[-1]} end" if branches else lines[-1]


def add_origin(rows: str, receipt: Receipt) -> str:
    """Records with the delivery they came with. rows: what a FROM clause may name."""
    return f"""
        select
            *,
            {literal(receipt.delivery_id)} as delivery_id,
            {literal(receipt.received_at.isoformat())} as received_at
        from {rows}
    """  # noqa: S608 - as above
