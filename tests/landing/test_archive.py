"""An archive is accepted whole or refused: each kind of damage, and the variations that are accepted."""

import json
import os
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import DeliveryRefused
from pipeline.landing.inbox import find_offers
from pipeline.landing.receipts import read_receipts
from pipeline.settings import Settings
from pipeline.sources import faers
from pipeline.sources.faers.layout import TABLES
from tests.landing.quarters import deposit, land, make_members, write_folder, write_zip


def land_refused(settings: Settings, path: Path) -> DeliveryRefused:
    """Land an offer that must be refused, with its bytes kept and nothing staged; return the refusal."""
    offer = next(each for each in find_offers(settings) if each.path == path)
    with pytest.raises(DeliveryRefused) as caught:
        faers.land(offer, settings)
    assert read_receipts(settings) == []
    assert not list(settings.raw.rglob("*.parquet"))
    assert find_offers(settings) == []
    (note,) = (settings.quarantine / "faers" / "refused").glob("*/refusal.json")
    noted = json.loads(note.read_text())
    assert noted["what"] == caught.value.what and noted["todo"] and noted["refused_at"]
    assert (note.parent / path.name).exists() or (note.parent / path.name).is_symlink()
    return caught.value


def write_damaged_zip(settings: Settings, damage: Callable[[bytearray], bytes]) -> Path:
    path = write_zip(settings.inbox / "faers" / "q.zip", make_members(reports=200))
    path.write_bytes(damage(bytearray(path.read_bytes())))
    return path


def test_encrypted_member_is_refused(settings: Settings) -> None:
    def encrypt(data: bytearray) -> bytes:
        for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            data[data.find(mark) + place] |= 1
        return bytes(data)

    assert "encrypted" in land_refused(settings, write_damaged_zip(settings, encrypt)).what


def test_truncated_archive_is_refused(settings: Settings) -> None:
    refused = land_refused(settings, write_damaged_zip(settings, lambda data: bytes(data[: len(data) // 2])))
    assert "damaged or was cut off" in refused.what


def test_wrong_checksum_is_refused_and_names_the_member(settings: Settings) -> None:
    def flip(data: bytearray) -> bytes:
        data[data.find(b"DRUG17Q2.txt") + 60] ^= 0x10
        return bytes(data)

    refused = land_refused(settings, write_damaged_zip(settings, flip))
    assert "damaged" in refused.what and "DRUG17Q2" in refused.where


def test_web_page_named_zip_is_refused(settings: Settings) -> None:
    assert "not a zip" in land_refused(settings, write_damaged_zip(settings, lambda _: b"<html>busy</html>")).what


def test_repeated_member_is_refused(settings: Settings) -> None:
    path = write_zip(settings.inbox / "faers" / "q.zip", make_members())
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("ascii/DRUG17Q2.txt", b"another")
    assert "the same name" in land_refused(settings, path).what


@pytest.mark.parametrize("name", ["../DEMO17Q2.txt", "/etc/x.txt", "a/../../x", "C:/x.txt", "..\\x.txt"])
def test_member_path_outside_the_folder_is_refused(settings: Settings, name: str) -> None:
    path = write_zip(settings.inbox / "faers" / "q.zip", {**make_members(), name: b"x"})
    assert "is absolute or leads outside the archive" in land_refused(settings, path).what


def test_symbolic_link_is_refused_in_zip_and_folder(settings: Settings) -> None:
    path = write_zip(settings.inbox / "faers" / "q.zip", make_members())
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("ascii/notes.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/hostname")
    assert "symbolic link" in land_refused(settings, path).what


def test_folder_with_a_link_is_refused(settings: Settings) -> None:
    folder = write_folder(settings.inbox / "faers" / "quarter", make_members())
    (folder / "ascii" / "more.txt").symlink_to("/etc/hostname")
    assert "a link" in land_refused(settings, folder).what


def test_zip_bomb_is_refused_before_it_is_unpacked(settings: Settings) -> None:
    path = write_zip(settings.inbox / "faers" / "q.zip", {**make_members(), "bomb.txt": bytes(20 << 20)})
    assert "decompression bomb" in land_refused(settings, path).what


def test_false_member_size_is_refused(settings: Settings) -> None:
    """The list of members states a small size for DRUG, but it is large."""

    def falsify_size(data: bytearray) -> bytes:
        place = data.find(b"PK\x01\x02", data.find(b"PK\x01\x02") + 1)
        struct.pack_into("<I", data, place + 24, 20)
        return bytes(data)

    assert "damaged" in land_refused(settings, write_damaged_zip(settings, falsify_size)).what


@pytest.mark.parametrize(
    ("cap", "words"),
    [({"archive_max_bytes": 3000}, "bytes"), ({"archive_max_members": 5}, "members, above the limit of 5")],
)
def test_size_limits_are_enforced(settings: Settings, cap: dict[str, int], words: str) -> None:
    path = write_zip(settings.inbox / "faers" / "q.zip", make_members(reports=50))
    refused = land_refused(settings.model_copy(update=cap), path)  # type: ignore[arg-type]
    assert words in refused.what and "NIGHTVIGIL_ARCHIVE_MAX" in refused.todo


def test_two_quarters_in_one_archive_are_refused(settings: Settings) -> None:
    members = {**make_members("2017Q2"), **make_members("2017Q3")}
    path = write_zip(settings.inbox / "faers" / "q.zip", members)
    assert "several quarters: 2017Q2, 2017Q3" in land_refused(settings, path).what


@pytest.mark.parametrize("table", TABLES)
def test_quarter_without_one_of_its_tables_is_refused(settings: Settings, table: str) -> None:
    members = {name: data for name, data in make_members().items() if table.upper() not in name}
    path = write_zip(settings.inbox / "faers" / "q.zip", members)
    assert f"missing: {table.upper()}17Q2" in land_refused(settings, path).what


def test_archive_of_another_kind_is_refused(settings: Settings) -> None:
    path = write_zip(settings.inbox / "faers" / "q.zip", {"letter.txt": b"Dear all"})
    assert "no FAERS table" in land_refused(settings, path).what


def test_two_equally_named_members_are_refused(settings: Settings) -> None:
    members = {**make_members(), "other/DEMO17Q2.txt": b"x"}
    path = write_zip(settings.inbox / "faers" / "q.zip", members)
    assert "equally well" in land_refused(settings, path).what


def test_varying_names_and_folders_are_accepted_and_other_members_listed(settings: Settings) -> None:
    """Real archives contain suffixes, upper case, nested copies, notes and thumbnails."""
    members = {name.upper(): data for name, data in make_members("2018Q1").items()}
    members["ascii/DEMO18Q1_new.txt"] = members.pop("ASCII/DEMO18Q1.TXT")
    extra = {"ascii/ascii/DRUG18Q1.txt": b"a stray copy", "Readme.pdf": b"%PDF", "Thumbs.db": b"\0"}
    extra |= {"deleted/README.txt": b"what this is", "ascii/STAT18Q1.TXT": b"sizes"}
    receipt = land(settings, {**members, **extra, "Deleted/ADR18Q1DeletedCases.txt": b"1234567\r\n"})
    assert receipt.period == "2018Q1" and receipt.tables["demo"].member == "ascii/DEMO18Q1_new.txt"
    assert receipt.ignored_members == sorted(extra)
    assert receipt.tables["deleted"].records == 1


def test_archive_with_backslash_paths_is_read(settings: Settings) -> None:
    receipt = land(settings, {name.replace("/", "\\"): data for name, data in make_members().items()})
    assert receipt.tables["demo"].records == 3


def test_pipe_or_link_in_the_inbox_is_refused_without_waiting(settings: Settings) -> None:
    inbox = settings.inbox / "faers"
    inbox.mkdir(parents=True)
    os.mkfifo(inbox / "pipe.zip")
    (inbox / "link.zip").symlink_to("/etc/hostname")
    for offer in find_offers(settings):
        with pytest.raises(DeliveryRefused, match="a link or a device"):
            faers.land(offer, settings)
    assert find_offers(settings) == []


def test_exact_member_name_wins_over_a_suffixed_one(settings: Settings) -> None:
    members = make_members("2018Q1")
    members["DEMO18Q1_old.txt"] = b"not this one"
    receipt = land(settings, members)
    assert receipt.tables["demo"].member == "ascii/DEMO18Q1.txt"


def test_folder_of_loose_files_is_accepted(settings: Settings) -> None:
    folder = write_folder(settings.inbox / "faers" / "2017q2", make_members())
    (offer,) = find_offers(settings)
    receipt = faers.land(offer, settings)
    assert receipt == read_receipts(settings)[0]
    assert not folder.exists()


def test_damaged_member_that_is_not_needed_is_detected(settings: Settings) -> None:
    def flip(data: bytearray) -> bytes:
        data[data.find(b"notes.pdf") + 20] ^= 0xFF
        return bytes(data)

    path = write_zip(settings.inbox / "faers" / "q.zip", {"notes.pdf": b"words " * 500, **make_members()})
    path.write_bytes(flip(bytearray(path.read_bytes())))
    assert "damaged" in land_refused(settings, path).what


def test_truncated_archives_are_never_accepted(settings: Settings) -> None:
    """Sixty archives truncated at random places: each is refused."""
    whole = write_zip(settings.home / "whole.zip", make_members(reports=50)).read_bytes()
    draw = random.Random(1)
    for number in range(60):
        offer = deposit(settings, {"x": b"x"}, f"cut{number}.zip")
        offer.path.write_bytes(whole[: draw.randrange(len(whole))])
        with pytest.raises(DeliveryRefused):
            faers.land(offer, settings)
    assert read_receipts(settings) == []
