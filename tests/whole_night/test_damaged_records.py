"""No single study and no single line closes the gate: what is damaged is quarantined or harmless, the rest published.

Every place of a real study is damaged in every way, and every column of every table of a quarter, one a study or a
line. The fast test lands and types; the proof publishes a run in which the damaged ones arrive beside sound ones.
"""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline import intake, nightly, publishing, typed
from pipeline.landing.receipts import Receipt, read_receipts
from pipeline.sample.world import write_world
from pipeline.settings import Settings
from pipeline.sources import clinicaltrials
from tests.repetitions import IN_FULL, choose_count
from tests.sql.trials.test_landing import deposit
from tests.whole_night.damage import (
    LINE_WAYS,
    Damage,
    damage_by_name,
    damage_every_place,
    damage_lines,
    name_study,
    take_study,
)
from tests.without_statistics import choose_tables

PARTS = choose_count(18, 3)  # a run holds one: five thousand studies of one drug are no watch list's
CHOSEN = range(PARTS) if IN_FULL else (0,)
PAGE = 90  # of fewer than 100 studies no share is judged: that most are damaged is this test's doing


@pytest.fixture(scope="module")
def study(shared: Path) -> dict[str, Any]:
    return take_study(shared / "data" / "ctgov_v2_json")


def write_page(damages: list[Damage]) -> bytes:
    return json.dumps({"studies": [damage.record for damage in damages]}).encode()


def read_fates(settings: Settings, receipts: list[Receipt]) -> tuple[set[str], int]:
    """The numbers of the staged studies, and how many records are in quarantine; each with a reason."""
    staged: set[str] = set()
    quarantined = 0
    for receipt in receipts:
        raw = settings.raw / receipt.source / receipt.raw_in / "records.parquet"
        aside = settings.quarantine / receipt.source / receipt.raw_in / "records.parquet"
        staged |= {nct_id for (nct_id,) in duckdb.execute(f"select nct_id from '{raw}'").fetchall()}
        reasons = duckdb.execute(f"select len(reasons), octet_length(bytes) from '{aside}'").fetchall()
        assert all(count > 0 and size > 0 for count, size in reasons)
        quarantined += len(reasons)
    return staged, quarantined


def test_damaged_study_is_quarantined_or_typed(settings: Settings, study: dict[str, Any]) -> None:
    """One page with a sound study first and last; nothing of it is lost."""
    damages = [*damage_every_place(study, 10_000_001, parts=25), *damage_by_name(study, 20_000_001)]
    sound = [
        Damage("NCT00000001", "sound", name_study(study, 1)),
        Damage("NCT00000002", "sound", name_study(study, 2)),
    ]
    page = write_page([sound[0], *damages, sound[1]])
    receipt = clinicaltrials.land(deposit(settings, "page.json", page), settings)
    assert isinstance(receipt, Receipt)
    staged, quarantined = read_fates(settings, [receipt])
    assert {"NCT00000001", "NCT00000002"} <= staged
    assert len(staged) + quarantined == len(damages) + 2
    assert quarantined > 20 and len(staged) > 100, "some are refused, and not all"
    typed.type_delivery(settings, receipt)


def deposit_damaged_quarter(world: Path, name: str, inbox: Path) -> list[str]:
    """Put a quarter of the invented world with damaged lines into the inbox; return what was damaged."""
    with zipfile.ZipFile(world / "faers" / name) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    tables = {member: content for member, content in members.items() if "ascii/" in member.lower()}
    damaged, done = damage_lines(tables)
    with zipfile.ZipFile(inbox / "faers" / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in (members | damaged).items():
            archive.writestr(member, content)
    return done


def count(settings: Settings, query: str) -> int:
    live = publishing.current_snapshot(settings)
    assert live is not None
    with duckdb.connect(str(publishing.database_path(settings, live)), read_only=True) as connection:
        (found,) = connection.execute(query).fetchone() or (0,)
    return int(found)


def run_night(settings: Settings) -> str:
    landing = intake.land_all(settings)
    assert [outcome["message"] for outcome in landing if outcome["status"] != "landed"] == []
    return nightly.publish_run(settings, nightly.start_run(settings, landing))


@pytest.mark.proof
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("part", CHOSEN)
def test_damaged_studies_and_lines_leave_the_gate_open(tmp_path: Path, study: dict[str, Any], part: int) -> None:
    """A first run in which a part of 5,400 damaged studies and two damaged quarters arrive beside sound ones; then a
    second in which single published studies come back damaged."""
    settings = Settings(home=tmp_path / "home", profile="sample", **choose_tables(tmp_path / "plain"))
    world = tmp_path / "world"
    write_world(world, cases_per_period=1500)
    for source in ("faers", "clinicaltrials"):
        (settings.inbox / source).mkdir(parents=True)
    shutil.copy(world / "faers" / "faers_ascii_2019q1.zip", settings.inbox / "faers")
    shutil.copytree(world / "clinicaltrials", settings.inbox / "clinicaltrials", dirs_exist_ok=True)
    lines = [
        *deposit_damaged_quarter(world, "faers_ascii_2024q1.zip", settings.inbox),
        *deposit_damaged_quarter(world, "aers_ascii_2012q2.zip", settings.inbox),
    ]
    damages = [*damage_every_place(study, 10_000_001, part, PARTS), *damage_by_name(study, 20_000_001)]
    for start in range(0, len(damages), PAGE):
        page = write_page(damages[start : start + PAGE])
        (settings.inbox / "clinicaltrials" / f"page-{start:05d}.json").write_bytes(page)
    (settings.inbox / "clinicaltrials" / "sound.json").write_text(json.dumps(name_study(study, 1)))

    run_night(settings)

    receipts = read_receipts(settings)
    pages = [each for each in receipts if "page-" in each.origin]
    staged, quarantined = read_fates(settings, pages)
    assert len(staged) + quarantined == len(damages)
    print(f"\n{len(damages)} damaged studies: {quarantined} quarantined; {len(lines)} damaged lines")
    sound = sum(1 for _ in (world / "clinicaltrials").rglob("*.json")) + 1
    assert count(settings, "select count(*) from clean.trial") == len(staged) + sound
    aside = sum(
        table.quarantined_lines for each in receipts if each.source == "faers" for table in each.tables.values()
    )
    assert 0 < aside <= len(LINE_WAYS) * 2 * 7 + 7, "a broken line, and none of its neighbours"

    published = sorted((world / "clinicaltrials").rglob("*.json"))
    withdrawn, untitled, claiming, claimed = (json.loads(path.read_text()) for path in published[:4])
    del withdrawn["resultsSection"]
    del untitled["protocolSection"]["identificationModule"]["briefTitle"]
    numbers = [each["protocolSection"]["identificationModule"] for each in (claiming, claimed)]
    numbers[0]["nctIdAliases"] = [numbers[1]["nctId"]]
    for number, record in enumerate((withdrawn, untitled, claiming)):
        record["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"] = {"date": "2026-01-01"}
        (settings.inbox / "clinicaltrials" / f"later-{number}.json").write_text(json.dumps(record))

    run_night(settings)

    assert count(settings, "select count(*) from clean.trial") == len(staged) + sound - 1
