"""Landing of study records: each is staged as received, or quarantined with its bytes and every reason."""

import io
import json
import zipfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from pipeline import typed
from pipeline.errors import DeliveryRefused
from pipeline.landing.inbox import Offer, find_offers
from pipeline.landing.receipts import Receipt, read_receipts
from pipeline.sources import clinicaltrials
from pipeline.sources.clinicaltrials.json_records import MAX_DEPTH, read_strictly, split_records
from tests.sql.trials.study_records import make_arm, make_group, make_study

pytestmark = pytest.mark.slow

GOOD = make_study(
    1, [make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine")], [make_group("Ketamine IV", 20)], other={"Nausea": [3]}
)
TEXT = json.dumps(GOOD)


def deposit(settings, name: str, content: bytes | dict[str, bytes]) -> Offer:
    """Put a file, or a folder of files, into the inbox; return its offer."""
    path = settings.inbox / "clinicaltrials" / name
    if isinstance(content, dict):
        for member, data in content.items():
            (path / member).parent.mkdir(parents=True, exist_ok=True)
            (path / member).write_bytes(data)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return next(each for each in find_offers(settings) if each.name == name)


def land_and_read(settings, name: str, content: bytes | dict[str, bytes]) -> tuple[list, list]:
    """The rows staged (nct_id, record_text, member, record_number) and quarantined (member, number, bytes,
    reasons)."""
    receipt = clinicaltrials.land(deposit(settings, name, content), settings)
    assert isinstance(receipt, Receipt)
    return read_staged(settings, receipt), read_quarantined(settings, receipt)


def read_staged(settings, receipt: Receipt) -> list:
    return _read(settings.raw / "clinicaltrials" / receipt.raw_in, "nct_id, record_text, member, record_number")


def read_quarantined(settings, receipt: Receipt) -> list:
    return _read(settings.quarantine / "clinicaltrials" / receipt.raw_in, "member, record_number, bytes, reasons")


def _read(folder: Path, columns: str) -> list:
    with duckdb.connect() as connection:
        query = f"select {columns} from read_parquet(?) order by member, record_number"
        return connection.execute(query, [str(folder / "records.parquet")]).fetchall()


def test_record_is_staged_as_received(settings):
    """One study in one file, with the spacing of its sender."""
    text = json.dumps(GOOD, indent=3)
    staged, broken = land_and_read(settings, "NCT00000001.json", text.encode())
    assert staged == [("NCT00000001", text, "NCT00000001.json", 1)]
    assert broken == []
    assert find_offers(settings) == [], "an accepted file leaves the inbox"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"FullStudiesResponse": {"FullStudies": []}}', "an envelope of the API before v2 (FullStudiesResponse)"),
        (b'{"resultsSection": {}}', "no protocolSection"),
        (b'{"protocolSection": []}', "no protocolSection"),
        (b'{"protocolSection": {}}', "no NCT number of eight digits: None"),
        (TEXT.replace("NCT00000001", "NCT001").encode(), "no NCT number of eight digits: 'NCT001'"),
        (TEXT.replace("NCT00000001", "NCT000000012").encode(), "no NCT number of eight digits: 'NCT000000012'"),
        (TEXT.encode()[:-5], "not JSON: "),
        (b"", "not JSON: "),
        (b"<html>busy</html>", "not JSON: "),
        (TEXT.encode() + b"{}", "not JSON: Extra data"),
        (TEXT.replace('"0"', "NaN").encode(), "NaN is not a JSON number"),
        (TEXT.replace('"0"', "-Infinity").encode(), "-Infinity is not a JSON number"),
        (TEXT.replace('"0"', "1e999").encode(), "a number beyond what a double holds"),
        (TEXT.replace('"0"', "9" * 5000).encode(), "an integer of more than 18 digits"),
        (
            TEXT.replace('"hasResults"', '"hasResults": false, "hasResults"').encode(),
            "a key comes twice in one object: 'hasResults'",
        ),
        (TEXT.replace('"0"', "[" * 200_000 + "]" * 200_000).encode(), f"nested deeper than {MAX_DEPTH} levels"),
        (TEXT.replace('"0"', '"\\ud800"').encode(), "a lone surrogate, which is no character"),
        (TEXT.encode().replace(b'"0"', b'"\xff"'), "not UTF-8 at byte "),
        (b"[1]", "not a JSON object"),
        (b"null", "not a JSON object"),
    ],
)
def test_malformed_record_is_quarantined_with_its_bytes_and_reason(settings, content, reason):
    """Python's reader alone would accept NaN, keep the last of two keys, and fail on deep nesting."""
    staged, broken = land_and_read(settings, "study.json", content)
    assert staged == []
    [(member, number, kept, reasons)] = broken
    assert (member, number) == ("study.json", 1)
    assert kept == (content[1:-1] if content == b"[1]" else content)
    assert any(each.startswith(reason) for each in reasons)


def test_every_reason_for_quarantine_is_listed(settings):
    content = TEXT.replace('"0"', "NaN").replace('"hasResults"', '"hasResults": 1, "hasResults"')
    content = content.replace("NCT00000001", "NCT1")
    _, [(_, _, _, reasons)] = land_and_read(settings, "study.json", content.encode())
    assert len(reasons) == 3


def test_file_named_after_another_study_is_quarantined(settings):
    """NCT00000002.json holds NCT00000001: one of the two is wrong, and which one is unknown."""
    staged, broken = land_and_read(settings, "NCT00000002.json", TEXT.encode())
    assert staged == []
    assert broken[0][3] == ["the file is named NCT00000002 and the record says NCT00000001"]


@pytest.mark.parametrize("name", ["nct00000001.json", "NCT00000001 (2).json", "study 7.json", "NCT000000019.json"])
def test_file_name_without_a_study_number_is_accepted(settings, name):
    staged, broken = land_and_read(settings, name, TEXT.encode())
    assert (len(staged), broken) == (1, [])


def test_malformed_study_does_not_affect_others_on_its_page(settings):
    """A page of the API with three studies, the second with a duplicate key."""
    poisoned = TEXT.replace('"hasResults"', '"hasResults": 1, "hasResults"')
    third = TEXT.replace("NCT00000001", "NCT00000003")
    page = f'{{"totalCount": 3, "studies": [{TEXT} , {poisoned},\n{third}], "nextPageToken": "x"}}'
    staged, broken = land_and_read(settings, "page-00001.json", page.encode())
    assert [(row[0], row[1], row[3]) for row in staged] == [("NCT00000001", TEXT, 1), ("NCT00000003", third, 3)]
    assert [(row[1], row[2]) for row in broken] == [(2, poisoned.encode())]


def test_truncated_page_is_quarantined_whole(settings):
    page = f'{{"studies": [{TEXT}, {TEXT}'.encode()
    staged, broken = land_and_read(settings, "page-00001.json", page)
    assert staged == []
    assert broken[0][2] == page


def test_bare_list_of_studies_is_read_as_a_page(settings):
    """The web site's own download is a bare list."""
    staged, _ = land_and_read(settings, "ctg-studies.json", f"[{TEXT}]".encode())
    assert [row[0] for row in staged] == ["NCT00000001"]


def test_empty_page_is_a_delivery_without_records(settings):
    assert land_and_read(settings, "page.json", b'{"studies": []}') == ([], [])


def test_many_records_without_a_study_are_refused(settings):
    """A list of a hundred numbers: in quarantine it would close the gate, as a change at the registry does."""
    content = json.dumps([1] * 100).encode()
    with pytest.raises(DeliveryRefused, match="none of its 100 records is a study"):
        clinicaltrials.land(deposit(settings, "numbers.json", content), settings)
    assert find_offers(settings) == []
    _, broken = land_and_read(settings, "fewer.json", json.dumps([1] * 99).encode())
    assert len(broken) == 99


def test_folder_and_zip_account_for_every_member(settings, tmp_path):
    """A folder with a study, a page in a subfolder and a note; the same in a zip. The account of each member
    closes."""
    files = {"NCT00000001.json": TEXT.encode(), "more/page.json": b'{"studies": [1, {}]}', "README.md": b"hello"}
    receipt = clinicaltrials.land(deposit(settings, "folder", files), settings)
    assert receipt.ignored_members == ["README.md"]
    accounts = {
        each.member: (each.physical_lines, each.staged_lines, each.quarantined_lines, each.records)
        for each in receipt.tables.values()
    }
    assert accounts == {"NCT00000001.json": (1, 1, 0, 1), "more/page.json": (2, 0, 2, 0)}
    path = tmp_path / "studies.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    again = clinicaltrials.land(deposit(settings, "studies.zip", path.read_bytes()), settings)
    assert read_staged(settings, again) == read_staged(settings, receipt)


@pytest.mark.parametrize("name", ["studies.csv", "studies"])
def test_delivery_without_json_is_refused(settings, name):
    content: bytes | dict[str, bytes] = {"a.txt": b"x"} if name == "studies" else b"x"
    with pytest.raises(DeliveryRefused):
        clinicaltrials.land(deposit(settings, name, content), settings)
    assert read_receipts(settings) == []


def test_repeated_bytes_are_already_current_and_new_bytes_are_added(settings):
    """Every distinct content is current: a fetch of changes does not replace the studies fetched earlier."""
    clinicaltrials.land(deposit(settings, "a.json", TEXT.encode()), settings)
    again = clinicaltrials.land(deposit(settings, "b.json", TEXT.encode()), settings)
    assert again.status == "already_current"
    other = clinicaltrials.land(deposit(settings, "c.json", TEXT.replace("00000001", "00000002").encode()), settings)
    assert isinstance(other, Receipt)
    assert other.reissue_of is None


def test_delivery_is_typed_as_in_a_nightly_run(settings):
    """From the inbox to typed Parquet by the functions of a nightly run."""
    receipt = clinicaltrials.land(deposit(settings, "a.json", TEXT.encode()), settings)
    paths = typed.type_delivery(settings, receipt)
    with duckdb.connect() as connection:
        query = "select trial_id, term_text, participants_affected from read_parquet(?)"
        found = connection.execute(query, [str(paths["clinicaltrials_event"])]).fetchall()
    assert found == [("NCT00000001", "Nausea", 3)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@limits(max_examples=300, deadline=None)
@given(JSON)
def test_accepted_json_is_readable_by_duckdb(value):
    """DuckDB's reader accepts every text that our reader accepts; otherwise a run would fail on it."""
    content = json.dumps(value).encode()
    _, reasons = read_strictly(content)
    if not reasons:
        assert _valid(content.decode())


@limits(max_examples=300, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=3), JSON, max_size=3), max_size=4), st.booleans(), st.integers(0, 3))
def test_page_is_split_at_the_boundaries_of_its_studies(studies, is_list, indent):
    """Splitting by bytes gives the studies that a parser gives, whatever brackets and quotes their texts contain."""
    page = studies if is_list else {"a": ["[", '"'], "studies": studies, "b": {"studies": 1}}
    content = json.dumps(page, indent=indent or None, ensure_ascii=bool(indent % 2)).encode("utf-8", "surrogatepass")
    shell_is_sound = not any("surrogate" in reason for reason in read_strictly(content)[1])
    if shell_is_sound:
        found = [
            json.dumps(json.loads(record.content))
            for record in split_records(lambda: io.BytesIO(content), b"studies")
        ]
        assert found == [json.dumps(each) for each in json.loads(content)] if is_list else True
        if not is_list:
            assert found == [json.dumps(each) for each in json.loads(content)["studies"]]


@limits(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.binary(max_size=20).map(lambda tail: TEXT.encode()[:300] + tail))
def test_any_bytes_are_read_or_given_a_reason(content):
    """Any bytes are one or more records, each read or given a reason."""
    for record in split_records(lambda: io.BytesIO(content), b"studies"):
        value, reasons = read_strictly(record.content)
        assert reasons or value is not None or record.content.strip() == b"null"


_CONNECTION = duckdb.connect()


def _valid(text: str) -> bool:
    return _CONNECTION.execute("select json_valid(?)", [text]).fetchall() == [(True,)]


def test_study_with_events_of_an_unlisted_group_is_quarantined(settings):
    """An error of the registry: the participants of group EG9 would be in no count, so the study is held back until
    corrected."""
    erroneous = json.loads(TEXT)
    erroneous["resultsSection"]["adverseEventsModule"]["otherEvents"][0]["stats"][0]["groupId"] = "EG9"
    staged, aside = land_and_read(settings, "one.json", json.dumps(erroneous).encode())
    assert staged == []
    assert aside[0][3] == ["adverse events of groups that the study does not list: 'EG9'"]


def change_arm(record, **fields):
    record["protocolSection"]["armsInterventionsModule"]["armGroups"][0].update(fields)


def change_events(record, **fields):
    record["resultsSection"]["adverseEventsModule"].update(fields)


def change_group(record, **fields):
    record["resultsSection"]["adverseEventsModule"]["eventGroups"][0].update(fields)


def change_event(record, **fields):
    record["resultsSection"]["adverseEventsModule"]["otherEvents"][0].update(fields)


def change_count(record, **fields):
    record["resultsSection"]["adverseEventsModule"]["otherEvents"][0]["stats"][0].update(fields)


@pytest.mark.parametrize(
    ("change", "fields", "reason"),
    [
        (change_arm, {"label": None}, "arm 1 has no label"),
        (change_group, {"title": " "}, "group 1 of adverse events has no title"),
        (change_group, {"id": None}, "group 1 of adverse events has no id"),
        (change_group, {"otherNumAtRisk": 3_000_000_000}, "group 1 of adverse events: otherNumAtRisk is 3000000000"),
        (change_events, {"otherEvents": {"term": "Nausea"}}, "the otherEvents are no list of objects"),
        (change_events, {"eventGroups": "EG000"}, "the groups of adverse events are no list of objects"),
        (change_event, {"term": None}, "otherEvents 1 has no term"),
        (change_event, {"stats": None}, "otherEvents 1 has no list of counts"),
        (change_event, {"stats": {"groupId": "EG000"}}, "otherEvents 1 has no list of counts"),
        (change_event, {"stats": [7]}, "the counts of otherEvents 1 are no list of objects"),
        (change_count, {"groupId": None}, "a count of otherEvents 1 has no group"),
        (change_count, {"numAffected": -1}, "otherEvents 1: numAffected is -1"),
        (change_count, {"numAtRisk": "20000000"}, "otherEvents 1: numAtRisk is '20000000'"),
    ],
)
def test_study_that_lacks_counted_fields_is_quarantined(settings, change, fields, reason):
    """One record without a label or a term would close the gate in every later run; without counts it looked like
    an exact zero.
    """
    erroneous = json.loads(TEXT)
    change(erroneous, **fields)
    staged, aside = land_and_read(settings, "one.json", json.dumps(erroneous).encode())
    assert staged == []
    assert reason in aside[0][3]


def test_more_affected_than_at_risk_is_staged_and_a_warning(settings):
    """21 of 20: a warning of the gate, capped at the participants at risk."""
    erroneous = json.loads(TEXT)
    change_count(erroneous, numAffected=21)
    assert len(land_and_read(settings, "one.json", json.dumps(erroneous).encode())[0]) == 1
