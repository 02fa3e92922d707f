"""A sound candidate for the gate: the invented world, and the live snapshot before it."""

import shutil
from pathlib import Path

import pytest

from pipeline.quality.judging import Task
from pipeline.settings import Settings
from tests.sample_database import SampleDatabase


@pytest.fixture(scope="session")
def good_settings(sample_database: SampleDatabase) -> Settings:
    """A home in which the invented world has landed."""
    return sample_database.settings


@pytest.fixture(scope="session")
def good_candidate(sample_database: SampleDatabase) -> Path:
    """The candidate of the invented world, built as a nightly run builds it."""
    return sample_database.candidate


@pytest.fixture(scope="session")
def earlier_snapshot(good_candidate: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The live snapshot: the same numbers a run earlier."""
    return Path(shutil.copyfile(good_candidate, tmp_path_factory.mktemp("earlier") / "earlier.duckdb"))


@pytest.fixture
def good_task(good_candidate: Path, earlier_snapshot: Path, tmp_path: Path) -> Task:
    """How the real rules are evaluated on the sound candidate."""
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
