"""The inbox: what is offered there, and how an entry leaves it.

A name that starts with '.' or ends in .part or .tmp is still being written. An entry leaves the inbox only
after its receipt is written, or when it is refused.
"""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.durable import flush, write_durably
from pipeline.errors import DeliveryRefused
from pipeline.printable import MAX_NAME_BYTES, decode_name, encode_name, shorten_name
from pipeline.settings import Settings

UNFINISHED_SUFFIXES = (".part", ".tmp", ".crdownload", ".filepart")


@dataclass(frozen=True)
class Offer:
    """Something to land: a file or folder in the inbox (kind 'inbox'), or fetched by us (kind 'fetched').

    name: that of the path as `encode_name` writes it, so that it can be recorded and shown whatever its bytes are.
    seen: its state when it was listed, at seen_at (seconds since 1970), as `arrival.look` gives it; empty if nobody
    looked.
    """

    source: str
    kind: str
    path: Path
    name: str
    seen: str = field(default="", compare=False)
    seen_at: float = field(default=0.0, compare=False)

    @property
    def origin(self) -> str:
        return f"{self.kind}:{self.name}"

    def to_json(self) -> dict[str, Any]:
        """The offer as plain values, fit for Airflow's XCom."""
        return {**asdict(self), "path": encode_name(str(self.path))}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Offer":
        return cls(**{**content, "path": Path(decode_name(content["path"]))})

    @classmethod
    def from_inbox(cls, source: str, path: Path) -> "Offer":
        """The offer of an entry of an inbox."""
        return cls(source, "inbox", path, encode_name(path.name))


def find_offers(settings: Settings) -> list[Offer]:
    """List the entries of inbox/<source>/, oldest first, so that of two issues of a quarter the newer is last."""
    offers = []
    for folder in _entries(settings.inbox):
        for path in sorted(_entries(folder), key=lambda each: (_mtime(each), each.name)):
            offers.append(Offer.from_inbox(folder.name, path))
    return offers


def find_time(offer: Offer) -> datetime | None:
    """When an entry of the inbox was last written, by which entries are listed; None for what was fetched or is gone,
    and for a time that no calendar has."""
    written = _mtime(offer.path) if offer.kind == "inbox" else 0
    try:
        return datetime.fromtimestamp(written / 1e9, UTC) if written else None
    except (ValueError, OverflowError, OSError):
        return None


def is_finished(path: Path) -> bool:
    """Whether the name of an entry does not say that it is still being written."""
    return not path.name.startswith(".") and not path.name.lower().endswith(UNFINISHED_SUFFIXES)


def remove_taken(offer: Offer) -> None:
    """Remove a landed entry from where it was offered; another run may have done so already."""
    if offer.path.is_dir() and not offer.path.is_symlink():
        shutil.rmtree(offer.path, ignore_errors=True)
    else:
        offer.path.unlink(missing_ok=True)
    flush(offer.path.parent)


def set_aside(offer: Offer, settings: Settings, refusal: DeliveryRefused, content_sha256: str | None) -> Path:
    """Move a refused entry to quarantine/<source>/refused/<sha12>-<name>/, with refusal.json saying why.

    content_sha256 is None for what could not even be read through, such as a link. A long name is shortened in the
    name of the folder; the entry in it keeps its own.
    """
    mark = content_sha256[:12] if content_sha256 else "unread"
    name = f"{mark}-{shorten_name(offer.name, MAX_NAME_BYTES - len(mark) - 1)}"
    folder = settings.quarantine / offer.source / "refused" / name
    folder.mkdir(parents=True, exist_ok=True)
    note = {
        "what": refusal.what,
        "where": refusal.where,
        "reasons": [refusal.what],
        "todo": refusal.todo,
        "content_sha256": content_sha256,
        "origin": offer.origin,
        "refused_at": datetime.now(UTC).isoformat(timespec="microseconds"),
    }
    write_durably(folder / "refusal.json", (json.dumps(note, indent=1, sort_keys=True) + "\n").encode())
    target = folder / offer.path.name
    if os.path.lexists(offer.path) and not os.path.lexists(target):
        shutil.move(offer.path, target)
    else:
        remove_taken(offer)
    flush(folder)
    return folder


def _entries(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if is_finished(path):
            yield path


def _mtime(path: Path) -> int:
    try:
        return path.lstat().st_mtime_ns
    except FileNotFoundError:  # landed by another run since it was listed
        return 0
