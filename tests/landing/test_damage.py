"""A staged file that no longer has its recorded hash is found before it is read, and rebuilt or named."""

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import intake, nightly, typed
from pipeline.errors import DeliveryDamaged, NightvigilError
from pipeline.landing.hashes import AT_FIRST_USE, COPY_NAME, HASHES_NAME, UNHASHED, read_hashes
from pipeline.landing.landed import find_landed_damage, scrub
from pipeline.landing.receipts import RECEIPT_NAME, Receipt, read_receipts
from pipeline.landing.repair import ensure_raw, repair_receipts
from pipeline.landing.withdrawal import find_received
from pipeline.settings import Settings
from pipeline.sources import find_source
from tests.flips import flip_bit
from tests.landing.quarters import deposit, land, land_again, make_members

pytestmark = pytest.mark.slow

MEMBERS = make_members(reports=5)


@pytest.fixture
def receipt(settings: Settings) -> Receipt:
    return land(settings, MEMBERS)


@pytest.fixture
def folder(settings: Settings, receipt: Receipt) -> Path:
    """The raw files of the delivery."""
    return settings.raw / "faers" / receipt.delivery_id


class Reports(list[NightvigilError]):
    """What was reported as repaired."""

    def __call__(self, problem: NightvigilError) -> None:
        self.append(problem)


def ensure(settings: Settings, receipt: Receipt) -> Reports:
    reports = Reports()
    ensure_raw(settings, receipt, find_source("faers").stage, reports)
    return reports


def read_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


@pytest.mark.parametrize("name", ["drug.parquet", "lines.parquet"])
@pytest.mark.parametrize("is_lost", [False, True], ids=["altered", "missing"])
def test_raw_file_is_rebuilt_byte_for_byte_from_the_landed_bytes(
    settings: Settings, receipt: Receipt, folder: Path, name: str, is_lost: bool
) -> None:
    before = read_files(folder)
    assert ensure(settings, receipt) == []
    (folder / name).unlink() if is_lost else flip_bit(folder / name, random.Random(1))
    (report,) = ensure(settings, receipt)
    assert name in report.what and "byte for byte" in report.what
    assert read_files(folder) == before


def test_raw_file_of_another_library_version_is_rebuilt_and_marked(
    settings: Settings, receipt: Receipt, folder: Path
) -> None:
    """A library that compresses differently gives other bytes of the same rows; their hash is recorded anew."""
    recorded = read_hashes(folder)
    assert recorded is not None
    other = replace(recorded, files=recorded.files | {"drug.parquet": "0" * 64})
    for name in UNHASHED:
        (folder / name).write_text(other.to_json())
    (report,) = ensure(settings, receipt)
    assert "in other bytes" in report.what
    found = read_hashes(folder)
    assert found is not None and list(found.rebuilt) == ["drug.parquet"] and found.files == recorded.files
    assert ensure(settings, receipt) == []


def test_raw_file_that_cannot_be_rebuilt_is_named_with_what_to_restore(
    settings: Settings, receipt: Receipt, folder: Path
) -> None:
    flip_bit(folder / "drug.parquet", random.Random(1))
    kept = find_received(settings, receipt)
    flip_bit(kept, random.Random(1))
    with pytest.raises(DeliveryDamaged, match="damaged") as damaged:
        ensure(settings, receipt)
    assert "nightvigil land faers" in damaged.value.todo
    assert land_again(settings, MEMBERS, "under another name.zip").status == "already_current"
    assert find_landed_damage(settings, receipt) == []  # received again, the bytes replaced the damaged copy
    assert len(ensure(settings, receipt)) == 1 and ensure(settings, receipt) == []


def test_unpublished_delivery_that_is_damaged_beyond_repair_is_refused(settings: Settings, receipt: Receipt) -> None:
    """It has not been typed: the other deliveries of the run are not affected."""
    other = land(settings, make_members("2017Q3"))
    flip_bit(settings.raw / "faers" / receipt.delivery_id / "reac.parquet", random.Random(1))
    shutil.rmtree(settings.landing / "faers" / receipt.content_sha256)
    (outcome,) = intake.withdraw_untypable(settings)
    assert outcome["status"] == "refused" and "reac.parquet" in outcome["message"]
    assert read_receipts(settings) == [other]


@pytest.mark.parametrize("name", [RECEIPT_NAME, HASHES_NAME, COPY_NAME])
def test_one_altered_bit_of_a_receipt_or_its_hashes_is_found_and_repaired(
    settings: Settings, receipt: Receipt, folder: Path, name: str
) -> None:
    before = (folder / RECEIPT_NAME).read_bytes()
    for seed in range(30):
        flip_bit(folder / name, random.Random(seed))
        with pytest.raises(NightvigilError):
            read_receipts(settings)
        reports = Reports()
        repair_receipts(settings, reports)
        assert len(reports) == 1 and read_receipts(settings) == [receipt]
        assert (folder / RECEIPT_NAME).read_bytes() == before


def test_edited_count_of_a_receipt_is_found(settings: Settings, receipt: Receipt, folder: Path) -> None:
    path = folder / RECEIPT_NAME
    content = json.loads(path.read_text())
    content["tables"]["drug"]["records"] += 1
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
    with pytest.raises(NightvigilError, match="not the one that was recorded"):
        read_receipts(settings)


def test_deleted_receipt_is_restored_and_lost_hashes_are_named(
    settings: Settings, receipt: Receipt, folder: Path
) -> None:
    for name in (RECEIPT_NAME, HASHES_NAME, COPY_NAME):
        (folder / name).unlink()
        repair_receipts(settings)
        assert read_receipts(settings) == [receipt]
    for name in UNHASHED:
        (folder / name).unlink()
    repair_receipts(settings)
    with pytest.raises(NightvigilError, match="hashes of a delivery are missing"):
        read_receipts(settings)


def test_receipt_of_the_first_version_is_read_and_its_hashes_are_recorded_at_first_use(
    settings: Settings, receipt: Receipt, folder: Path
) -> None:
    first = replace(receipt, receipt_version=1)
    (folder / RECEIPT_NAME).write_text(first.to_json())
    for name in UNHASHED:
        (folder / name).unlink()
    assert read_receipts(settings) == [first]
    repair_receipts(settings)
    recorded = read_hashes(folder)
    assert recorded is not None and recorded.recorded == AT_FIRST_USE
    assert {"drug.parquet", "lines.parquet", RECEIPT_NAME} <= set(recorded.files)
    flip_bit(folder / "drug.parquet", random.Random(1))
    assert len(ensure(settings, first)) == 1


def test_altered_typed_file_is_made_again(settings: Settings, receipt: Receipt) -> None:
    paths = typed.type_delivery(settings, receipt)
    flip_bit(paths["faers_reaction"], random.Random(1))
    assert typed.find_altered_typed(settings, receipt) == [paths["faers_reaction"]]
    reports = Reports()
    assert typed.open_delivery(settings, receipt, reports) == paths
    assert "faers_reaction" in reports[0].what and len(reports) == 1
    assert typed.find_altered_typed(settings, receipt) == []


def test_typed_file_of_an_earlier_version_has_no_hash_and_is_made_again_without_a_report(
    settings: Settings, receipt: Receipt
) -> None:
    paths = typed.type_delivery(settings, receipt)
    paths["faers_reaction"].with_suffix(".sha256").unlink()
    paths["faers_reaction"].write_bytes(b"no Parquet")
    reports = Reports()
    typed.open_delivery(settings, receipt, reports)
    assert reports == [] and paths["faers_reaction"].read_bytes().startswith(b"PAR1")


def test_scrub_reads_what_was_verified_longest_ago_within_its_budget(settings: Settings) -> None:
    receipts = [land(settings, make_members(period)) for period in ("2017Q1", "2017Q2", "2017Q3")]
    size = max(file.bytes for receipt in receipts for file in receipt.files)
    kept = find_received(settings, receipts[2])
    flip_bit(kept, random.Random(1))
    assert scrub(settings, receipts, 0) == []
    found = [scrub(settings, receipts, size) for _ in range(4)]
    assert [len(problems) for problems in found] == [0, 0, 1, 1]  # until it is restored, it is reported
    assert receipts[2].delivery_id in found[2][0].what and "nightvigil land faers" in found[2][0].todo
    kept.unlink()
    assert len(scrub(settings, receipts, 10 * size)) == 1


def test_run_reports_what_it_repaired_in_its_record(settings: Settings, receipt: Receipt) -> None:
    typed.type_delivery(settings, receipt)
    folder = settings.raw / "faers" / receipt.delivery_id
    flip_bit(folder / RECEIPT_NAME, random.Random(1))
    kept = find_received(settings, receipt)
    flip_bit(kept, random.Random(1))
    run_id = nightly.start_run(settings)
    (repaired,) = json.loads((settings.runs / run_id / "landing.json").read_text())
    assert repaired["status"] == "repaired" and "the receipt was altered" in repaired["message"]
    (problem,) = json.loads((settings.runs / run_id / "run.json").read_text())["problems"]
    assert "bytes kept in landing are damaged" in problem["what"]


def test_same_bytes_landed_again_leave_an_intact_copy_as_it_is(settings: Settings, receipt: Receipt) -> None:
    kept = find_received(settings, receipt)
    inode = kept.stat().st_ino
    offer = deposit(settings, MEMBERS, "again.zip")
    assert intake.land_delivery(settings, offer.to_json())["status"] == "already_current"
    assert find_received(settings, receipt).stat().st_ino == inode


def test_missing_raw_file_is_rebuilt_although_its_typed_rows_exist(
    settings: Settings, receipt: Receipt, folder: Path
) -> None:
    """A partial restore: nothing reads the file now, the next edit of a code list would."""
    typed.type_delivery(settings, receipt)
    (folder / "drug.parquet").unlink()
    (outcome,) = intake.withdraw_untypable(settings)
    assert outcome["status"] == "repaired" and (folder / "drug.parquet").is_file()
    (folder / "drug.parquet").unlink()
    shutil.rmtree(settings.landing / "faers" / receipt.content_sha256)
    (outcome,) = intake.withdraw_untypable(settings)
    assert outcome["status"] == "damaged" and "nightvigil land faers" in outcome["message"]
    assert read_receipts(settings) == [receipt]
