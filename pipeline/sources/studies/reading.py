"""An extraction sheet as rows of text: CSV or the first worksheet of an XLSX workbook, read without trusting either.

Nothing in a sheet is evaluated: a formula is the text of the formula, which no column but free text accepts. Sizes
are limited before anything is parsed.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from pipeline.errors import DeliveryRefused
from pipeline.landing.archive import open_archive, read_through
from pipeline.settings import Settings

MAX_SHEET_BYTES = 16 << 20
MAX_UNPACKED_BYTES = 128 << 20
MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_CELL = 2_000
"""Characters of one cell: a name or a citation, never a text of a review."""


@dataclass(frozen=True)
class SheetRow:
    """One row of a sheet: its number as a spreadsheet shows it (the header is 1 where nothing is above it)."""

    number: int
    cells: tuple[str, ...]


def read_sheet(path: Path, settings: Settings) -> list[SheetRow]:
    """The rows of a sheet that hold anything, the header first. Raises DeliveryRefused for what is no sheet."""
    if path.stat().st_size > MAX_SHEET_BYTES:
        raise refused(f"it has more than {MAX_SHEET_BYTES >> 20} MB", path.name)
    rows = _read_csv(path) if path.suffix.lower() == ".csv" else _read_workbook(path, settings)
    kept = []
    for number, cells in enumerate(rows, start=1):
        if number > MAX_ROWS:
            raise refused(f"it has more than {MAX_ROWS} rows", path.name)
        if len(cells) > MAX_COLUMNS and any(cells[MAX_COLUMNS:]):
            raise refused(f"row {number} has more than {MAX_COLUMNS} columns", path.name)
        stripped = tuple(cell.strip() for cell in cells[:MAX_COLUMNS])
        if any(stripped):
            kept.append(SheetRow(number, stripped))
    if not kept:
        raise refused("it is empty", path.name)
    if len([cell for cell in kept[0].cells if cell]) == 1 and ";" in kept[0].cells[0]:
        raise refused("its cells are separated by ';': save it with commas between them", path.name)
    return kept


def refused(what: str, where: str) -> DeliveryRefused:
    """The refusal of a file that is no extraction sheet."""
    return DeliveryRefused(
        what,
        where=where,
        todo="begin with the sheet that `nightvigil studies --template` writes, and check it with `nightvigil "
        "studies --check FILE` before it is put into the inbox again",
    )


def _read_csv(path: Path) -> Iterator[list[str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused(f"it is not UTF-8 at byte {error.start}: save it as CSV UTF-8", path.name) from error
    if "\0" in text:
        raise refused("it holds NUL bytes and is no text", path.name)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), strict=True)
    except csv.Error as error:
        raise refused(f"it is not CSV: {error}", path.name) from error


def _read_workbook(path: Path, settings: Settings) -> Iterator[list[str]]:
    """The first worksheet. openpyxl parses XML with defusedxml where it is installed, which our lock file ensures."""
    from openpyxl.reader.excel import load_workbook
    from openpyxl.xml import DEFUSEDXML

    if not DEFUSEDXML:
        raise RuntimeError("defusedxml is not installed: no workbook is parsed without it")
    limits = settings.model_copy(update={"archive_max_bytes": min(settings.archive_max_bytes, MAX_UNPACKED_BYTES)})
    with open_archive(path, limits) as archive:  # refuses what is no zip, a bomb, and what leads outside
        read_through(archive, sorted(archive.members))
    try:
        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # a stated size is only a claim
        cells = [[_as_text(value) for value in row] for row in _limited(sheet.iter_rows(values_only=True))]
        book.close()
    except Exception as error:  # openpyxl raises whatever its parsers meet; a hostile file must not stop a run
        reason = type(error.__cause__ or error).__name__
        raise refused(f"it cannot be read as an XLSX workbook: {reason}", path.name) from error
    yield from cells


def _limited(rows: Iterable[Any]) -> Iterator[Any]:
    for number, row in enumerate(rows, start=1):
        if number > MAX_ROWS + 1:
            return
        yield row[: MAX_COLUMNS + 1]


def _as_text(value: Any) -> str:
    """A cell as a person sees it: 12.0 is 12, a date is a date, which no column of numbers accepts."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)
