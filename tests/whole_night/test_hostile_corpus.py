"""The hostile corpus beside sound files: each is processed or refused within limits, the sound ones published."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import pytest

from pipeline.printable import encode_name
from pipeline.resources import ROOT as PROJECT
from pipeline.sample.world import write_world
from tests.fetching.test_endless_answers import Endless
from tests.whole_night.damage import damage_by_name, take_study
from tests.whole_night.hostile_corpus import Hostile, list_corpus
from tests.whole_night.measured_intake import QUARTER
from tests.without_statistics import remove_statistics

MEMORY_MB = 500  # above the imports of the process


@pytest.fixture(scope="module")
def endless() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def show(entry: str, found: dict[str, Any]) -> str:
    return f"{entry:42} {found['status']:12} {found['seconds']:6.1f} s {found['peak']:5} MB"


def assert_right(hostile: Hostile, found: dict[str, Any]) -> None:
    assert found["status"] == hostile.status, (hostile.what, found)
    said = [found["message"], *found.get("reasons", [])]
    assert any(hostile.reason in each for each in said), (hostile.what, said)
    assert set(hostile.staged) <= set(found.get("staged", [])), hostile.what
    assert found["peak"] <= MEMORY_MB, show(hostile.what, found)


@pytest.mark.proof
@pytest.mark.timeout(2400)
def test_corpus_is_processed_within_limits_and_sound_files_beside_it_are_published(
    tmp_path: Path, shared: Path, endless: str
) -> None:
    """A JSON string of 200 MB once took 20 GB, and the file was met again by every later run."""
    home = tmp_path / "home"
    write_world(tmp_path / "world")
    for source in ("faers", "clinicaltrials"):
        (home / "inbox" / source).mkdir(parents=True)
    study = take_study(shared / "data" / "ctgov_v2_json")
    corpus = list_corpus(list(damage_by_name(study, 20_000_001)))
    entries = {encode_name(os.fsdecode(hostile.name)): hostile for hostile in corpus}
    for hostile in corpus:
        hostile.write(home / "inbox" / hostile.source / os.fsdecode(hostile.name))
    shutil.copy(tmp_path / "world" / "faers" / "faers_ascii_2024q1.zip", home / "inbox" / "faers")
    shutil.copytree(tmp_path / "world" / "clinicaltrials", home / "inbox" / "clinicaltrials", dirs_exist_ok=True)

    command = [sys.executable, "-m", "tests.whole_night.measured_intake", str(home), endless]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    found = {each["name"]: each for each in map(json.loads, done.stdout.splitlines())}
    print()
    for name, each in found.items():
        print(show(entries[name].what if name in entries else name, each))
    for name, hostile in entries.items():
        assert_right(hostile, found[name])
    assert found[QUARTER]["status"] == "unavailable" and "more than 104857600 bytes" in found[QUARTER]["message"]
    assert found[QUARTER]["peak"] <= MEMORY_MB
    assert [path for source in ("faers", "clinicaltrials") for path in (home / "inbox" / source).iterdir()] == []
    assert_published(home, remove_statistics(tmp_path / "plain")[0])


def assert_published(home: Path, settings: dict[str, str]) -> None:
    """The run over all of it publishes the sound quarter and the sound studies."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "nightly"],
        env={**os.environ, **settings, "NIGHTVIGIL_HOME": str(home), "NIGHTVIGIL_PROFILE": "sample"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    live = (home / "published" / "CURRENT").read_text().strip()
    database = home / "published" / "snapshots" / live / "nightvigil.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        trials = connection.execute("select count(*) from clean.trial where trial_id like 'NCT99%'").fetchone()
        cases = connection.execute("select count(*) from clean.faers_case where period = '2024Q1'").fetchone()
    assert trials == (32,)
    assert cases is not None and cases[0] > 250
