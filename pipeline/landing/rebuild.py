"""The rebuild of received members, byte for byte, from raw and quarantine alone.

It proves that nothing was lost in landing: the sha256 of the result must be the one in the receipt. It needs
neither the landing copy nor the source's module.
"""

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.landing.layout import DELIMITER
from pipeline.landing.ledger import END_NAMES
from pipeline.landing.receipts import Receipt, TableReceipt
from pipeline.settings import Settings

ENDS = {name: end for end, name in END_NAMES.items()}


def find_differences(settings: Settings, receipt: Receipt) -> list[str]:
    """Find the members of a delivery whose rebuilt bytes are not those received; empty when there are none."""
    differing = []
    for key, table in receipt.tables.items():
        digest = hashlib.sha256()
        for piece in rebuild_member(settings, receipt, key):
            digest.update(piece)
        if digest.hexdigest() != table.sha256:
            differing.append(table.member)
    return differing


def rebuild_member(settings: Settings, receipt: Receipt, key: str) -> Iterator[bytes]:
    """Rebuild the bytes of one member, piece by piece; key is its table in the receipt ('demo', 'deleted_2').

    Raises FileNotFoundError when raw or quarantine lacks the delivery.
    """
    member = receipt.tables[key]
    raw = settings.raw / receipt.source / receipt.raw_in
    quarantine = settings.quarantine / receipt.source / receipt.raw_in / "lines.parquet"
    runs = _read_rows(raw / "lines.parquet", member.member)
    broken = (row["bytes"] for row in _read_rows(quarantine, member.member))
    lines: Iterator[str] | None = None
    for run in runs:
        if run["fate"] == "quarantined":  # the stored name of the disposition
            yield b"".join(islice(broken, run["line_count"]))
            continue
        texts = [""] * run["line_count"]
        if run["row_count"]:
            lines = lines or _read_lines(raw / f"{run['table_name']}.parquet", member, run["first_row"])
            texts = list(islice(lines, run["row_count"]))
        yield run["original"] if run["original"] is not None else _encode(run, texts)


def _encode(run: dict[str, Any], texts: list[str]) -> bytes:
    """Encode similar lines as received, with phantom columns and terminators. Blank lines have no encoding."""
    tail = DELIMITER * run["phantom_count"] if run["row_count"] else ""
    end = tail + ENDS[run["eol"]].decode()
    return "".join(text + end for text in texts).encode(run["encoding"] or "ascii")


def _read_rows(path: Path, member: str) -> Iterator[dict[str, Any]]:
    """Read the rows of a ledger or quarantine file that concern a member, in their order."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            yield from batch.filter(pc.equal(batch["member"], member)).to_pylist()


def _read_lines(path: Path, member: TableReceipt, first_row: int) -> Iterator[str]:
    """Read the records of a raw table from a row on, each as the text of its line in the member."""
    with pq.ParquetFile(path) as file:
        skip = first_row
        for batch in file.iter_batches(columns=member.columns):
            fields = [batch[column].cast(pa.large_string()) for column in member.columns]
            texts = pc.binary_join_element_wise(*fields, pa.scalar(DELIMITER, pa.large_string()))
            yield from texts.slice(skip).to_pylist()
            skip = max(skip - len(texts), 0)
