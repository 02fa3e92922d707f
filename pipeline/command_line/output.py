"""Results on standard output, as a table for people or as JSON, CSV or Parquet for programs."""

import csv
import io
import json
import math
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, BinaryIO

import typer

from pipeline.command_line.layout import render, show_plain
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
    document = json.dumps(value, indent=1, ensure_ascii=False, default=show_plain)
    sys.stdout.write(f"{make_json_printable(document)}\n")


def write_table(result: Result, title: str) -> None:
    """Write a table as wide as the terminal, page by page where it is longer; as wide as it needs to be where there
    is none."""
    if not sys.stdout.isatty():
        sys.stdout.write(render(result.columns, result.rows, title=title, width=None))
        return
    size = shutil.get_terminal_size()
    text = render(result.columns, result.rows, title=title, width=size.columns)
    show_pages(text, size.lines)


def show_pages(text: str, height: int) -> None:
    """Show a text on a terminal, by the person's pager (PAGER) where it is longer than the terminal is high."""
    pager = shlex.split(os.environ.get("PAGER", "")) or ["less"]
    if text.count("\n") < height or not sys.stdin.isatty() or shutil.which(pager[0]) is None:
        sys.stdout.write(text)
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the pager's
    try:
        subprocess.run(pager, input=text.encode(), env={"LESS": "-FRX", **os.environ}, check=False)
    finally:
        signal.signal(signal.SIGINT, before)


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
    text = _show_exactly(value)
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


def _show_exactly(value: Any) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=show_plain)
    return show_plain(value)


def _finite(value: Any) -> Any:
    # JSON has no word for these; as text they survive, as null they would be taken for absent.
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
