"""Receipts: what was received, when, and the disposition of every line.

Each delivery has one immutable `receipt.json`, written last and moved into place by rename, so that a folder with a
receipt is complete. Which delivery is current for its period follows from the receipts alone.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.errors import NightvigilError
from pipeline.landing.hashes import HASHES_NAME, UNHASHED, HashesDamaged, read_hashes
from pipeline.landing.layout import is_unlisted
from pipeline.printable import decode_name, encode_name
from pipeline.settings import Settings

RECEIPT_VERSION = 2  # from 2 on `hashes.json` is written with the receipt
READABLE_VERSIONS = (1, RECEIPT_VERSION)
RECEIPT_NAME = "receipt.json"
SYNTHETIC_MEMBER = "README_SYNTHETIC.TXT"  # whoever invents an archive puts it there (contract rule 18)


@dataclass(frozen=True)
class ReceivedFile:
    """A file as it was received: its name (relative, for loose files), sha256 and size in bytes."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class TableReceipt:
    """The account of one member: physical lines = header + blank + staged + quarantined;
    records = staged + splits - joins. For sources without lines, a line is a record.

    encodings: lines staged, by encoding. columns: raw columns in the order of the member.
    """

    member: str
    sha256: str
    bytes: int
    physical_lines: int = 0
    header_lines: int = 0
    blank_lines: int = 0
    staged_lines: int = 0
    quarantined_lines: int = 0
    splits: int = 0
    joins: int = 0
    records: int = 0
    encodings: dict[str, int] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)

    @property
    def unlisted_columns(self) -> list[str]:
        """The raw columns that the source's list of columns lacks."""
        return [column for column in self.columns if is_unlisted(column)]


@dataclass(frozen=True)
class Receipt:
    """One delivery. period is '2017Q2' or None; raw_in names the delivery whose folder holds the Parquet (its
    own, unless the same bytes were staged before); reissue_of the delivery it replaced as the current one.

    tables is keyed by raw table; a second list of one table has a key of its own ('deleted_2'). data_date: the day up
    to which its records state to reach (ISO date), where they state one. is_synthetic: whether a record of it states
    that it is invented; None where its source cannot say. Receipts of before 2026-11-29 lack both. offered_at: when
    the entry of the inbox was last written; None where it was fetched, and in receipts of before 2026-12-01.
    """

    source: str
    delivery_id: str
    period: str | None
    era: str | None
    content_sha256: str
    received_at: datetime
    origin: str
    files: list[ReceivedFile]
    raw_in: str
    reissue_of: str | None = None
    tables: dict[str, TableReceipt] = field(default_factory=dict)
    ignored_members: list[str] = field(default_factory=list)
    receipt_version: int = RECEIPT_VERSION
    data_date: str | None = None
    is_synthetic: bool | None = None
    offered_at: datetime | None = None

    @property
    def is_marked_synthetic(self) -> bool:
        """Whether the delivery is marked as invented, by its records or by a member of its archive."""
        names = {PurePosixPath(member.replace("\\", "/")).name.upper() for member in self.ignored_members}
        return bool(self.is_synthetic) or SYNTHETIC_MEMBER in names

    @property
    def currency_key(self) -> tuple[str, str]:
        """What this delivery is current for: its source and period, or its own content where there are no periods."""
        return (self.source, self.period or self.content_sha256)

    def to_json(self) -> str:
        """Return the receipt as JSON text with sorted keys; times are ISO 8601 in UTC with microseconds."""
        content = asdict(self)
        content["received_at"] = _write_time(self.received_at)
        content["offered_at"] = self.offered_at and _write_time(self.offered_at)
        content["files"] = [each | {"name": encode_name(each["name"])} for each in content["files"]]
        return json.dumps(content, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Receipt":
        """Parse a receipt; raise ValueError, KeyError or TypeError when the text is not one."""
        content: dict[str, Any] = json.loads(text)
        if content["receipt_version"] not in READABLE_VERSIONS:
            raise ValueError(f"receipt_version {content['receipt_version']} is not known")
        content["received_at"] = datetime.fromisoformat(content["received_at"])
        offered_at = content.get("offered_at")
        content["offered_at"] = offered_at and datetime.fromisoformat(offered_at)
        content["files"] = [ReceivedFile(**each | {"name": decode_name(each["name"])}) for each in content["files"]]
        content["tables"] = {key: TableReceipt(**each) for key, each in content["tables"].items()}
        return cls(**content)


def _write_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def make_delivery_id(batch: str, received_at: datetime, content_sha256: str) -> str:
    """Name a delivery: '<period or batch>-<received_at>-<first 12 of the content sha256>'."""
    return f"{batch}-{received_at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{content_sha256[:12]}"


def read_receipts(settings: Settings, source: str | None = None) -> list[Receipt]:
    """Read every receipt (of one source), in the order received.

    Raises NightvigilError for one that is not what its recorded hash says; `repair_receipts` restores what it can.
    """
    receipts = [read_receipt(folder) for folder in find_raw_folders(settings, source)]
    return sorted(receipts, key=lambda receipt: (receipt.received_at, receipt.delivery_id))


def find_raw_folders(settings: Settings, source: str | None = None) -> list[Path]:
    """The folders of landed deliveries (of one source), also where the receipt itself is missing."""
    found = {
        path.parent
        for name in (RECEIPT_NAME, *UNHASHED)
        for path in settings.raw.glob(f"{source or '*'}/*/{name}")
        if not path.parent.name.startswith(".")
    }
    return sorted(found)


def current_receipts(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Select the current receipts: the last of each source and period, in the order received.

    Where a source has no periods, every distinct content is current, by its last receipt.
    """
    current: dict[tuple[str, str], Receipt] = {}
    for receipt in sorted(receipts, key=lambda each: (each.received_at, each.delivery_id)):
        current.pop(receipt.currency_key, None)
        current[receipt.currency_key] = receipt
    return list(current.values())


def is_any_synthetic(receipts: Iterable[Receipt]) -> bool:
    """Whether a current delivery is marked as invented: then nothing may be concluded from what is built of them."""
    return any(receipt.is_marked_synthetic for receipt in current_receipts(receipts))


def holds_synthetic(settings: Settings) -> bool:
    """Whether a delivery of this home is marked as invented; receipts that cannot be read are passed over.

    For messages, which must go out whatever is damaged.
    """
    for path in sorted(settings.raw.glob(f"*/*/{RECEIPT_NAME}")):
        try:
            if Receipt.from_json(path.read_text(encoding="utf-8")).is_marked_synthetic:
                return True
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return False


def write_receipt(folder: Path, receipt: Receipt) -> Path:
    """Write receipt.json into a folder that is still hidden; the caller flushes and renames that folder."""
    path = folder / RECEIPT_NAME
    path.write_text(receipt.to_json(), encoding="utf-8")
    return path


def read_receipt(folder: Path) -> Receipt:
    """Read the receipt of one folder of raw files; raises NightvigilError for one that is not what was recorded."""
    path = folder / RECEIPT_NAME
    try:
        text = path.read_bytes().decode("utf-8")
        receipt = Receipt.from_json(text)
        recorded = read_hashes(path.parent)
    except HashesDamaged as error:
        raise _unusable(
            f"the recorded hashes of a delivery are damaged: {error}", path.with_name(HASHES_NAME)
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unusable(f"a receipt cannot be read: {error}", path) from error
    if recorded is None and receipt.receipt_version > 1:
        raise _unusable("the recorded hashes of a delivery are missing", path.with_name(HASHES_NAME))
    if recorded is not None and recorded.receipt != text:
        raise _unusable("a receipt is not the one that was recorded", path)
    return receipt


def _unusable(what: str, path: Path) -> NightvigilError:
    return NightvigilError(
        what,
        where=str(path),
        todo="restore the folder from a backup: receipts are never edited, and without it the delivery is lost",
    )
