"""Archives: a zip, or the loose files of a folder, read as named members that are known to be complete.

Refused are files that are not a zip or are truncated, encrypted members, duplicate names, names that lead outside
the archive, links, and anything above the configured limits of bytes, members or compression ratio. Every byte is
read before a delivery is accepted, so a wrong CRC is always noticed.
"""

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, Protocol, cast

from pipeline.errors import DeliveryRefused
from pipeline.printable import encode_name
from pipeline.settings import Settings

RATIO_APPLIES_FROM = 1 << 20  # bytes; a smaller member may legitimately be repetitive
# UnicodeDecodeError: a name that the archive declares as UTF-8 and that is none.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError)
_ZIP_BEGINS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")  # a member, an empty archive, a part of a spanned one


class Archive(Protocol):
    """members: size in bytes by name ('ascii/DEMO17Q2.txt'). `open` returns a stream that checks the member's CRC.

    The names are text whatever bytes they hold on the disk: those of loose files are written by `encode_name`.
    """

    members: dict[str, int]

    def open(self, name: str) -> BinaryIO: ...


@contextmanager
def open_archive(path: Path, settings: Settings) -> Iterator[Archive]:
    """Open a received zip or folder after checking its list of members.

    Raises DeliveryRefused, also from within the block when a member turns out to be damaged.
    """
    if path.is_dir():
        yield _Folder(path, settings)
        return
    try:
        with zipfile.ZipFile(path) as file:
            yield _Zip(file, path.name, settings)
    except _DAMAGE as error:
        raise _explain_damage(path, error) from error


def _explain_damage(path: Path, error: Exception) -> DeliveryRefused:
    """Say what a file is that cannot be read as a zip, by its first bytes and its name."""
    with path.open("rb") as file:
        head = file.read(512)
    if not head:
        return DeliveryRefused(
            "the file is empty", where=path.name, todo="copy or download it again, and see that the disk has room"
        )
    if head.startswith(_ZIP_BEGINS):
        return DeliveryRefused(
            f"the zip is damaged or was cut off: {error}",
            where=path.name,
            todo="download or copy it again and compare its size with the one the agency states",
        )
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return DeliveryRefused(
            "this is a web page or an XML file, not a zip",
            where=path.name,
            todo="open it in a browser to see what the agency answered, then download the archive itself",
        )
    return DeliveryRefused(
        "this file is not a zip: a delivery is a zip, or a folder of loose files",
        where=path.name,
        todo="if it belongs to a delivery, put it into a folder with the other files of that delivery and put the "
        "folder into the inbox; if it does not, no action is needed",
    )


def member_path(name: str) -> PurePosixPath:
    """Return a member's name as a path in lower case; some archives use backslashes."""
    return PurePosixPath(name.replace("\\", "/").lower())


def find_member(names: list[str], stem: str, suffix: str = ".txt") -> str | None:
    """Find the member for a stem ('DEMO18Q1'), whatever its case and depth; None if there is none.

    An exact stem is preferred to one with an ending ('DEMO18Q1_new'), then the shallowest path. Raises
    DeliveryRefused when two members match equally well.
    """
    found = []
    for name in names:
        path = member_path(name)
        is_exact = path.stem == stem.lower()
        if path.suffix == suffix and (is_exact or path.stem.startswith(f"{stem.lower()}_")):
            found.append((not is_exact, len(path.parts), name))
    found.sort()
    if len(found) > 1 and found[0][:2] == found[1][:2]:
        raise DeliveryRefused(
            f"two members match {stem} equally well: {found[0][2]} and {found[1][2]}",
            where=found[1][2],
            todo="remove the wrong one and drop the delivery into the inbox again",
        )
    return found[0][2] if found else None


class _Folder:
    def __init__(self, path: Path, settings: Settings) -> None:
        files = sorted(each for each in path.rglob("*") if each.is_file())
        self._paths = {encode_name(each.relative_to(path).as_posix()): each for each in files}
        self.members = {name: each.stat().st_size for name, each in self._paths.items()}
        _check_limits(self.members, path.name, settings)

    def open(self, name: str) -> BinaryIO:
        return self._paths[name].open("rb")


class _Zip:
    def __init__(self, file: zipfile.ZipFile, name: str, settings: Settings) -> None:
        self._file = file
        self._name = name
        entries = [each for each in file.infolist() if not each.is_dir()]
        for entry in entries:
            _check_entry(entry, name, settings)
        # Compared under the names that zipfile reads members by: two stored names may be one of these.
        duplicates = [each for each, count in Counter(entry.filename for entry in entries).items() if count > 1]
        if duplicates:
            raise _make_refusal(f"two members have the same name: {duplicates[0]}", name)
        self.members = {entry.filename: entry.file_size for entry in entries}
        _check_limits(self.members, name, settings)

    def open(self, name: str) -> BinaryIO:
        return cast(BinaryIO, _Member(self._file, name, f"{self._name}, member {name}"))


class _Member:
    """A stream over one member of a zip; damage found while reading becomes a DeliveryRefused that names it."""

    def __init__(self, file: zipfile.ZipFile, name: str, where: str) -> None:
        self._where = where
        try:
            self._stream = file.open(name)
        except _DAMAGE as error:
            raise self._make_refusal(error) from error

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size)
        except _DAMAGE as error:
            raise self._make_refusal(error) from error

    def __enter__(self) -> "_Member":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def _make_refusal(self, error: BaseException) -> DeliveryRefused:
        return _make_refusal(f"a member is damaged: {error or type(error).__name__}", self._where)


def _check_entry(entry: zipfile.ZipInfo, archive: str, settings: Settings) -> None:
    # orig_filename is the name as stored; zipfile cuts `filename` at a NUL and may convert its separators.
    name = entry.orig_filename.replace("\\", "/")
    where = f"{archive}, member {entry.filename}"
    if entry.flag_bits & 0x1:
        raise _make_refusal("a member is encrypted", where)
    if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0] or "\0" in name:
        raise _make_refusal(f"the path of a member is absolute or leads outside the archive: {name!r}", where)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise _make_refusal("a member is a symbolic link", where)
    ratio = entry.file_size / max(entry.compress_size, 1)
    if entry.file_size > RATIO_APPLIES_FROM and ratio > settings.archive_max_ratio:
        raise _make_refusal(
            f"a member expands {ratio:.0f} times, above the limit of {settings.archive_max_ratio}: this may be a "
            "decompression bomb",
            where,
        )


def _check_limits(members: dict[str, int], archive: str, settings: Settings) -> None:
    if len(members) > settings.archive_max_members:
        raise _make_refusal(
            f"the archive has {len(members)} members, above the limit of {settings.archive_max_members}",
            archive,
            "MAX_MEMBERS",
        )
    if sum(members.values()) > settings.archive_max_bytes:
        raise _make_refusal(
            f"the archive unpacks to {sum(members.values())} bytes, above the limit of {settings.archive_max_bytes}",
            archive,
            "MAX_BYTES",
        )


def _make_refusal(what: str, where: str, limit: str = "") -> DeliveryRefused:
    todo = "download it again from the agency; if it came from elsewhere, do not open it by hand"
    if limit:
        todo = f"check that the archive is genuine; if it is, raise NIGHTVIGIL_ARCHIVE_{limit}"
    return DeliveryRefused(what, where=where, todo=todo)


def read_through(archive: Archive, names: list[str]) -> None:
    """Read the named members to their end, so that damage is noticed in members that are not staged too."""
    for name in names:
        with archive.open(name) as stream:
            while stream.read(1 << 20):
                pass
