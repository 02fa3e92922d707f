"""Every honest world opens the gate, however small and whatever it lacks: each false alarm is a defect."""

import shutil
from pathlib import Path

import pytest

from pipeline import intake, nightly
from pipeline.errors import GateClosed
from pipeline.settings import Settings
from tests.quality.honest_worlds import Shape, draw_shape, write_honest_world

FAST, SLOW = range(1), range(1, 43)
FEW = Shape(("2017Q2",), 1, 0.0, 0.0, False, False, False, False, ("ther", "indi", "rpsr"))


def publish_world(home: Path, archives: list[Path]) -> None:
    """One night over these archives; raises GateClosed naming what shut the gate."""
    settings = Settings(home=home)
    (settings.inbox / "faers").mkdir(parents=True, exist_ok=True)
    for archive in archives:
        shutil.move(archive, settings.inbox / "faers")
    for offer in intake.find_deliveries(settings, "faers"):
        assert intake.land_delivery(settings, offer)["status"] == "landed"
    run_id = nightly.start_run(settings)
    nightly.build(settings, run_id)
    nightly.judge(settings, run_id)
    nightly.publish(settings, run_id)


def publish_in_two_nights(folder: Path, shape: Shape, seed: int) -> None:
    """All quarters but the last on one night, the last on the next: its follow-ups meet the rules of drift."""
    (folder / "world").mkdir()
    archives = write_honest_world(folder / "world", shape, seed)
    try:
        for night in (archives[:-1], archives[-1:]):
            if night:
                publish_world(folder / "home", night)
    except GateClosed as shut:
        raise AssertionError(f"honest world {seed}, {shape}: {shut}") from shut


def test_one_case_without_any_feature_is_published(tmp_path: Path) -> None:
    publish_in_two_nights(tmp_path, FEW, 1)


@pytest.mark.parametrize("seed", FAST)
def test_honest_world_is_published(seed: int, tmp_path: Path) -> None:
    publish_in_two_nights(tmp_path, draw_shape(seed), seed)


@pytest.mark.proof
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", SLOW)
def test_further_honest_world_is_published(seed: int, tmp_path: Path) -> None:
    publish_in_two_nights(tmp_path, draw_shape(seed), seed)
