"""Simulated agencies over a small sample world, and a patience that does not really wait."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.landing.patience import Patience
from pipeline.sample.agencies import Agencies, serve
from pipeline.sample.world import write_world
from pipeline.settings import Settings


@dataclass
class Waits:
    """A clock that only moves when somebody waits; `asked` lists the pauses in seconds."""

    asked: list[float] = field(default_factory=list)
    now: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        self.now += seconds

    def patience(self, attempts: int = 4, backoff: float = 2.0, budget: float = 3600.0) -> Patience:
        return Patience(attempts, backoff, budget, sleep=self.sleep, clock=lambda: self.now)


@pytest.fixture(scope="session")
def _small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, seed=7, cases_per_period=20)
    return folder


@pytest.fixture
def world(_small_world: Path, tmp_path: Path) -> Path:
    """A copy of the world that a test may change."""
    target = tmp_path / "world"
    for path in _small_world.rglob("*.*"):
        copy = target / path.relative_to(_small_world)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return target


@pytest.fixture
def agencies(world: Path) -> Iterator[Agencies]:
    with serve(world) as running:
        yield running


@pytest.fixture
def asking(agencies: Agencies, settings: Settings) -> Settings:
    """Settings that point at the fake agencies."""
    return settings.model_copy(
        update={
            "faers_url": agencies.faers_url,
            "clinicaltrials_url": agencies.clinicaltrials_url,
            "faers_first_quarter": "2011Q4",
            "clinicaltrials_page_size": 10,
            "fetch_timeout": 5.0,
        }
    )


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def days() -> Iterator[int]:
    """Numbers for file times, each a day after the last."""
    return itertools.count(1_700_000_000, 86_400)
