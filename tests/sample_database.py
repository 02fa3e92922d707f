"""The sample world, landed and built once for every test that only reads it, in any number of processes."""

import fcntl
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline import intake, nightly
from pipeline.sample.code_lists import write_code_lists
from pipeline.sample.world import write_world
from pipeline.settings import Settings

CODE_LISTS = "sample_sql"  # in the home: the project's code lists with the sample world's decisions


@dataclass(frozen=True)
class SampleDatabase:
    """The home of the built sample world. It is read-only: a test that writes takes a copy. landed: outcome of each
    delivery."""

    home: Path
    run_id: str
    landed: list[dict[str, Any]]

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, sql_dir=self.home / CODE_LISTS)

    @property
    def candidate(self) -> Path:
        """The candidate of a run over the whole world."""
        return nightly.candidate_path(self.settings, self.run_id)

    @property
    def expected(self) -> dict[str, Any]:
        """The results that the author of the world intended."""
        intended: dict[str, Any] = json.loads((self.home / "world" / "expected.json").read_text())
        return intended


def share_sample_database(tmp_path_factory: pytest.TempPathFactory) -> SampleDatabase:
    """The one sample database of this test run: the first process builds it, the others wait for it."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    made, home = shared / "sample_database.json", shared / "sample_database"
    with (shared / "sample_database.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(home, ignore_errors=True)
            made.write_text(json.dumps(_build(home)))
    return SampleDatabase(home, **json.loads(made.read_text()))


def _build(home: Path) -> dict[str, Any]:
    settings = Settings(home=home, sql_dir=write_code_lists(home / CODE_LISTS))
    world = settings.home / "world"
    write_world(world)
    for source in ("faers", "clinicaltrials", "studies"):
        shutil.copytree(world / source, settings.inbox / source)
    landed = intake.land_all(settings)
    run_id = nightly.start_run(settings, landed)
    nightly.build(settings, run_id)
    return {"run_id": run_id, "landed": landed}


def show_as_published(database: SampleDatabase, home: Path) -> Path:
    """A home in which the candidate of the sample world is the live snapshot, beside what was landed; read only.

    Nothing was judged: it is for commands that read. Returns the home.
    """
    snapshot = home / "published" / "snapshots" / database.run_id
    snapshot.mkdir(parents=True)
    (snapshot / "nightvigil.duckdb").symlink_to(database.candidate)
    (home / "published" / "CURRENT").write_text(f"{database.run_id}\n")
    for name in ("landing", "raw", "quarantine", "runs"):
        (home / name).symlink_to(database.home / name)
    return home
