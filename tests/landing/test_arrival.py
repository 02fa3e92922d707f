"""What is still being written stays in the inbox; what is whole is not waited for."""

import io
import json
import time
import zipfile
from pathlib import Path

import pytest

from pipeline import intake
from pipeline.landing.receipts import read_receipts
from pipeline.settings import Settings
from tests.landing.quarters import make_members, write_folder, write_zip
from tests.sql.trials.study_records import make_arm, make_study

pytestmark = pytest.mark.slow

MEMBERS = make_members(reports=40)
ARMS = [make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine")]


@pytest.fixture
def looking(settings: Settings) -> Settings:
    """Two looks are a quarter of a second apart."""
    return settings.model_copy(update={"arrival_seconds": 0.25})


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def write_while_waiting(monkeypatch: pytest.MonkeyPatch, path: Path, content: bytes) -> None:
    """Append to a file between the two looks of the next run, and only then."""
    sleep, left = time.sleep, [content]

    def append_then_sleep(seconds: float) -> None:
        if left:
            append(path, left.pop())
        sleep(seconds)

    monkeypatch.setattr("pipeline.landing.arrival.time.sleep", append_then_sleep)


def statuses(outcomes: list[dict[str, object]]) -> list[object]:
    return [outcome["status"] for outcome in outcomes]


def pack_members() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in MEMBERS.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_zip_being_appended_to_is_neither_refused_nor_moved_and_lands_when_it_is_whole(
    looking: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = looking.inbox / "faers" / "faers_ascii_2017q2.zip"
    path.parent.mkdir(parents=True)
    whole = pack_members()
    third = len(whole) // 3
    append(path, whole[:third])
    write_while_waiting(monkeypatch, path, whole[third : 2 * third])
    (outcome,) = intake.land_all(looking)
    assert outcome["status"] == "still_arriving" and "stays in the inbox" in outcome["message"]
    assert (
        path.exists() and not list(looking.landing.glob("faers/*/*.zip")) and not list(looking.quarantine.glob("*"))
    )
    append(path, whole[2 * third :])
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


def test_folder_being_copied_stays_until_its_last_file_is_there(
    looking: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_folder(looking.inbox / "faers" / "2017q2", {name: MEMBERS[name] for name in list(MEMBERS)[:-1]})
    last = list(MEMBERS)[-1]
    third = len(MEMBERS[last]) // 3
    append(folder / last, MEMBERS[last][:third])
    write_while_waiting(monkeypatch, folder / last, MEMBERS[last][third : 2 * third])
    assert statuses(intake.land_all(looking)) == ["still_arriving"]
    append(folder / last, MEMBERS[last][2 * third :])
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
