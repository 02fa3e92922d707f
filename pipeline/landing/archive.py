"""Archives: a zip, or the loose files of a folder, seen as named members that can be trusted to be whole.

Refused: what is not a zip or is cut short, encrypted members, names that escape or come twice, links, and more
than the settings allow in bytes, count or ratio. Every byte is read before a delivery is taken, so a wrong CRC
is always noticed.
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
from pipeline.settings import Settings

RATIO_APPLIES_FROM = 1 << 20  # a small member may well be repetitive
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)


class Archive(Protocol):
    """Members by name ('ascii/DEMO17Q2.txt') and size in bytes; `open` reads one through, checking as it goes."""

    members: dict[str, int]

    def open(self, name: str) -> BinaryIO: ...


@contextmanager
def open_archive(path: Path, settings: Settings) -> Iterator[Archive]:
    """Open a received zip or folder after checking what can be told from its list of members.

    Raises DeliveryRefused, also from within the block when a member turns out to be damaged.
    """
    if path.is_dir():
        yield _Folder(path, settings)
        return
    try:
        with zipfile.ZipFile(path) as file:
            yield _Zip(file, path.name, settings)
    except _DAMAGE as error:
        raise DeliveryRefused(
            f"the archive is damaged or is not a zip: {error}",
            where=path.name,
            todo="fetch it again and compare its size with the agency's; a web page saved as .zip is not one",
        ) from error


def member_path(name: str) -> PurePosixPath:
    """A member's name as a path in lower case; some archives are made with backslashes."""
    return PurePosixPath(name.replace("\\", "/").lower())


def find_member(names: list[str], stem: str, suffix: str = ".txt") -> str | None:
    """The member to read for a stem ('DEMO18Q1'), case-blind, at any depth; None if there is none.

    An exact stem is preferred to one with an ending ('DEMO18Q1_new'), then the shallowest path. Raises
    DeliveryRefused when two are equally good.
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
            f"two members are equally good for {stem}: {found[0][2]} and {found[1][2]}",
            where=found[1][2],
            todo="keep the right one and offer the delivery again",
        )
    return found[0][2] if found else None


class _Folder:
    def __init__(self, path: Path, settings: Settings) -> None:
        files = sorted(each for each in path.rglob("*") if each.is_file())
        self._path = path
        self.members = {each.relative_to(path).as_posix(): each.stat().st_size for each in files}
        _check_caps(self.members, path.name, settings)

    def open(self, name: str) -> BinaryIO:
        return (self._path / name).open("rb")


class _Zip:
    def __init__(self, file: zipfile.ZipFile, name: str, settings: Settings) -> None:
        self._file = file
        self._name = name
        entries = [each for each in file.infolist() if not each.is_dir()]
        for entry in entries:
            _check_entry(entry, name, settings)
        # The name as it stands in the archive: zipfile cuts names at a NUL and turns backslashes round.
        twice = [each for each, count in Counter(entry.filename for entry in entries).items() if count > 1]
        if twice:
            raise _refused(f"a member comes twice: {twice[0]}", name)
        self.members = {entry.filename: entry.file_size for entry in entries}
        _check_caps(self.members, name, settings)

    def open(self, name: str) -> BinaryIO:
        return cast(BinaryIO, _Member(self._file, name, f"{self._name}, member {name}"))


class _Member:
    """A member of a zip being read; damage that shows only now is a refusal that names it."""

    def __init__(self, file: zipfile.ZipFile, name: str, where: str) -> None:
        self._where = where
        try:
            self._stream = file.open(name)
        except _DAMAGE as error:
            raise self._damaged(error) from error

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size)
        except _DAMAGE as error:
            raise self._damaged(error) from error

    def __enter__(self) -> "_Member":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def _damaged(self, error: BaseException) -> DeliveryRefused:
        return _refused(f"a member is damaged: {error or type(error).__name__}", self._where)


def _check_entry(entry: zipfile.ZipInfo, archive: str, settings: Settings) -> None:
    name = entry.orig_filename.replace("\\", "/")
    where = f"{archive}, member {entry.filename}"
    if entry.flag_bits & 0x1:
        raise _refused("a member is encrypted", where)
    if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0] or "\0" in name:
        raise _refused(f"the path of a member escapes or is absolute: {name!r}", where)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise _refused("a member is a symbolic link", where)
    ratio = entry.file_size / max(entry.compress_size, 1)
    if entry.file_size > RATIO_APPLIES_FROM and ratio > settings.archive_max_ratio:
        raise _refused(f"a member expands {ratio:.0f} times, more than {settings.archive_max_ratio}: a bomb", where)


def _check_caps(members: dict[str, int], archive: str, settings: Settings) -> None:
    if len(members) > settings.archive_max_members:
        raise _refused(f"{len(members)} members, more than {settings.archive_max_members}", archive, "MAX_MEMBERS")
    if sum(members.values()) > settings.archive_max_bytes:
        raise _refused(
            f"{sum(members.values())} bytes when unpacked, more than {settings.archive_max_bytes}",
            archive,
            "MAX_BYTES",
        )


def _refused(what: str, where: str, cap: str = "") -> DeliveryRefused:
    todo = "fetch it again from the agency, and do not open it by hand if it came from elsewhere"
    if cap:
        todo = f"check what it is; if it is right, raise NIGHTVIGIL_ARCHIVE_{cap}"
    return DeliveryRefused(what, where=where, todo=todo)


def read_through(archive: Archive, names: list[str]) -> None:
    """Read members that are not staged to their end, so that damage anywhere in the archive is noticed."""
    for name in names:
        with archive.open(name) as stream:
            while stream.read(1 << 20):
                pass
