"""Files that cost more to read than they may, bear odd names, or lie about themselves, each with the right outcome.

They are landed by `measured_intake` in one process; `test_hostile_corpus` asserts outcomes and peaks.
"""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.sources.clinicaltrials.json_records import EXCERPT_BYTES, MAX_RECORD_BYTES, MAX_RECORDS, MAX_VALUES
from tests.landing.quarters import make_members
from tests.sql.trials.test_landing import TEXT
from tests.whole_night.damage import Damage

MB = 1 << 20
THIRD = TEXT.replace("NCT00000001", "NCT00000003")
LARGE = f"bytes, more than {MAX_RECORD_BYTES}: only its first {EXCERPT_BYTES} bytes are kept here"


@dataclass(frozen=True)
class Hostile:
    """One file or folder. name: of its entry in the inbox, as bytes. status: of its landing. reason: a part of the
    message, or of a reason in its quarantine. staged: the studies that are kept all the same, if any."""

    what: str
    source: str
    name: bytes
    write: Callable[[Path], None]
    status: str
    reason: str
    staged: tuple[str, ...] = ()


def page(*records: bytes) -> bytes:
    """Records between two sound studies, as a page of the API."""
    return b'{"studies": [' + b",".join([TEXT.encode(), *records, THIRD.encode()]) + b"]}"


def study_with(value: bytes) -> bytes:
    """A study with a part that no model reads."""
    return TEXT.encode()[:-1] + b', "more": ' + value + b"}"


def _study(what: str, value: Callable[[], bytes], reason: str = LARGE) -> Hostile:
    """A hostile study between two sound ones, which are kept."""
    name = f"{what.replace(' ', '-')}.json".encode()
    both = ("NCT00000001", "NCT00000003")
    return Hostile(what, "clinicaltrials", name, _writing(lambda: page(study_with(value()))), "landed", reason, both)


def _json(what: str, content: Callable[[], bytes], reason: str = LARGE, staged: tuple[str, ...] = ()) -> Hostile:
    name = f"{what.replace(' ', '-')}.json".encode()
    return Hostile(what, "clinicaltrials", name, _writing(content), "landed", reason, staged)


def _zip(what: str, content: Callable[[], bytes], reason: str, name: bytes = b"") -> Hostile:
    return Hostile(
        what, "faers", name or f"{what.replace(' ', '-')}.zip".encode(), _writing(content), "refused", reason
    )


def _folder(what: str, period: str, content: Callable[[], bytes], reason: str, status: str = "landed") -> Hostile:
    """The loose files of a small sound quarter, whose table of drugs is followed by hostile content."""

    def write(path: Path) -> None:
        for name, data in make_members(period).items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data + content() if name.startswith("ascii/DRUG") else data)

    return Hostile(what, "faers", what.replace(" ", "-").encode(), write, status, reason)


def _writing(content: Callable[[], bytes]) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content()) and None


def _make_zip(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def _claim_small_sizes(content: bytes) -> bytes:
    """A zip whose directory states 20 bytes for every member."""
    data, place = bytearray(content), 0
    while (place := data.find(b"PK\x01\x02", place)) >= 0:
        struct.pack_into("<I", data, place + 24, 20)
        place += 4
    return bytes(data)


def _share_one_body(count: int) -> bytes:
    """A zip whose thousand members are one compressed body, as those bombs have that no ratio of a member betrays."""
    body = _make_zip({"ascii/DEMO17Q2.txt": b"x" * MB})
    begin = body.find(b"PK\x01\x02")
    end = body.find(b"PK\x05\x06")
    entry = body[begin:end]
    directory = b"".join(entry.replace(b"DEMO17Q2", f"D{number:07d}".encode()) for number in range(count))
    tail = bytearray(body[end:])
    struct.pack_into("<HHII", tail, 8, count, count, len(directory), begin)
    return body[:begin] + directory + bytes(tail)


def list_corpus(damages: list[Damage]) -> list[Hostile]:
    """The corpus. damages: odd single studies, which come as one page between sound ones."""
    both = ("NCT00000001", "NCT00000003")
    return [
        _study("a string of 200 MB", lambda: b'"' + b"x" * (200 * MB) + b'"'),
        _study("a string of escapes of 200 MB", lambda: b'"' + b"\\n" * (100 * MB) + b'"'),
        _study("50 MB of brackets closed", lambda: b"[" * (25 * MB) + b"]" * (25 * MB)),
        _study("50 MB of pairs of brackets", lambda: b"[" + b"[]," * (50 * MB // 3) + b"[]]"),
        _study("100 MB of newlines in a study", lambda: b"\n" * (100 * MB) + b"1"),
        _study("deep and not large", lambda: b"[" * (5 * MB) + b"]" * (5 * MB), "nested deeper than 64 levels"),
        _study("many values", lambda: b"[" + b"{}," * (5 * MB) + b"1]", f"more than {MAX_VALUES} values"),
        _json("50 MB of opening brackets", lambda: b"[" * (50 * MB)),
        _json("50 MB of pairs", lambda: b"[]" * (25 * MB)),
        _json("100 MB of newlines", lambda: b"\n" * (100 * MB)),
        _json("newlines after the key", lambda: b'{"studies":' + b"\n" * (100 * MB)),
        _json(
            "newlines before a study",
            lambda: b'{"studies": [' + b"\n" * (100 * MB) + TEXT.encode() + b"]}",
            "",
            ("NCT00000001",),
        ),
        _json("an empty list of 100 MB", lambda: b"[" + b"\n" * (100 * MB) + b"]", ""),
        _json("50 MB of quotes", lambda: b'"' * (50 * MB + 1)),
        _json("100 MB of escaped quotes", lambda: b'["' + b'\\"' * (50 * MB)),
        _json("100 MB of commas", lambda: b"[" + b"," * (100 * MB) + b"]", f"more than {MAX_RECORDS} records"),
        Hostile(
            "numbers", "clinicaltrials", b"numbers.json", _writing(lambda: b"[" + b"1," * (400 << 10) + b"1]"),
            "refused", "none of its 409601 records is a study",
        ),
        _json(
            "odd single studies",
            lambda: page(*(json.dumps(damage.record).encode() for damage in damages)),
            "10000 interventions, more than 250",
            both,
        ),
        Hostile(
            "a study named in invalid UTF-8", "clinicaltrials", b"x\xff.json", _writing(TEXT.encode), "landed", "",
            ("NCT00000001",),
        ),
        _zip("a bomb of one member", lambda: _make_zip({"ascii/DEMO17Q2.txt": bytes(200 * MB)}), "bomb"),
        _zip("many members in one body", lambda: _share_one_body(150), ""),
        _zip(
            "ten thousand members",
            lambda: _make_zip({f"{number}.txt": b"x" for number in range(10_000)}),
            "members, above the limit",
        ),
        _zip("false sizes", lambda: _claim_small_sizes(_make_zip(make_members(reports=5000))), "damaged"),
        _zip("a member that leads outside", lambda: _make_zip({"../../DEMO17Q2.txt": b"x"}), "leads outside"),
        _zip("a damaged zip of 250 bytes", lambda: _make_zip(make_members())[:-99], "damaged", b"q" * 246 + b".zip"),
        _zip("a name of invalid UTF-8", lambda: b"PK\x03\x04", "damaged", b"faers_\xff_2015q1.zip"),
        _zip("a name with an escape", lambda: b"PK\x03\x04", "damaged", b"\x1b]0;owned\x07\n.zip"),
        _zip("a note", lambda: b"call the agency", "not a zip", b"notes.txt"),
        _folder("a table and 100 MB of newlines", "2018Q1", lambda: b"\n" * (100 * MB), ""),
        _folder("a table and 30 MB of delimiters", "2018Q3", lambda: b"$" * (30 * MB), "more than"),
        _folder("a table and 30 MB of NUL", "2018Q4", lambda: bytes(30 * MB), "more than"),
        _folder("a table and lines of 10 MB", "2019Q2", lambda: (b"x$" * (5 * MB) + b"\n") * 3, "more than"),
        _folder(
            "a table and a line of 100 MB", "2018Q2", lambda: b"1$" + b"x" * (100 * MB), "no line ends within",
            "refused",
        ),
    ]  # fmt: skip
