"""A run in which no agency answers and the inbox is empty reports it: exit 4, not "nothing new"."""

import pytest

from pipeline import freshness, intake, nightly
from pipeline.settings import Settings


def test_unavailable_agency_is_an_outcome_of_the_run(settings: Settings) -> None:
    """Both agencies refuse the connection; the inbox is empty."""
    dead = Settings(
        home=settings.home,
        faers_url="http://127.0.0.1:9/exports",
        clinicaltrials_url="http://127.0.0.1:9/api/v2",
        faers_first_quarter="2026Q3",
        fetch_attempts=1,
        fetch_backoff=0.0,
    )
    outcomes = intake.land_all(dead)
    assert [(each["offer"]["source"], each["status"]) for each in outcomes] == [
        ("faers", "unavailable"),
        ("clinicaltrials", "unavailable"),
    ]


def test_nightly_exits_with_4_when_agencies_are_unavailable(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from pipeline.cli import app
    from pipeline.errors import SourceUnavailable

    variables = {
        "HOME": settings.home,
        "FAERS_URL": "http://127.0.0.1:9/exports",
        "FAERS_FIRST_QUARTER": "2026Q3",
        "FETCH_ATTEMPTS": 1,
        "FETCH_BACKOFF": 0,
    }
    for name, value in variables.items():
        monkeypatch.setenv(f"NIGHTVIGIL_{name}", str(value))
    monkeypatch.setattr(nightly, "start_run", _nothing_new)
    ended = CliRunner().invoke(app, ["nightly"])
    assert isinstance(ended.exception, SourceUnavailable) or ended.exit_code == 4


def _nothing_new(*_: object) -> str:
    from pipeline.errors import NothingNew

    raise NothingNew("nothing new", where="here", todo="nothing")


def test_unavailable_agency_is_told_with_the_state_of_its_source(settings: Settings) -> None:
    """Under Airflow no task fails when an agency is unavailable and nothing else is new: its source is told."""
    dead = settings.model_copy(update={"clinicaltrials_url": "http://127.0.0.1:9/api/v2", "fetch_attempts": 1})
    assert intake.find_deliveries(dead, "clinicaltrials") == []
    (message,) = freshness.find_conditions(dead).messages
    assert (message.key, message.state, message.level) == ("source clinicaltrials", "unavailable", "warning")
    assert "127.0.0.1:9" in message.causes[0].what and message.todo


def test_landing_from_a_dead_agency_exits_with_4(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not 6, "nothing new": nobody knows whether there is anything."""
    from pipeline.command_line.run import land
    from pipeline.errors import SourceUnavailable

    monkeypatch.setenv("NIGHTVIGIL_HOME", str(settings.home))
    monkeypatch.setenv("NIGHTVIGIL_FAERS_URL", "http://127.0.0.1:9/exports")
    monkeypatch.setenv("NIGHTVIGIL_FAERS_FIRST_QUARTER", "2026Q3")
    monkeypatch.setenv("NIGHTVIGIL_FETCH_ATTEMPTS", "1")
    with pytest.raises(SourceUnavailable):
        land("faers")
