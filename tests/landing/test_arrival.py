"""What is still being written stays in the inbox; what is whole is not waited for."""

import io
import json
import threading
import time
import zipfile
from pathlib import Path

import pytest

from pipeline import intake
from pipeline.landing.receipts import read_receipts
from pipeline.settings import Settings
from tests.landing.quarters import make_members, write_folder, write_zip
from tests.sql.trials.study_records import make_arm, make_study

MEMBERS = make_members(reports=40)
ARMS = [make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine")]


@pytest.fixture
def looking(settings: Settings) -> Settings:
    """Two looks are a quarter of a second apart."""
    return settings.model_copy(update={"arrival_seconds": 0.25})


def grow(path: Path, content: bytes, seconds: float) -> threading.Thread:
    """Append to a file in small writes for so many seconds."""
    steps = 25

    def write() -> None:
        for number in range(steps):
            with path.open("ab") as file:
                file.write(content[number * len(content) // steps : (number + 1) * len(content) // steps])
            time.sleep(seconds / steps)

    thread = threading.Thread(target=write)
    thread.start()
    return thread


def statuses(outcomes: list[dict[str, object]]) -> list[object]:
    return [outcome["status"] for outcome in outcomes]


def pack_members() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in MEMBERS.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_zip_being_appended_to_is_neither_refused_nor_moved_and_lands_when_it_is_whole(looking: Settings) -> None:
    path = looking.inbox / "faers" / "faers_ascii_2017q2.zip"
    path.parent.mkdir(parents=True)
    writing = grow(path, pack_members(), 0.8)
    time.sleep(0.1)
    (outcome,) = intake.land_all(looking)
    assert outcome["status"] == "still_arriving" and "stays in the inbox" in outcome["message"]
    assert (
        path.exists() and not list(looking.landing.glob("faers/*/*.zip")) and not list(looking.quarantine.glob("*"))
    )
    writing.join()
    assert statuses(intake.land_all(looking)) == ["landed"]


def test_zip_whose_directory_came_before_its_members_is_not_refused_while_it_grows(looking: Settings) -> None:
    """A downloader that writes the parts of a file in any order: its directory is right, a checksum is not yet."""
    whole = pack_members()
    place = whole.index(MEMBERS["ascii/REAC17Q2.txt"][:40])
    path = looking.inbox / "faers" / "faers_ascii_2017q2.zip"
    path.parent.mkdir(parents=True)
    path.write_bytes(whole[:place] + bytes(40) + whole[place + 40 :])
    offers = intake.find_deliveries(looking, "faers")
    path.write_bytes(whole[:place] + bytes(20) + whole[place + 20 :])
    assert statuses(intake.land_offers(looking, offers)) == ["still_arriving"]
    assert path.exists() and not list(looking.landing.glob("faers/*/*.zip"))
    path.write_bytes(whole)
    assert statuses(intake.land_all(looking)) == ["landed"]


def test_damaged_zip_is_refused_as_before(looking: Settings) -> None:
    path = looking.inbox / "faers" / "faers_ascii_2017q2.zip"
    path.parent.mkdir(parents=True)
    path.write_bytes(pack_members()[:-200])
    assert statuses(intake.land_all(looking)) == ["refused"]
    assert not path.exists() and len(list(looking.quarantine.glob("faers/refused/*"))) == 1


def test_folder_being_copied_stays_until_its_last_file_is_there(looking: Settings) -> None:
    folder = write_folder(looking.inbox / "faers" / "2017q2", {name: MEMBERS[name] for name in list(MEMBERS)[:-1]})
    last = list(MEMBERS)[-1]
    writing = grow(folder / last, MEMBERS[last], 0.8)
    time.sleep(0.1)
    assert statuses(intake.land_all(looking)) == ["still_arriving"]
    writing.join()
    assert statuses(intake.land_all(looking)) == ["landed"]
    assert [receipt.period for receipt in read_receipts(looking)] == ["2017Q2"]


def test_a_run_waits_once_for_all_that_needs_it_and_not_at_all_for_whole_zips(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = settings.model_copy(update={"arrival_seconds": 1.0})
    slept: list[float] = []
    sleep = time.sleep

    def sleep_and_note(seconds: float) -> None:
        slept.append(seconds)
        sleep(seconds)

    monkeypatch.setattr("pipeline.landing.arrival.time.sleep", sleep_and_note)
    write_zip(waiting.inbox / "faers" / "faers_ascii_2017q2.zip", MEMBERS)
    assert statuses(intake.land_all(waiting)) == ["landed"] and slept == []
    for number in range(1, 6):
        path = waiting.inbox / "clinicaltrials" / f"study {number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(make_study(number, ARMS, None)))
    write_folder(waiting.inbox / "faers" / "2017q3", make_members("2017Q3"))
    assert statuses(intake.land_all(waiting)) == ["landed"] * 6
    assert 0 < sum(slept) <= 1.0
