"""The same studies give the same published rows, however they are delivered."""

import json
import random
import zipfile
from pathlib import Path

import pytest

from pipeline import typed
from pipeline.landing.inbox import find_offers
from pipeline.landing.receipts import current_receipts, read_receipts
from pipeline.models import load_typed_models
from pipeline.settings import Settings
from pipeline.sources import clinicaltrials
from tests.sql.trials.recount import draw_world, write_records
from tests.sql.trials.study_records import SQL, load_trial_models, open_session

pytestmark = pytest.mark.slow

SENT = write_records(draw_world(7), 7)


def drop_files(inbox: Path, chance: random.Random) -> None:
    """Each study in its own file; old and new records of one trial have different names."""
    for number, record in enumerate(SENT):
        (inbox / f"study {number}.json").write_text(json.dumps(record))


def drop_pages(inbox: Path, chance: random.Random) -> None:
    """Two pages in a folder, in any order, with one study on both."""
    folder = inbox / "pages"
    folder.mkdir()
    order = chance.sample(SENT, len(SENT))
    (folder / "page-00001.json").write_text(json.dumps({"studies": order[:3]}))
    (folder / "page-00002.json").write_text(json.dumps({"studies": order[2:]}, indent=1))


def drop_zip_twice(inbox: Path, chance: random.Random) -> None:
    """All in a zip, and a few of them again as a list."""
    with zipfile.ZipFile(inbox / "all.zip", "w") as archive:
        for number in chance.sample(range(len(SENT)), len(SENT)):
            archive.writestr(f"deep/{number}.json", json.dumps(SENT[number]))
    (inbox / "again.json").write_text(json.dumps(chance.sample(SENT, 2)))


def land_and_publish(settings: Settings, chance: random.Random) -> list[tuple]:
    """Land the offers in the inbox in any order; return the sorted rows of the summary."""
    offers = find_offers(settings)
    for offer in chance.sample(offers, len(offers)):
        clinicaltrials.land(offer, settings)
    session = open_session()
    made = [typed.type_delivery(settings, receipt) for receipt in current_receipts(read_receipts(settings))]
    for model in load_typed_models(SQL, "clinicaltrials"):
        files = ", ".join(f"'{paths[model.name]}'" for paths in made)
        session.execute(f"create view typed.{model.name} as select * from read_parquet([{files}])")
    for model in load_trial_models():
        session.execute(f"create table {model.table} as\n{model.sql}")
    rows = session.execute("select * from summary.observed_by_drug_route").fetchall()
    session.close()
    return sorted(rows, key=repr)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.proof)])
def test_order_repetition_and_batching_of_records_do_not_change_rows(tmp_path, seed):
    """Single files, pages of the API, and a zip with repeats give equal rows."""
    found = []
    for number, drop in enumerate((drop_files, drop_pages, drop_zip_twice)):
        settings = Settings(home=tmp_path / str(number))
        inbox = settings.inbox / "clinicaltrials"
        inbox.mkdir(parents=True)
        drop(inbox, random.Random(seed))
        found.append(land_and_publish(settings, random.Random(seed)))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) > 100
