"""A run whose gate is shut publishes nothing, whatever shut it: the old snapshot stays live."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import nightly, publishing
from pipeline.errors import GateClosed
from pipeline.runs import run_dir
from pipeline.settings import Settings
from tests.quality.small_project import sql_rule
from tests.repetitions import choose_some
from tests.without_statistics import choose_tables

TALLY = "summary/reports/reported_by_drug_route.yaml"


@pytest.fixture(scope="module")
def live(good_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with one published snapshot, and rules and SQL of its own to break."""
    home = tmp_path_factory.mktemp("live")
    shutil.copytree(good_settings.home / "raw", home / "data/raw")
    shutil.copytree(good_settings.home / "cache", home / "data/cache")
    settings = good_settings.model_copy(update={"home": home / "data", **choose_tables(home / "plain")})
    run_id = nightly.start_run(settings)
    nightly.build(settings, run_id)
    nightly.judge(settings, run_id)
    nightly.publish(settings, run_id)
    for name in ("sql_dir", "expectations_dir"):
        shutil.copytree(getattr(settings, name), home / name)
    return settings.model_copy(update={"sql_dir": home / "sql_dir", "expectations_dir": home / "expectations_dir"})


def break_the_promise(settings: Settings) -> None:
    """No column of the table is promised, so that nobody judges it."""
    path = settings.sql_dir / "columns.csv"
    rows = path.read_text().splitlines(keepends=True)
    path.write_text("".join(row for row in rows if not row.startswith("summary.reported_by_drug_route,")))


def add_rule(settings: Settings, expect: str, query: str) -> None:
    path = settings.expectations_dir / TALLY
    rule = {**sql_rule("planted", query), "expect": expect}
    path.write_text(path.read_text() + f"\n- {json.dumps(rule)}\n")


def raise_in_a_rule(settings: Settings) -> None:
    add_rule(settings, "unexpected_rows_expectation", "select error('it raises') from {batch}")


def ask_an_unknown_rule(settings: Settings) -> None:
    add_rule(settings, "expect_everything_to_be_fine", "select * from {batch}")


def empty_a_table(settings: Settings) -> None:
    path = settings.sql_dir / "summary/reports/reported_by_drug_route.sql"
    path.write_text(f"{path.read_text()}\nwhere false")


WAYS = [break_the_promise, empty_a_table, raise_in_a_rule, ask_an_unknown_rule]


@pytest.mark.proof
@pytest.mark.parametrize("break_it", choose_some(WAYS, 2))
def test_shut_gate_publishes_nothing(live: Settings, tmp_path: Path, break_it: Callable[[Settings], None]) -> None:
    broken = live.model_copy(update={"sql_dir": tmp_path / "sql", "expectations_dir": tmp_path / "expectations"})
    shutil.copytree(live.sql_dir, broken.sql_dir)
    shutil.copytree(live.expectations_dir, broken.expectations_dir)
    break_it(broken)
    before = publishing.current_snapshot(broken)
    run_id = nightly.start_run(broken)
    nightly.build(broken, run_id)
    with pytest.raises(GateClosed):
        nightly.judge(broken, run_id)
    with pytest.raises(GateClosed):
        nightly.publish(broken, run_id)
    assert publishing.current_snapshot(broken) == before
    assert len(list((broken.published / "snapshots").iterdir())) == 1
    assert json.loads((run_dir(broken, run_id) / "quality.json").read_text())["is_open"] is False
