"""Nights on which nothing but a sheet was ever received, each odd but honest: the gate stays open."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import intake, nightly, publishing
from pipeline.settings import Settings
from tests.sources.revman_files import INVENTED
from tests.sources.sheets import BASE, make_pair, write_csv

SINGLE_ARM = {"arm": "ketamine", "drug": "ketamine", "route": "oral", "participants_analysed": 9, "events": 2}


def write_single_arms(inbox: Path, shared: Path) -> None:
    write_csv(inbox / "sheet.csv", [BASE | SINGLE_ARM | {"study": f"Invented {each} 2020"} for each in range(12)])


def write_nothing_reported(inbox: Path, shared: Path) -> None:
    write_csv(inbox / "sheet.csv", make_pair("not reported", 3, "not reported", 3))


def write_no_watched_drug(inbox: Path, shared: Path) -> None:
    shutil.copy(shared / "data" / "metaanalysis_mh" / "Fleiss1993.rm5", inbox)


def write_revman(inbox: Path, shared: Path) -> None:
    (inbox / "review.rm5").write_text(INVENTED)


@pytest.mark.proof
@pytest.mark.parametrize("write", [write_single_arms, write_nothing_reported, write_no_watched_drug, write_revman])
def test_night_of_a_sheet_alone_is_published(
    write: Callable[[Path, Path], None], settings: Settings, shared: Path
) -> None:
    inbox = settings.inbox / "studies"
    inbox.mkdir(parents=True)
    write(inbox, shared)
    run_id = nightly.start_run(settings, intake.land_all(settings))
    nightly.publish_run(settings, run_id)
    assert publishing.current_snapshot(settings) == run_id
