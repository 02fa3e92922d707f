"""Cells of CSV and of sheets: no formula, no control character, numbers as numbers.

Only the standard library is imported: the bundle carries this text so that its script writes the same bytes.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

# What a spreadsheet takes for the beginning of a formula; the last four are the same signs in full width, which it
# takes for them in some languages. Tab and carriage return are gone before this is asked.
FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Control characters, marks of direction, other invisible formats, surrogates and no-characters.
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff"
    "\U000e0000-\U000e0fff]"
)
_BREAKS = re.compile("[\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")


def strip_controls(text: str) -> str:
    """The text on one line: each run of tabs and line ends is one blank, other control characters are gone."""
    return _CONTROLS.sub("", _BREAKS.sub(" ", text))


def neutralise(value: Any) -> Any:
    """A value as a cell: a number, truth value or null as it is; text stripped, with an apostrophe before a formula.

    Lists and structures become JSON, dates and exact decimals their text, bytes hexadecimal digits.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | dict | tuple):
        text = json.dumps(value, ensure_ascii=False, default=_show)
    elif isinstance(value, str):
        text = value
    else:  # a date or an exact decimal: made of digits, never a formula
        return _show(value)
    text = strip_controls(text)
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) else text


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """CSV as RFC 4180 has it, but for line ends: a header, null as an empty field, truth as true and false."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([neutralise(column) for column in columns])
    for row in rows:
        writer.writerow([_spell(neutralise(value)) for value in row])
    return text.getvalue()


def _spell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _show(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
