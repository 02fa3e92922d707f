"""The layout of one `$`-delimited member: the order of its columns, read from its own first lines.

A header names the columns; legacy data lines end in one more, empty column that the header lacks or calls `v23`.
The number of such phantom columns is a property of the member, so that a line which merely has one delimiter too
many is not accepted with its fields shifted.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.errors import DeliveryRefused

SAMPLE_BYTES = 1 << 16
DELIMITER = "$"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
CONTROL_BYTES = bytes([*range(9), *range(10, 32), 127])  # all but the tab
MAX_PHANTOMS = 2
UNLISTED = "unlisted_"  # begins the raw name of a column that its source's list of columns lacks
MAX_UNLISTED = 40
_COLUMN_NAME = re.compile(r"[a-z][a-z0-9_ .()-]{0,62}")
_PHANTOM_NAME = re.compile(r"v\d+")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class TableShape:
    """The columns a table is known to have, under our names; those it must have; other names (aliases) they appear
    under. A table with an optional header has no others."""

    name: str
    columns: tuple[str, ...]
    needed: frozenset[str]
    aliases: Mapping[str, str] = field(default_factory=dict)
    has_optional_header: bool = False


@dataclass(frozen=True)
class Layout:
    """Columns in the order of the member, phantom columns of its data lines, and its header line, cleaned."""

    shape: TableShape
    columns: tuple[str, ...]
    phantom_count: int
    header: bytes | None

    @property
    def width(self) -> int:
        """Fields of a regular data line, phantoms included."""
        return len(self.columns) + self.phantom_count

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """The columns of the raw table: all of the shape, then those that the source's list lacks."""
        return (*self.shape.columns, *(column for column in self.columns if is_unlisted(column)))


def is_unlisted(column: str) -> bool:
    """Whether a raw column was never seen before: it is kept, reported, and read by no model."""
    return column.startswith(UNLISTED)


def clean_line(content: bytes) -> bytes:
    """Return a line's content without control bytes and without leading byte order marks."""
    content = content.translate(None, CONTROL_BYTES)
    while content.startswith(BYTE_ORDER_MARK):
        content = content[len(BYTE_ORDER_MARK) :]
    return content


def decode_line(content: bytes) -> tuple[str, str]:
    """Return the text of a line and its encoding: UTF-8, else cp1252, else Latin-1 (which never fails)."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1"), "latin-1"


def read_layout(sample: bytes, shape: TableShape, member: str) -> Layout:
    """Read the layout from a member's first SAMPLE_BYTES.

    A column that the source's list lacks is kept under its name with UNLISTED before it. Raises DeliveryRefused,
    naming member and column, for a missing column, one named twice, or what names no columns.
    """
    if len(sample) >= SAMPLE_BYTES:  # leave out the last line, which the sample may have cut
        sample = sample[: sample.rfind(b"\n", 0, SAMPLE_BYTES) + 1 or SAMPLE_BYTES]
    lines = [clean_line(line) for line in sample.splitlines()]
    lines = [line for line in lines if line.strip()]
    if shape.has_optional_header and (not lines or _NUMBER.match(decode_line(lines[0])[0].strip())):
        return Layout(shape, shape.columns, _count_phantoms(lines, len(shape.columns), 0), None)
    if not lines:
        raise _make_refusal("the member is empty: it has no header", member, shape)
    cells = [cell.strip().lower() for cell in decode_line(lines[0])[0].split(DELIMITER)]
    named = list(cells)
    while len(named) > 1 and (named[-1] == "" or _is_phantom_name(named[-1], shape)):
        named.pop()
    columns = _name_columns(named, shape, member)
    body = [line for line in lines[1:] if line != lines[0]]
    return Layout(shape, columns, _count_phantoms(body, len(columns), len(cells) - len(named)), lines[0])


def _is_phantom_name(cell: str, shape: TableShape) -> bool:
    return _PHANTOM_NAME.fullmatch(cell) is not None and cell not in shape.aliases


def _name_columns(cells: list[str], shape: TableShape, member: str) -> tuple[str, ...]:
    columns = [_name_column(cell, shape, member) for cell in cells]
    unlisted = [column for column in columns if is_unlisted(column)]
    missing = [column for column in shape.columns if column in shape.needed and column not in columns]
    if missing:
        renamed = f"; not seen before: {', '.join(unlisted[:10])}" if unlisted else ""
        raise _make_refusal(f"the header lacks a needed column: {', '.join(missing)}{renamed}", member, shape)
    duplicates = [column for column, count in Counter(columns).items() if count > 1]
    if duplicates:
        raise _make_refusal(f"the header names a column twice: {', '.join(duplicates)}", member, shape)
    if len(unlisted) > MAX_UNLISTED:
        raise _make_refusal(f"the header names {len(unlisted)} columns that were never seen before", member, shape)
    return tuple(columns)


def _name_column(cell: str, shape: TableShape, member: str) -> str:
    """Our name of a column in a header."""
    column = shape.aliases.get(cell, cell)
    if column in shape.columns:
        return column
    if shape.has_optional_header or not _COLUMN_NAME.fullmatch(cell):
        raise _make_refusal(f"the header names an unknown column: {cell[:80]!r}", member, shape)
    return UNLISTED + re.sub(r"[^a-z0-9]+", "_", cell).strip("_")


def _count_phantoms(lines: list[bytes], known: int, in_header: int) -> int:
    """Count the empty fields that most lines have past the known ones; on a tie as in the header, then the fewest."""
    counts: Counter[int] = Counter()
    for line in lines:
        extras = line.split(DELIMITER.encode())[known:]
        if line.count(DELIMITER.encode()) >= known - 1 and len(extras) <= MAX_PHANTOMS and not any(extras):
            counts[len(extras)] += 1
    if not counts:
        return min(in_header, MAX_PHANTOMS)
    return max(counts, key=lambda count: (counts[count], count == in_header, -count))


def _make_refusal(what: str, member: str, shape: TableShape) -> DeliveryRefused:
    return DeliveryRefused(
        what,
        where=f"member {member}, table {shape.name}",
        todo="compare the member with the agency's release notes; if the layout has changed, add the column or alias "
        "to the source's columns and land the delivery again",
    )
