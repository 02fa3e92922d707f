"""A good night for the gate: the invented world landed and built once, and the night before it."""

import shutil
from pathlib import Path

import pytest

from pipeline import nightly
from pipeline.quality.judging import Task
from pipeline.runs import run_dir
from pipeline.sample.world import write_world
from pipeline.settings import Settings


@pytest.fixture(scope="session")
def good_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A house in which the invented world has landed."""
    settings = Settings(home=tmp_path_factory.mktemp("good_night"))
    write_world(settings.home / "world")
    for source in ("faers", "clinicaltrials"):
        shutil.copytree(settings.home / "world" / source, settings.inbox / source)
        for offer in nightly.find_deliveries(settings, source):
            assert nightly.land_delivery(settings, offer)["status"] == "landed"
    return settings


@pytest.fixture(scope="session")
def good_candidate(good_settings: Settings) -> Path:
    """The candidate of the invented world, built as a night builds it."""
    run_id = nightly.start_run(good_settings)
    nightly.build(good_settings, run_id)
    return run_dir(good_settings, run_id) / "candidate.duckdb"


@pytest.fixture(scope="session")
def earlier_snapshot(good_candidate: Path) -> Path:
    """The live snapshot: the same numbers a night earlier."""
    return Path(shutil.copyfile(good_candidate, good_candidate.with_name("earlier.duckdb")))


@pytest.fixture
def good_task(good_candidate: Path, earlier_snapshot: Path, tmp_path: Path) -> Task:
    """How the real rules are asked of the good night."""
    settings = Settings(home=tmp_path)
    return Task(
        candidate=str(good_candidate),
        run_dir=str(tmp_path),
        sql_dir=str(settings.sql_dir),
        expectations_dir=str(settings.expectations_dir),
        profile="auto",
        memory_limit=settings.judge_memory_limit,
        threads=2,
        earlier=str(earlier_snapshot),
    )
