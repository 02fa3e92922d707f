"""From a case or trial number to the bytes received: every place, exactly, whatever was done to it."""

import json

from pipeline.landing.inbox import find_offers
from pipeline.landing.receipts import Receipt
from pipeline.landing.tracing import Traced
from pipeline.settings import Settings
from pipeline.sources import clinicaltrials, find_source
from tests.landing.quarters import land, make_members


def trace(settings: Settings, receipt: Receipt, number: str) -> list[Traced]:
    found = find_source(receipt.source).trace
    assert found is not None
    return [*found(settings, receipt, number)]


def read_line(members: dict[str, bytes], traced: Traced) -> bytes:
    """The line of the member that the trace names, cut out of what was received."""
    number = int(traced.place.removeprefix("line "))
    return members[traced.member].splitlines(keepends=True)[number - 1]


def test_every_line_of_a_case_is_found_with_its_bytes(settings: Settings) -> None:
    """A case of one report: one line in each of seven tables, as received, and no line of another case."""
    members = make_members()
    receipt = land(settings, members)
    found = trace(settings, receipt, "1001")
    assert [each.table_name for each in found] == ["demo", "drug", "reac", "outc", "rpsr", "ther", "indi"]
    assert {(each.place, each.report_id, each.treatment) for each in found} == {("line 3", "10011", "staged")}
    assert [each.content for each in found] == [read_line(members, each) for each in found]
    assert trace(settings, receipt, "0001001") == found
    assert trace(settings, receipt, "100") == trace(settings, receipt, "77") == []


def test_line_that_was_repaired_is_shown_as_it_came(settings: Settings) -> None:
    """A control byte, a line in another encoding, and a record broken over two lines."""
    members = make_members()
    lines = members["ascii/DRUG17Q2.txt"].splitlines(keepends=True)
    lines[1] = lines[1].replace(b"x", b"a\x07b", 1)
    lines[2] = lines[2].replace(b"x", "caf\u00e9".encode("latin-1"), 1)
    half = len(lines[3]) // 2
    lines[3] = lines[3][:half] + b"\r\n" + lines[3][half:]
    members["ascii/DRUG17Q2.txt"] = b"".join(lines)
    receipt = land(settings, members)
    drugs = {number: _one(trace(settings, receipt, number), "drug") for number in ("1000", "1001", "1002")}
    assert drugs["1000"].treatment == "repaired: control bytes removed"
    assert (drugs["1000"].content, drugs["1001"].content) == (lines[1], lines[2])
    assert (drugs["1002"].place, drugs["1002"].content) == ("lines 4 to 5", lines[3])
    assert drugs["1002"].treatment == "repaired: continuation joined"


def test_line_in_quarantine_is_shown_with_its_reason(settings: Settings) -> None:
    """A line with too many fields of a case, and one of a case whose number only holds this one."""
    members = make_members()
    broken = b"10011$1001$9$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x\r\n"
    members["ascii/DRUG17Q2.txt"] += broken + broken.replace(b"1001", b"91001")
    found = trace(settings, land(settings, members), "1001")
    [quarantined] = [each for each in found if each.treatment.startswith("quarantined")]
    assert quarantined.content == broken
    assert (quarantined.place, quarantined.table_name) == ("line 5", "drug")
    assert "too many fields" in quarantined.treatment


def test_listing_as_deleted_is_a_line_of_the_case(settings: Settings) -> None:
    members = make_members() | {"deleted/DELETE17Q2.txt": b"1002\r\n0001001\r\n"}
    found = trace(settings, land(settings, members), "1001")
    assert _one(found, "deleted").content == b"0001001\r\n"


def test_legacy_child_is_found_by_its_report(settings: Settings) -> None:
    """A legacy child row holds no case number, only the ISR."""
    members = make_members("2011Q2")
    found = trace(settings, land(settings, members, "aers_ascii_2011q2.zip"), "1001")
    assert len(found) == 7
    assert [each.content for each in found] == [read_line(members, each) for each in found]


def test_record_of_a_trial_is_found_with_its_bytes(settings: Settings) -> None:
    """Two records in one file; and one that is no study, in quarantine."""
    studies = [{"protocolSection": {"identificationModule": {"nctId": f"NCT0000000{number}"}}} for number in (1, 2)]
    broken = {"protocolSection": {"identificationModule": {"nctId": "NCT00000002x"}}}
    folder = settings.inbox / "clinicaltrials"
    folder.mkdir(parents=True)
    (folder / "page.json").write_text(json.dumps({"studies": [*studies, broken]}))
    receipt = clinicaltrials.land(next(iter(find_offers(settings))), settings)
    assert isinstance(receipt, Receipt)
    staged, quarantined = trace(settings, receipt, "nct00000002")
    assert json.loads(staged.content) == studies[1]
    assert (staged.place, staged.member) == ("record 2", "page.json")
    assert quarantined.treatment.startswith("quarantined: no NCT number")


def _one(found: list[Traced], table: str) -> Traced:
    [line] = [each for each in found if each.table_name == table]
    return line
