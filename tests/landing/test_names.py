"""Any name a disk can hold is landed, or refused and moved; and is recorded as text that is safe to show."""

import io
import json
import os
import struct
import zipfile
from pathlib import Path

import duckdb
import pytest

from pipeline import deliveries, intake, typed
from pipeline.errors import DeliveryRefused
from pipeline.landing.inbox import Offer, find_offers
from pipeline.landing.receipts import Receipt, read_receipts
from pipeline.settings import Settings
from pipeline.sources import clinicaltrials, faers
from tests.landing.quarters import make_members, write_zip
from tests.sql.trials.test_landing import TEXT

pytestmark = pytest.mark.slow

NAMES = {
    "invalid UTF-8": b"faers_\xff_2015q1.zip",
    "255 bytes": b"q" * 251 + b".zip",
    "255 bytes of invalid UTF-8": b"\xfe" * 251 + b".zip",
    "escape sequence": b"\x1b]0;owned\x07.zip",
    "newline": b"one\ntwo.zip",
    "right to left": "\u202epiz.exe.zip".encode(),
    "markup": b"[red]x.zip",
    "quotes": b'it\'s "a" `name` $(id).zip',
    "backslash": b"a\\x1b\\b.zip",
    "blank": b" .zip",
}
MEMBER_NAMES = {
    "invalid UTF-8": b"x\xff.txt",
    "escape sequence": b"\x1b[31m.txt",
    "newline": b"one\ntwo.txt",
    "right to left": "\u202etxt.exe".encode(),
}


def put(settings: Settings, source: str, name: bytes, content: bytes) -> Offer:
    path = settings.inbox / source / os.fsdecode(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return next(each for each in find_offers(settings) if each.path == path)


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_zip(tmp_path_factory.mktemp("quarter") / "q.zip", make_members()).read_bytes()


def assert_recorded_safely(settings: Settings) -> None:
    """Every file the pipeline wrote is UTF-8 without a control character, and every receipt is read again."""
    read_receipts(settings)
    notes = [*settings.raw.rglob("*.json"), *settings.quarantine.rglob("*.json")]
    for path in notes:
        text = path.read_text(encoding="utf-8")
        assert all(character.isprintable() or character == "\n" for character in text), path
        text.encode("utf-8")
        json.loads(text).items()
        assert "\\ud" not in text, "no surrogate is hidden in an escape"


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_sound_quarter_of_any_name_is_landed_and_typed(settings: Settings, quarter: bytes, name: bytes) -> None:
    """`faers_\\xff_2015q1.zip` landed, and that run and every later one failed. (Members are typed below.)"""
    offer = put(settings, "faers", name, quarter)
    again = Offer.from_json(json.loads(json.dumps(offer.to_json())))
    assert again == offer, "it survives the way to another process"
    receipt = deliveries.land(settings, again)
    assert isinstance(receipt, Receipt)
    assert find_offers(settings) == []
    assert os.fsencode(receipt.files[0].name) == name
    assert read_receipts(settings) == [receipt]
    assert_recorded_safely(settings)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_damaged_quarter_of_any_name_is_refused_and_moved(settings: Settings, quarter: bytes, name: bytes) -> None:
    """A name of 250 bytes had no room for the mark of its quarantine, and the good zip beside it did not land."""
    put(settings, "faers", name, quarter[:-200])
    put(settings, "faers", b"good.zip", quarter)
    outcomes = intake.land_offers(settings, [offer.to_json() for offer in find_offers(settings)])
    assert sorted(outcome["status"] for outcome in outcomes) == ["landed", "refused"]
    assert find_offers(settings) == []
    (note,) = (settings.quarantine / "faers" / "refused").glob("*/refusal.json")
    (kept,) = (path for path in note.parent.iterdir() if path != note)
    assert os.fsencode(kept.name) == name and kept.read_bytes() == quarter[:-200]
    assert_recorded_safely(settings)
    json.dumps(outcomes).encode()


@pytest.mark.parametrize("name", MEMBER_NAMES.values(), ids=MEMBER_NAMES.keys())
def test_folder_with_any_member_name_is_landed(settings: Settings, name: bytes) -> None:
    """`x\\xff.txt` beside the tables never left the inbox."""
    folder = settings.inbox / "faers" / "quarter"
    for member, content in make_members().items():
        (folder / member).parent.mkdir(parents=True, exist_ok=True)
        (folder / member).write_bytes(content)
    (folder / os.fsdecode(name)).write_bytes(b"hello")
    receipt = deliveries.land(settings, find_offers(settings)[0])
    assert isinstance(receipt, Receipt)
    assert len(receipt.ignored_members) == 1
    assert name in {os.fsencode(each.name) for each in receipt.files}
    assert_recorded_safely(settings)
    typed.type_delivery(settings, receipt)


@pytest.mark.parametrize("name", [b"x\xff.json", b"\x1b]0;x\x07.json", b"a\nb.json", b"s" * 250 + b".json"])
@pytest.mark.parametrize("is_in_folder", [True, False])
def test_study_of_any_file_name_is_landed_and_typed(settings: Settings, name: bytes, is_in_folder: bool) -> None:
    if is_in_folder:
        folder = settings.inbox / "clinicaltrials" / "studies"
        folder.mkdir(parents=True)
        (folder / os.fsdecode(name)).write_text(TEXT)
    else:
        put(settings, "clinicaltrials", name, TEXT.encode())
    receipt = clinicaltrials.land(find_offers(settings)[0], settings)
    assert isinstance(receipt, Receipt)
    assert [table.records for table in receipt.tables.values()] == [1]
    assert_recorded_safely(settings)
    paths = typed.type_delivery(settings, receipt)
    assert duckdb.execute(f"select trial_id from '{paths['clinicaltrials_trial']}'").fetchall() == [("NCT00000001",)]


def write_zip_with_stored_name(name: bytes, *, is_utf8: bool) -> bytes:
    """A zip with the study under a name whose bytes are stored as given; is_utf8: the zip declares it as UTF-8."""
    content = io.BytesIO()
    placeholder = "p" * len(name)
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("NCT00000001.json", TEXT)
        archive.writestr(placeholder, TEXT.replace("NCT00000001", "NCT00000002"))
    data = bytearray(content.getvalue().replace(placeholder.encode(), name))
    if is_utf8:
        for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            start = data.rfind(mark)
            (flags,) = struct.unpack_from("<H", data, start + place)
            struct.pack_into("<H", data, start + place, flags | 0x800)
    return bytes(data)


@pytest.mark.parametrize("name", [b"x\xff.json", b"\x1b]0;x\x07.json", b"a\nb.json", b"\x9b31m.json"])
def test_zip_member_of_any_stored_name_is_landed(settings: Settings, name: bytes) -> None:
    put(settings, "clinicaltrials", b"studies.zip", write_zip_with_stored_name(name, is_utf8=False))
    receipt = clinicaltrials.land(find_offers(settings)[0], settings)
    assert isinstance(receipt, Receipt)
    assert sum(table.records for table in receipt.tables.values()) == 2
    assert_recorded_safely(settings)
    typed.type_delivery(settings, receipt)


def test_zip_whose_names_are_not_the_utf8_they_claim_is_refused(settings: Settings) -> None:
    put(settings, "clinicaltrials", b"studies.zip", write_zip_with_stored_name(b"x\xff.json", is_utf8=True))
    with pytest.raises(DeliveryRefused, match="damaged"):
        clinicaltrials.land(find_offers(settings)[0], settings)
    assert find_offers(settings) == []


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("notes.txt", b"call the agency", "not a zip"),
        ("DELETE24Q1.txt", b"caseid\r\n1\r\n", "not a zip"),
        ("quarter.zip", b"<!DOCTYPE html><html>busy</html>", "a web page"),
        ("quarter.zip", b"", "empty"),
    ],
)
def test_file_that_is_no_delivery_is_refused_for_what_it_is(
    settings: Settings, name: str, content: bytes, what: str
) -> None:
    """All of these were "the archive is damaged", with a web page as the suspected cause."""
    put(settings, "faers", name.encode(), content)
    with pytest.raises(DeliveryRefused, match=what):
        faers.land(find_offers(settings)[0], settings)


def test_list_of_deleted_cases_without_its_quarter_says_so(settings: Settings) -> None:
    write_zip(settings.inbox / "faers" / "d.zip", {"deleted/DELETE24Q1.txt": b"caseid\r\n1\r\n"})
    with pytest.raises(DeliveryRefused, match="list of deleted cases without its quarter"):
        faers.land(find_offers(settings)[0], settings)


def test_refused_name_is_found_by_a_person(settings: Settings, quarter: bytes, tmp_path: Path) -> None:
    """The note names the origin as text that gives the name again."""
    put(settings, "faers", NAMES["255 bytes of invalid UTF-8"], quarter[:100])
    intake.land_offers(settings, [offer.to_json() for offer in find_offers(settings)])
    (note,) = (settings.quarantine / "faers" / "refused").glob("*/refusal.json")
    assert len(os.fsencode(note.parent.name)) <= 255
    assert json.loads(note.read_text())["origin"].startswith("inbox:\\xfe\\xfe")
