"""Live fetching over HTTP: a file arrives whole or not at all.

What has arrived is kept in a hidden `.part` beside the target with the server's validators, and is resumed (Range
with If-Range) while the server still has the same file. Length and every CRC of a zip are checked before the rename.
"""

import json
import os
import zipfile
import zlib
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from pipeline.durable import flush, write_durably
from pipeline.errors import SourceUnavailable
from pipeline.landing.patience import Interrupted, Patience
from pipeline.landing.web import refuse_busy, refuse_html, request, require_success


@dataclass(frozen=True)
class Validators:
    """What a server states about a file, by which a change is detected: entity tag, date of change, size in bytes."""

    etag: str | None
    last_modified: str | None
    length: int | None

    @classmethod
    def of(cls, response: httpx.Response) -> "Validators":
        size = response.headers.get("content-range", "").rpartition("/")[2] or response.headers.get("content-length")
        length = int(size) if size and size.isdigit() else None
        return cls(response.headers.get("etag"), response.headers.get("last-modified"), length)

    @property
    def if_range(self) -> str | None:
        """The validator that makes a resumed part safe: a strong tag, else the date."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified


def find_validators(client: httpx.Client, url: str, patience: Patience) -> Validators | None:
    """What the server states about a file; None when there is no such file. Raises SourceUnavailable."""
    response = request(client, "HEAD", url, patience)
    if response.status_code in (404, 410):
        return None
    require_success(response)
    return Validators.of(response)


def download_zip(client: httpx.Client, url: str, target: Path, patience: Patience) -> Validators:
    """Fetch a zip to target, resuming what an earlier attempt left, and return its validators.

    Raises SourceUnavailable when it cannot be fetched whole; what arrived is kept for the next attempt, unless it is
    more than a fetch may bring.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")

    def attempt() -> Validators:
        before = _size(part)
        try:
            validators = _continue_part(client, url, part, patience)
            _require_whole(part, validators)
        except (httpx.RequestError, Interrupted):
            if _size(part) > before:
                patience.renew()
            raise
        return validators

    validators = patience.persist(attempt, url)
    flush(part)
    part.replace(target)
    _note(part).unlink(missing_ok=True)
    flush(target.parent)
    return validators


def _continue_part(client: httpx.Client, url: str, part: Path, patience: Patience) -> Validators:
    """One attempt: fetch what is missing, or all of it when the server has another file or no ranges."""
    known = _read_note(part)
    if known and known.length and _size(part) >= known.length:
        # All of it is here: asking for the last byte shows whether the server still has the same file.
        os.truncate(part, known.length - 1)
    have = _size(part)
    headers = {}
    if have and known and known.if_range:
        headers = {"Range": f"bytes={have}-", "If-Range": known.if_range}
    with client.stream("GET", url, headers=headers) as response:
        refuse_busy(response)
        if response.status_code == 416:
            part.unlink()
            raise Interrupted("the part we have is longer than the file")
        refuse_html(response)
        require_success(response)
        validators = Validators.of(response)
        if resumed := response.status_code == 206:
            _require_continuation(response, have, part)
        else:
            write_durably(_note(part), json.dumps(asdict(validators)).encode())
        try:
            _append(response, part, url, patience, have if resumed else 0)
        except SourceUnavailable:
            if _size(part) >= patience.max_bytes:
                part.unlink()  # a file that is too large is not resumed
            raise
        return validators


def _append(response: httpx.Response, part: Path, url: str, patience: Patience, size: int) -> None:
    """Write the body after the first `size` bytes of the part, as far as the bounds of time and bytes allow."""
    patience.check_size(Validators.of(response).length or 0, url)
    with part.open("ab" if size else "wb") as sink:
        for chunk in response.iter_raw():
            size += len(chunk)
            sink.write(chunk)
            patience.check_size(size, url)
            patience.check(url)


def _require_continuation(response: httpx.Response, have: int, part: Path) -> None:
    if not response.headers.get("content-range", "").startswith(f"bytes {have}-"):
        part.unlink()
        raise Interrupted(f"the server sent {response.headers.get('content-range')!r}, not the rest of the file")


def _require_whole(part: Path, validators: Validators) -> None:
    """Check the announced length and every member's CRC; a corrupt part is deleted: nothing shows which byte is."""
    size = _size(part)
    if validators.length is not None and size < validators.length:
        raise Interrupted(f"{size} of {validators.length} bytes arrived")
    try:
        with zipfile.ZipFile(part) as archive:
            broken = archive.testzip()
    except RuntimeError:  # encrypted, or packed in a way we cannot read: landing refuses it by name
        return
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        broken = str(error)
    if broken:
        part.unlink()
        raise Interrupted(f"the zip that arrived is corrupt ({broken})")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _read_note(part: Path) -> Validators | None:
    with suppress(FileNotFoundError, ValueError, TypeError):  # without a readable note the file starts anew
        return Validators(**json.loads(_note(part).read_text(encoding="utf-8")))
    return None
