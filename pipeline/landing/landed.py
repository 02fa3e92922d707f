"""The bytes kept in landing, compared with the hashes of their receipts: of one delivery, or a part of all each run.

They are read only when a delivery is staged again, so damage would stay unnoticed for years; the scrub reads the ones
verified longest ago first, up to a number of bytes a run.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from pipeline.durable import sha256_of, write_durably
from pipeline.errors import IntermediateDamaged
from pipeline.landing.receipts import Receipt
from pipeline.settings import Settings


def find_landed_damage(settings: Settings, receipt: Receipt) -> list[str]:
    """What is wrong with the bytes kept of a delivery, one sentence a file; empty when they are as received."""
    problems = []
    for path, sha256 in _list_files(settings, receipt).items():
        if not path.is_file():
            problems.append(f"{path} is missing")
        elif sha256_of(path) != sha256:
            problems.append(f"{path} does not have the sha256 it was received with")
    return problems


def describe_landed_damage(receipt: Receipt, problems: list[str]) -> IntermediateDamaged:
    """The problem of a delivery whose kept bytes are damaged, and how to restore them."""
    return IntermediateDamaged(
        f"bytes kept in landing are damaged, of delivery {receipt.delivery_id}: {'; '.join(problems)}",
        where=f"landing/{receipt.source}/{receipt.content_sha256}",
        todo=restore_advice(receipt),
    )


def restore_advice(receipt: Receipt) -> str:
    """How to bring the bytes of a delivery back into landing."""
    return (
        f"fetch the delivery again ({receipt.origin}) or take it from a backup, then "
        f"`nightvigil land {receipt.source} PATH`: where its bytes are the same they replace the damaged copy"
    )


def scrub(settings: Settings, receipts: Iterable[Receipt], limit_bytes: int) -> list[IntermediateDamaged]:
    """Verify landed bytes, those verified longest ago first, until `limit_bytes` are read, but one delivery at least.

    Returns a problem for each damaged delivery; one that is damaged stays first in line until it is restored. With a
    limit of 0 nothing is read.
    """
    deliveries = {(each.source, each.content_sha256): each for each in receipts}
    verified = {key: moment for key, moment in _read_state(settings).items() if key in map(_key, deliveries.values())}
    problems, read = [], 0
    for receipt in sorted(deliveries.values(), key=lambda each: (verified.get(_key(each), ""), each.received_at)):
        size = sum(file.bytes for file in receipt.files)
        if read + size > limit_bytes and (read or not limit_bytes):
            break
        read += size
        if damage := find_landed_damage(settings, receipt):
            verified.pop(_key(receipt), None)
            problems.append(describe_landed_damage(receipt, damage))
        else:
            verified[_key(receipt)] = datetime.now(UTC).isoformat(timespec="microseconds")
    _write_state(settings, verified)
    return problems


def _list_files(settings: Settings, receipt: Receipt) -> dict[Path, str]:
    """The sha256 of each kept file by its path. A single file may be kept under the name it first came with."""
    folder = settings.landing / receipt.source / receipt.content_sha256
    if [file.sha256 for file in receipt.files] == [receipt.content_sha256]:
        return {next(folder.glob("*"), folder / receipt.files[0].name): receipt.content_sha256}
    root = next((path for path in folder.glob("*") if path.is_dir()), folder)
    return {root / file.name: file.sha256 for file in receipt.files}


def _key(receipt: Receipt) -> str:
    return f"{receipt.source}/{receipt.content_sha256}"


def _state_path(settings: Settings) -> Path:
    return settings.cache / "landing_verified.json"


def _read_state(settings: Settings) -> dict[str, str]:
    """When each content was verified; empty where the file is missing or no JSON, so that all are verified anew."""
    try:
        state: dict[str, str] = json.loads(_state_path(settings).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return state


def _write_state(settings: Settings, verified: dict[str, str]) -> None:
    settings.cache.mkdir(parents=True, exist_ok=True)
    write_durably(_state_path(settings), (json.dumps(verified, indent=1, sort_keys=True) + "\n").encode())
