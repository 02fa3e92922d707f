"""A run killed at any moment leaves the old snapshot or the new one, loses nothing, and is completed by the next."""

import json
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from pipeline import publishing
from pipeline.settings import Settings
from tests.repetitions import IN_FULL, choose_count
from tests.small_world import write_small_world
from tests.whole_night.nightly_runs import PHASES, NightlyRun, published_tables, received_contents
from tests.without_statistics import remove_statistics

KILLS, LEAST_A_PHASE = choose_count(8, 40), choose_count(1, 4)
AT_ONCE, SEED = 2, 20261123


@pytest.fixture(scope="module")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home where one run has published, and more quarters and trials wait in the inbox.

    The gate runs without the statistics, which are built like every table and take most of the time of a night.
    """
    folder = tmp_path_factory.mktemp("kills")
    world, home = folder / "world", folder / "home"
    write_small_world(world)
    quarters = sorted((world / "faers").glob("*.zip"), key=lambda path: path.name.split("ascii_")[1])
    deliver(home, "faers", quarters[:-2])
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ({} if IN_FULL else remove_statistics(folder / "plain")[0]).items():
            patch.setenv(name, value)
        code = (nightly_run := NightlyRun(home).start()).finish()
        assert code == 0, nightly_run.messages[-5:]
        deliver(home, "faers", quarters[-2:])
        deliver(home, "clinicaltrials", sorted((world / "clinicaltrials").iterdir()))
        yield home
    shutil.rmtree(folder, ignore_errors=True)


def deliver(home: Path, source: str, paths: list[Path]) -> None:
    inbox = home / "inbox" / source
    inbox.mkdir(parents=True, exist_ok=True)
    for path in paths:
        shutil.copytree(path, inbox / path.name) if path.is_dir() else shutil.copy(path, inbox / path.name)


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_kills_over_every_phase(prepared_home: Path, tmp_path: Path) -> None:
    """Old or new, never mixed; the repeated run publishes the bytes of an uninterrupted run."""
    reference = tmp_path / "reference"
    shutil.copytree(prepared_home, reference, symlinks=True)
    whole = NightlyRun(reference).start()
    assert whole.finish() == 0, whole.messages[-5:]
    lasted = {phase: whole.seconds_of(phase) for phase in PHASES if phase in whole.began}
    print("\nan uninterrupted run: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in lasted.items()))
    draw = random.Random(SEED)
    hits: Counter[str] = Counter()
    live: Counter[str] = Counter()
    attempts = 0

    def kill_and_run_again(trial: tuple[Path, str, float, int]) -> tuple[str, str] | None:
        home, wanted, delay, delivery = trial
        shutil.copytree(prepared_home, home, symlinks=True)
        phase = kill_once(home, wanted, delay, delivery)
        found = None
        if phase in PHASES:
            found = phase, assert_whole(home, prepared_home, phase)
            assert_nothing_is_lost(home, reference)
        shutil.rmtree(home)
        return found

    with ThreadPoolExecutor(AT_ONCE) as pool:
        while sum(hits.values()) < KILLS or any(hits[phase] < LEAST_A_PHASE for phase in PHASES):
            assert attempts <= 4 * KILLS, f"the phases are not hit: {dict(hits)}"
            wanted = sorted(PHASES, key=lambda phase: (hits[phase], draw.random()))[:AT_ONCE]
            trials = [
                (tmp_path / f"{attempts}-{phase}", phase, draw.uniform(0, lasted[phase]), draw.randint(1, 3))
                for phase in wanted
            ]
            attempts += len(trials)
            for phase, result in filter(None, pool.map(kill_and_run_again, trials)):
                hits[phase] += 1
                live[result] += 1
            print(f"  {sum(hits.values())} kills: {dict(hits)}", flush=True)
    print(f"{sum(hits.values())} kills of a live process group in {attempts} attempts, seed {SEED}: {dict(hits)}")
    print(f"live after the kill: {dict(live)}; 0 corrupt, 0 lost; each re-run published the same bytes")


def kill_once(home: Path, wanted: str, delay: float, delivery: int) -> str | None:
    """Kill a run some time after it entered a phase; return the phase that was hit."""
    nightly_run = NightlyRun(home).start()
    nightly_run.wait_for(wanted, delivery if wanted in ("land", "type") else 0)
    time.sleep(delay)
    phase = nightly_run.kill()
    deadline = time.monotonic() + 300  # a big process takes the kernel a while to take down on a busy machine
    while survivors := [one.pid for one in psutil.process_iter() if is_in_group(one, nightly_run.process.pid)]:
        assert time.monotonic() < deadline, f"killed in {phase}, and yet alive: {survivors}"
        time.sleep(0.02)
    return phase


def is_in_group(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False


def assert_whole(home: Path, prepared_home: Path, phase: str) -> str:
    """The live snapshot after the kill passes verification; return whether it is the old or the new one."""
    live = publishing.current_snapshot(Settings(home=home))
    assert live is not None
    assert publishing.verify(Settings(home=home), live, deep=True) == [], f"killed in {phase}"
    return "old" if live == publishing.current_snapshot(Settings(home=prepared_home)) else "new"


def assert_nothing_is_lost(home: Path, reference: Path) -> None:
    """Repeat the run: it publishes the same as the uninterrupted one, from the same deliveries."""
    again = NightlyRun(home).start()
    code = again.finish()
    assert code in (0, 6), again.messages[-5:]
    assert published_tables(home) == published_tables(reference)
    assert received_contents(home) == received_contents(reference)
    assert not list((home / "inbox").glob("*/[!.]*"))
    settings = Settings(home=home)
    for snapshot in publishing.snapshot_ids(settings):
        assert publishing.verify(settings, snapshot) == []
    assert (home / "published" / "current").resolve().name == publishing.current_snapshot(settings)
    for receipt in (home / "raw").glob("*/[!.]*/receipt.json"):
        json.loads(receipt.read_text())
