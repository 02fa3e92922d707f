"""A night on which no agency answers and nothing was dropped says so: exit 4, not "nothing new"."""

import json
from pathlib import Path

import pytest

from pipeline import nightly
from pipeline.settings import Settings


def test_a_dead_agency_is_an_outcome_of_the_night(settings: Settings) -> None:
    """Both agencies refuse the connection; the inbox is empty."""
    dead = Settings(
        home=settings.home,
        faers_url="http://127.0.0.1:9/exports",
        clinicaltrials_url="http://127.0.0.1:9/api/v2",
        faers_first_quarter="2026Q3",
        fetch_attempts=1,
        fetch_backoff=0.0,
    )
    outcomes = nightly.land_all(dead)
    assert [(each["offer"]["source"], each["status"]) for each in outcomes] == [
        ("faers", "unavailable"),
        ("clinicaltrials", "unavailable"),
    ]


def test_the_command_line_then_exits_with_4(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_dead_agency_is_told(settings: Settings, tmp_path: Path) -> None:
    """Under Airflow nothing is red when an agency is down and nothing else is new, so a message must come."""
    told = tmp_path / "told"
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ncat >> {told}\n")
    hook.chmod(0o755)
    dead = settings.model_copy(
        update={"clinicaltrials_url": "http://127.0.0.1:9/api/v2", "fetch_attempts": 1, "alert_command": str(hook)}
    )
    assert nightly.find_deliveries(dead, "clinicaltrials") == []
    message = json.loads(told.read_text())
    assert message["level"] == "warning"
    assert "127.0.0.1:9" in message["where"]
    assert message["todo"]
