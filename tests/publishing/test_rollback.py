"""Rollback to an earlier snapshot, held until a person releases it."""

import sys

import pytest

from pipeline import publishing
from pipeline.errors import PublicationFailed
from tests.publishing.conftest import CELLS, Publisher
from tests.publishing.test_publish import flip

pytestmark = pytest.mark.slow

LATER = (("ketamine", "any", "hallucination", 99),)


def test_rollback_shows_the_earlier_snapshot_and_sets_a_hold(publisher: Publisher) -> None:
    """A wrong snapshot was published: the earlier one is live again, and the next run may not replace it."""
    first = publisher.publish()
    second = publisher.publish(cells=LATER)
    hold = publishing.rollback(publisher.settings, reason="doubled counts")
    assert (hold["withdrawn"], hold["live"]) == (second, first)
    assert publisher.read_live() == sorted(CELLS)
    assert (publisher.settings.published / "current").resolve().name == first
    with pytest.raises(PublicationFailed, match="held") as caught:
        publisher.publish()
    assert "doubled counts" in caught.value.todo
    with pytest.raises(PublicationFailed):
        publishing.require_no_hold(publisher.settings)
    assert publishing.status(publisher.settings)["hold"] == hold


def test_next_run_after_release_publishes_on_the_live_snapshot(publisher: Publisher) -> None:
    first = publisher.publish()
    publisher.publish(cells=LATER)
    publishing.rollback(publisher.settings)
    assert publishing.release(publisher.settings) is not None
    third = publisher.publish()
    assert publishing.read_manifest(publisher.settings, third)["parent"]["snapshot_id"] == first
    assert publishing.release(publisher.settings) is None


def test_rollback_to_a_named_snapshot_works_in_both_directions(publisher: Publisher) -> None:
    ids = [publisher.publish() for _ in range(3)]
    publishing.rollback(publisher.settings, ids[0])
    assert publishing.current_snapshot(publisher.settings) == ids[0]
    hold = publishing.rollback(publisher.settings, ids[2])
    assert publishing.current_snapshot(publisher.settings) == ids[2]
    assert hold["withdrawn"] == ids[2], "the hold keeps the first withdrawal"


def test_withdrawn_snapshot_is_not_published_by_a_retry(publisher: Publisher) -> None:
    """Its task is retried while the hold is set: it is refused."""
    publisher.publish()
    request = publisher.stage()
    publishing.publish(publisher.settings, **request)
    publishing.rollback(publisher.settings)
    with pytest.raises(PublicationFailed):
        publishing.publish(publisher.settings, **request)


def test_rollback_without_an_earlier_snapshot_is_refused(publisher: Publisher) -> None:
    with pytest.raises(PublicationFailed, match="no earlier snapshot"):
        publishing.rollback(publisher.settings)
    publisher.publish()
    with pytest.raises(PublicationFailed, match="no earlier snapshot"):
        publishing.rollback(publisher.settings)
    assert publishing.read_hold(publisher.settings) is None


def test_rollback_to_a_damaged_snapshot_is_refused(publisher: Publisher) -> None:
    first = publisher.publish()
    second = publisher.publish()
    flip(publishing.database_path(publisher.settings, first))
    with pytest.raises(PublicationFailed, match="cannot roll back"):
        publishing.rollback(publisher.settings)
    assert publishing.current_snapshot(publisher.settings) == second
    assert publishing.read_hold(publisher.settings) is None


def test_damaged_current_is_repaired_by_naming_a_snapshot(publisher: Publisher) -> None:
    first = publisher.publish()
    (publisher.settings.published / "CURRENT").write_text("torn")
    with pytest.raises(PublicationFailed):
        publishing.rollback(publisher.settings)
    publishing.rollback(publisher.settings, first)
    assert publishing.current_snapshot(publisher.settings) == first


def test_rollback_interrupted_before_the_swap_keeps_the_hold(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hold is set first, so that no run publishes in between; a second rollback completes it."""
    first = publisher.publish()
    publisher.publish()
    with monkeypatch.context() as patched:
        patched.setattr(sys.modules[publishing.rollback.__module__], "set_current", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            publishing.rollback(publisher.settings)
    with pytest.raises(PublicationFailed, match="held"):
        publisher.publish()
    publishing.rollback(publisher.settings)
    assert publishing.current_snapshot(publisher.settings) == first


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
