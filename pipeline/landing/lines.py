"""The exact splitter: it decides the disposition of every physical line of a member, in plain Python, on bytes.

`bulk` sends it every line that is not plain, and is tested against it. A line ends at CRLF, LF or CR. Dispositions:
header (the header, or a repeat of it), blank (nothing but white space), staged (became a record or part of one),
quarantined (kept with its bytes and reasons). Short consecutive lines that together make exactly one record are
joined; a piece that begins like a record of its own is never read as a continuation. A line that lacks only the
phantom columns is a record where no continuation follows.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from pipeline.landing.corrections import Correction
from pipeline.landing.layout import (
    BYTE_ORDER_MARK,
    CONTROL_BYTES,
    DELIMITER,
    Layout,
    clean_line,
    decode_line,
)

MAX_LINE_BYTES = 1 << 20
MAX_JOINED_LINES = 16
_DOLLAR = DELIMITER.encode()
_RECORD_START = re.compile(rb"\d{4,}(?:\$|$)")
_FIRST_NUMBERS = re.compile(rb"(\d{6,})\$(\d*)")
_DATE = re.compile(rb"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True)
class Line:
    """A physical line: its content and its terminator (CRLF, LF, CR, or nothing at the end of a member)."""

    content: bytes
    end: bytes

    @property
    def raw(self) -> bytes:
        return self.content + self.end


@dataclass(frozen=True)
class Settled:
    """One or more consecutive lines and their common disposition.

    original: their bytes with terminators, only where the fields cannot re-create them.
    """

    disposition: str
    lines: list[Line]
    records: list[list[str]] = field(default_factory=list)
    encoding: str | None = None
    repair: str | None = None
    original: bytes | None = None
    reasons: list[str] = field(default_factory=list)


def split_lines(data: bytes) -> Iterator[Line]:
    """Cut bytes into physical lines. The data must not end between a CR and its LF."""
    for raw in data.splitlines(keepends=True):
        content = raw.rstrip(b"\r\n")  # splitlines leaves terminators at the end only
        yield Line(content, raw[len(content) :])


class LineSettler:
    """Decides the lines of one member in order; short lines wait until they are joined or quarantined."""

    def __init__(self, layout: Layout, corrections: Iterable[Correction]) -> None:
        self._layout = layout
        self._known = len(layout.columns)
        self._corrections = [each for each in corrections if each.table == layout.shape.name]
        self._waiting: list[Line] = []

    def settle(self, line: Line) -> Iterator[Settled]:
        """Add the next line; yield the lines that are decided now, in their order."""
        if self._is_short(line):
            self._waiting.append(line)
            yield from self._resolve(None, is_last=False)
        else:
            yield from self.finish(line.content)
            yield self._settle_whole(line)

    def finish(self, following: bytes | None = None) -> Iterator[Settled]:
        """Decide the waiting lines. following: the content of the complete line after them, None at the end."""
        yield from self._resolve(following, is_last=True)

    def _is_short(self, line: Line) -> bool:
        if len(line.content) > MAX_LINE_BYTES:
            return False
        cleaned = clean_line(line.content)
        if not cleaned.strip() or cleaned == self._layout.header:
            return False
        return cleaned.count(_DOLLAR) < self._layout.width - 1

    def _settle_whole(self, line: Line) -> Settled:
        if len(line.content) > MAX_LINE_BYTES:
            return _quarantine(line, f"line of {len(line.content)} bytes, more than {MAX_LINE_BYTES}")
        cleaned = clean_line(line.content)
        if not cleaned.strip():
            return Settled("blank", [line], original=line.raw if line.content else None)
        if cleaned == self._layout.header:
            return Settled("header", [line], original=line.raw)
        text, encoding = decode_line(cleaned)
        record = self._read_record(text, (self._layout.width,))
        if record is None:
            return self._correct(line, text, encoding)
        return Settled("staged", [line], [record], encoding, *_describe_repair(line, record, encoding, self._layout))

    def _correct(self, line: Line, text: str, encoding: str) -> Settled:
        for correction in self._corrections:
            pieces = correction.apply(text)
            records = [self._read_record(each, (self._known, self._layout.width)) for each in pieces]
            found = [record for record in records if record is not None]
            if pieces != [text] and len(found) == len(pieces):
                repair = f"{correction.action}: {correction.why}"
                return Settled("staged", [line], found, encoding, repair, line.raw)
        count, width = text.count(DELIMITER) + 1, self._layout.width
        if count > width:
            return _quarantine(line, f"too many fields: {count}, expected {width}")
        return _quarantine(line, "text past the last column")

    def _read_record(self, text: str, widths: tuple[int, ...]) -> list[str] | None:
        pieces = text.split(DELIMITER)
        if len(pieces) not in widths or any(pieces[self._known :]):
            return None
        return pieces[: self._known]

    def _resolve(self, following: bytes | None, *, is_last: bool) -> Iterator[Settled]:
        while self._waiting:
            joined = self._join()
            if joined is None and not is_last:
                return
            if joined:
                del self._waiting[: len(joined.lines)]
                yield joined
            else:
                line = self._waiting.pop(0)
                yield self._settle_short(line, self._waiting[0].content if self._waiting else following)

    def _settle_short(self, line: Line, following: bytes | None) -> Settled:
        """Settle a line that joins no other: a record if only phantom columns are missing and the next line begins
        a record, else quarantined."""
        cleaned, layout = clean_line(line.content), self._layout
        count = cleaned.count(_DOLLAR) + 1
        # With a `$` at its end it may lack a delimiter further left instead: its fields would shift unnoticed.
        is_complete = layout.phantom_count > 0 and count == self._known and not cleaned.endswith(_DOLLAR)
        is_apart = following is None or _begins_record(clean_line(following))
        if not (is_complete and is_apart and _begins_record(cleaned)):
            return _quarantine(line, f"too few fields: {count}, expected {layout.width}")
        text, encoding = decode_line(cleaned)
        record = text.split(DELIMITER)
        repair = "; ".join(
            filter(None, ["phantom column absent", _describe_repair(line, record, encoding, layout)[0]])
        )
        return Settled("staged", [line], [record], encoding, repair, line.raw)

    def _join(self) -> Settled | Literal[False] | None:
        """Join the first waiting lines to a record; False if they cannot make one, None if more lines may."""
        contents = [clean_line(line.content) for line in self._waiting]
        if not _RECORD_START.match(contents[0]):
            return False
        joined = contents[0]
        for count, content in enumerate(contents[1:], start=2):
            joined += content
            delimiters = joined.count(_DOLLAR) + 1
            if _begins_record(content) or len(joined) > MAX_LINE_BYTES or count > MAX_JOINED_LINES:
                return False
            if delimiters >= self._layout.width:
                text, encoding = decode_line(joined)
                if (record := self._read_record(text, (self._layout.width,))) is None:
                    return False
                lines = self._waiting[:count]
                original = b"".join(line.raw for line in lines)
                return Settled("staged", lines, [record], encoding, "continuation joined", original)
        return None


def _begins_record(content: bytes) -> bool:
    """Return whether a line begins with a report number, and not with a date in the middle of a broken record."""
    match = _FIRST_NUMBERS.match(content)
    if match is None:
        return False
    first, second = match.groups()
    return _DATE.fullmatch(first) is None or (len(second) >= 6 and _DATE.fullmatch(second) is None)


def _describe_repair(line: Line, record: list[str], encoding: str, layout: Layout) -> tuple[str | None, bytes | None]:
    """Return what was repaired in a line, and its bytes where the fields cannot re-create them."""
    text = DELIMITER.join(record) + DELIMITER * layout.phantom_count
    if text.encode(encoding) == line.content:
        return None, None
    bare = line.content.translate(None, CONTROL_BYTES)
    repairs = ["control bytes removed"] if bare != line.content else []
    if bare.startswith(BYTE_ORDER_MARK):
        repairs.append("byte order mark removed")
    return "; ".join(repairs), line.raw


def _quarantine(line: Line, reason: str) -> Settled:
    return Settled("quarantined", [line], reasons=[reason])
