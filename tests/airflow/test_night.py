"""The sample world through the three DAGs without simulation: the results are those its author intended."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline import publishing
from pipeline.sample.world import write_world
from pipeline.settings import Settings


def states(run: Any) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for instance in run.get_task_instances():
        found.setdefault(instance.task_id, set()).add(str(instance.state))
    return found


@pytest.mark.proof
def test_run_from_the_inbox_to_a_live_snapshot(dag_bag: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Archives and records are put into the inbox; one archive is truncated and is refused."""
    world, home = tmp_path / "world", tmp_path / "data"
    answer = write_world(world)
    shutil.copytree(world / "faers", home / "inbox" / "faers")
    shutil.copytree(world / "clinicaltrials", home / "inbox" / "clinicaltrials")
    whole = (world / "faers" / "faers_ascii_2024q1.zip").read_bytes()
    (home / "inbox" / "faers" / "cut_short_2018q1.zip").write_bytes(whole[: len(whole) // 2])
    monkeypatch.setenv("NIGHTVIGIL_HOME", str(home))
    monkeypatch.setenv("NIGHTVIGIL_PROFILE", "sample")
    monkeypatch.setenv("NIGHTVIGIL_THREADS", "2")  # as by default, where most tests have one

    reports = dag_bag.dags["land_reports"].test()
    assert states(reports) == {
        "find_deliveries": {"success"},
        "land_delivery": {"success", "failed"},
        "announce": {"success"},
        "all_landed": {"upstream_failed"},
    }
    assert dag_bag.dags["land_trials"].test().state == "success"
    publication = dag_bag.dags["publish_summaries"].test()
    assert set().union(*states(publication).values()) == {"success"}

    settings = Settings.from_environment()
    live = publishing.current_snapshot(settings)
    assert live is not None
    with duckdb.connect(publishing.database_path(settings, live), read_only=True) as connection:
        cells = "select drug, route, reaction, definition, case_count from summary.reported_by_drug_route"
        published = set(connection.execute(f"{cells} where case_count > 0").fetchall())
    names = ("drug", "route", "reaction", "definition", "case_count")
    assert published == {
        tuple(cell[name] for name in names) for cell in answer["reported_by_drug_route"] if cell["case_count"]
    }
    notified = json.loads(next(settings.runs.glob("*/message.json")).read_text())
    assert notified["level"] == "warning" and "cut_short_2018q1.zip" in notified["todo"]
