"""A delivery is typed while the next one is landed; the outcomes keep the order of the offers."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pipeline import deliveries, intake, typed
from pipeline.landing.inbox import Offer
from pipeline.landing.receipts import Receipt
from pipeline.settings import Settings
from tests.landing.test_withdrawal import offer

PATIENCE = 60  # seconds; what waits in vain fails


@pytest.fixture
def offers(settings: Settings) -> list[dict[str, Any]]:
    return [offer(settings, number).to_json() for number in (1, 2, 3)]


def test_delivery_is_landed_while_the_one_before_is_typed(
    settings: Settings, offers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    are_landed, land, type_delivery = threading.Event(), deliveries.land, typed.type_delivery
    landed: list[str] = []

    def note(settings: Settings, offered: Offer) -> Any:
        landed.append(offered.name)
        if len(landed) == len(offers):
            are_landed.set()
        return land(settings, offered)

    def wait_for_the_last(settings: Settings, receipt: Receipt) -> dict[str, Path]:
        assert are_landed.wait(PATIENCE), "the next delivery waits until this one is typed"
        return type_delivery(settings, receipt)

    monkeypatch.setattr(deliveries, "land", note)
    monkeypatch.setattr(typed, "type_delivery", wait_for_the_last)
    outcomes = intake.land_offers(settings, offers)
    assert [outcome["offer"]["name"] for outcome in outcomes] == [each["name"] for each in offers]
    assert [outcome["status"] for outcome in outcomes] == ["landed"] * 3


def test_landing_that_is_interrupted_types_nothing_more(
    settings: Settings, offers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was landed and not typed is typed by the next run."""
    is_ended, land = threading.Event(), deliveries.land
    begun: list[str] = []

    class Ending(ThreadPoolExecutor):
        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            is_ended.set()
            super().shutdown(wait=wait)

    def interrupt_the_last(settings: Settings, offered: Offer) -> Any:
        if offered.name == offers[-1]["name"]:
            raise KeyboardInterrupt
        return land(settings, offered)

    def type_slowly(settings: Settings, receipt: Receipt) -> dict[str, Path]:
        begun.append(receipt.origin)
        assert is_ended.wait(PATIENCE)
        return {}

    monkeypatch.setattr(intake, "ThreadPoolExecutor", Ending)
    monkeypatch.setattr(deliveries, "land", interrupt_the_last)
    monkeypatch.setattr(typed, "type_delivery", type_slowly)
    with pytest.raises(KeyboardInterrupt):
        intake.land_offers(settings, offers)
    assert len(begun) <= 1
    monkeypatch.undo()
    assert intake.withdraw_untypable(settings) == []
    assert [outcome["status"] for outcome in intake.land_offers(settings, offers[2:])] == ["landed"]


def test_error_that_no_delivery_survives_is_raised(
    settings: Settings, offers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(settings: Settings, receipt: Receipt) -> dict[str, Path]:
        raise ZeroDivisionError(receipt.origin)

    monkeypatch.setattr(typed, "type_delivery", fail)
    with pytest.raises(ZeroDivisionError, match=r"study 1\.json"):
        intake.land_offers(settings, offers)
