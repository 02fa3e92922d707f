"""Landing of one delivery: keep its bytes, stage it, decide under the source's lock what it replaces, rename it.

The steps are the same for every source; how the bytes become Parquet is a function that the source's module passes
in. If the process is interrupted at any point, the next run finds either a whole delivery or none, and the entry
still in the inbox.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.errors import DeliveryRefused
from pipeline.landing import inbox, store
from pipeline.landing.arrival import is_arriving, needs_second_look
from pipeline.landing.hashes import AT_LANDING, record_hashes
from pipeline.landing.inbox import Offer
from pipeline.landing.receipts import (
    RECEIPT_NAME,
    Receipt,
    ReceivedFile,
    TableReceipt,
    current_receipts,
    make_delivery_id,
    read_receipts,
    write_receipt,
)
from pipeline.settings import Settings


@dataclass(frozen=True)
class NotLanded:
    """An offer without a new receipt. status: 'already_current' or 'still_arriving'."""

    status: str
    delivery_id: str | None
    message: str


@dataclass(frozen=True)
class Staged:
    """A staged delivery: the batch its id begins with, its period and era, and the account of each table.

    data_date: the day up to which its records state to reach (ISO date), where they state one. is_synthetic: whether
    any record states that it is invented; None where the source cannot say. An archive states it by a member.
    """

    batch: str
    period: str | None
    era: str | None
    tables: dict[str, TableReceipt]
    ignored_members: list[str] = field(default_factory=list)
    data_date: str | None = None
    is_synthetic: bool | None = None


Stage = Callable[[Path, Path, Path, Settings], Staged]
"""stage(kept, raw, quarantine, settings): read the kept file or folder, fill both folders; raise DeliveryRefused."""


def land(offer: Offer, settings: Settings, stage: Stage) -> Receipt | NotLanded:
    """Land one offer, whole or not at all, and remove it from the inbox. What is still being written stays there.

    Raises DeliveryRefused after keeping the bytes and moving the entry to quarantine with the reasons.
    """
    if needs_second_look(offer) and is_arriving(offer, settings):
        return _describe_arriving_offer(offer)
    offered_at = inbox.find_time(offer)
    try:
        kept, sha256, files = store.keep(offer.path, settings, offer.source)
    except store.Changed:
        return _describe_arriving_offer(offer)
    except FileNotFoundError:
        return _describe_vanished_offer(offer, settings)
    except DeliveryRefused as refusal:
        inbox.set_aside(offer, settings, refusal, None)
        raise
    content_lock = settings.landing / offer.source / ".locks" / sha256[:12]
    with store.lock(content_lock):  # another run landing the same bytes waits, then finds them current
        try:
            result = _stage_and_commit(_Kept(offer, kept, sha256, files, offered_at), settings, stage)
        except DeliveryRefused as refusal:
            if is_arriving(offer, settings):  # a zip whose directory is sound before its members are
                _discard_partial_copy(offer, settings, sha256)
                return _describe_arriving_offer(offer)
            inbox.set_aside(offer, settings, refusal, sha256)
            raise
        inbox.remove_taken(offer)
    return result


@dataclass(frozen=True)
class _Kept:
    offer: Offer
    path: Path
    sha256: str
    files: list[ReceivedFile]
    offered_at: datetime | None


def _stage_and_commit(kept: _Kept, settings: Settings, stage: Stage) -> Receipt | NotLanded:
    source = kept.offer.source
    raw_home, quarantine_home = settings.raw / source, settings.quarantine / source
    known = [each for each in read_receipts(settings, source) if each.content_sha256 == kept.sha256]
    with store.working_folder(raw_home) as raw, store.working_folder(quarantine_home) as quarantine:
        if known:
            earlier = known[-1]
            batch = earlier.delivery_id.rsplit("-", 2)[0]
            staged = Staged(
                batch,
                earlier.period,
                earlier.era,
                earlier.tables,
                earlier.ignored_members,
                earlier.data_date,
                earlier.is_synthetic,
            )
            return _commit(kept, settings, staged, (raw, None), earlier.raw_in)
        staged = stage(kept.path, raw, quarantine, settings)
        return _commit(kept, settings, staged, (raw, quarantine), None)


def _commit(
    kept: _Kept, settings: Settings, staged: Staged, folders: tuple[Path, Path | None], raw_in: str | None
) -> Receipt | NotLanded:
    """Under the source's lock: find what the delivery replaces, write the receipt, rename the folders into place."""
    source = kept.offer.source
    raw, quarantine = folders
    with store.lock(store.source_lock(settings, source)):
        store.clear_orphans(settings, source)
        receipts = read_receipts(settings, source)
        receipt = _make_receipt(kept, staged, receipts)
        current = {each.currency_key: each for each in current_receipts(receipts)}.get(receipt.currency_key)
        if current is not None and current.content_sha256 == kept.sha256:
            message = f"{kept.offer.name} has the same bytes as the current delivery {current.delivery_id}"
            return NotLanded("already_current", current.delivery_id, message)
        if current is not None and _was_overtaken(receipt, kept.offer, current):
            receipt = _place_before(receipt, staged.batch, current)
        else:
            receipt = replace(receipt, reissue_of=current.delivery_id if current else None)
        receipt = replace(receipt, raw_in=raw_in or receipt.delivery_id)
        write_receipt(raw, receipt)
        record_hashes(raw, RECEIPT_NAME, AT_LANDING)
        if quarantine is not None:
            store.settle_folder(quarantine, settings.quarantine / source / receipt.delivery_id)
        store.settle_folder(raw, settings.raw / source / receipt.delivery_id)
    return receipt


def _was_overtaken(receipt: Receipt, offer: Offer, current: Receipt) -> bool:
    """Whether a later issue of the same period, listed with this one, was landed first by another process."""
    if receipt.offered_at is None or current.offered_at is None:
        return False
    is_of_this_listing = 0 < offer.seen_at < current.received_at.timestamp()
    return is_of_this_listing and receipt.offered_at < current.offered_at


def _place_before(receipt: Receipt, batch: str, current: Receipt) -> Receipt:
    """The receipt as it would be, had the delivery been landed in its turn: the later issue stays current."""
    received_at = current.received_at - timedelta(microseconds=1)
    delivery_id = make_delivery_id(batch, received_at, receipt.content_sha256)
    return replace(receipt, received_at=received_at, delivery_id=delivery_id, reissue_of=current.reissue_of)


def _make_receipt(kept: _Kept, staged: Staged, receipts: list[Receipt]) -> Receipt:
    """Make the receipt, received now, and later than every other even if the clock was set back."""
    received_at = datetime.now(UTC)
    if receipts:
        received_at = max(received_at, receipts[-1].received_at + timedelta(microseconds=1))
    delivery_id = make_delivery_id(staged.batch, received_at, kept.sha256)
    return Receipt(
        source=kept.offer.source,
        delivery_id=delivery_id,
        period=staged.period,
        era=staged.era,
        content_sha256=kept.sha256,
        received_at=received_at,
        origin=kept.offer.origin,
        files=kept.files,
        raw_in=delivery_id,
        tables=staged.tables,
        ignored_members=staged.ignored_members,
        data_date=staged.data_date,
        is_synthetic=staged.is_synthetic,
        offered_at=kept.offered_at,
    )


def _describe_arriving_offer(offer: Offer) -> NotLanded:
    message = f"{offer.name} is still being written; it stays in the inbox for the next run"
    return NotLanded("still_arriving", None, message)


def _discard_partial_copy(offer: Offer, settings: Settings, sha256: str) -> None:
    """Remove the copy of bytes that were not received whole, unless they are those of a delivery."""
    if all(each.content_sha256 != sha256 for each in read_receipts(settings, offer.source)):
        shutil.rmtree(settings.landing / offer.source / sha256)


def _describe_vanished_offer(offer: Offer, settings: Settings) -> NotLanded:
    """Describe an offer that changed while it was read, or that another run landed since it was listed."""
    if os.path.lexists(offer.path):
        return NotLanded("still_arriving", None, f"{offer.name} changed while it was read")
    same = [each for each in read_receipts(settings, offer.source) if each.origin == offer.origin]
    delivery_id = same[-1].delivery_id if same else None
    return NotLanded("already_current", delivery_id, f"{offer.name} was landed by another run")
