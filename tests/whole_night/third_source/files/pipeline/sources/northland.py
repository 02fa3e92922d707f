"""The Northland reaction register, invented: a delivery is one CSV file, a report a line."""

import hashlib
from contextlib import closing
from pathlib import Path
from typing import Any

from pipeline.errors import DeliveryRefused
from pipeline.landing import delivery
from pipeline.landing.delivery import NotLanded, Staged
from pipeline.landing.inbox import Offer
from pipeline.landing.receipts import Receipt, TableReceipt
from pipeline.settings import Settings
from pipeline.sources.record import Freshness, RawTable, Source

REPORT = RawTable("report", ("report_number", "received_date", "drug", "route", "reaction"), "report")


def land(offer: Offer, settings: Settings) -> Receipt | NotLanded:
    """Land one CSV file. Raises DeliveryRefused when its header is another."""
    return delivery.land(offer, settings, stage)


def stage(kept: Path, raw: Path, quarantine: Path, settings: Settings) -> Staged:
    """Stage the kept CSV file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from pipeline.landing.quarantine import open_line_quarantine

    content = kept.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    header, *lines = content.splitlines(keepends=True) or [b""]
    if header.decode().strip().split(",") != list(REPORT.columns):
        raise DeliveryRefused("its header is another", where=kept.name, todo=f"begin with {','.join(REPORT.columns)}")
    rows: list[dict[str, Any]] = []
    offset, broken_count = len(header), 0
    with closing(open_line_quarantine(quarantine)) as broken:
        for number, line in enumerate(lines, start=2):
            fields = line.decode().strip().split(",")
            if len(fields) == len(REPORT.columns):
                rows.append({**dict(zip(REPORT.columns, fields, strict=True)), "record_number": len(rows) + 1})
            else:
                broken_count += 1
                place = {"member": kept.name, "table_name": REPORT.name, "member_sha256": sha256}
                reasons = [f"{len(fields)} fields instead of {len(REPORT.columns)}"]
                broken.add({**place, "line_number": number, "byte_offset": offset, "bytes": line, "reasons": reasons})
            offset += len(line)
    text = [(column, pa.string()) for column in REPORT.columns]
    schema = pa.schema([*text, ("record_number", pa.int64())])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), raw / f"{REPORT.file}.parquet")
    account = TableReceipt(
        member=kept.name,
        sha256=sha256,
        bytes=len(content),
        physical_lines=1 + len(lines),
        header_lines=1,
        staged_lines=len(rows),
        quarantined_lines=broken_count,
        records=len(rows),
    )
    return Staged("reports", None, None, {REPORT.name: account})


SOURCE = Source(
    name="northland",
    title="Northland reaction register (invented)",
    agency="the register",
    wing="reports",
    delivery_kinds=("a .csv file of reports",),
    raw_tables=(REPORT,),
    has_lines=False,
    land=land,
    stage=stage,
    fetcher=None,
    asset="northland",
    schedule="0 2 * * *",
    freshness=Freshness(warning_days=45, alarm_days=90),
    consequence="these reports are not in the published tallies; others and the live snapshot are unaffected",
)
