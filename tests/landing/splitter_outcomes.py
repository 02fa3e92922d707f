"""One member split both ways, exactly and in bulk, told line by line so that the two can be compared."""

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
from pipeline.settings import PROJECT
from pipeline.sources.faers import make_shape

CORRECTIONS = read_corrections(PROJECT / "sql")


class Told(list[Any]):
    """Stands in for the ledger file and the quarantine file: keeps what it is told, a line at a time."""

    def add(self, each: Run | dict[str, Any]) -> None:
        if not isinstance(each, Run) or each.line_count == 1 or each.line_count != each.row_count:
            self.append(each)
            return
        for place in range(each.line_count):
            row = each.first_row + place if each.first_row is not None else None
            line = {"first_line": each.first_line + place, "first_row": row, "line_count": 1, "row_count": 1}
            self.append(Run(**{**vars(each), **line}))


Outcome = tuple[list[list[str]], list[Any], TableReceipt]


def layout_of(data: bytes, table: str, period: str = "2011Q4") -> Layout:
    return read_layout(data, make_shape(table, period), f"{table}.txt")


def split_exactly(data: bytes, layout: Layout) -> Outcome:
    """Records, what the ledger and quarantine were told, and the account, by the exact splitter alone."""
    told, ledger = _open_ledger(layout)
    settler, records = LineSettler(layout, CORRECTIONS), []
    for line in split_lines(data):
        for settled in settler.settle(line):
            records += settled.records
            ledger.add(settled)
    for settled in settler.finish():
        records += settled.records
        ledger.add(settled)
    return records, told, _close(ledger, data, told)


def split_in_bulk(data: bytes, layout: Layout, block_bytes: int) -> Outcome:
    """The same by the fast path, in blocks of a size, with the records as the CSV reader sees them."""
    told, ledger = _open_ledger(layout)
    splitter, records = BulkSplitter(layout, CORRECTIONS, ledger), []
    blocks = read_blocks(MeteredStream(io.BytesIO(data)), "member", block_bytes)
    for text, count in [*map(splitter.split, blocks), splitter.finish()]:
        if text or count:
            table = to_arrow(text, count, layout, "member").select(list(layout.columns))
            records += [list(row.values()) for row in table.to_pylist()]
    return records, told, _close(ledger, data, told)


def rebuild(told: list[Any], records: list[list[str]]) -> bytes:
    """The member from what the ledger and quarantine were told and the records, line by line."""
    runs = [each for each in told if isinstance(each, Run)]
    broken = {each["line_number"]: each["bytes"] for each in told if not isinstance(each, Run)}
    ends = {"lf": b"\n", "crlf": b"\r\n", "cr": b"\r", "none": b""}
    pieces = []
    for run in runs:
        if run.fate == "quarantined":
            pieces.append(broken[run.first_line])
        elif run.original is not None:
            pieces.append(run.original)
        elif run.fate == "staged":
            text = DELIMITER.join(records[run.first_row or 0]) + DELIMITER * run.phantom_count
            pieces.append(text.encode(run.encoding or "ascii") + ends[run.eol])
        else:
            pieces.append(ends[run.eol])
    return b"".join(pieces)


def _open_ledger(layout: Layout) -> tuple[Told, MemberLedger]:
    told = Told()
    return told, MemberLedger(layout.shape.name, layout, "member", told, 0)  # type: ignore[arg-type]


def _close(ledger: MemberLedger, data: bytes, told: Told) -> TableReceipt:
    quarantine: QuarantineFile = told  # type: ignore[assignment]
    return ledger.close("sha", len(data), quarantine)
