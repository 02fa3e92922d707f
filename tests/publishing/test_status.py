"""Status shows the age of the live snapshot and of each source, and a hold."""

import json
from datetime import UTC, datetime

from pipeline import publishing
from tests.publishing.conftest import Publisher


def test_status_of_an_empty_home(publisher: Publisher) -> None:
    assert publishing.status(publisher.settings) == {
        "snapshot": None,
        "link_agrees": True,
        "sources": [],
        "last_run": None,
        "hold": None,
        "waiting": None,
        "pages": None,
    }


def test_age_of_a_source_is_that_of_its_last_delivery(publisher: Publisher) -> None:
    """A source that is unavailable shows its age and the message of its last check."""
    live = publisher.publish()
    check = {"last_checked_at": "2026-11-02T00:00:00Z", "status": "unavailable", "message": "no answer"}
    path = publisher.settings.landing / "faers" / "last_check.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(check))
    found = publishing.status(publisher.settings, now=datetime(2026, 11, 3, 12, tzinfo=UTC))
    (source,) = found["sources"]
    assert (source["source"], source["age_hours"], source["status"]) == ("faers", 60.0, "unavailable")
    assert found["snapshot"]["snapshot_id"] == live


def test_interrupted_run_shows_its_phase(publisher: Publisher) -> None:
    run = {"run_id": "20261101T000000Z-aaaaaa", "started_at": "2026-11-01T00:00:00Z", "phase": "judge"}
    path = publisher.settings.runs / run["run_id"] / "run.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(run))
    found = publishing.status(publisher.settings)["last_run"]
    assert (found["phase"], found["outcome"]) == ("judge", None)
