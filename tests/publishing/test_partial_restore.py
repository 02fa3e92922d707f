"""A home restored in part is an error that says what to restore, never a first run or a smaller snapshot."""

import shutil
from pathlib import Path

import pytest

from pipeline import nightly, publishing
from pipeline.command_line.examination import examine
from pipeline.errors import NothingNew, PublicationFailed
from pipeline.landing.receipts import read_receipts
from pipeline.settings import Settings
from tests.landing.quarters import land, make_members
from tests.publishing.conftest import Publisher

pytestmark = pytest.mark.slow


def lose_current(settings: Settings, *, link: bool = True) -> None:
    (settings.published / "CURRENT").unlink()
    if link:
        (settings.published / "current").unlink()


def test_first_run_is_one_without_any_snapshot(publisher: Publisher) -> None:
    assert publishing.current_snapshot(publisher.settings) is None
    publisher.stage()
    assert publishing.current_snapshot(publisher.settings) is None


def test_missing_current_names_the_snapshot_that_was_live_last(publisher: Publisher) -> None:
    _, second = publisher.publish(), publisher.publish()
    lose_current(publisher.settings)
    with pytest.raises(PublicationFailed, match=f"live last was {second}") as missing:
        publishing.current_snapshot(publisher.settings)
    assert f"nightvigil rollback {second}" in missing.value.todo
    publishing.rollback(publisher.settings, second)
    publishing.release(publisher.settings)
    assert publishing.current_snapshot(publisher.settings) == second


@pytest.mark.parametrize("is_link_lost", [False, True])
def test_after_a_rollback_the_snapshot_gone_back_to_was_live_last(publisher: Publisher, is_link_lost: bool) -> None:
    first, _ = publisher.publish(), publisher.publish()
    publishing.rollback(publisher.settings, first)
    lose_current(publisher.settings, link=is_link_lost)
    with pytest.raises(PublicationFailed, match=f"live last was {first}"):
        publishing.current_snapshot(publisher.settings)


@pytest.mark.parametrize("lost", ["runs", "published/snapshots"])
def test_missing_current_is_noticed_where_runs_or_snapshots_are_lost_too(publisher: Publisher, lost: str) -> None:
    live = publisher.publish()
    lose_current(publisher.settings)
    shutil.rmtree(publisher.settings.home / lost)
    with pytest.raises(PublicationFailed, match=live) as missing:
        publishing.current_snapshot(publisher.settings)
    assert "restore" in missing.value.todo or "rollback" in missing.value.todo


def test_no_command_takes_a_missing_current_for_a_first_run(publisher: Publisher) -> None:
    settings = publisher.settings
    publisher.publish()
    land(settings, make_members())
    lose_current(settings)
    for command in (publishing.status, nightly.start_run):
        with pytest.raises(PublicationFailed, match="CURRENT is missing"):
            command(settings)
    (check,) = [each for each in examine(settings) if each["check"] == "live snapshot"]
    assert check["outcome"] == "wrong" and "rollback" in check["todo"]


def test_first_publication_interrupted_before_it_was_live_is_completed(publisher: Publisher) -> None:
    request = publisher.stage()
    publishing.publish(publisher.settings, **request)
    run_id = request["run_id"]
    lose_current(publisher.settings)
    (publisher.settings.runs / run_id / "manifest.json").unlink()
    assert publishing.current_snapshot(publisher.settings) is None
    assert publishing.publish(publisher.settings, **request) == run_id
    assert publishing.current_snapshot(publisher.settings) == run_id


@pytest.fixture
def published(publisher: Publisher) -> Publisher:
    """Two quarters landed and published."""
    for period in ("2017Q1", "2017Q2"):
        land(publisher.settings, make_members(period))
    request = publisher.stage() | {"receipts": read_receipts(publisher.settings)}
    publishing.publish(publisher.settings, **request)
    return publisher


def test_missing_delivery_of_the_live_snapshot_is_named(published: Publisher) -> None:
    settings = published.settings
    lost, _ = read_receipts(settings)
    folder = settings.raw / "faers" / lost.delivery_id
    away = Path(shutil.move(folder, settings.home / "away"))
    with pytest.raises(PublicationFailed, match=lost.delivery_id) as missing:
        nightly.start_run(settings)
    assert f"nightvigil land faers {settings.landing}" in missing.value.todo
    (check,) = [each for each in examine(settings) if each["check"] == "inputs of the live snapshot"]
    assert check["outcome"] == "wrong" and lost.delivery_id in check["seen"]
    shutil.move(away, folder)
    assert nightly.start_run(settings)


def test_bytes_of_a_missing_delivery_landed_again_replace_it(published: Publisher) -> None:
    settings = published.settings
    lost, _ = read_receipts(settings)
    shutil.rmtree(settings.raw / "faers" / lost.delivery_id)
    land(settings, make_members(lost.period or ""))
    assert nightly.start_run(settings)


def test_all_deliveries_missing_is_no_empty_home(published: Publisher) -> None:
    shutil.rmtree(published.settings.raw)
    with pytest.raises(PublicationFailed, match="deliveries of the live snapshot are missing"):
        nightly.start_run(published.settings)
    with pytest.raises(NothingNew, match="nothing was ever landed"):
        nightly.start_run(published.settings.model_copy(update={"home": published.settings.home / "other"}))


@pytest.mark.parametrize("name", ["nightvigil.duckdb", "manifest.json", "tables/reported.parquet"])
def test_run_does_not_compare_itself_with_a_damaged_snapshot(published: Publisher, name: str) -> None:
    settings = published.settings
    live = publishing.current_snapshot(settings)
    assert live is not None
    path = publishing.snapshot_path(settings, live) / name
    path.chmod(0o644)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(PublicationFailed, match=r"not as it was published|manifest of snapshot"):
        nightly.start_run(settings)
    assert publishing.current_snapshot(settings) == live


def test_doctor_verifies_every_file_of_every_delivery(published: Publisher) -> None:
    settings = published.settings
    first, second = read_receipts(settings)

    def outcome_of(delivery_id: str) -> tuple[str, str]:
        (check,) = [each for each in examine(settings) if each["check"] == f"delivery faers/{delivery_id}"]
        return check["outcome"], check["seen"]

    assert outcome_of(first.delivery_id)[0] == "ok"
    path = settings.raw / "faers" / first.delivery_id / "drug.parquet"
    path.write_bytes(b"x" + path.read_bytes()[1:])
    assert outcome_of(first.delivery_id) == ("warning", outcome_of(first.delivery_id)[1])
    assert "drug.parquet" in outcome_of(first.delivery_id)[1]
    shutil.rmtree(settings.landing / "faers" / first.content_sha256)
    assert outcome_of(first.delivery_id)[0] == "wrong"
    receipt = settings.raw / "faers" / second.delivery_id / "receipt.json"
    receipt.write_text(receipt.read_text().replace('"records": 3', '"records": 4'))
    assert outcome_of(second.delivery_id)[0] == "warning"
