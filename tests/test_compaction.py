"""Small deliveries read as groups give the rows that they give one by one; a damaged group is made again."""

import json
import os
import random
import shutil
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline import compaction, typed
from pipeline.command_line.examination import check_groups
from pipeline.errors import NightvigilError
from pipeline.landing.inbox import find_offers
from pipeline.landing.receipts import Receipt, read_receipts
from pipeline.settings import Settings
from pipeline.sources import clinicaltrials
from tests.flips import flip_bit
from tests.sql.trials.recount import draw_world, write_records

pytestmark = pytest.mark.slow

SOURCE = "clinicaltrials"
RECORDS = write_records(draw_world(7), 7)


@pytest.fixture(autouse=True)
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "GROUP_SIZE", 3)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with seven deliveries of one study each: two groups, and one delivery by itself."""
    settings = Settings(home=tmp_path / "home")
    for number in range(7):
        deliver(settings, number)
    return settings


def deliver(settings: Settings, number: int) -> Receipt:
    inbox = settings.inbox / SOURCE
    inbox.mkdir(parents=True, exist_ok=True)
    (inbox / f"study {number}.json").write_text(json.dumps(RECORDS[number % len(RECORDS)]))
    (offer,) = find_offers(settings)
    receipt = clinicaltrials.land(offer, settings)
    assert isinstance(receipt, Receipt)
    return receipt


def open_all(settings: Settings, reports: list[NightvigilError] | None = None) -> list[dict[str, Path]]:
    report = (reports if reports is not None else []).append
    return compaction.open_deliveries(settings, SOURCE, read_receipts(settings), report)


def read_rows(opened: list[dict[str, Path]]) -> dict[str, Counter[tuple[Any, ...]]]:
    """Every row of every model, as often as it is there."""
    with duckdb.connect() as connection:
        return {
            model: Counter(
                row for paths in opened for row in map(repr, connection.read_parquet(str(paths[model])).fetchall())
            )
            for model in opened[0]
        }


def read_singly(settings: Settings) -> dict[str, Counter[tuple[Any, ...]]]:
    return read_rows([typed.type_delivery(settings, receipt) for receipt in read_receipts(settings)])


def list_groups(settings: Settings) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (settings.cache / "typed" / SOURCE / "groups").glob("*.parquet")}


def test_groups_hold_the_rows_of_their_deliveries(settings: Settings) -> None:
    opened = open_all(settings)
    assert len(opened) == 3
    assert read_rows(opened) == read_singly(settings)
    assert sum(map(len, read_rows(opened).values())) > 50


def test_what_is_there_is_not_made_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither are the deliveries of a group opened."""
    opened = open_all(settings)
    asked: list[str] = []
    plain = typed.open_delivery

    def note(settings: Settings, receipt: Receipt, *further: Any) -> dict[str, Path]:
        asked.append(receipt.delivery_id)
        return plain(settings, receipt, *further)

    monkeypatch.setattr(typed, "open_delivery", note)
    before = list_groups(settings)
    assert open_all(settings) == opened
    assert asked == [read_receipts(settings)[-1].delivery_id]
    assert list_groups(settings) == before


def test_delivery_leaves_the_groups_before_it(settings: Settings) -> None:
    open_all(settings)
    before = list_groups(settings)
    deliver(settings, 7)
    deliver(settings, 8)
    opened = open_all(settings)
    after = list_groups(settings)
    assert len(opened) == 3 and before.items() < after.items()
    assert read_rows(opened) == read_singly(settings)


def test_altered_group_is_reported_and_joined_again(settings: Settings) -> None:
    opened = open_all(settings)
    rows, before = read_rows(opened), list_groups(settings)
    path = max(opened[0].values(), key=lambda each: each.stat().st_size)
    flip_bit(path, random.Random(1))
    assert compaction.find_altered_groups(settings, SOURCE) == [path]
    reports: list[NightvigilError] = []
    assert read_rows(open_all(settings, reports)) == rows
    assert list_groups(settings) == before
    assert len(reports) == 1 and path.name in reports[0].what and reports[0].todo
    assert compaction.find_altered_groups(settings, SOURCE) == []


def test_damage_within_a_group_reaches_none_of_its_rows(settings: Settings) -> None:
    """A typed file of a delivery that is altered before its group is joined is made again from the raw files."""
    rows = read_singly(settings)
    first = typed.type_delivery(settings, read_receipts(settings)[0])
    flip_bit(max(first.values(), key=lambda each: each.stat().st_size), random.Random(1))
    reports: list[NightvigilError] = []
    assert read_rows(open_all(settings, reports)) == rows
    assert len(reports) == 1


def test_groups_are_a_cache(settings: Settings) -> None:
    rows = read_rows(open_all(settings))
    for path in (settings.cache / "typed").rglob("*.parquet"):
        path.unlink()
    assert read_rows(open_all(settings)) == rows


def test_large_delivery_stays_by_itself(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = sorted(sum(file.bytes for file in receipt.files) for receipt in read_receipts(settings))
    monkeypatch.setattr(compaction, "SMALL_BYTES", sizes[-1] - 1)
    opened = open_all(settings)
    assert len(opened) >= 2 and any("groups" not in str(path) for paths in opened for path in paths.values())
    assert read_rows(opened) == read_singly(settings)


def test_replaced_delivery_leaves_its_group(settings: Settings) -> None:
    """The others stay together, and the groups after it are what they were."""
    receipts = read_receipts(settings)
    for place in (0, 4):  # the fifth delivery is a re-issue of the first
        receipts[place] = replace(receipts[place], period="2017Q2")
    groups = compaction.list_groups(receipts)
    assert groups == [receipts[1:3], receipts[3:6]]
    opened = compaction.open_deliveries(settings, SOURCE, receipts)
    assert read_rows(opened) == read_rows([typed.type_delivery(settings, receipt) for receipt in receipts[1:]])


def test_doctor_names_an_altered_group(settings: Settings) -> None:
    path = next(iter(open_all(settings)[0].values()))
    assert check_groups(settings).outcome == "ok"
    flip_bit(path, random.Random(1))
    check = check_groups(settings)
    assert check.outcome == "warning" and str(path) in check.seen and check.todo


def make_old(paths: list[Path], hours: float) -> None:
    moment = time.time() - hours * 3600
    for path in paths:
        os.utime(path, (moment, moment))


def list_typed(settings: Settings) -> list[Path]:
    return sorted((settings.cache / "typed" / SOURCE).rglob("*.parquet"))


def test_files_of_earlier_models_are_removed_once_they_are_old(settings: Settings, tmp_path: Path) -> None:
    """What the models installed now name stays, and so does what another process may just have made."""
    open_all(settings)
    before = list_typed(settings)
    edited = tmp_path / "sql"
    shutil.copytree(settings.sql_dir, edited)
    with (edited / "functions.sql").open("a") as file:
        file.write("-- edited\n")
    installed = settings.model_copy(update={"sql_dir": edited})
    rows = read_rows(open_all(installed))
    made = sorted(set(list_typed(settings)) - set(before))
    assert len(made) == len(before)
    make_old(before + made, settings.retention_hours - 1)
    assert compaction.remove_superseded(installed, read_receipts(settings)) == []
    make_old(before + made, settings.retention_hours + 1)
    assert compaction.remove_superseded(installed, read_receipts(settings)) == before
    assert list_typed(settings) == made
    assert not [path for path in before if typed.hash_path(path).exists()]
    assert read_rows(open_all(installed)) == rows


def test_files_of_every_receipt_stay(settings: Settings) -> None:
    open_all(settings)
    before = list_typed(settings)
    make_old(before, settings.retention_hours + 1)
    assert compaction.remove_superseded(settings, read_receipts(settings)) == []
    withdrawn = read_receipts(settings)[-1]
    shutil.rmtree(settings.raw / SOURCE / withdrawn.delivery_id)
    removed = compaction.remove_superseded(settings, read_receipts(settings))
    assert removed and {path.parent.name for path in removed} == {withdrawn.content_sha256}
