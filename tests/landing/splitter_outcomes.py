"""One member split by both splitters, exact and in bulk, recorded line by line so that the two can be compared."""

import io
from typing import Any

from pipeline.landing.blocks import MeteredStream, read_blocks
from pipeline.landing.bulk import BulkSplitter
from pipeline.landing.corrections import read_corrections
from pipeline.landing.layout import DELIMITER, Layout, read_layout
from pipeline.landing.ledger import MemberLedger, Run
from pipeline.landing.lines import LineSettler, split_lines
from pipeline.landing.quarantine import QuarantineFile
from pipeline.landing.receipts import TableReceipt
from pipeline.landing.tables import to_arrow
from pipeline.resources import ROOT as PROJECT
from pipeline.sources.faers.layout import make_shape

CORRECTIONS = read_corrections(PROJECT / "sql")


class SettledLines(list[Any]):
    """Replaces the ledger file and the quarantine file: keeps each settled line as a run of one line."""

    def add(self, each: Run | dict[str, Any]) -> None:
        if not isinstance(each, Run) or each.row_count not in (each.line_count, 0):
            self.append(each)
            return
        for place in range(each.line_count):
            row = each.first_row + place if each.first_row is not None else None
            rows = min(each.row_count, 1)
            line = {"first_line": each.first_line + place, "first_row": row, "line_count": 1, "row_count": rows}
            self.append(Run(**{**vars(each), **line}))


Outcome = tuple[list[list[str]], list[Any], TableReceipt]


def read_layout_of(data: bytes, table: str, period: str = "2011Q4") -> Layout:
    return read_layout(data, make_shape(table, period), f"{table}.txt")


def split_exactly(data: bytes, layout: Layout) -> Outcome:
    """Records, entries of ledger and quarantine, and the account, by the exact splitter alone."""
    settled_lines, ledger = _open_ledger(layout)
    settler, records = LineSettler(layout, CORRECTIONS), []
    for line in split_lines(data):
        for settled in settler.settle(line):
            records += settled.records
            ledger.add(settled)
    for settled in settler.finish():
        records += settled.records
        ledger.add(settled)
    return records, settled_lines, _close(ledger, data, settled_lines)


def split_in_bulk(data: bytes, layout: Layout, block_bytes: int) -> Outcome:
    """The same by the fast path, in blocks of this size, with the records as the CSV reader returns them."""
    settled_lines, ledger = _open_ledger(layout)
    splitter, records = BulkSplitter(layout, CORRECTIONS, ledger), []
    blocks = read_blocks(MeteredStream(io.BytesIO(data)), "member", block_bytes)
    for text, count in [*map(splitter.split, blocks), splitter.finish()]:
        if text or count:
            table = to_arrow(text, count, layout, "member").select(list(layout.columns))
            records += [list(row.values()) for row in table.to_pylist()]
    return records, settled_lines, _close(ledger, data, settled_lines)


def rebuild(settled_lines: list[Any], records: list[list[str]]) -> bytes:
    """The bytes of the member from the entries of ledger and quarantine and the records, line by line."""
    runs = [each for each in settled_lines if isinstance(each, Run)]
    broken = {each["line_number"]: each["bytes"] for each in settled_lines if not isinstance(each, Run)}
    ends = {"lf": b"\n", "crlf": b"\r\n", "cr": b"\r", "none": b""}
    pieces = []
    for run in runs:
        if run.disposition == "quarantined":
            pieces.append(broken[run.first_line])
        elif run.original is not None:
            pieces.append(run.original)
        elif run.disposition == "staged":
            text = DELIMITER.join(records[run.first_row or 0]) + DELIMITER * run.phantom_count
            pieces.append(text.encode(run.encoding or "ascii") + ends[run.eol])
        else:
            pieces.append(ends[run.eol])
    return b"".join(pieces)


def _open_ledger(layout: Layout) -> tuple[SettledLines, MemberLedger]:
    settled_lines = SettledLines()
    return settled_lines, MemberLedger(layout.shape.name, layout, "member", settled_lines, 0)  # type: ignore[arg-type]


def _close(ledger: MemberLedger, data: bytes, settled_lines: SettledLines) -> TableReceipt:
    quarantine: QuarantineFile = settled_lines  # type: ignore[assignment]
    return ledger.close("sha", len(data), quarantine)
