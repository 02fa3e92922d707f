"""ClinicalTrials.gov study records of API v2: single files, pages of the API, folders or zips of either.

A record is staged as received when it is sound JSON, holds a protocolSection, and names one valid NCT number that
its file name does not contradict (a previous number of the study is none), and states what is counted. Anything else
is quarantined with its bytes and every reason.
"""

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import DeliveryRefused
from pipeline.landing import delivery
from pipeline.landing.archive import Archive, open_archive, read_through
from pipeline.landing.delivery import NotLanded, Staged
from pipeline.landing.inbox import Offer
from pipeline.landing.quarantine import QuarantineFile, open_record_quarantine
from pipeline.landing.receipts import Receipt, TableReceipt
from pipeline.printable import encode_name
from pipeline.settings import Settings
from pipeline.sources.clinicaltrials.json_records import (
    CHUNK,
    MAX_RECORD_BYTES,
    JsonRecord,
    OpenMember,
    read_strictly,
    split_records,
)
from pipeline.sources.clinicaltrials.layout import COLUMNS, RAW_FILE
from pipeline.sources.clinicaltrials.study_shape import find_shape_reasons

BATCH = "studies"
MAX_MEMBERS = 100_000  # a file a study is usual, so the cap for archives of tables does not fit
MAX_MEMBER_BYTES = 512 << 20
SYNTHETIC_MARK = "(synthetic, never run)"  # with which the official title of an invented study ends
MANY_RECORDS = 100  # from which the share of records in quarantine is judged (expectations/meta/delivery.yaml)
_FLUSH_BYTES = 32 << 20
_NCT_ID = re.compile(r"NCT[0-9]{8}")
_NCT_NAME = re.compile(r"(NCT[0-9]{8})(?![0-9])", re.IGNORECASE)
_SCHEMA = pa.schema([*((column, pa.string()) for column in COLUMNS), ("record_number", pa.int64())])


def land_studies(offer: Offer, settings: Settings) -> Receipt | NotLanded:
    """Land study records: a .json file, or a zip or folder of them. Raises DeliveryRefused with what and where."""
    return delivery.land(offer, settings, stage_studies)


def find_reasons(record: Any, member: str, *, is_alone: bool) -> list[str]:
    """Why a parsed record is no study record of API v2, or not the one its file's name promises; [] if it is."""
    if not isinstance(record, dict):
        return ["not a JSON object"]
    if "FullStudiesResponse" in record or "FullStudy" in record or "Study" in record:
        return ["an envelope of the API before v2 (FullStudiesResponse)"]
    protocol = record.get("protocolSection")
    if not isinstance(protocol, dict):
        return ["no protocolSection"]
    module = protocol.get("identificationModule")
    identification: dict[str, Any] = module if isinstance(module, dict) else {}
    nct_id = identification.get("nctId")
    if not isinstance(nct_id, str) or not _NCT_ID.fullmatch(nct_id):
        return [f"no NCT number of eight digits: {ascii(nct_id)[:40]}"]
    named = _NCT_NAME.match(PurePosixPath(member).stem)
    if is_alone and named and named[1].upper() not in (nct_id, *_find_previous_numbers(identification)):
        return [f"the file is named {named[1].upper()} and the record says {nct_id}"]
    unlisted = _find_unlisted_groups(record.get("resultsSection"))
    reasons = find_shape_reasons(record)
    if unlisted:
        reasons.append(f"adverse events of groups that the study does not list: {', '.join(unlisted)}")
    return reasons


def _find_previous_numbers(identification: Any) -> list[Any]:
    """Numbers the study had before: a file fetched by one of them holds the record of the present number."""
    numbers = identification.get("nctIdAliases") if isinstance(identification, dict) else None
    return numbers if isinstance(numbers, list) else []


def _find_unlisted_groups(results: Any) -> list[str]:
    """Groups that posted events name and the study does not list: their people would be in no count."""
    module = results.get("adverseEventsModule") if isinstance(results, dict) else None
    if not isinstance(module, dict):
        return []
    listed = {str(group.get("id")) for group in _objects(module.get("eventGroups"))}
    events = [event for key in ("seriousEvents", "otherEvents") for event in _objects(module.get(key))]
    named = {str(posted.get("groupId")) for event in events for posted in _objects(event.get("stats"))}
    return sorted(ascii(group)[:40] for group in named - listed)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def stage_studies(kept: Path, raw: Path, quarantine: Path, settings: Settings) -> Staged:
    """Stage kept study records into their raw and quarantine folders. Raises DeliveryRefused."""
    settings = settings.model_copy(update={"archive_max_members": MAX_MEMBERS})
    with _open_members(kept, settings) as archive:
        members = sorted(name for name in archive.members if PurePosixPath(name.lower()).suffix == ".json")
        if not members:
            raise _refused("it holds no .json file", kept.name)
        tables = {}
        with (
            closing(_RecordFile(raw / f"{RAW_FILE}.parquet")) as staged,
            closing(open_record_quarantine(quarantine)) as broken,
        ):
            for number, member in enumerate(members, start=1):
                key = "records" if number == 1 else f"records_{number}"
                tables[key] = _stage_member(archive, member, staged, broken)
        _require_a_study(tables, kept.name)
        ignored = sorted(set(archive.members) - set(members))
        read_through(archive, ignored)
    return Staged(BATCH, None, None, tables, ignored, staged.latest_date, staged.is_synthetic)


def _require_a_study(tables: dict[str, TableReceipt], where: str) -> None:
    """Refuse many records of which none is a study: in quarantine they would look like a change at the registry."""
    count = sum(table.physical_lines for table in tables.values())
    if count >= MANY_RECORDS and not any(table.records for table in tables.values()):
        raise _refused(f"none of its {count} records is a study", where)


def _stage_member(archive: Archive, member: str, staged: "_RecordFile", broken: QuarantineFile) -> TableReceipt:
    if archive.members[member] > MAX_MEMBER_BYTES:
        raise _refused(f"a member is larger than {MAX_MEMBER_BYTES} bytes", member)
    size, sha256, open_member = _measure(archive, member)
    count = good = 0
    for record in split_records(open_member, b"studies"):
        count += 1
        value, reasons = _read(record, member)
        if reasons:
            row = {"member": member, "record_number": record.number, "sha256": record.sha256}
            broken.add(row | {"bytes": record.content, "reasons": reasons})
        else:
            good += 1
            staged.add(value["protocolSection"]["identificationModule"]["nctId"], record, member)
            staged.note_date(_find_update_date(value))
            staged.is_synthetic |= is_marked_synthetic(value)
    return TableReceipt(
        member=member,
        sha256=sha256,
        bytes=size,
        physical_lines=count,
        staged_lines=good,
        quarantined_lines=count - good,
        records=good,
        encodings={"utf-8": good},
    )


def _measure(archive: Archive, member: str) -> tuple[int, str, OpenMember]:
    """Read a member to its end, which checks its CRC: its size, its sha256, and how to open it again.

    One that fits into memory is not unpacked again.
    """
    with archive.open(member) as stream:
        head = stream.read(MAX_RECORD_BYTES)
        digest, size = hashlib.sha256(head), len(head)
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    is_small = size == len(head)
    return size, digest.hexdigest(), (lambda: io.BytesIO(head)) if is_small else (lambda: archive.open(member))


def _read(record: JsonRecord, member: str) -> tuple[Any, list[str]]:
    """The parsed record and every reason against it; one that parses is also asked what it is."""
    if record.is_excerpt:
        return None, list(record.reasons)
    value, reasons = read_strictly(record.content)
    reasons = [*record.reasons, *reasons]
    if value is not None:
        reasons += find_reasons(value, member, is_alone=record.is_alone)
    return value, list(dict.fromkeys(reasons)) or ([] if value is not None else ["not a JSON object"])


def _find_update_date(record: dict[str, Any]) -> str | None:
    """When a study record was last updated at the registry, as an ISO date; None where it states no day."""
    status = record["protocolSection"].get("statusModule")
    stated = status.get("lastUpdatePostDateStruct") if isinstance(status, dict) else None
    text = stated.get("date") if isinstance(stated, dict) else None
    try:
        return date.fromisoformat(text).isoformat() if isinstance(text, str) else None
    except ValueError:
        return None


def is_marked_synthetic(record: dict[str, Any]) -> bool:
    """Whether a study record states in its official title that it is invented (contract rule 18)."""
    title = record["protocolSection"]["identificationModule"].get("officialTitle")
    return isinstance(title, str) and title.endswith(SYNTHETIC_MARK)


class _RecordFile:
    """records.parquet: staged records as received, written in batches. latest_date: of their last updates, ISO.
    is_synthetic: whether one of them is marked as invented."""

    def __init__(self, path: Path) -> None:
        self.latest_date: str | None = None
        self.is_synthetic = False
        self._writer = pq.ParquetWriter(path, _SCHEMA, compression="zstd")
        self._rows: list[dict[str, Any]] = []
        self._bytes = 0

    def add(self, nct_id: str, record: JsonRecord, member: str) -> None:
        text = record.content.decode("utf-8")
        self._rows.append({"nct_id": nct_id, "record_text": text, "member": member, "record_number": record.number})
        self._bytes += len(record.content)
        if self._bytes >= _FLUSH_BYTES:
            self._flush()

    def note_date(self, found: str | None) -> None:
        """Note when a record was last updated at the registry."""
        self.latest_date = max(filter(None, (self.latest_date, found)), default=None)

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=_SCHEMA))
        self._rows.clear()
        self._bytes = 0


class _SingleFile:
    """One .json file, seen as an archive of itself."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.members = {encode_name(path.name): path.stat().st_size}

    def open(self, name: str) -> Any:
        return self._path.open("rb")


@contextmanager
def _open_members(kept: Path, settings: Settings) -> Iterator[Archive]:
    if kept.is_dir() or kept.suffix.lower() == ".zip":
        with open_archive(kept, settings) as archive:
            yield archive
    elif kept.suffix.lower() == ".json":
        yield _SingleFile(kept)
    else:
        raise _refused("it is neither .json, .zip nor a folder", kept.name)


def _refused(what: str, where: str) -> DeliveryRefused:
    return DeliveryRefused(
        what, where=where, todo="offer study records of API v2: .json files, pages of the API, or a zip of them"
    )
