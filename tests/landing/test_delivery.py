"""Deliveries that are new, repeated, reissued or concurrent: which receipt is current afterwards."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import DeliveryRefused, NightvigilError
from pipeline.landing import inbox, store
from pipeline.landing.arrival import look_at
from pipeline.landing.hashes import AT_LANDING, UNHASHED, record_hashes
from pipeline.landing.inbox import Offer, find_offers
from pipeline.landing.rebuild import find_differences
from pipeline.landing.receipts import RECEIPT_NAME, Receipt, current_receipts, read_receipts
from pipeline.resources import ROOT as PROJECT
from pipeline.settings import Settings
from pipeline.sources import faers
from pipeline.sources.faers.layout import TABLES
from tests.landing.quarters import deposit, land, land_again, make_members, write_folder, write_zip
from tests.repetitions import choose_count

pytestmark = pytest.mark.slow

ISSUED, REISSUED = make_members(reports=3), make_members(reports=4)


def list_current(settings: Settings) -> list[str]:
    return [receipt.delivery_id for receipt in current_receipts(read_receipts(settings))]


def test_landed_quarter_has_its_bytes_account_and_empty_inbox(settings: Settings) -> None:
    receipt = land(settings, ISSUED)
    assert (receipt.period, receipt.era, receipt.reissue_of) == ("2017Q2", "faers", None)
    assert receipt.raw_in == receipt.delivery_id and receipt.delivery_id.startswith("2017Q2-")
    assert receipt.origin == "inbox:faers_ascii_2017q2.zip"
    (kept,) = (settings.landing / "faers" / receipt.content_sha256).iterdir()
    assert store.fingerprint(kept)[0][1] == receipt.files[0].bytes
    assert find_offers(settings) == []
    assert find_differences(settings, receipt) == []
    folder = settings.raw / "faers" / receipt.delivery_id
    names = {*TABLES, "deleted", "lines"}
    assert {path.name for path in folder.iterdir()} == {
        RECEIPT_NAME,
        *UNHASHED,
        *(f"{name}.parquet" for name in names),
    }
    assert [path.name for path in (settings.quarantine / "faers" / receipt.delivery_id).iterdir()] == [
        "lines.parquet"
    ]


def test_same_bytes_again_are_already_current(settings: Settings) -> None:
    """The name of the file does not matter."""
    receipt = land(settings, ISSUED)
    again = land_again(settings, ISSUED, "copy of the quarter.zip")
    assert (again.status, again.delivery_id) == ("already_current", receipt.delivery_id)
    assert read_receipts(settings) == [receipt] and find_offers(settings) == []


def test_reissue_becomes_current_and_the_old_issue_is_kept(settings: Settings) -> None:
    first, second = land(settings, ISSUED), land(settings, REISSUED)
    assert second.reissue_of == first.delivery_id
    assert list_current(settings) == [second.delivery_id]
    assert read_receipts(settings) == [first, second]
    assert (settings.landing / "faers" / first.content_sha256).is_dir()


def test_first_issue_received_again_becomes_current_again(settings: Settings) -> None:
    """FDA withdraws a reissue: the first bytes become current again, without being staged twice."""
    first, second = land(settings, ISSUED), land(settings, REISSUED)
    third = land(settings, ISSUED)
    assert (third.raw_in, third.reissue_of) == (first.delivery_id, second.delivery_id)
    assert list_current(settings) == [third.delivery_id]
    own = {path.name for path in (settings.raw / "faers" / third.delivery_id).iterdir()}
    assert own == {RECEIPT_NAME, *UNHASHED}
    assert find_differences(settings, third) == []
    fourth = land(settings, REISSUED)
    assert fourth.raw_in == second.delivery_id


def test_different_periods_are_current_together_in_any_order(settings: Settings) -> None:
    later, earlier = land(settings, make_members("2017Q3")), land(settings, make_members("2017Q2"))
    assert list_current(settings) == [later.delivery_id, earlier.delivery_id]


def test_receipts_are_read_as_written(settings: Settings) -> None:
    receipt = land(settings, ISSUED)
    assert Receipt.from_json(receipt.to_json()) == receipt
    path = settings.raw / "faers" / receipt.delivery_id / RECEIPT_NAME
    path.write_text("{}")
    with pytest.raises(NightvigilError, match="receipt cannot be read"):
        read_receipts(settings)


def test_clock_moved_back_does_not_change_the_order_of_receipts(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = land(settings, ISSUED)
    later = dataclasses.replace(first, received_at=first.received_at.replace(year=first.received_at.year + 1))
    folder = settings.raw / "faers" / first.delivery_id
    (folder / RECEIPT_NAME).write_text(later.to_json())
    record_hashes(folder, RECEIPT_NAME, AT_LANDING)
    second = land(settings, REISSUED)
    assert second.received_at > later.received_at
    assert list_current(settings) == [second.delivery_id]


def test_file_still_being_written_stays_in_the_inbox(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    offer = deposit(settings, ISSUED)
    copy = store._copy_file

    def copy_while_it_grows(file: Path, *rest: object) -> object:
        received = copy(file, *rest)  # type: ignore[arg-type]
        file.write_bytes(file.read_bytes() + b"more")
        return received

    monkeypatch.setattr(store, "_copy_file", copy_while_it_grows)
    result = faers.land(offer, settings)
    assert not isinstance(result, Receipt) and result.status == "still_arriving"
    assert find_offers(settings) == [offer] and read_receipts(settings) == []
    assert not [path for path in (settings.landing / "faers").iterdir() if not path.name.startswith(".")]


def test_unfinished_names_are_not_offered(settings: Settings) -> None:
    for name in (".hidden.zip", "q.zip.part", "q.zip.tmp"):
        write_zip(settings.inbox / "faers" / name, ISSUED)
    assert find_offers(settings) == []


def test_offers_are_listed_oldest_first(settings: Settings) -> None:
    """Of two issues of one quarter in the inbox the newer must be landed last."""
    for age, name in ((10, "b.zip"), (20, "a.zip"), (5, "c.zip")):
        path = write_zip(settings.inbox / "faers" / name, ISSUED)
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    assert [offer.name for offer in find_offers(settings)] == ["a.zip", "b.zip", "c.zip"]
    offer = find_offers(settings)[0]
    assert Offer.from_json(json.loads(json.dumps(offer.to_json()))) == offer


def test_offer_landed_by_another_run_is_already_current(settings: Settings) -> None:
    offer = deposit(settings, ISSUED)
    receipt = faers.land(offer, settings)
    assert isinstance(receipt, Receipt)
    result = faers.land(offer, settings)
    assert not isinstance(result, Receipt)
    assert (result.status, result.delivery_id) == ("already_current", receipt.delivery_id)


def test_unknown_column_refuses_the_quarter_until_it_is_corrected(settings: Settings) -> None:
    members = dict(ISSUED)
    members["ascii/REAC17Q2.txt"] = members["ascii/REAC17Q2.txt"].replace(b"drug_rec_act", b"rechallenge")
    for _ in range(2):
        with pytest.raises(DeliveryRefused) as caught:
            land(settings, members)
        assert "rechallenge" in caught.value.what and "REAC17Q2.txt" in caught.value.where
    assert len(list((settings.quarantine / "faers" / "refused").iterdir())) == 1
    assert land(settings, ISSUED).reissue_of is None


def test_two_processes_landing_the_same_bytes_make_one_receipt(settings: Settings, tmp_path: Path) -> None:
    """Three simultaneous starts: one run lands the delivery, the other finds it current, and no lock is left."""
    for trial in range(3):
        own_settings = Settings(home=tmp_path / str(trial))
        offer = deposit(own_settings, ISSUED)
        outcomes = land_in_parallel(own_settings, [offer, offer])
        assert sorted(outcomes) == ["already_current", "landed"]
        (receipt,) = read_receipts(own_settings)
        assert find_differences(own_settings, receipt) == [] and find_offers(own_settings) == []
        assert find_leftovers(own_settings) == []


def test_two_processes_landing_two_issues_keep_both(settings: Settings) -> None:
    offers = [deposit(settings, ISSUED, "a.zip"), deposit(settings, REISSUED, "b.zip")]
    assert land_in_parallel(settings, offers) == ["landed", "landed"]
    first, second = read_receipts(settings)
    assert second.reissue_of == first.delivery_id and list_current(settings) == [second.delivery_id]


def list_issues(settings: Settings) -> tuple[Offer, Offer]:
    """Two issues of a quarter in the inbox, listed together: the older first."""
    for name, members, written in (("b.zip", ISSUED, 1_000_000_000), ("a.zip", REISSUED, 1_000_000_001)):
        os.utime(write_zip(settings.inbox / "faers" / name, members), (written, written))
    older, newer = (look_at(offer) for offer in find_offers(settings))
    assert (older.name, newer.name) == ("b.zip", "a.zip")
    return older, newer


def test_later_issue_stays_current_whichever_of_two_is_landed_first(tmp_path: Path) -> None:
    """Under Airflow two deliveries are landed at a time, and the smaller one may be done first."""
    for turn in (False, True):
        settings = Settings(home=tmp_path / str(turn))
        older, newer = list_issues(settings)
        for offer in (newer, older) if turn else (older, newer):
            assert isinstance(faers.land(offer, settings), Receipt)
        first, second = read_receipts(settings)
        assert [first.origin, second.origin] == ["inbox:b.zip", "inbox:a.zip"]
        assert list_current(settings) == [second.delivery_id]
        assert first.reissue_of is None and first.raw_in == first.delivery_id
        assert find_offers(settings) == [] and find_leftovers(settings) == []


def test_issue_that_was_overtaken_replaces_what_was_current_before_both(settings: Settings) -> None:
    before = land(settings, make_members(reports=2))
    older, newer = list_issues(settings)
    current, overtaken = faers.land(newer, settings), faers.land(older, settings)
    assert isinstance(current, Receipt) and isinstance(overtaken, Receipt)
    assert overtaken.reissue_of == current.reissue_of == before.delivery_id
    assert read_receipts(settings) == [before, overtaken, current]


def test_entry_with_an_impossible_time_is_landed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    offer = deposit(settings, ISSUED)
    monkeypatch.setattr(inbox, "_mtime", lambda path: 400_000_000_000 * 10**9)  # in the year 14645
    receipt = faers.land(look_at(offer), settings)
    assert isinstance(receipt, Receipt) and receipt.offered_at is None


def test_old_file_put_into_the_inbox_on_a_later_night_becomes_current(settings: Settings) -> None:
    """FDA withdraws a reissue, and a person offers the first file again with the time that it has."""
    older, newer = list_issues(settings)
    for offer in (older, newer):
        faers.land(offer, settings)
    write_zip(settings.inbox / "faers" / "b.zip", ISSUED)
    os.utime(settings.inbox / "faers" / "b.zip", (1_000_000_000, 1_000_000_000))
    (again,) = find_offers(settings)
    receipt = faers.land(look_at(again), settings)
    assert isinstance(receipt, Receipt) and list_current(settings) == [receipt.delivery_id]


def test_leftovers_of_an_interrupted_run_are_removed(settings: Settings) -> None:
    """Quarantine is renamed into place before raw: a run killed between the two leaves a folder without a receipt."""
    first = land(settings, ISSUED)
    orphan = settings.quarantine / "faers" / "2017Q2-20260101T000000000000Z-0123456789ab"
    working = settings.raw / "faers" / f"{store.WORKING_PREFIX}dead"
    for folder in (orphan, working):
        folder.mkdir()
        (folder / "lines.parquet").touch()
    land(settings, REISSUED)
    assert not orphan.exists() and not working.exists()
    assert (settings.quarantine / "faers" / first.delivery_id).is_dir()


@pytest.mark.timeout(2400)
@pytest.mark.parametrize("every", [60, pytest.param(choose_count(15, 5), marks=pytest.mark.proof)])
def test_landing_killed_at_any_step_is_completed_by_the_next_run(tmp_path: Path, every: int) -> None:
    """SIGKILL at the N-th operation on the file system, for some N: after the next run everything is stored once."""
    source = write_zip(tmp_path / "q.zip", {**ISSUED, "deleted/d.txt": b"1001\n1\r2$\n"})
    command = [
        sys.executable,
        "-m",
        "tests.landing.interrupted_landings",
        str(source),
        str(tmp_path / "kills"),
        str(every),
    ]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=800)
    assert done.returncode == 0, done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert steps.pop() == {"finished": True}
    assert len(steps) > 300 // every
    for each in steps:
        assert each == {"step": each["step"], "receipts": 1, "differences": [], "leftovers": [], "offers": 0}
    print(f"\nkilled at {len(steps)} steps; each next run converged")


def land_in_parallel(settings: Settings, offers: list[Offer]) -> list[str]:
    """Land offers in processes that start together; return their outcomes."""
    begin = settings.home / "begin"
    command = [sys.executable, "-m", "tests.landing.landing_process", str(settings.home), str(begin)]
    runs = [
        subprocess.Popen([*command, json.dumps(offer.to_json())], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        for offer in offers
    ]
    for run in runs:
        assert run.stdout and run.stdout.readline() == "ready\n"
    begin.touch()
    return [run.communicate(timeout=300)[0].strip() for run in runs]


def find_leftovers(settings: Settings) -> list[str]:
    """Hidden working folders that remain."""
    return [str(path) for path in settings.home.rglob(f"{store.WORKING_PREFIX}*") if path.is_dir()]


def test_folder_offered_again_is_already_current(settings: Settings) -> None:
    for status in (None, "already_current"):
        write_folder(settings.inbox / "faers" / "quarter", ISSUED)
        result = faers.land(find_offers(settings)[0], settings)
        assert getattr(result, "status", None) == status
        assert not (settings.inbox / "faers" / "quarter").exists()


def test_rebuilding_works_without_the_landing_copy_and_detects_a_lost_row(settings: Settings) -> None:
    members = dict(ISSUED)
    members["ascii/OUTC17Q2.txt"] += b"broken$line\n10011$1001$M\xdc\n\n10021$1002\n$DE\n"
    receipt = land(settings, members)
    shutil.rmtree(settings.landing)
    assert find_differences(settings, receipt) == []
    other = land(settings, REISSUED)
    folder = settings.raw / "faers"
    shutil.copy(folder / other.delivery_id / "outc.parquet", folder / receipt.delivery_id / "outc.parquet")
    assert find_differences(settings, receipt) == ["ascii/OUTC17Q2.txt"]


@pytest.mark.timeout(60)
def test_millions_of_empty_lines_are_accounted_for_in_a_few_runs(settings: Settings) -> None:
    """A hundred megabytes of newlines took a quarter of an hour, a line at a time."""
    members = dict(ISSUED)
    members["ascii/REAC17Q2.txt"] += b"\n" * 3_000_000
    write_folder(settings.inbox / "faers" / "quarter", members)
    receipt = faers.land(find_offers(settings)[0], settings)
    assert isinstance(receipt, Receipt) and receipt.tables["reac"].blank_lines == 3_000_000
    assert find_differences(settings, receipt) == []
