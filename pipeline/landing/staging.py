"""Staging of `$`-delimited members: raw Parquet, line ledger and quarantine in one pass over the bytes."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.landing.blocks import MeteredStream, read_blocks
from pipeline.landing.bulk import BulkSplitter
from pipeline.landing.corrections import Correction
from pipeline.landing.layout import TableShape, read_layout
from pipeline.landing.ledger import LedgerFile, MemberLedger
from pipeline.landing.quarantine import QuarantineFile, open_line_quarantine
from pipeline.landing.receipts import TableReceipt
from pipeline.landing.tables import RawTable


@dataclass(frozen=True)
class StagedMember:
    """A member to stage: its key in the receipt ('demo', 'deleted_2'), its name, its shape, and a way to open it."""

    key: str
    name: str
    shape: TableShape
    open: Callable[[], BinaryIO]


def stage_members(
    members: Sequence[StagedMember],
    shapes: Iterable[TableShape],
    corrections: Sequence[Correction],
    raw: Path,
    quarantine: Path,
) -> dict[str, TableReceipt]:
    """Stage every member and return the account of each; write one Parquet file per shape, even without a member.

    Raises DeliveryRefused for a member whose layout is not known.
    """
    receipts: dict[str, TableReceipt] = {}
    with (
        closing(LedgerFile(raw)) as ledger,
        closing(open_line_quarantine(quarantine)) as broken,
        ThreadPoolExecutor(1) as thread,
    ):
        for shape in shapes:
            with closing(RawTable(raw, shape, thread)) as table:
                row = 0
                for member in (each for each in members if each.shape.name == shape.name):
                    receipts[member.key], row = _stage(member, corrections, table, (ledger, broken), row)
    return receipts


def _stage(
    member: StagedMember,
    corrections: Sequence[Correction],
    table: RawTable,
    files: tuple[LedgerFile, QuarantineFile],
    first_row: int,
) -> tuple[TableReceipt, int]:
    """Stage one member; return its account and the next free row of its table."""
    with member.open() as stream:
        metered = MeteredStream(stream)
        blocks = read_blocks(metered, member.name)
        block = next(blocks, b"")
        layout = read_layout(block, member.shape, member.name)
        ledger = MemberLedger(member.shape.name, layout, member.name, files[0], first_row)
        splitter = BulkSplitter(layout, corrections, ledger)
        while block:
            table.add(*splitter.split(block), layout, member.name)
            block = next(blocks, b"")
        table.add(*splitter.finish(), layout, member.name)
    return ledger.close(metered.sha256, metered.byte_count, files[1]), ledger.next_row
