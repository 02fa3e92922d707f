"""A delivery that cannot be typed is withdrawn: the other deliveries and later runs are not affected by it."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from pipeline import intake, nightly, resources, typed
from pipeline.errors import DeliveryNotTyped, NightvigilError, NothingNew
from pipeline.landing.inbox import Offer, find_offers
from pipeline.landing.receipts import Receipt, current_receipts, read_receipts
from pipeline.settings import Settings
from pipeline.sources import clinicaltrials
from tests.sql.trials.study_records import make_arm, make_study

pytestmark = pytest.mark.slow

ARMS = [make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine")]
BAD = "NCT00000666"


@pytest.fixture
def faulty(settings: Settings, tmp_path: Path) -> Settings:
    """Settings under which the arms of one study cannot be typed."""
    sql = tmp_path / "sql"
    shutil.copytree(resources.SQL, sql)
    plant_fault(sql)
    return settings.model_copy(update={"sql_dir": sql})


def plant_fault(sql: Path) -> None:
    """Make the typing of every delivery with study 666 fail, in its second model."""
    model = sql / "typed" / "clinicaltrials_arm_intervention.sql"
    fault = f"select *, if(nct_id = '{BAD}', error('planted'), null) as fault from raw.clinicaltrials_record"
    text = model.read_text()
    assert "    from raw.clinicaltrials_record" in text
    model.write_text(text.replace("    from raw.clinicaltrials_record", f"    from ({fault}) where fault is null"))


def offer(settings: Settings, number: int) -> Offer:
    path = settings.inbox / "clinicaltrials" / f"study {number}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(make_study(number, ARMS, None)))
    return next(each for each in find_offers(settings) if each.path == path)


def current(settings: Settings) -> list[str]:
    return [receipt.origin for receipt in current_receipts(read_receipts(settings))]


def test_delivery_that_cannot_be_typed_is_refused_and_its_bytes_are_kept(faulty: Settings) -> None:
    outcomes = intake.land_offers(faulty, [offer(faulty, number).to_json() for number in (1, 666, 2)])
    assert [outcome["status"] for outcome in outcomes] == ["landed", "refused", "landed"]
    assert "planted" in outcomes[1]["message"]
    assert outcomes[1]["problem"]["where"] == "sql/typed/clinicaltrials_arm_intervention.sql"
    assert current(faulty) == ["inbox:study 1.json", "inbox:study 2.json"]
    (folder,) = (faulty.quarantine / "clinicaltrials" / "refused").iterdir()
    refusal = json.loads((folder / "refusal.json").read_text())
    assert "planted" in refusal["what"] and refusal["origin"] == "inbox:study 666.json"
    receipt = Receipt.from_json((folder / "raw" / "receipt.json").read_text())
    assert receipt.delivery_id == refusal["delivery_id"] and (folder / "quarantine" / "records.parquet").exists()
    (kept,) = (faulty.landing / "clinicaltrials" / receipt.content_sha256).iterdir()
    assert str(kept) in refusal["todo"] and BAD in kept.read_text()
    assert not (faulty.cache / "typed" / "clinicaltrials" / receipt.content_sha256).exists()


def test_same_bytes_are_landed_once_the_cause_is_removed(settings: Settings, faulty: Settings) -> None:
    """While the cause lasts they are refused again, each time by a receipt of its own; afterwards all their rows bear
    the one new delivery."""
    for _ in range(2):
        assert intake.land_delivery(faulty, offer(faulty, 666).to_json())["status"] == "refused"
    assert len(list((faulty.quarantine / "clinicaltrials" / "refused").iterdir())) == 2
    outcome = intake.land_delivery(settings, offer(settings, 666).to_json())
    assert outcome["status"] == "landed"
    (receipt,) = read_receipts(settings)
    paths = typed.type_delivery(settings, receipt)
    for name in ("arm", "arm_intervention", "trial"):
        found = duckdb.execute(f"select distinct delivery_id from '{paths[f'clinicaltrials_{name}']}'").fetchall()
        assert found == [(outcome["delivery_id"],)]


def test_receipt_left_by_an_interrupted_run_is_withdrawn_when_the_next_one_starts(faulty: Settings) -> None:
    """The process ended between the receipt and its typing, or the receipt is of a version that let it stand."""
    for number in (1, 666):
        clinicaltrials.land(offer(faulty, number), faulty)
    run_id = nightly.start_run(faulty)
    inputs, receipts = nightly.load_run_inputs(faulty, run_id)
    assert [receipt.origin for receipt in receipts] == ["inbox:study 1.json"]
    assert len(inputs["deliveries"]) == 1
    (listed,) = json.loads((faulty.runs / run_id / "landing.json").read_text())
    assert (listed["offer"]["name"], listed["status"]) == ("study 666.json", "refused")
    assert intake.withdraw_untypable(faulty) == []


def test_run_with_nothing_but_an_untypable_delivery_has_nothing_new(faulty: Settings) -> None:
    clinicaltrials.land(offer(faulty, 666), faulty)
    with pytest.raises(NothingNew):
        nightly.start_run(faulty)


def test_published_delivery_is_never_withdrawn(faulty: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it published numbers would fall unnoticed: the build fails, and the live snapshot stays."""
    receipt = clinicaltrials.land(offer(faulty, 666), faulty)
    monkeypatch.setattr(nightly.publishing, "current_snapshot", lambda settings: "live")
    manifest = {"inputs": [{"delivery_id": receipt.delivery_id}], "build_identity": ""}
    monkeypatch.setattr(nightly.publishing, "read_manifest", lambda settings, snapshot: manifest)
    for examine in ("require_deliveries", "require_intact_parent", "require_room_to_build"):
        monkeypatch.setattr(nightly.publishing, examine, lambda *of_a_snapshot_that_is_no_file: None)
    assert intake.withdraw_untypable(faulty) == []
    assert read_receipts(faulty) == [receipt]
    run_id = nightly.start_run(faulty)
    with pytest.raises(DeliveryNotTyped, match="planted"):
        nightly.build(faulty, run_id)


def test_delivery_out_of_memory_is_withdrawn(settings: Settings) -> None:
    outcome = intake.land_delivery(
        settings.model_copy(update={"landing_memory_limit": "1MB"}), offer(settings, 1).to_json()
    )
    assert outcome["status"] == "refused" and "NIGHTVIGIL_LANDING_MEMORY_LIMIT (now 1MB)" in outcome["message"]
    assert read_receipts(settings) == []


def test_model_that_no_delivery_could_survive_withdraws_none(faulty: Settings) -> None:
    """An edit that is no SQL must not send every delivery into quarantine."""
    (faulty.sql_dir / "typed" / "clinicaltrials_arm.sql").write_text("select nothing from nowhere")
    with pytest.raises(duckdb.CatalogException):
        intake.land_delivery(faulty, offer(faulty, 1).to_json())
    assert current(faulty) == ["inbox:study 1.json"]


def test_run_whose_delivery_was_withdrawn_meanwhile_fails_and_names_it(settings: Settings) -> None:
    clinicaltrials.land(offer(settings, 1), settings)
    run_id = nightly.start_run(settings)
    (receipt,) = read_receipts(settings)
    shutil.rmtree(settings.raw / "clinicaltrials" / receipt.delivery_id)
    with pytest.raises(NightvigilError, match=receipt.delivery_id):
        nightly.load_run_inputs(settings, run_id)
