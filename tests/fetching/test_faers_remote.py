"""Which quarters are offered: those published and not landed, and those reissued."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from pipeline.errors import SourceUnavailable
from pipeline.landing.inbox import Offer
from pipeline.landing.receipts import Receipt, ReceivedFile
from pipeline.sample.agencies import Agencies
from pipeline.sample.faults import Fault
from pipeline.settings import Settings
from pipeline.sources.faers import remote

from .conftest import Waits

PUBLISHED = ["2011Q4", "2012Q2", "2012Q4", "2017Q2", "2019Q1", "2024Q1"]
Find = Callable[..., list[Offer]]


@pytest.fixture
def find(asking: Settings, waits: Waits) -> Find:
    def run(*receipts: Receipt) -> list[Offer]:
        return remote.find_quarters(asking, receipts, waits.patience(), today="2024Q2")

    return run


def receipt(period: str, content: bytes, origin: str = "fetched") -> Receipt:
    """What landing would have written for these bytes."""
    digest = sha256(content).hexdigest()
    return Receipt(
        source="faers",
        delivery_id=f"{period}-{digest[:12]}",
        period=period,
        era="faers",
        content_sha256=digest,
        received_at=datetime.now(UTC),
        origin=origin,
        files=[ReceivedFile("archive.zip", digest, len(content))],
        raw_in=f"{period}-{digest[:12]}",
    )


def names(offers: list[Offer]) -> list[str]:
    return [offer.name for offer in offers]


def landed(asking: Settings, waits: Waits, offers: list[Offer]) -> list[Receipt]:
    """Fetch the offers and write receipts as if they were landed."""
    receipts = []
    for offer in offers:
        content = remote.fetch(offer, asking, waits.patience()).read_bytes()
        offer.path.unlink()
        period = next(period for period in PUBLISHED if remote.archive_name(asking, period) == offer.name)
        receipts.append(receipt(period, content))
    return receipts


def test_published_quarters_are_offered_and_unpublished_ones_skipped(find: Find, asking: Settings) -> None:
    """Six of fifty-one quarters are published: the others are no failure."""
    offers = find()
    assert names(offers) == [remote.archive_name(asking, period) for period in PUBLISHED]
    assert {offer.kind for offer in offers} == {"fetched"}
    assert [Offer.from_json(offer.to_json()) for offer in offers] == offers


def test_fetched_archive_equals_the_published_one(find: Find, asking: Settings, waits: Waits, world: Path) -> None:
    offer = find()[3]
    path = remote.fetch(offer, asking, waits.patience())
    assert path == offer.path
    assert path.read_bytes() == (world / "faers" / offer.name).read_bytes()


def test_second_run_has_nothing_to_fetch(find: Find, asking: Settings, waits: Waits) -> None:
    assert find(*landed(asking, waits, find())) == []


def test_only_a_new_quarter_is_offered(find: Find, asking: Settings, waits: Waits, world: Path) -> None:
    held_back = world / "faers" / "faers_ascii_2024q1.zip"
    content = held_back.read_bytes()
    held_back.unlink()
    receipts = landed(asking, waits, find())
    held_back.write_bytes(content)
    assert names(find(*receipts)) == ["faers_ascii_2024q1.zip"]


def test_reissue_is_offered_once(find: Find, asking: Settings, waits: Waits, world: Path) -> None:
    """FDA changes an archive in place, under the same name and with the same size."""
    receipts = landed(asking, waits, find())
    path = world / "faers" / "faers_ascii_2017q2.zip"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"PK\x01\x02\x14\x03", b"PK\x01\x02\x14\x00"))
    assert path.stat().st_size == len(content)
    offers = find(*receipts)
    assert names(offers) == ["faers_ascii_2017q2.zip"]
    assert find(*receipts, *landed(asking, waits, offers)) == []


def test_quarter_deposited_by_a_person_is_not_fetched(find: Find, asking: Settings, world: Path) -> None:
    """Only when FDA changes its own file afterwards is there something new to fetch."""
    by_hand = receipt("2017Q2", b"dropped by hand", "inbox:ours.zip")
    assert "faers_ascii_2017q2.zip" not in names(find(by_hand))
    assert "faers_ascii_2017q2.zip" not in names(find(by_hand))
    os.utime(world / "faers" / "faers_ascii_2017q2.zip", (1, 1))
    assert "faers_ascii_2017q2.zip" in names(find(by_hand))


def test_fetch_that_was_not_landed_is_offered_again_without_download(
    find: Find, asking: Settings, waits: Waits, agencies: Agencies
) -> None:
    offer = find()[0]
    remote.fetch(offer, asking, waits.patience())
    assert offer.name in names(find())
    before = sum(exchange.body_bytes for exchange in agencies.script.exchanges)
    remote.fetch(offer, asking, waits.patience())
    assert sum(exchange.body_bytes for exchange in agencies.script.exchanges) == before


def test_two_concurrent_runs_fetch_an_archive_once(
    find: Find, asking: Settings, waits: Waits, agencies: Agencies
) -> None:
    offer = find()[3]
    agencies.script.plan(Fault("slow", offer.name, seconds=0.2))
    with ThreadPoolExecutor(2) as pool:
        paths = list(pool.map(lambda _: remote.fetch(offer, asking, waits.patience()), range(2)))
    sent = [exchange for exchange in agencies.script.exchanges if exchange.body_bytes and offer.name in exchange.path]
    assert paths == [offer.path, offer.path]
    assert [exchange.body_bytes for exchange in sent] == [offer.path.stat().st_size]


def test_fetch_overtaken_by_a_reissue_is_downloaded_anew(
    find: Find, asking: Settings, waits: Waits, world: Path
) -> None:
    offer = find()[3]
    remote.fetch(offer, asking, waits.patience())
    issued = (world / "faers" / "faers_ascii_2019q1.zip").read_bytes()
    (world / "faers" / offer.name).write_bytes(issued)
    assert remote.fetch(offer, asking, waits.patience()).read_bytes() == issued


def test_refused_archive_is_not_fetched_in_every_run(find: Find, asking: Settings, waits: Waits) -> None:
    offer = find()[0]
    digest = sha256(remote.fetch(offer, asking, waits.patience()).read_bytes()).hexdigest()
    offer.path.unlink()
    folder = asking.quarantine / "faers" / "refused" / f"{digest[:12]}-{offer.name}"
    folder.mkdir(parents=True)
    (folder / "refusal.json").write_text("{}")
    assert offer.name not in names(find())


def test_unavailable_agency_is_reported(find: Find, agencies: Agencies) -> None:
    agencies.script.plan(Fault("status", times=-1, size=503, methods=("HEAD",)))
    with pytest.raises(SourceUnavailable, match="503"):
        find()


def test_web_page_in_place_of_one_quarter_skips_it(find: Find, agencies: Agencies) -> None:
    """Some servers report a missing file by a web page with status 200."""
    agencies.script.plan(Fault("html", "2024q2", times=-1, methods=("HEAD",)))
    assert len(find()) == len(PUBLISHED)


def test_web_page_in_place_of_every_quarter_is_an_error(find: Find, agencies: Agencies) -> None:
    agencies.script.plan(Fault("html", times=-1, methods=("HEAD",)))
    with pytest.raises(SourceUnavailable, match="web page"):
        find()


def test_source_without_address_is_not_contacted(asking: Settings, agencies: Agencies) -> None:
    assert remote.find_quarters(asking.model_copy(update={"faers_url": ""}), []) == []
    assert agencies.script.exchanges == []
