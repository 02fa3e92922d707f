"""The register is fetched completely, every watched study once and as many as it counts, or not at all."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.errors import SourceUnavailable
from pipeline.landing.inbox import Offer
from pipeline.landing.receipts import Receipt
from pipeline.sample.agencies import Agencies
from pipeline.sample.faults import Fault
from pipeline.settings import Settings
from pipeline.sources.clinicaltrials import remote

from .conftest import Waits

pytestmark = pytest.mark.slow

Fetch = Callable[..., Offer | None]


@pytest.fixture
def fetch(asking: Settings, waits: Waits) -> Fetch:
    def run(*receipts: Receipt) -> Offer | None:
        return remote.fetch(asking, receipts, waits.patience())

    return run


@pytest.fixture
def all_ids(world: Path) -> list[str]:
    return sorted(path.stem for path in (world / "clinicaltrials").rglob("*.json"))


def studies(offer: Offer | None) -> list[dict[str, Any]]:
    assert offer is not None
    return [study for page in sorted(offer.path.iterdir()) for study in json.loads(page.read_text())["studies"]]


def ids(offer: Offer | None) -> list[str]:
    return sorted(study["protocolSection"]["identificationModule"]["nctId"] for study in studies(offer))


def land(asking: Settings, offer: Offer | None) -> Receipt:
    """Keep what was fetched as landing would: records as Parquet, a receipt, the folder removed."""
    assert offer is not None
    digest = sha256(offer.name.encode()).hexdigest()
    folder = asking.raw / "clinicaltrials" / digest[:12]
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute("create table record (nct_id varchar, record_text varchar)")
        for study in studies(offer):
            nct_id = study["protocolSection"]["identificationModule"]["nctId"]
            connection.execute("insert into record values (?, ?)", [nct_id, json.dumps(study)])
        connection.execute(f"copy record to '{folder / 'records.parquet'}' (format parquet)")
    shutil.rmtree(offer.path)
    return Receipt(
        "clinicaltrials", digest[:12], None, None, digest, datetime.now(UTC), offer.origin, [], raw_in=digest[:12]
    )  # fmt: skip


def change(world: Path, nct_id: str, updated: str, title: str = "Invented: changed") -> None:
    path = next((world / "clinicaltrials").rglob(f"{nct_id}.json"))
    study = json.loads(path.read_text())
    study["protocolSection"]["identificationModule"]["briefTitle"] = title
    study["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"] = updated
    path.write_text(json.dumps(study))


def left_behind(asking: Settings) -> list[str]:
    return [path.name for path in (asking.landing / "clinicaltrials" / ".fetched").glob("studies*")]


def test_every_watched_study_is_fetched_with_or_without_results(fetch: Fetch, all_ids: list[str]) -> None:
    found = fetch()
    assert ids(found) == all_ids
    assert {study["hasResults"] for study in studies(found)} == {True, False}


def test_pages_are_kept_as_received(fetch: Fetch) -> None:
    offer = fetch()
    assert offer is not None
    assert [path.name for path in sorted(offer.path.iterdir())] == [
        f"page-{number:05d}.json" for number in range(1, 5)
    ]
    assert offer.origin.startswith("fetched:studies-")


def test_unwatched_drug_is_not_requested(fetch: Fetch, world: Path, all_ids: list[str]) -> None:
    path = next((world / "clinicaltrials").rglob("NCT99000001.json"))
    other = path.read_text().replace("NCT99000001", "NCT99000099").replace("etamine", "anitidine")
    path.with_name("NCT99000099.json").write_text(other)
    assert ids(fetch()) == all_ids


def test_unchanged_register_gives_nothing_to_land(fetch: Fetch, asking: Settings) -> None:
    receipt = land(asking, fetch())
    assert fetch(receipt) is None
    assert left_behind(asking) == []


def test_only_studies_changed_since_the_last_fetch_are_fetched(fetch: Fetch, asking: Settings, world: Path) -> None:
    """The register and one study changed; the study is fetched with those of the week before the last fetch, no
    others."""
    receipt = land(asking, fetch())
    change(world, "NCT99000004", "2025-02-01")
    found = studies(fetch(receipt))
    dates = [study["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"] for study in found]
    assert sorted(set(dates)) == ["2024-12-05", "2025-02-01"]
    assert len(found) < 5


def test_refreshed_register_with_the_same_studies_gives_nothing_to_land(
    fetch: Fetch, asking: Settings, world: Path, agencies: Agencies
) -> None:
    """The state changes because of a study of another drug."""
    receipt = land(asking, fetch())
    path = next((world / "clinicaltrials").rglob("NCT99000001.json"))
    other = path.read_text().replace("NCT99000001", "NCT99000099").replace("etamine", "anitidine")
    path.with_name("NCT99000099.json").write_text(other)
    change(world, "NCT99000099", "2025-03-01")
    assert fetch(receipt) is None
    assert left_behind(asking) == []


def test_late_posting_within_the_overlap_is_fetched(fetch: Fetch, asking: Settings, world: Path) -> None:
    """Posted under a date before the last fetch, after it."""
    receipt = land(asking, fetch())
    change(world, "NCT99000004", "2024-12-01")
    change(world, "NCT99000005", "2024-12-06")
    assert "NCT99000004" in ids(fetch(receipt))


def test_changed_search_terms_fetch_everything_again(
    fetch: Fetch, asking: Settings, all_ids: list[str], tmp_path: Path
) -> None:
    receipt = land(asking, fetch())
    codes = tmp_path / "sql" / "codes"
    codes.mkdir(parents=True)
    (codes / "watched_name.csv").write_text(
        "name,ingredients,not_in,why\nketamine,KETAMINE,reports,a test\nspravato,ESKETAMINE,search,a test\n"
    )
    object.__setattr__(asking, "sql_dir", tmp_path / "sql")
    found = ids(fetch(receipt))
    assert found and set(found) < set(all_ids)


def test_the_same_terms_in_another_order_are_the_same_fetch(asking: Settings) -> None:
    """The name of the fetches landed so far: other terms would ask the registry for every study again."""
    terms = remote.read_terms(asking.sql_dir)
    assert remote._search_id(terms) == remote._search_id(terms[::-1]) == "2103f589"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("expired_token", "pageToken"),
        Fault("duplicate_page", "pageToken", after=1),
        Fault("missing_study", "pageToken"),
        Fault("changing_total", "pageToken"),
        Fault("cut", "pageToken", size=500),
        Fault("status", "studies", size=429, retry_after="20"),
        Fault("status", "studies", size=500, times=3),
        Fault("wrong_length", "studies", size=5),
    ],
    ids=lambda fault: fault.kind,
)
def test_temporary_fault_is_overcome(fetch: Fetch, agencies: Agencies, all_ids: list[str], fault: Fault) -> None:
    agencies.script.plan(fault)
    assert ids(fetch()) == all_ids


@pytest.mark.parametrize(
    "kind", ["expired_token", "duplicate_page", "missing_study", "changing_total", "malformed", "html"]
)
def test_permanent_fault_lands_nothing(fetch: Fetch, agencies: Agencies, asking: Settings, kind: str) -> None:
    agencies.script.plan(Fault(kind, "pageToken", times=-1))
    with pytest.raises(SourceUnavailable) as failure:
        fetch()
    assert failure.value.todo
    assert left_behind(asking) == []


def test_register_refreshed_during_the_fetch_is_read_again(
    fetch: Fetch, agencies: Agencies, world: Path, waits: Waits
) -> None:
    """A busy page makes us wait; in the meantime a study changes."""
    asleep = waits.sleep

    def refresh(seconds: float) -> None:
        asleep(seconds)
        change(world, "NCT99000001", "2025-05-05", "Invented: changed while we read")

    waits.sleep = refresh  # type: ignore[method-assign]
    agencies.script.plan(Fault("status", "pageToken", size=503))
    titles = [study["protocolSection"]["identificationModule"]["briefTitle"] for study in studies(fetch())]
    assert titles.count("Invented: changed while we read") == 1
    asked = [exchange.path for exchange in agencies.script.exchanges if "studies" in exchange.path]
    assert len([path for path in asked if "pageToken" not in path]) == 2


def test_fetch_that_was_not_landed_is_offered_again(fetch: Fetch, agencies: Agencies) -> None:
    first = fetch()
    before = len(agencies.script.exchanges)
    assert fetch() == first
    assert len(agencies.script.exchanges) == before


def test_source_without_address_is_not_contacted(settings: Settings) -> None:
    assert remote.fetch(settings, []) is None
