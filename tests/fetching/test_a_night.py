"""A run that fetches: from the servers of the agencies to receipts, through the functions the DAGs call."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from pipeline import intake
from pipeline.landing.receipts import Receipt, current_receipts, read_receipts
from pipeline.sample.agencies import Agencies
from pipeline.sample.faults import Fault
from pipeline.sample.world import archive_name
from pipeline.settings import Settings

pytestmark = pytest.mark.slow

PUBLISHED = ["2017Q2", "2019Q1", "2024Q1"]


@pytest.fixture
def asking(asking: Settings) -> Settings:
    """Three quarters are enough here."""
    return asking.model_copy(update={"faers_first_quarter": "2017Q1"})


def impatient(asking: Settings) -> Settings:
    """Settings under which no test waits."""
    return asking.model_copy(update={"fetch_backoff": 0.0, "fetch_attempts": 1})


def periods(receipts: list[Receipt]) -> list[str | None]:
    return sorted(receipt.period for receipt in receipts if receipt.period)


def status_of(settings: Settings, source: str) -> str:
    return str(json.loads((settings.landing / source / "last_check.json").read_text())["status"])


def test_everything_published_is_landed_as_sent(asking: Settings, world: Path) -> None:
    outcomes = intake.land_all(asking)
    assert {outcome["status"] for outcome in outcomes} == {"landed"}
    receipts = read_receipts(asking)
    assert periods(receipts) == PUBLISHED
    assert len(receipts) == len(PUBLISHED) + 1
    archives = [world / "faers" / archive_name(period) for period in PUBLISHED]
    sent = {sha256(path.read_bytes()).hexdigest() for path in archives}
    assert {receipt.content_sha256 for receipt in receipts if receipt.period} == sent
    assert all(receipt.origin.startswith("fetched:") for receipt in receipts)


def test_second_run_lands_and_downloads_nothing(asking: Settings, agencies: Agencies) -> None:
    intake.land_all(asking)
    agencies.script.exchanges.clear()
    assert intake.land_all(asking) == []
    assert [
        each.path
        for each in agencies.script.exchanges
        if each.body_bytes and "Exports" in each.path and each.status == 200
    ] == []


def test_reissue_replaces_its_quarter_only(asking: Settings, world: Path) -> None:
    intake.land_all(asking)
    other = (world / "faers" / "faers_ascii_2017q2.zip").read_bytes()
    (world / "faers" / "faers_ascii_2017q2.zip").write_bytes(
        other.replace(b"PK\x01\x02\x14\x03", b"PK\x01\x02\x14\x00")
    )
    outcomes = intake.land_all(asking)
    assert [outcome["status"] for outcome in outcomes] == ["landed"]
    receipts = read_receipts(asking, "faers")
    assert len(receipts) == len(PUBLISHED) + 1
    assert periods(current_receipts(receipts)) == PUBLISHED
    assert receipts[-1].reissue_of is not None


def test_only_a_changed_study_makes_a_new_delivery(asking: Settings, world: Path) -> None:
    """The register is refreshed daily; a study of another drug is not watched."""
    intake.land_all(asking)
    path = next((world / "clinicaltrials").rglob("NCT99000001.json"))
    study = path.read_text().replace("2024-02-05", "2025-06-01")
    path.with_name("NCT99000099.json").write_text(
        study.replace("NCT99000001", "NCT99000099").replace("etamine", "anitidine")
    )
    assert intake.land_all(asking) == []
    path.write_text(study)
    assert [outcome["status"] for outcome in intake.land_all(asking)] == ["landed"]
    assert intake.land_all(asking) == []


def test_unavailable_source_does_not_stop_the_other(asking: Settings, agencies: Agencies) -> None:
    """FDA is unavailable during the run: the trials are landed, and the record of FDA states that it is
    unavailable."""
    agencies.script.plan(Fault("status", "Exports", times=-1, size=503, methods=("GET", "HEAD")))
    outcomes = intake.land_all(impatient(asking))
    said = [(outcome["offer"]["source"], outcome["status"]) for outcome in outcomes]
    assert said == [("faers", "unavailable"), ("clinicaltrials", "landed")]
    assert status_of(asking, "faers") == "unavailable"
    assert status_of(asking, "clinicaltrials") == "reached"


def test_unavailable_archive_does_not_stop_the_rest(asking: Settings, agencies: Agencies) -> None:
    agencies.script.plan(Fault("corrupt", "faers_ascii_2017q2.zip", times=-1))
    outcomes = intake.land_all(impatient(asking))
    failed = [outcome["offer"]["name"] for outcome in outcomes if outcome["status"] == "unavailable"]
    assert failed == ["faers_ascii_2017q2.zip"]
    assert periods(read_receipts(asking)) == [period for period in PUBLISHED if period != "2017Q2"]


def test_run_after_an_interrupted_fetch_fetches_what_is_missing(asking: Settings, agencies: Agencies) -> None:
    """The download of one archive was interrupted: the next run fetches the rest of it and nothing else."""
    agencies.script.plan(Fault("cut", "faers_ascii_2019q1.zip", size=1000))
    intake.land_all(impatient(asking))
    agencies.script.exchanges.clear()
    intake.land_all(impatient(asking))
    assert periods(read_receipts(asking)) == PUBLISHED
    fetched = [
        each for each in agencies.script.exchanges if each.body_bytes and each.status < 300 and "Exports" in each.path
    ]
    assert [each.range for each in fetched] == ["bytes=1000-"]
