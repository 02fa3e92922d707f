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
def good_candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The candidate of the invented world, built as a night builds it."""
    settings = Settings(home=tmp_path_factory.mktemp("good_night"))
    write_world(settings.home / "world")
    landed = []
    for source in ("faers", "clinicaltrials"):
        shutil.copytree(settings.home / "world" / source, settings.inbox / source)
        offers = nightly.find_deliveries(settings, source)
        landed += [nightly.land_delivery(settings, offer) for offer in offers]
    assert {outcome["status"] for outcome in landed} == {"landed"}
    run_id = nightly.start_run(settings, landed)
    nightly.build(settings, run_id)
    return run_dir(settings, run_id) / "candidate.duckdb"


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
