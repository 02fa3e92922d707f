"""Nightly runs with pages: they go live with their data, and a kill while they are made leaves what was live."""

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipeline import publishing, runs
from pipeline.sample.world import write_world
from pipeline.settings import Settings
from pipeline.site.build import build_site
from tests.repetitions import IN_FULL
from tests.whole_night.nightly_runs import NightlyRun
from tests.whole_night.test_kills import deliver

pytestmark = [pytest.mark.proof, pytest.mark.timeout(3600)]
KILLS, SEED = 12, 20261129


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home where one run has published with pages, and another quarter waits in the inbox."""
    folder = tmp_path_factory.mktemp("pages")
    write_world(folder / "world")
    quarters = sorted((folder / "world" / "faers").glob("*.zip"), key=lambda path: path.name.split("ascii_")[1])
    deliver(folder / "home", "faers", quarters[:-1])
    deliver(folder / "home", "clinicaltrials", sorted((folder / "world" / "clinicaltrials").iterdir()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NIGHTVIGIL_SITE", "true")
        first = NightlyRun(folder / "home").start()
        assert first.finish(900) == 0, first.messages[-5:]
        assert first.messages[-1].startswith("pages: "), first.messages[-3:]
        deliver(folder / "home", "faers", quarters[-1:])
        yield folder / "home"


def test_pages_are_published_with_their_data_and_made_later_are_the_same(home: Path, tmp_path: Path) -> None:
    settings = Settings(home=home)
    live = publishing.current_snapshot(settings)
    assert live is not None and publishing.verify(settings, live, deep=True) == []
    folder = publishing.snapshot_path(settings, live)
    first = publishing.find_first_page(settings, live)
    assert first and f"{live}" in first.read_text()
    build_site(folder, tmp_path / "again")
    made, again = (
        {path.relative_to(place): path.read_bytes() for path in place.rglob("*") if path.is_file()}
        for place in (folder / "site", tmp_path / "again")
    )
    assert made == again and len(made) > 10
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json", "manifest.sha256", "nightvigil.duckdb", "quality.json", "site", "tables"
    }  # fmt: skip
    phase = runs.read_json(settings.runs / live / "run.json")["phases"]["pages"]
    assert phase["page_count"] == len(list((folder / "site").glob("*.html")))


if IN_FULL:  # each kill takes two nights with all pages, minutes each; a kill in a short night is in tests/publishing

    def test_kill_while_pages_are_made_leaves_the_old_snapshot_and_the_next_run_publishes(
        home: Path, tmp_path: Path
    ) -> None:
        draw = random.Random(SEED)
        old = publishing.current_snapshot(Settings(home=home))
        for number in range(KILLS):
            copy = tmp_path / str(number)
            shutil.copytree(home, copy, symlinks=True)
            settings = Settings(home=copy)
            killed = NightlyRun(copy).start()
            assert wait_for_pages(settings, killed)
            time.sleep(draw.uniform(0, 8))
            assert killed.kill() is not None
            wait_for_end_of_makers(copy)
            assert publishing.current_snapshot(settings) == old
            assert publishing.verify(settings, old, deep=True) == []
            assert publishing.snapshot_ids(settings) == [old]

            again = NightlyRun(copy).start()
            assert again.finish(900) == 0, again.messages[-5:]
            new = publishing.current_snapshot(settings)
            assert new not in (None, old) and publishing.verify(settings, new, deep=True) == []
            assert publishing.find_first_page(settings, new)
            assert not list((settings.published / "snapshots").glob(".*"))
            shutil.rmtree(copy)


def wait_for_pages(settings: Settings, run: NightlyRun) -> bool:
    """Watch until the pages of the run are being made; False when it ended before."""
    while run.process.poll() is None:
        newest = max(settings.runs.glob("*/run.json"), default=None)
        record = runs.read_json(newest) if newest else {}
        pages = record.get("phases", {}).get("pages", {})
        if record.get("outcome") is None and "began_at" in pages and "ended_at" not in pages:
            return True
        time.sleep(0.02)
    return False


def wait_for_end_of_makers(home: Path) -> None:
    """The process that makes pages ends by itself when nobody waits for it."""
    deadline = time.monotonic() + 300
    while any(is_maker(process, home) for process in psutil.process_iter()):
        assert time.monotonic() < deadline, "pages are still made although the run was killed"
        time.sleep(0.05)


def is_maker(process: psutil.Process, home: Path) -> bool:
    try:
        opened = [file.path for file in process.open_files()] if "pipeline.site" in process.cmdline() else []
    except psutil.Error:
        return False
    return any(path.startswith(str(home)) for path in opened)
