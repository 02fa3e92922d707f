"""Status tells the age of what readers see, of each source, and what holds."""

import json
from datetime import UTC, datetime

from pipeline import publishing
from tests.publishing.conftest import House


def test_an_empty_house_has_a_status(house: House) -> None:
    assert publishing.status(house.settings) == {
        "snapshot": None,
        "link_agrees": True,
        "sources": [],
        "last_run": None,
        "hold": None,
    }


def test_the_age_of_a_source_is_that_of_its_last_delivery(house: House) -> None:
    """A source that is down grows old in sight of everyone, with what it said when it was last asked."""
    live = house.publish()
    check = {"last_checked_at": "2026-11-02T00:00:00Z", "status": "unavailable", "message": "no answer"}
    path = house.settings.landing / "faers" / "last_check.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(check))
    found = publishing.status(house.settings, now=datetime(2026, 11, 3, 12, tzinfo=UTC))
    (source,) = found["sources"]
    assert (source["source"], source["age_hours"], source["status"]) == ("faers", 60.0, "unavailable")
    assert found["snapshot"]["snapshot_id"] == live


def test_a_run_that_died_shows_the_phase_it_died_in(house: House) -> None:
    run = {"run_id": "20261101T000000Z-aaaaaa", "started_at": "2026-11-01T00:00:00Z", "phase": "judge"}
    path = house.settings.runs / run["run_id"] / "run.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(run))
    found = publishing.status(house.settings)["last_run"]
    assert (found["phase"], found["outcome"]) == ("judge", None)
