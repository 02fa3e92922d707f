"""Back to an earlier snapshot, held until a person releases it."""

import sys

import pytest

from pipeline import publishing
from pipeline.errors import PublicationFailed
from tests.publishing.conftest import CELLS, House
from tests.publishing.test_publish import flip

LATER = (("ketamine", "any", "hallucination", 99),)


def test_a_rollback_shows_the_earlier_night_and_holds(house: House) -> None:
    """A wrong night went out: the one before is back, and the next night may not publish over it."""
    first = house.publish()
    second = house.publish(cells=LATER)
    hold = publishing.rollback(house.settings, reason="doubled counts")
    assert (hold["withdrawn"], hold["live"]) == (second, first)
    assert house.read_live() == sorted(CELLS)
    assert (house.settings.published / "current").resolve().name == first
    with pytest.raises(PublicationFailed, match="held") as caught:
        house.publish()
    assert "doubled counts" in caught.value.todo
    with pytest.raises(PublicationFailed):
        publishing.require_no_hold(house.settings)
    assert publishing.status(house.settings)["hold"] == hold


def test_after_release_the_next_night_publishes_on_what_is_live(house: House) -> None:
    first = house.publish()
    house.publish(cells=LATER)
    publishing.rollback(house.settings)
    assert publishing.release(house.settings) is not None
    third = house.publish()
    assert publishing.read_manifest(house.settings, third)["parent"]["snapshot_id"] == first
    assert publishing.release(house.settings) is None


def test_a_named_snapshot_can_be_gone_back_to_and_forward(house: House) -> None:
    ids = [house.publish() for _ in range(3)]
    publishing.rollback(house.settings, ids[0])
    assert publishing.current_snapshot(house.settings) == ids[0]
    hold = publishing.rollback(house.settings, ids[2])
    assert publishing.current_snapshot(house.settings) == ids[2]
    assert hold["withdrawn"] == ids[2], "the first withdrawal is what the hold remembers"


def test_the_withdrawn_snapshot_is_not_brought_back_by_a_retry(house: House) -> None:
    """Its task is retried while the hold stands: nothing happens."""
    house.publish()
    request = house.stage()
    publishing.publish(house.settings, **request)
    publishing.rollback(house.settings)
    with pytest.raises(PublicationFailed):
        publishing.publish(house.settings, **request)


def test_there_is_nothing_before_the_first_snapshot(house: House) -> None:
    with pytest.raises(PublicationFailed, match="no earlier snapshot"):
        publishing.rollback(house.settings)
    house.publish()
    with pytest.raises(PublicationFailed, match="no earlier snapshot"):
        publishing.rollback(house.settings)
    assert publishing.read_hold(house.settings) is None


def test_a_damaged_snapshot_is_no_place_to_go_back_to(house: House) -> None:
    first = house.publish()
    second = house.publish()
    flip(publishing.database_path(house.settings, first))
    with pytest.raises(PublicationFailed, match="cannot roll back"):
        publishing.rollback(house.settings)
    assert publishing.current_snapshot(house.settings) == second
    assert publishing.read_hold(house.settings) is None


def test_a_damaged_current_is_mended_by_naming_a_snapshot(house: House) -> None:
    first = house.publish()
    (house.settings.published / "CURRENT").write_text("torn")
    with pytest.raises(PublicationFailed):
        publishing.rollback(house.settings)
    publishing.rollback(house.settings, first)
    assert publishing.current_snapshot(house.settings) == first


def test_a_death_between_hold_and_swap_holds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hold comes first, so that no night slips in; asking again finishes the rollback."""
    first = house.publish()
    house.publish()
    with monkeypatch.context() as patched:
        patched.setattr(sys.modules[publishing.rollback.__module__], "set_current", _die)
        with pytest.raises(KeyboardInterrupt):
            publishing.rollback(house.settings)
    with pytest.raises(PublicationFailed, match="held"):
        house.publish()
    publishing.rollback(house.settings)
    assert publishing.current_snapshot(house.settings) == first


def _die(*_: object) -> None:
    raise KeyboardInterrupt
