"""Results on standard output, as a table for people or as JSON, CSV or Parquet for programs."""

import csv
import io
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, BinaryIO

import typer

from pipeline.errors import UsageError
from pipeline.printable import make_json_printable, make_printable


class Format(StrEnum):
    """How a result is written. CSV is made safe for spreadsheets; Parquet holds the values as they are."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


FormatOption = Annotated[Format, typer.Option("--format", help="How to write the result.", show_default=True)]
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")


@dataclass(frozen=True)
class Result:
    """Rows under named columns; types: DuckDB's name of each column's type where it is known."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    types: Sequence[str] = field(default=())


def from_records(records: Sequence[dict[str, Any]], columns: Sequence[str]) -> Result:
    """A result from dicts, in the order of the given columns."""
    return Result(columns, [[record.get(column) for column in columns] for record in records])


def write(result: Result, form: Format, *, title: str = "") -> None:
    """Write a result to standard output.

    A table is safe to show wherever it goes. CSV holds the exact values, but on a terminal, which would obey them.
    """
    if form is Format.TABLE:
        write_table(result, title)
    elif form is Format.JSON:
        write_json([dict(zip(result.columns, map(_finite, row), strict=True)) for row in result.rows])
    elif form is Format.CSV:
        text = to_csv(result)
        sys.stdout.write(make_printable(text) if sys.stdout.isatty() else text)
    else:
        write_parquet(result, sys.stdout.buffer)
    sys.stdout.flush()


def write_json(value: Any) -> None:
    """Write plain values as JSON; dates and exact decimals become text. The strings are exact and safe to show."""
    document = json.dumps(value, indent=1, ensure_ascii=False, default=_plain)
    sys.stdout.write(f"{make_json_printable(document)}\n")


def write_table(result: Result, title: str) -> None:
    """Write a table as wide as the terminal, or as wide as it needs to be where there is none."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(make_printable(title)) if title else None, title_justify="left", header_style="bold")
    for column in result.columns:
        table.add_column(
            Text(make_printable(column)), overflow="fold", justify="right" if _is_numeric(result, column) else "left"
        )
    for row in result.rows:
        table.add_row(*(Text("" if value is None else make_printable(_shown(value))) for value in row))
    # Piped output has no width to respect: a broken cell would be one that a program cannot read.
    Console(width=None if sys.stdout.isatty() else 10_000, highlight=False).print(table)


def to_csv(result: Result) -> str:
    """CSV without formulas for a spreadsheet: a text cell that looks like one begins with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([neutralise(column) for column in result.columns])
    writer.writerows([[neutralise(value) for value in row] for row in result.rows])
    return text.getvalue()


def neutralise(value: Any) -> Any:
    """Text that a spreadsheet would run becomes text it shows; numbers stay numbers."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = _shown(value)
    return f"'{text}" if isinstance(value, str | list | dict) and text.startswith(FORMULA_STARTS) else text


def write_parquet(result: Result, stream: BinaryIO) -> None:
    """Write Parquet to a stream; raise UsageError when that is a person's terminal."""
    import pyarrow
    import pyarrow.parquet

    if stream.isatty():
        raise UsageError(
            "Parquet is not for a terminal",
            where="standard output",
            todo="send it to a file: nightvigil ... --format parquet > result.parquet",
        )
    kinds = list(result.types) or [""] * len(result.columns)
    columns = list(zip(*result.rows, strict=True)) or [()] * len(result.columns)
    arrays = [
        pyarrow.array(column, type=arrow_type(kind), from_pandas=False)
        for column, kind in zip(columns, kinds, strict=True)
    ]
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(arrays, names=list(result.columns)), stream)


def arrow_type(kind: str) -> Any:
    """Arrow's type for one of DuckDB's; None where Arrow may infer it from the values."""
    import pyarrow

    if kind.startswith("DECIMAL("):
        width, scale = kind[8:-1].split(",")
        return pyarrow.decimal128(int(width), int(scale))
    if kind.endswith("[]"):
        inner = arrow_type(kind[:-2])
        return None if inner is None else pyarrow.list_(inner)
    plain = {
        "BOOLEAN": pyarrow.bool_(),
        "TINYINT": pyarrow.int8(),
        "SMALLINT": pyarrow.int16(),
        "INTEGER": pyarrow.int32(),
        "BIGINT": pyarrow.int64(),
        "HUGEINT": pyarrow.decimal128(38, 0),
        "FLOAT": pyarrow.float32(),
        "DOUBLE": pyarrow.float64(),
        "VARCHAR": pyarrow.string(),
        "DATE": pyarrow.date32(),
        "TIMESTAMP": pyarrow.timestamp("us"),
        "BLOB": pyarrow.binary(),
    }
    return plain.get(kind)


def _is_numeric(result: Result, column: str) -> bool:
    place = list(result.columns).index(column)
    values = [row[place] for row in result.rows if row[place] is not None]
    return bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _shown(value: Any) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return str(_plain(value))


def _finite(value: Any) -> Any:
    # JSON has no word for these; as text they survive, as null they would be taken for absent.
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else str(value)
