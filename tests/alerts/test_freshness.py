"""The age of the data, apart from the age of the receipt; which periods are missing; an agency that moved."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import freshness, intake, publishing, runs
from pipeline.landing.delivery import Staged
from pipeline.landing.patience import Patience
from pipeline.landing.receipts import Receipt
from pipeline.sample.agencies import serve
from pipeline.sample.world import write_world
from pipeline.settings import Settings
from pipeline.sources import find_source
from pipeline.sources.clinicaltrials.studies import stage_studies
from pipeline.sources.faers.remote import find_quarters
from tests.sql.trials.study_records import make_study

FAERS, REGISTRY, STUDIES = (find_source(name) for name in ("faers", "clinicaltrials", "studies"))


def receive(source: str, period: str | None = None, **more: object) -> Receipt:
    """A receipt of 2 November 2026."""
    name = f"{period or 'studies'}-x"
    receipt = Receipt(source, name, period, None, name, datetime(2026, 11, 2, tzinfo=UTC), "inbox:x", [], raw_in=name)
    return replace(receipt, **more)


def note_check(settings: Settings, source: str, status: str, message: str = "") -> None:
    record = {"source": source, "last_checked_at": "2026-11-02T01:00:00Z", "status": status, "message": message}
    runs.write_json(settings.landing / source / "last_check.json", record)


def test_the_data_reach_to_the_end_of_the_newest_quarter(settings: Settings) -> None:
    """Received yesterday and two years old: the age is that of the data."""
    held = [receive("faers", period) for period in ("2023Q3", "2024Q2", "2023Q4", "2024Q3")]
    state = freshness.assess(settings, FAERS, held)
    assert (state.newest_period, state.missing_periods) == ("2024Q3", ("2024Q1",))
    assert state.data_date == date(2024, 9, 30)
    assert state.find_age_days(datetime(2026, 11, 2, 1, tzinfo=UTC)) == 763
    assert freshness.assess(settings, FAERS, [receive("faers", "2023Q4")]).data_date == date(2023, 12, 31)


@pytest.mark.parametrize(
    ("day", "age", "level"),
    [
        # 2026Q2 ends on 30 June; Q3 ends on 30 September and is published a month or two later.
        (date(2026, 11, 30), "fresh", None),
        (date(2026, 12, 6), "fresh", None),
        (date(2026, 12, 7), "warning", "warning"),
        (date(2027, 3, 6), "warning", "warning"),
        (date(2027, 3, 7), "alarm", "error"),
    ],
)
def test_silence_warns_and_then_alarms(settings: Settings, day: date, age: str, level: str | None) -> None:
    now = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    state = freshness.assess(settings, FAERS, [receive("faers", "2026Q2")])
    message = freshness.describe(settings, state, now)
    assert state.judge_age(now) == age
    assert (message and message.level) == level
    assert message is None or (message.state, message.key) == ("stale", "source faers")
    sample = settings.model_copy(update={"profile": "sample"})
    assert freshness.describe(sample, state, now) is None, "invented data are never too old"


def test_a_registry_is_as_old_as_the_state_that_it_stated(settings: Settings) -> None:
    """By the name of a fetch, by what the records state, or by the last answer, whichever is latest."""
    fetched = receive("clinicaltrials", origin="fetched:studies-0a1b2c3d-all-to-20261101T090005")
    dropped = receive("clinicaltrials", data_date="2026-10-28", content_sha256="y")
    old = receive("clinicaltrials", content_sha256="z")
    assert freshness.assess(settings, REGISTRY, [old]).data_date is None
    assert freshness.assess(settings, REGISTRY, [old, dropped]).data_date == date(2026, 10, 28)
    assert freshness.assess(settings, REGISTRY, [dropped, fetched]).data_date == date(2026, 11, 1)
    runs.write_json(settings.landing / "clinicaltrials" / ".fetched" / "state.json", {"state": "20261105T090005"})
    state = freshness.assess(settings, REGISTRY, [dropped])
    assert state.data_date == date(2026, 11, 5)
    assert state.judge_age(datetime(2027, 1, 5, tzinfo=UTC)) == "warning"
    assert freshness.assess(settings, STUDIES, []).judge_age(datetime(2030, 1, 1, tzinfo=UTC)) == "fresh"


def test_a_receipt_states_how_far_its_records_reach_and_an_old_one_need_not(
    settings: Settings, tmp_path: Path
) -> None:
    for folder in ("kept", "raw", "quarantine"):
        (tmp_path / folder).mkdir()
    for number, updated in ((1, "2026-10-28"), (2, "2026-10"), (3, "")):
        study = make_study(number, [], None, updated=updated)
        runs.write_json(tmp_path / "kept" / f"NCT0000000{number}.json", study)
    staged = stage_studies(tmp_path / "kept", tmp_path / "raw", tmp_path / "quarantine", settings)
    assert isinstance(staged, Staged) and staged.data_date == "2026-10-28"
    receipt = receive("clinicaltrials", data_date="2026-10-28")
    assert Receipt.from_json(receipt.to_json()) == receipt
    earlier = "\n".join(line for line in receipt.to_json().splitlines() if "data_date" not in line)
    assert Receipt.from_json(earlier).data_date is None


@pytest.mark.parametrize(
    ("status", "state", "level"),
    [("moved", "moved", "error"), ("unavailable", "unavailable", "warning"), ("reached", None, None)],
)
def test_how_a_source_answers_is_told_and_the_others_are_unaffected(
    settings: Settings, status: str, state: str | None, level: str | None
) -> None:
    note_check(settings, "faers", status, "none of the quarters is there")
    note_check(settings, "clinicaltrials", "reached")
    found = freshness.find_conditions(settings, now=datetime(2026, 11, 2, tzinfo=UTC))
    told = [(message.key, message.state, message.level) for message in found.messages]
    assert told == ([("source faers", state, level)] if state else [])
    assert {"source clinicaltrials", "source studies"} <= set(found.recovered)


def test_a_torn_check_or_receipt_is_unknown_and_stops_nothing(settings: Settings) -> None:
    note_check(settings, "faers", "reached")
    (settings.landing / "faers" / "last_check.json").write_bytes(b"{")
    (settings.raw / "faers" / "2024Q1-x").mkdir(parents=True)
    (settings.raw / "faers" / "2024Q1-x" / "receipt.json").write_bytes(b"{")
    assert freshness.assess(settings, FAERS).status == freshness.NEVER
    assert freshness.find_conditions(settings).messages == []


def test_addresses_that_all_answer_404_are_a_source_that_moved(settings: Settings, tmp_path: Path) -> None:
    """Never "reached"; nor is it moved where one real quarter answers, or where none is due yet."""
    write_world(tmp_path / "world", seed=7, cases_per_period=5)
    with serve(tmp_path / "world") as agencies:
        base = settings.model_copy(update={"fetch_backoff": 0.0, "fetch_attempts": 1})
        wrong = base.model_copy(
            update={
                "faers_url": agencies.faers_url,
                "faers_name": "renamed_{year}q{quarter}.zip",
                "faers_first_quarter": "2024Q1",
                "clinicaltrials_url": agencies.clinicaltrials_url.replace("/v2", "/v9"),
            }
        )
        outcomes = intake.land_all(wrong)
        assert [(each["offer"]["source"], each["status"]) for each in outcomes] == [
            ("faers", "unavailable"),
            ("clinicaltrials", "unavailable"),
        ]
        statuses = {source: freshness.read_check(wrong, source)["status"] for source in ("faers", "clinicaltrials")}
        assert statuses == {"faers": "moved", "clinicaltrials": "moved"}
        right = base.model_copy(update={"faers_url": agencies.faers_url, "faers_first_quarter": "2024Q1"})
        patience = Patience.of(right)
        assert len(find_quarters(right, [], patience, today="2026Q4")) == 1
        assert find_quarters(wrong, [], patience, today="2024Q3") == [], "no quarter is due yet"


def test_status_shows_the_age_of_the_data_beside_that_of_the_receipt(settings: Settings) -> None:
    note_check(settings, "faers", "moved", "none is there")
    (row,) = publishing.status(settings, now=datetime(2026, 11, 2, tzinfo=UTC) + timedelta(hours=1))["sources"]
    expected = {"newest_period", "missing_periods", "data_date", "data_age_days", "freshness", "age_hours"}
    assert expected <= row.keys() and row["status"] == "moved"
