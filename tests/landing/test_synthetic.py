"""Invented data are known by their mark, wherever they come from; real data have none (contract rule 18)."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.landing.inbox import Offer
from pipeline.landing.receipts import Receipt, holds_synthetic, is_any_synthetic, read_receipts
from pipeline.sample.registry import invent_trials
from pipeline.sample.sheet import write_sheet
from pipeline.sample.trials import build_study_record
from pipeline.settings import Settings
from pipeline.sources.clinicaltrials.studies import land_studies
from pipeline.sources.studies.staging import land_sheet

REAL = Receipt("faers", "a", "2017Q2", "faers", "a" * 64, datetime(2026, 11, 1, tzinfo=UTC), "inbox:x", [], "a")


def offer(settings: Settings, source: str, name: str, content: str) -> Offer:
    path = settings.inbox / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return Offer.from_inbox(source, path)


@pytest.mark.parametrize(
    ("members", "is_invented"),
    [([], False), (["README.txt"], False), (["README_SYNTHETIC.txt"], True), (["a\\Readme_Synthetic.TXT"], True)],
)
def test_an_archive_is_invented_where_a_member_says_so(members: list[str], is_invented: bool) -> None:
    receipt = replace(REAL, ignored_members=members)
    assert receipt.is_marked_synthetic is is_invented
    assert is_any_synthetic([REAL, replace(receipt, period="2017Q3")]) is is_invented


def test_a_receipt_of_an_earlier_version_is_read_without_the_mark() -> None:
    content = json.loads(REAL.to_json())
    del content["is_synthetic"]
    assert Receipt.from_json(json.dumps(content)) == REAL


def test_an_earlier_delivery_that_was_replaced_does_not_count() -> None:
    """The invented quarter was a trial run; the real one of the same period replaced it."""
    first = replace(REAL, is_synthetic=True)
    second = replace(REAL, delivery_id="b", raw_in="b", received_at=datetime(2026, 11, 2, tzinfo=UTC))
    assert is_any_synthetic([first]) and not is_any_synthetic([first, second])


@pytest.mark.parametrize("is_invented", [True, False])
def test_study_records_are_known_by_their_official_title(settings: Settings, is_invented: bool) -> None:
    record = build_study_record(next(iter(invent_trials())))
    if not is_invented:
        title = "Synthetic cannabinoids and invented words in adults"  # of a real study: no mark
        record["protocolSection"]["identificationModule"]["officialTitle"] = title
    number = record["protocolSection"]["identificationModule"]["nctId"]
    landed = land_studies(offer(settings, "clinicaltrials", f"{number}.json", json.dumps(record)), settings)
    assert isinstance(landed, Receipt) and landed.is_synthetic is is_invented
    assert holds_synthetic(settings) is is_invented


@pytest.mark.parametrize("is_invented", [True, False])
def test_sheets_are_known_by_the_source_of_their_rows(settings: Settings, is_invented: bool) -> None:
    sheet = write_sheet() if is_invented else write_sheet().replace("SYNTHETIC: ", "")
    landed = land_sheet(offer(settings, "studies", "sheet.csv", sheet), settings)
    assert isinstance(landed, Receipt) and landed.is_synthetic is is_invented
    assert [receipt.is_marked_synthetic for receipt in read_receipts(settings)] == [is_invented]


def test_messages_go_out_whatever_is_damaged(settings: Settings) -> None:
    folder = settings.raw / "faers" / "x"
    folder.mkdir(parents=True)
    (folder / "receipt.json").write_text("{")
    assert holds_synthetic(settings) is False
    assert Path(folder / "receipt.json").read_text() == "{"
