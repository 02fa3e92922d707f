"""The inbox: what lies there to be taken, and how an entry leaves it.

A name that starts with '.' or ends in .part or .tmp is somebody still writing. An entry leaves the inbox only
after its receipt is written, or when it is refused.
"""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import DeliveryRefused, SourceUnavailable
from pipeline.landing import store
from pipeline.settings import Settings

SOURCES = ("faers", "clinicaltrials")
UNFINISHED_SUFFIXES = (".part", ".tmp", ".crdownload", ".filepart")


class StillArriving(SourceUnavailable):
    """The entry changed while it was read; it stays in the inbox for the next run."""


@dataclass(frozen=True)
class Offer:
    """Something to land: a file or folder in the inbox (kind 'inbox'), or fetched by us (kind 'fetched')."""

    source: str
    kind: str
    path: Path
    name: str

    @property
    def origin(self) -> str:
        return f"{self.kind}:{self.name}"

    def to_json(self) -> dict[str, str]:
        """The offer as plain strings, fit for Airflow's XCom."""
        return {**asdict(self), "path": str(self.path)}

    @classmethod
    def from_json(cls, content: dict[str, str]) -> "Offer":
        return cls(content["source"], content["kind"], Path(content["path"]), content["name"])


def find_offers(settings: Settings) -> list[Offer]:
    """List what lies in the inbox of each source, oldest first: of two issues of a quarter the newer is last."""
    offers = []
    for source in SOURCES:
        for path in sorted(_entries(settings.inbox / source), key=lambda each: (_mtime(each), each.name)):
            offers.append(Offer(source, "inbox", path, path.name))
    return offers


def fingerprint(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, sizes and modification times of a file or of all files in a folder: equal if nothing was written.

    Raises FileNotFoundError when the entry is gone.
    """
    paths = [path] if not path.is_dir() else sorted(each for each in path.rglob("*") if not each.is_dir())
    marks = []
    for each in paths:
        status = each.lstat()
        marks.append((each.relative_to(path.parent).as_posix(), status.st_size, status.st_mtime_ns))
    return tuple(marks)


def remove_taken(offer: Offer) -> None:
    """Remove a landed entry from where it was offered; another run may have done so already."""
    if offer.path.is_dir() and not offer.path.is_symlink():
        shutil.rmtree(offer.path, ignore_errors=True)
    else:
        offer.path.unlink(missing_ok=True)
    store.sync_folder(offer.path.parent)


def set_aside(offer: Offer, settings: Settings, refusal: DeliveryRefused, content_sha256: str) -> Path:
    """Move a refused entry to quarantine/<source>/refused/<sha12>-<name>/, with refusal.json saying why."""
    folder = settings.quarantine / offer.source / "refused" / f"{content_sha256[:12]}-{offer.name}"
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
    store.write_whole(folder / "refusal.json", json.dumps(note, indent=1, sort_keys=True) + "\n")
    target = folder / offer.name
    if offer.path.exists() and not target.exists():
        shutil.move(os.fspath(offer.path), os.fspath(target))
    else:
        remove_taken(offer)
    store.sync_folder(folder)
    return folder


def _entries(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if not path.name.startswith(".") and not path.name.lower().endswith(UNFINISHED_SUFFIXES):
            yield path


def _mtime(path: Path) -> int:
    try:
        return path.lstat().st_mtime_ns
    except FileNotFoundError:  # taken by another run since it was listed
        return 0
