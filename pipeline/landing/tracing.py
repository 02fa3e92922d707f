"""From a number to bytes: the lines or records of a delivery that state it, where they are, what was done to them.

The bytes of a line are re-created from its fields, as the rebuild of a whole member does, which is proved to give the
bytes received; where that is not possible the ledger holds them. What was quarantined is searched by its bytes.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.landing.layout import DELIMITER
from pipeline.landing.receipts import Receipt, TableReceipt
from pipeline.settings import Settings

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Traced:
    """One line or record that states the number, as received.

    place: `line 12` or `record 3`, from 1. report_id: of the version that the line belongs to; null for a record and
    where it is not known. treatment: staged, `repaired: ...`, or `quarantined: ...` with every reason. content: its
    bytes, terminator included; of a continued line all of them.
    """

    table_name: str
    member: str
    place: str
    report_id: str | None
    treatment: str
    content: bytes


Trace = Callable[[Settings, Receipt, str], Iterable[Traced]]
"""trace(settings, receipt, number): what one delivery holds of a case or trial, in the order of tables and places."""


@dataclass(frozen=True)
class Search:
    """What rows of a raw table to look for: a condition in SQL over its columns, and its values."""

    condition: str
    values: tuple[str | list[str], ...]


def strip_zeros(number: str) -> str:
    """A number that is a name (case, report) as the tables have it: without blanks and leading zeros."""
    return number.strip().lstrip("0")


def trace_lines(
    settings: Settings, receipt: Receipt, searches: Mapping[str, Search], report_column: str
) -> Iterator[Traced]:
    """The lines behind the rows that are searched for, in the order of tables and lines.

    searches: by raw table. report_column: holds the number of the report, where a table has it. Raises
    FileNotFoundError when raw lacks the delivery.
    """
    import duckdb

    folder = settings.raw / receipt.source / receipt.raw_in
    with duckdb.connect(config={"threads": settings.threads}) as connection:
        connection.execute("set enable_progress_bar = false")
        for table, search in searches.items():
            for row in _find_rows(connection, folder / f"{table}.parquet", search):
                run = _find_run(connection, folder / "lines.parquet", table, row["file_row_number"])
                account = next(each for each in receipt.tables.values() if each.member == run["member"])
                yield _describe_line(run, row, account, row.get(report_column))


def find_values(settings: Settings, receipt: Receipt, table: str, column: str, search: Search) -> list[str]:
    """The distinct values of a column in the rows that are searched for, sorted."""
    import duckdb

    path = settings.raw / receipt.source / receipt.raw_in / f"{table}.parquet"
    with duckdb.connect(config={"threads": settings.threads}) as connection:
        connection.execute("set enable_progress_bar = false")
        found = {row[column] for row in _find_rows(connection, path, search)}
    return sorted(value for value in found if value)


def trace_quarantined_lines(settings: Settings, receipt: Receipt, numbers: Iterable[str]) -> Iterator[Traced]:
    """The quarantined lines of which one field is one of these numbers, leading zeros aside."""
    wanted = "|".join(re.escape(number) for number in numbers)
    field = re.compile(rb"(?:^|[$\s])0*(?:%s)(?:[$\s]|$)" % wanted.encode())
    for row in _read_quarantine(settings, receipt, "lines"):
        if wanted and field.search(row["bytes"]):
            place = f"line {row['line_number']}"
            yield Traced(row["table_name"], row["member"], place, None, _quarantined(row), row["bytes"])


def trace_records(settings: Settings, receipt: Receipt, table: str, file: str, search: Search) -> Iterator[Traced]:
    """The staged records that are searched for; a record of several columns is written as one JSON object."""
    import json

    import duckdb

    path = settings.raw / receipt.source / receipt.raw_in / f"{file}.parquet"
    with duckdb.connect(config={"threads": settings.threads}) as connection:
        connection.execute("set enable_progress_bar = false")
        for row in _find_rows(connection, path, search):
            kept = {name: value for name, value in row.items() if name not in ("file_row_number", "record_number")}
            text = row.get("record_text") or json.dumps(kept, ensure_ascii=False)
            yield Traced(table, row["member"], f"record {row['record_number']}", None, "staged", text.encode())


def trace_quarantined_records(settings: Settings, receipt: Receipt, table: str, number: str) -> Iterator[Traced]:
    """The quarantined records whose bytes, or the name of whose member, hold the number."""
    for row in _read_quarantine(settings, receipt, "records"):
        if number.encode().lower() in row["bytes"].lower() or number.lower() in row["member"].lower():
            place = f"record {row['record_number']}"
            yield Traced(table, row["member"], place, None, _quarantined(row), row["bytes"])


def _find_rows(connection: "duckdb.DuckDBPyConnection", path: Path, search: Search) -> list[dict[str, Any]]:
    cursor = connection.execute(
        f"select * from read_parquet(?, file_row_number = true) where {search.condition} "  # noqa: S608 - our own words
        "order by file_row_number",
        [str(path), *search.values],
    )
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _describe_line(run: dict[str, Any], row: dict[str, Any], account: TableReceipt, report: str | None) -> Traced:
    first, count = run["first_line"], run["line_count"]
    if run["row_count"] == 1 and count > 1:
        place = f"lines {first} to {first + count - 1}"
    else:
        place = f"line {first + min(row['file_row_number'] - run['first_row'], count - 1)}"
    treatment = f"repaired: {run['repair']}" if run["repair"] else "staged"
    content = run["original"] if run["original"] is not None else _encode(run, row, account)
    return Traced(run["table_name"], run["member"], place, report, treatment, content)


def _find_run(connection: "duckdb.DuckDBPyConnection", path: Path, table: str, row_number: int) -> dict[str, Any]:
    """The run of the ledger that a row came from: of the staged runs that begin before it the last."""
    cursor = connection.execute(
        "select * from read_parquet(?) where table_name = ? and fate = 'staged' and first_row <= ? "
        "order by first_row desc limit 1",
        [str(path), table, row_number],
    )
    names = [column[0] for column in cursor.description or []]
    return dict(zip(names, cursor.fetchall()[0], strict=True))


def _encode(run: dict[str, Any], row: dict[str, Any], account: TableReceipt) -> bytes:
    """The line of a plain record as received: its fields, phantom columns and terminator."""
    from pipeline.landing.rebuild import ENDS

    fields = DELIMITER.join(row[column] for column in account.columns) + DELIMITER * run["phantom_count"]
    content: bytes = fields.encode(run["encoding"]) + ENDS[run["eol"]]
    return content


def _read_quarantine(settings: Settings, receipt: Receipt, unit: str) -> Sequence[dict[str, Any]]:
    import pyarrow.parquet as pq

    path = settings.quarantine / receipt.source / receipt.raw_in / f"{unit}.parquet"
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist() if path.is_file() else []
    return rows


def _quarantined(row: dict[str, Any]) -> str:
    return f"quarantined: {'; '.join(row['reasons'])}"
