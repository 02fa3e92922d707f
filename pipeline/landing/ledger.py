"""The line ledger of a delivery, run-length encoded: the disposition of each line and the rows it became.

A row of `lines.parquet` is a run of similar lines: plain records have one line per row; a joined record has several
lines for its one row, a split line several rows for its one line. `original` holds the bytes of a run, with
terminators, only where raw and quarantine cannot re-create them.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.landing.layout import Layout
from pipeline.landing.lines import Settled
from pipeline.landing.quarantine import QuarantineFile
from pipeline.landing.receipts import TableReceipt

FLUSH_ROWS = 50_000
END_NAMES = {b"\n": "lf", b"\r\n": "crlf", b"\r": "cr", b"": "none"}
SCHEMA = pa.schema(
    [
        ("table_name", pa.string()),
        ("member", pa.string()),
        ("first_line", pa.int64()),
        ("line_count", pa.int64()),
        ("fate", pa.string()),  # the disposition, under the name that files of every version have
        ("first_row", pa.int64()),
        ("row_count", pa.int64()),
        ("phantom_count", pa.int32()),
        ("eol", pa.string()),
        ("encoding", pa.string()),
        ("repair", pa.string()),
        ("original", pa.binary()),
    ]
)


@dataclass
class Run:
    """Consecutive lines of one member that are alike; line numbers start at 1, rows of the Parquet at 0."""

    table_name: str
    member: str
    first_line: int
    line_count: int
    disposition: str
    first_row: int | None
    row_count: int
    phantom_count: int
    eol: str
    encoding: str | None
    repair: str | None = None
    original: bytes | None = None

    def continues(self, other: "Run") -> bool:
        """Return whether the other run is of the same kind, so that one row of the ledger covers both."""
        is_alike = (self.disposition, self.eol, self.encoding) == (other.disposition, other.eol, other.encoding)
        is_bare = self.original is None and other.original is None
        return is_alike and is_bare and (self.table_name, self.member) == (other.table_name, other.member)


class LedgerFile:
    """Writer of lines.parquet; runs are added in the order of tables and lines."""

    def __init__(self, folder: Path) -> None:
        self._writer = pq.ParquetWriter(folder / "lines.parquet", SCHEMA, compression="zstd")
        self._runs: list[Run] = []

    def add(self, run: Run) -> None:
        if self._runs and self._runs[-1].continues(run):
            self._runs[-1].line_count += run.line_count
            self._runs[-1].row_count += run.row_count
            return
        if len(self._runs) >= FLUSH_ROWS:
            self._flush()
        self._runs.append(run)

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        attributes = {field.name: field.name for field in SCHEMA} | {"fate": "disposition"}
        columns = {name: [getattr(run, attribute) for run in self._runs] for name, attribute in attributes.items()}
        self._writer.write_table(pa.Table.from_pydict(columns, schema=SCHEMA))
        self._runs.clear()


class MemberLedger:
    """The account of one member's lines: runs for the ledger file, counts, and the broken lines.

    The broken lines are held in memory until the member was read to its end and its sha256 is known.
    """

    def __init__(self, table: str, layout: Layout, member: str, file: LedgerFile, first_row: int) -> None:
        self.next_row = first_row
        self._table, self._layout, self._member, self._file = table, layout, member, file
        self._next_line, self._offset = 1, 0
        self._counts: Counter[str] = Counter()
        self._encodings: Counter[str] = Counter()
        self._broken: list[tuple[int, int, bytes, list[str]]] = []

    def add_clean(self, count: int, byte_count: int, end: bytes) -> None:
        """Account for plain records: UTF-8, one line per row, nothing repaired."""
        self._encodings["utf-8"] += count
        self._add_run("staged", count, count, byte_count, eol=END_NAMES[end], encoding="utf-8")

    def add_blank(self, count: int) -> None:
        """Account for empty lines that end with LF."""
        if count:
            self._add_run("blank", count, 0, count, eol=END_NAMES[b"\n"], encoding=None)

    def add(self, settled: Settled) -> None:
        """Account for lines that were examined one by one."""
        lines, rows = len(settled.lines), len(settled.records)
        if settled.disposition == "quarantined":
            line = settled.lines[0]
            self._broken.append((self._next_line, self._offset, line.raw, settled.reasons))
        if settled.disposition == "staged":
            self._counts["splits"] += max(rows - 1, 0)
            self._counts["joins"] += lines - 1
            self._encodings[str(settled.encoding)] += lines
        self._add_run(
            settled.disposition,
            lines,
            rows,
            sum(len(line.raw) for line in settled.lines),
            eol=END_NAMES[settled.lines[-1].end],
            encoding=settled.encoding,
            repair=settled.repair,
            original=settled.original,
        )

    def close(self, sha256: str, byte_count: int, quarantine: QuarantineFile) -> TableReceipt:
        """Write the broken lines to quarantine and return the account of the member."""
        for number, offset, raw, reasons in self._broken:
            place = {"line_number": number, "byte_offset": offset, "bytes": raw, "reasons": reasons}
            quarantine.add({"member": self._member, "table_name": self._table, "member_sha256": sha256, **place})
        self._broken.clear()
        count = self._counts
        return TableReceipt(
            member=self._member,
            sha256=sha256,
            bytes=byte_count,
            physical_lines=self._next_line - 1,
            header_lines=count["header"],
            blank_lines=count["blank"],
            staged_lines=count["staged"],
            quarantined_lines=count["quarantined"],
            splits=count["splits"],
            joins=count["joins"],
            records=count["staged"] + count["splits"] - count["joins"],
            encodings=dict(sorted(self._encodings.items())),
            columns=list(self._layout.columns),
        )

    def _add_run(self, disposition: str, lines: int, rows: int, byte_count: int, **marks: Any) -> None:
        self._file.add(
            Run(
                self._table,
                self._member,
                self._next_line,
                lines,
                disposition,
                self.next_row if rows else None,
                rows,
                phantom_count=self._layout.phantom_count,
                **marks,
            )
        )
        self._counts[disposition] += lines
        self._next_line += lines
        self.next_row += rows
        self._offset += byte_count
