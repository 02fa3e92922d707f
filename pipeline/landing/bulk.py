"""The fast path: whole blocks of a member at once, with the exact splitter for every line that is not plain.

A plain line has exactly the delimiters of its layout, empty phantom columns, no control byte, valid UTF-8 and LF or
CRLF at its end. numpy finds the plain lines; they need no further examination. All others go through `lines`. Either
way the records come out as regular text: UTF-8, one line per record, LF or CRLF, each with the fields of the layout,
phantom columns included.
"""

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.landing.corrections import Correction
from pipeline.landing.layout import BYTE_ORDER_MARK, DELIMITER, Layout
from pipeline.landing.ledger import MemberLedger
from pipeline.landing.lines import MAX_LINE_BYTES, Line, LineSettler, Settled, split_lines

Places: TypeAlias = npt.NDArray[np.int64]
Codes: TypeAlias = npt.NDArray[np.uint8]
_LF, _CR, _DOLLAR, _DELETE = 10, 13, 36, 127
_ODD, _PLAIN_LF, _PLAIN_CRLF = 0, 1, 2
PART_BYTES = MAX_LINE_BYTES  # looked at at once: what numpy notes of a byte takes sixty, where it is a line end
_EMPTY_LINES = re.compile(rb"(?:(?<=\n)|\A)\n{100,}+")  # one by one, ten million take a minute and a half


class BulkSplitter:
    """Splits the blocks of one member into canonical text, accounting for each line in its ledger."""

    def __init__(self, layout: Layout, corrections: Iterable[Correction], ledger: MemberLedger) -> None:
        self._layout = layout
        self._ledger = ledger
        self._settler = LineSettler(layout, corrections)
        self._tail = DELIMITER * layout.phantom_count + "\n"

    def split(self, block: bytes) -> tuple[bytes, int]:
        """Return the regular text of the records completed by this block, and their number."""
        pieces: list[bytes] = []
        before = self._ledger.next_row
        for part in _cut(block):
            self._split(part, pieces)
        return b"".join(pieces), self._ledger.next_row - before

    def _split(self, block: bytes, pieces: list[bytes]) -> None:
        for start, end, kind, count in self._find_runs(block):
            if kind == _ODD:
                for line, repeats in _group_lines(block[start:end]):
                    self._append(self._settler.settle(line), pieces)
                    self._ledger.add_blank(repeats)
                continue
            self._append(self._settler.finish(block[start : block.index(b"\n", start)]), pieces)
            pieces.append(block[start:end])
            self._ledger.add_clean(count, end - start, b"\r\n" if kind == _PLAIN_CRLF else b"\n")

    def finish(self) -> tuple[bytes, int]:
        """Return, at the end of the member, the records that were still waiting for a continuation."""
        pieces: list[bytes] = []
        before = self._ledger.next_row
        self._append(self._settler.finish(), pieces)
        return b"".join(pieces), self._ledger.next_row - before

    def _append(self, settled: Iterable[Settled], pieces: list[bytes]) -> None:
        for each in settled:
            pieces += [(DELIMITER.join(record) + self._tail).encode() for record in each.records]
            self._ledger.add(each)

    def _find_runs(self, block: bytes) -> Iterator[tuple[int, int, int, int]]:
        """Yield runs of lines of one kind: first byte, byte past the end, kind, count of LF-ended lines."""
        if len(block) > PART_BYTES:  # one line, longer than any that is read
            yield 0, len(block), _ODD, 0
            return
        codes = np.frombuffer(block, dtype=np.uint8)
        marks = np.flatnonzero((codes == _DOLLAR) | (codes == _LF))
        ordinals = np.flatnonzero(codes[marks] == _LF)
        ends = marks[ordinals]
        if len(ends):
            kinds = self._classify(block, codes, ends, np.diff(ordinals, prepend=-1) - 1)
            firsts = np.flatnonzero(np.diff(kinds, prepend=-1))
            start = 0
            for first, past in zip(firsts.tolist(), [*firsts[1:].tolist(), len(kinds)], strict=True):
                end = int(ends[past - 1]) + 1
                yield start, end, int(kinds[first]), past - first
                start = end
        done = int(ends[-1]) + 1 if len(ends) else 0
        if done < len(block):
            yield done, len(block), _ODD, 0

    def _classify(self, block: bytes, codes: Codes, ends: Places, delimiters: Places) -> Places:
        """Return the kind of each LF-ended line: odd, plain with LF, plain with CRLF."""
        starts = np.concatenate(([0], ends[:-1] + 1))
        is_crlf = (codes[ends - 1] == _CR) & (ends > starts)
        plain = (delimiters == self._layout.width - 1) & (ends - starts <= MAX_LINE_BYTES)
        if self._layout.width == 1:  # without a delimiter a blank line looks like a record
            plain[:] = False
        for back in range(1, self._layout.phantom_count + 1):
            plain &= codes[np.maximum(ends - is_crlf - back, 0)] == _DOLLAR
        for place in self._find_odd_places(block, codes, ends, is_crlf):
            plain[np.searchsorted(ends, place)] = False
        return np.where(plain, np.where(is_crlf, _PLAIN_CRLF, _PLAIN_LF), _ODD)

    def _find_odd_places(
        self, block: bytes, codes: Codes, ends: Places, is_crlf: npt.NDArray[np.bool_]
    ) -> Iterator[Places]:
        """Yield places of bytes that make their line odd: control bytes, invalid UTF-8, marks, repeated headers."""
        low = codes < 32
        if np.count_nonzero(low) != len(ends) + np.count_nonzero(is_crlf):
            low[ends] = False
            low[ends[is_crlf] - 1] = False
            yield np.flatnonzero(low)
        if _DELETE in block:
            yield np.flatnonzero(codes == _DELETE)
        if self._layout.header is not None:
            yield _find_all(block, self._layout.header)
        if not block.isascii():
            yield _find_all(block, BYTE_ORDER_MARK)
            yield _find_invalid(block, codes, ends)


def _cut(block: bytes) -> Iterator[bytes]:
    """Parts of whole lines, of at most PART_BYTES each; a longer line is a part of its own."""
    start = 0
    while len(block) - start > PART_BYTES:
        end = block.rfind(b"\n", start, start + PART_BYTES) + 1 or block.find(b"\n", start + PART_BYTES) + 1
        if not end:
            break
        yield block[start:end]
        start = end
    yield block[start:] if start else block


def _group_lines(data: bytes) -> Iterator[tuple[Line, int]]:
    """Lines in their order; of a long run of empty lines the first, with the number of those that follow it."""
    position = 0
    for run in _EMPTY_LINES.finditer(data):
        yield from ((line, 0) for line in split_lines(data[position : run.start()]))
        yield Line(b"", b"\n"), run.end() - run.start() - 1
        position = run.end()
    yield from ((line, 0) for line in split_lines(data[position:]))


def _find_all(block: bytes, wanted: bytes) -> Places:
    places, at = [], block.find(wanted)
    while at >= 0:
        places.append(at)
        at = block.find(wanted, at + len(wanted))
    return np.array(places, dtype=np.int64)


def _find_invalid(block: bytes, codes: Codes, ends: Places) -> Places:
    """Return one place in each line that is not valid UTF-8."""
    try:
        block.decode("utf-8")
        return np.array([], dtype=np.int64)
    except UnicodeDecodeError:
        pass
    high = np.unique(np.searchsorted(ends, np.flatnonzero(codes >= 128)))
    found = []
    for index in high[high < len(ends)].tolist():
        start = int(ends[index - 1]) + 1 if index else 0
        try:
            block[start : int(ends[index])].decode("utf-8")
        except UnicodeDecodeError:
            found.append(start)
    return np.array(found, dtype=np.int64)
