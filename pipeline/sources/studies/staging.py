"""Landing of one extraction sheet: accepted whole, its rows as text, or refused with all its errors."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.durable import sha256_of
from pipeline.errors import DeliveryRefused
from pipeline.landing import delivery
from pipeline.landing.delivery import NotLanded, Staged
from pipeline.landing.inbox import Offer
from pipeline.landing.quarantine import open_record_quarantine
from pipeline.landing.receipts import Receipt, TableReceipt
from pipeline.printable import encode_name
from pipeline.settings import Settings
from pipeline.sources.studies.checking import SheetError, SheetRecord, check_sheet, load_words
from pipeline.sources.studies.layout import RAW_COLUMNS, RAW_FILE
from pipeline.sources.studies.reading import read_sheet, refused
from pipeline.sources.studies.revman import read_revman

BATCH = "studies"
SHOWN_ERRORS = 200
SYNTHETIC_MARK = "SYNTHETIC:"  # with which the source of an invented row begins (contract rule 18)
_SCHEMA = pa.schema([*((column, pa.string()) for column in RAW_COLUMNS), ("record_number", pa.int64())])


def land_sheet(offer: Offer, settings: Settings) -> Receipt | NotLanded:
    """Land one sheet, whole or not at all. Raises DeliveryRefused with every error of it by row and column."""
    return delivery.land(offer, settings, stage_sheet)


def stage_sheet(kept: Path, raw: Path, quarantine: Path, settings: Settings) -> Staged:
    """Stage a kept sheet into its raw folder. Raises DeliveryRefused."""
    records, errors = find_records(kept, settings)
    if errors:
        raise describe_errors(errors, kept.name)
    kind = "revman" if kept.suffix.lower() == ".rm5" else "sheet"
    member = encode_name(kept.name)
    rows = [
        {**record.values, "sheet_kind": kind, "member": member, "record_number": record.number} for record in records
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), raw / f"{RAW_FILE}.parquet", compression="zstd")
    open_record_quarantine(quarantine).close()  # a sheet is refused whole: nothing of it is ever set aside
    account = TableReceipt(
        member=member,
        sha256=sha256_of(kept),
        bytes=kept.stat().st_size,
        physical_lines=len(rows),
        staged_lines=len(rows),
        records=len(rows),
    )
    is_synthetic = any(record.values.get("source", "").startswith(SYNTHETIC_MARK) for record in records)
    return Staged(BATCH, None, None, {"row": account}, is_synthetic=is_synthetic)


def find_records(path: Path, settings: Settings) -> tuple[list[SheetRecord], list[SheetError]]:
    """The rows of a sheet or RevMan file and every error. Raises DeliveryRefused for what is neither."""
    suffix = path.suffix.lower()
    if path.is_dir() or suffix not in (".csv", ".xlsx", ".rm5"):
        raise refused("it is neither .csv, .xlsx nor .rm5", path.name)
    if suffix == ".rm5":
        return read_revman(path), []
    return check_sheet(read_sheet(path, settings), load_words(settings.sql_dir))


def describe_errors(errors: list[SheetError], where: str) -> DeliveryRefused:
    """The refusal that names every error by row and column; of very many the first."""
    shown = "; ".join(str(error) for error in errors[:SHOWN_ERRORS])
    more = f"; and {len(errors) - SHOWN_ERRORS} more" if len(errors) > SHOWN_ERRORS else ""
    return refused(f"{len(errors)} errors: {shown}{more}", where)
