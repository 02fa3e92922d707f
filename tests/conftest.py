"""Fixtures of every test: the real files beside the checkout, and a closed network."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.settings import PREFIX, Settings
from tests.sample_database import SampleDatabase, share_sample_database
from tests.small_disks import MakeDisk, mounted_disks

# Settings are read from the environment: those of the person who runs the tests must not reach one.
for name in [name for name in os.environ if name.startswith(PREFIX)]:
    del os.environ[name]
# Tests and the processes they start must hold on a small machine, whatever this one has.
for name in ("MEMORY_LIMIT", "LANDING_MEMORY_LIMIT", "JUDGE_MEMORY_LIMIT"):
    os.environ[PREFIX + name] = "600MB"
# A second thread gains nothing on tables of a few rows, and takes time from the other process of tests.
os.environ[f"{PREFIX}THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
# Nothing is still arriving in a test that does not say so, and none waits for what is.
os.environ[f"{PREFIX}ARRIVAL_SECONDS"] = "0"
# Pages take longer than most tests: those that publish make none, unless they are about them.
os.environ[f"{PREFIX}SITE"] = "false"

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real public files; the test is skipped with a message on a machine without it."""
    if not SHARED.is_dir():
        pytest.skip(f"no real files: {SHARED} is absent on this machine")
    return SHARED


@pytest.fixture(scope="session")
def sample_database(tmp_path_factory: pytest.TempPathFactory) -> SampleDatabase:
    """The sample world, landed and built; tests read it and never write to it."""
    return share_sample_database(tmp_path_factory)


@pytest.fixture(scope="module")
def built(sample_database: SampleDatabase) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database of the sample world, opened to be read while the tests of a module run."""
    with duckdb.connect(str(sample_database.candidate), read_only=True) as connection:
        yield connection


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[MakeDisk]:
    """Mounts a small disk with the given options and returns its folder."""
    with mounted_disks(tmp_path) as mount:
        yield mount


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a separate home for one test."""
    return Settings(home=tmp_path / "data")


@pytest.fixture(autouse=True)
def _closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only loopback may be reached: agencies are simulated by local servers."""
    connect = socket.socket.connect

    def refuse_outside(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in (
            "127.0.0.1",
            "::1",
            "localhost",
        ):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse_outside)
