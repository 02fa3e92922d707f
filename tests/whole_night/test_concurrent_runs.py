"""Two concurrent runs: neither disturbs the other, and one of them publishes."""

import shutil
from pathlib import Path

import pytest

from pipeline import publishing
from pipeline.settings import Settings
from tests.repetitions import IN_FULL
from tests.small_world import write_small_world
from tests.whole_night.nightly_runs import NightlyRun, published_tables, received_contents
from tests.without_statistics import remove_statistics


@pytest.mark.proof
@pytest.mark.timeout(2400)
def test_two_concurrent_runs_publish_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both see the same inbox. Each delivery lands once; the tables are those of a single run.

    The gate runs without the statistics, which are built like every table.
    """
    write_small_world(tmp_path / "world")
    for name, value in ({} if IN_FULL else remove_statistics(tmp_path / "plain")[0]).items():
        monkeypatch.setenv(name, value)
    homes = {name: tmp_path / name for name in ("alone", "shared")}
    for home in homes.values():
        for source in ("faers", "clinicaltrials"):
            shutil.copytree(tmp_path / "world" / source, home / "inbox" / source)
    alone = NightlyRun(homes["alone"]).start()
    assert alone.finish() == 0, alone.messages[-5:]
    both = [NightlyRun(homes["shared"]).start(), NightlyRun(homes["shared"]).start()]
    codes = sorted(nightly_run.finish(600) for nightly_run in both)
    print(f"\ntwo concurrent runs ended with {codes}")
    assert codes[0] == 0 and codes[1] in (0, 5, 6), [nightly_run.messages[-5:] for nightly_run in both]
    assert published_tables(homes["shared"]) == published_tables(homes["alone"])
    assert received_contents(homes["shared"]) == received_contents(homes["alone"])
    settings = Settings(home=homes["shared"])
    for snapshot in publishing.snapshot_ids(settings):
        assert publishing.verify(settings, snapshot, deep=True) == []
