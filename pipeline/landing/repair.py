"""Repair of what has a recorded hash and no longer has it: receipts from their copy, raw files from landed bytes.

What is repaired is reported; what cannot be is an error that says what to restore. Nothing damaged is ever read.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from pipeline.durable import flush, sha256_of, write_durably
from pipeline.errors import DeliveryDamaged, DeliveryRefused, IntermediateDamaged, NightvigilError
from pipeline.landing import store
from pipeline.landing.delivery import Stage
from pipeline.landing.hashes import (
    AT_FIRST_USE,
    HASHES_NAME,
    HashesDamaged,
    RecordedHashes,
    find_altered,
    find_sound_hashes,
    read_hashes,
    record_hashes,
    restore_hashes,
)
from pipeline.landing.landed import find_landed_damage, restore_advice
from pipeline.landing.receipts import RECEIPT_NAME, Receipt, find_raw_folders
from pipeline.landing.withdrawal import find_received
from pipeline.settings import Settings

Report = Callable[[NightvigilError], None]
"""Called with each problem that was repaired, or that a run can do without."""

NO_ACTION = "nothing; if it happens again, have the disk and the memory of this machine checked"

log = logging.getLogger("nightvigil.repair")


def log_repair(problem: NightvigilError) -> None:
    """Write a repaired problem to the log, where nobody else takes it."""
    log.warning("%s", problem)


def repair_receipts(settings: Settings, report: Report = log_repair, source: str | None = None) -> None:
    """Restore each receipt (of one source), or record of hashes, that one damaged bit or a lost file made unusable.

    Receipts of the first version have no recorded hashes: they are recorded now and marked so. What cannot be
    restored stays as it is, and `read_receipts` raises for it.
    """
    for name, folders in groupby(find_raw_folders(settings, source), lambda folder: folder.parent.name):
        with store.lock(store.source_lock(settings, name)):
            for folder in folders:
                _repair_receipt(folder, report)


def _repair_receipt(folder: Path, report: Report) -> None:
    try:
        recorded = read_hashes(folder)
    except HashesDamaged as error:
        if not restore_hashes(folder):
            return
        report(_repaired(f"the recorded hashes were damaged ({error})", folder / HASHES_NAME, "their copy"))
        recorded = read_hashes(folder)
    if recorded is None:
        if _is_of_first_version(folder / RECEIPT_NAME):
            record_hashes(folder, RECEIPT_NAME, AT_FIRST_USE)
        return
    path = folder / RECEIPT_NAME
    if not path.is_file() or path.read_bytes() != recorded.receipt.encode():
        fact = "the receipt was altered" if path.is_file() else "the receipt was missing"
        write_durably(path, recorded.receipt.encode())
        report(_repaired(fact, path, "the copy kept with its hashes"))


def can_restore_receipt(folder: Path) -> bool:
    """Whether the next run can restore the receipt of a folder, or the record of its hashes."""
    return find_sound_hashes(folder) is not None


def _is_of_first_version(path: Path) -> bool:
    try:
        return Receipt.from_json(path.read_text(encoding="utf-8")).receipt_version == 1
    except (OSError, ValueError, KeyError, TypeError):
        return False  # unreadable: `read_receipts` names it


def ensure_raw(settings: Settings, receipt: Receipt, stage: Stage, report: Report = log_repair) -> None:
    """Verify every raw file of a delivery and rebuild those that are altered or missing from its landed bytes.

    Raises DeliveryDamaged where they cannot be rebuilt: nothing is typed from them.
    """
    folder = settings.raw / receipt.source / receipt.raw_in
    recorded = _read_recorded(folder, receipt)
    raw = {name: sha256 for name, sha256 in recorded.files.items() if name != RECEIPT_NAME}
    altered = find_altered(folder, raw)
    if not altered:
        return
    is_same = _rebuild(settings, receipt, stage, altered, recorded)
    note = "byte for byte" if is_same else "with the same rows in other bytes, whose hashes were recorded anew"
    fact = f"raw files of delivery {receipt.delivery_id} were altered or missing: {', '.join(altered)}"
    report(_repaired(fact, folder, f"the landed bytes, {note}"))


def restore_missing_raw(settings: Settings, receipt: Receipt, stage: Stage, report: Report = log_repair) -> None:
    """Rebuild raw files that are missing, as after a partial restore, although nothing reads them now.

    What cannot be rebuilt is reported, not raised: the typed files may serve without it. No file is hashed unless one
    is missing.
    """
    folder = settings.raw / receipt.source / receipt.raw_in
    recorded = find_sound_hashes(folder)
    if recorded is not None and all((folder / name).is_file() for name in recorded.files):
        return
    try:
        ensure_raw(settings, receipt, stage, report)
    except DeliveryDamaged as problem:
        report(problem)


def _read_recorded(folder: Path, receipt: Receipt) -> RecordedHashes:
    try:
        recorded = read_hashes(folder)
        if recorded is None and _is_of_first_version(folder / RECEIPT_NAME):
            record_hashes(folder, RECEIPT_NAME, AT_FIRST_USE)
            recorded = read_hashes(folder)
    except HashesDamaged as error:
        raise _unrepairable(receipt, f"the hashes of its raw files are damaged: {error}", folder) from error
    if recorded is None:
        raise _unrepairable(receipt, "its raw files, or their recorded hashes, are missing", folder)
    return recorded


def _rebuild(
    settings: Settings, receipt: Receipt, stage: Stage, altered: list[str], recorded: RecordedHashes
) -> bool:
    """Stage the landed bytes again and put the altered files in place; return whether all are as recorded."""
    folder = settings.raw / receipt.source / receipt.raw_in
    if damage := find_landed_damage(settings, receipt):
        fact = f"its raw files ({', '.join(altered)}) and the bytes they were made from are damaged: {damage[0]}"
        raise _unrepairable(receipt, fact, folder)
    homes = settings.raw / receipt.source, settings.quarantine / receipt.source
    with store.working_folder(homes[0]) as raw, store.working_folder(homes[1]) as quarantine:
        try:
            staged = stage(find_received(settings, receipt), raw, quarantine, settings)
        except DeliveryRefused as refusal:
            raise _unrepairable(receipt, f"staged again it is refused: {refusal.what}", folder) from refusal
        if staged.tables != receipt.tables or not all((raw / name).is_file() for name in altered):
            fact = f"its raw files ({', '.join(altered)}) are damaged, and staged again it gives other rows"
            raise _unrepairable(receipt, fact, folder)
        differing = [name for name in altered if sha256_of(raw / name) != recorded.files[name]]
        for name in altered:
            flush(raw / name)
            (raw / name).replace(folder / name)
        flush(folder)
    if differing:
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        marks = {**recorded.rebuilt, **dict.fromkeys(differing, moment)}
        record_hashes(folder, RECEIPT_NAME, recorded.recorded, marks)
    return not differing


def _repaired(fact: str, where: Path, origin: str) -> IntermediateDamaged:
    return IntermediateDamaged(f"{fact}; rebuilt from {origin}", where=str(where), todo=NO_ACTION)


def _unrepairable(receipt: Receipt, fact: str, folder: Path) -> DeliveryDamaged:
    return DeliveryDamaged(
        f"delivery {receipt.delivery_id} cannot be read: {fact}",
        where=str(folder),
        todo=f"restore this folder from a backup, or {restore_advice(receipt)}, and the next run rebuilds the rest",
    )
