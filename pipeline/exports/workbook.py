"""An extract as XLSX: a read-me sheet first, then the rows. No cell is a formula, and integers stay integers."""

import io
import math
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pipeline.errors import UsageError
from pipeline.exports.archive import repack
from pipeline.exports.cells import neutralise
from pipeline.exports.extract import Extract

MAX_ROWS = 1_048_576  # of a sheet, the header included
MAX_TEXT = 32_767  # characters of a cell
EXACT_DIGITS = 10**15  # a spreadsheet keeps fifteen digits of a number
CUT = "… (cut)"
FIRST_DAY = date(1900, 3, 1)  # before it a spreadsheet counts a 29 February 1900 that never was
README = "read me"
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\']")


def write_workbook(extract: Extract) -> bytes:
    """The bytes of the workbook, the same for the same extract. Raises UsageError where a sheet has too few rows."""
    from openpyxl import Workbook
    from openpyxl.writer.excel import ExcelWriter

    if len(extract.rows) + 1 > MAX_ROWS:
        raise UsageError(
            f"a sheet has {MAX_ROWS:,} rows, and there are {len(extract.rows):,} and a header",
            where="--format xlsx",
            todo="choose fewer rows with --where, or write csv or parquet",
        )
    book = Workbook(write_only=True)
    _fill(book.create_sheet(README), list(_list_readme(extract)), widths=(24, 110))
    rows = [extract.column_names, *extract.rows]
    _fill(book.create_sheet(_name_sheet(extract.name)), rows, widths=(), has_header=True)
    moment = _read_moment(extract.origin.started_at)
    book.properties.created = book.properties.modified = moment
    book.properties.creator = "Nightvigil"
    buffer = io.BytesIO()
    ExcelWriter(book, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED)).save()
    return repack(buffer.getvalue())


def count_cut_texts(extract: Extract) -> int:
    """Count the texts that are longer than a cell takes."""
    return sum(
        isinstance(value, str) and len(str(neutralise(value))) > MAX_TEXT for row in extract.rows for value in row
    )


def _list_readme(extract: Extract) -> Iterator[tuple[Any, ...]]:
    origin = extract.origin
    yield ("Nightvigil export", extract.name)
    for place, caveat in enumerate(extract.caveats):
        yield ("Read first" if place == 0 else "", caveat)
    yield from (
        ("Invented data", "yes" if origin.is_synthetic else "no"),
        ("Snapshot", origin.snapshot_id),
        ("Data lock", origin.data_lock_text),
        ("Built by code", origin.code_commit),
        ("Exported by", origin.exporter),
        ("Table", extract.table_text),
        ("Filter", extract.where or "none"),
        ("Query", extract.query),
        ("Rows", len(extract.rows)),
        ("Suppression", extract.suppression["rule"] if extract.suppression else "none"),
    )
    yield from (("Note", note) for note in extract.notes)
    yield ("", "")
    yield ("Column", "Meaning")
    for column in extract.columns:
        yield (column.name, f"{column.meaning or 'not described'} ({column.type})")


def _fill(sheet: Any, rows: list[Any], *, widths: tuple[int, ...], has_header: bool = False) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    if has_header:
        sheet.freeze_panes = "A2"
    else:
        wrapped = Alignment(wrap_text=True, vertical="top")
    for place, row in enumerate(rows):
        cells = [_make_cell(sheet, value) for value in row]
        for number, cell in enumerate(cells):
            if (has_header and place == 0) or (not has_header and number == 0):
                cell.font = Font(bold=True)
            if not has_header:
                cell.alignment = wrapped
        sheet.append(cells)


def _make_cell(sheet: Any, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, date) and not isinstance(value, datetime) and value >= FIRST_DAY:
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = "yyyy-mm-dd"
        return cell
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    shown = neutralise(value)
    is_number = isinstance(shown, int | float) and not isinstance(shown, bool)
    if is_number and (not math.isfinite(shown) or (isinstance(shown, int) and abs(shown) >= EXACT_DIGITS)):
        shown = str(shown)
    if not isinstance(shown, str):
        return WriteOnlyCell(sheet, shown)
    text = shown if len(shown) <= MAX_TEXT else shown[: MAX_TEXT - len(CUT)] + CUT
    cell = WriteOnlyCell(sheet, _ESCAPED.sub("_x005F_", text))
    cell.data_type = "s"  # never a formula, whatever the text begins with
    return cell


def _name_sheet(name: str) -> str:
    """A sheet's name has at most 31 characters, none of them of an address."""
    return _NOT_IN_TITLES.sub("_", name)[:31]


def _read_moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None, microsecond=0)
    except ValueError:
        return datetime(1980, 1, 1)
