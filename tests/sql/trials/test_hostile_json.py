"""Records at and above their limits: staged, or quarantined with what is kept of them.

The files that are far above are in `tests/whole_night/hostile_corpus.py`.
"""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from pipeline.resources import ROOT as PROJECT
from pipeline.sources.clinicaltrials import json_records, studies
from pipeline.sources.clinicaltrials.json_records import (
    MAX_RECORD_BYTES,
    MAX_VALUES,
    read_strictly,
    split_records,
)
from tests.sql.trials.test_landing import GOOD, TEXT, land_and_read
from tests.whole_night.hostile_corpus import page, study_with

MEMORY_MB = 500  # above the imports of the process


def measure(tmp_path: Path, content: bytes, name: str = "page.json") -> dict[str, Any]:
    inbox = tmp_path / "home" / "inbox" / "clinicaltrials"
    inbox.mkdir(parents=True)
    (inbox / name).write_bytes(content)
    command = [sys.executable, "-m", "tests.sql.trials.measured_landing", str(tmp_path / "home")]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=800)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    print(f"\n{len(content) / 2**20:.0f} MB: {found['seconds']:.1f} s, {found['peak']} MB above imports")
    assert found["peak"] <= MEMORY_MB
    return found


def fill(piece: bytes, count: int) -> bytes:
    """A list of equal values, as large and as many as a record may have."""
    return b"[" + b",".join([piece] * min(count, (MAX_RECORD_BYTES - 4096) // (len(piece) + 1))) + b"]"


@pytest.mark.proof
@pytest.mark.parametrize(
    "value",
    [
        fill(b"[]", MAX_VALUES // 2 - 500),
        fill(b'{"a":1}', MAX_VALUES // 2 - 500),
        fill(b'"abcdefghijk"', MAX_VALUES - 500),
        b'"' + "\U0001f600".encode() + b"x" * (MAX_RECORD_BYTES - 4096) + b'"',
        b'"\\u00e4' + b"x" * (MAX_RECORD_BYTES - 4096) + b'"',
        b'{"a":{"b":"' + b"\\n" * (MAX_RECORD_BYTES // 2 - 2048) + b'"}}',
    ],
    ids=["lists", "objects", "strings", "one wide text", "one escaped text", "escapes"],
)
def test_largest_accepted_study_is_landed_and_typed(tmp_path: Path, value: bytes) -> None:
    """Just below the limits: the most memory that a record can take."""
    found = measure(tmp_path, page(study_with(value).replace(b"NCT00000001", b"NCT00000002")))
    assert (found["status"], found["message"]) == ("landed", "")
    assert found["staged"] == ["NCT00000001", "NCT00000002", "NCT00000003"]


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Limits of a few kilobytes, so that a fast test exceeds them."""
    for module in (json_records, studies):
        monkeypatch.setattr(module, "MAX_RECORD_BYTES", 4096)
    monkeypatch.setattr(json_records, "EXCERPT_BYTES", 100)
    return 4096


def test_too_large_study_is_quarantined_with_its_size_and_an_excerpt(settings, small_limit):
    large = json.dumps(GOOD | {"more": "x" * small_limit})
    staged, [(_, number, kept, reasons)] = land_and_read(settings, "page.json", page(large.encode()))
    assert [(row[0], row[3]) for row in staged] == [("NCT00000001", 1), ("NCT00000003", 3)]
    assert number == 2 and kept == large.encode()[:100]
    assert reasons == [f"{len(large)} bytes, more than 4096: only its first 100 bytes are kept here"]


def test_too_large_file_of_one_study_is_quarantined(settings, small_limit):
    large = json.dumps(GOOD | {"more": "x" * small_limit}).encode()
    staged, [(_, _, kept, _)] = land_and_read(settings, "study.json", large)
    assert (staged, kept) == ([], large[:100])


def test_page_larger_than_a_record_may_be_is_read_as_a_stream(settings, small_limit):
    records = [TEXT.replace("NCT00000001", f"NCT{number:08d}").encode() for number in range(5, 25)]
    staged, broken = land_and_read(settings, "page.json", page(*records))
    assert (len(staged), broken) == (22, [])


def test_page_with_too_much_around_its_studies_is_set_aside(settings, small_limit):
    content = page()[:-1] + b', "more": "' + b"x" * small_limit + b'"}'
    staged, [(_, _, _, reasons)] = land_and_read(settings, "page.json", content)
    assert staged == [] and reasons[0] == "more than 4096 bytes around the list of records"


def test_duplicate_key_among_many_is_found_in_linear_time():
    keys = ",".join(f'"{number}":1' for number in range(200_000))
    assert read_strictly(f'{{{keys},"199999":1}}'.encode())[1] == ["a key comes twice in one object: '199999'"]


PIECES = st.sampled_from(
    [b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\", b" ", b"\n", b"1", b'"studies":[', b'{"a":1}', b'\\"', b"\xff"]
)


@limits(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=14).map(b"".join), st.booleans(), st.sampled_from([1, 2, 3, 7]))
def test_records_do_not_depend_on_where_chunks_end(inner, is_page, chunk_bytes):
    """Strings, escapes and lists may be cut anywhere by the size of a read."""
    content = b'{"studies":[' + inner + b"]}" if is_page else inner
    whole = list(split_records(lambda: io.BytesIO(content), b"studies"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_records, "CHUNK", chunk_bytes)
        assert list(split_records(lambda: io.BytesIO(content), b"studies")) == whole
