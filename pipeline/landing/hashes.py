"""The recorded hashes of a delivery's staged files, kept beside them and compared before one is read.

`hashes.json` holds the sha256 of every other file of the folder and the text of the receipt, so that a damaged
receipt can be restored. Its last field is the sha256 of the rest: one altered bit in it is noticed as well.
`hashes.copy.json` holds the same bytes, and restores it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.durable import sha256_of, write_durably

HASHES_NAME, COPY_NAME = "hashes.json", "hashes.copy.json"
UNHASHED = (HASHES_NAME, COPY_NAME)
AT_LANDING, AT_FIRST_USE = "at landing", "at first use"


class HashesDamaged(ValueError):
    """The record of hashes is not as it was written."""


@dataclass(frozen=True)
class RecordedHashes:
    """recorded: when the files were hashed, 'at landing' or, where the version that landed them recorded none, 'at
    first use'. files: sha256 by name. receipt: the text of the receipt. rebuilt: by name, when a file was rebuilt
    whose bytes differ from those recorded before, while its rows are those of the receipt."""

    recorded: str
    recorded_at: str
    files: dict[str, str]
    receipt: str
    rebuilt: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """The record as text, its own sha256 included."""
        content = asdict(self)
        return _render(content | {"sha256": _hash_content(content)})

    @classmethod
    def from_json(cls, text: str) -> "RecordedHashes":
        """Parse a record; raise HashesDamaged where one bit of it differs from what was written."""
        try:
            content: dict[str, Any] = json.loads(text)
            recorded = content.pop("sha256")
            is_whole = recorded == _hash_content(content) and text == _render(content | {"sha256": recorded})
            found = cls(**content)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise HashesDamaged(str(error)) from error
        if not is_whole:
            raise HashesDamaged("its content does not have the sha256 at its end")
        return found


def record_hashes(folder: Path, receipt_name: str, recorded: str, rebuilt: Mapping[str, str] | None = None) -> None:
    """Hash every file of a folder and write the record, replacing an earlier one."""
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    files = {name: sha256_of(folder / name) for name in names if name not in UNHASHED and not name.startswith(".")}
    receipt = (folder / receipt_name).read_text(encoding="utf-8")
    found = RecordedHashes(
        recorded, datetime.now(UTC).isoformat(timespec="seconds"), files, receipt, {**(rebuilt or {})}
    )
    _write(folder, found)


def read_hashes(folder: Path) -> RecordedHashes | None:
    """Read the record of a folder, None where there is none. Raises HashesDamaged where it or its copy is altered."""
    paths = [folder / name for name in UNHASHED]
    texts = [path.read_bytes() for path in paths if path.is_file()]
    if not texts:
        return None
    if len(texts) == 1 or texts[0] != texts[1]:
        raise HashesDamaged("the record and its copy differ")
    return _parse(texts[0])


def restore_hashes(folder: Path) -> bool:
    """Restore a damaged record from its copy, or the copy from it; False where neither is as it was written."""
    record = find_sound_hashes(folder)
    if record is not None:
        _write(folder, record)
    return record is not None


def find_sound_hashes(folder: Path) -> RecordedHashes | None:
    """The record of a folder or its copy, whichever is as it was written; None where neither is."""
    for name in UNHASHED:
        try:
            return _parse((folder / name).read_bytes())
        except (FileNotFoundError, HashesDamaged):
            continue
    return None


def find_altered(folder: Path, recorded: Mapping[str, str]) -> list[str]:
    """The names of recorded files that are missing or whose bytes have another sha256."""
    return [
        name
        for name, sha256 in sorted(recorded.items())
        if not (folder / name).is_file() or sha256_of(folder / name) != sha256
    ]


def _write(folder: Path, record: RecordedHashes) -> None:
    for name in UNHASHED:
        write_durably(folder / name, record.to_json().encode())


def _parse(content: bytes) -> RecordedHashes:
    try:
        return RecordedHashes.from_json(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise HashesDamaged(str(error)) from error


def _hash_content(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _render(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, sort_keys=True) + "\n"
