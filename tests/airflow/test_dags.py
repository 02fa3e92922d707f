"""What the DAGs are: that they parse, in what order their tasks run, what is retried and what is not."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.alerts.airflow_runs import run_failed, run_succeeded, task_failed
from pipeline.sources import load_sources
from pipeline.sources.record import Source

PROJECT = Path(__file__).resolve().parents[2]
LANDING = ("land_reports", "land_studies", "land_trials")
ALL = (*LANDING, "publish_summaries")


def order(dag: Any) -> dict[str, set[str]]:
    return {task.task_id: set(task.downstream_task_ids) for task in dag.tasks}


def test_every_source_has_a_landing_dag_and_every_file_parses(dag_bag: Any) -> None:
    """The DAG ids are fixed: their history in Airflow's database is found by them."""
    assert dag_bag.import_errors == {}
    assert {source.name: source.dag_id for source in load_sources()} == {
        "faers": "land_reports",
        "clinicaltrials": "land_trials",
        "studies": "land_studies",
    }
    assert set(dag_bag.dags) == {source.dag_id for source in load_sources()} | {"publish_summaries"} == set(ALL)


@pytest.mark.parametrize("source", load_sources(), ids=lambda source: source.name)
def test_a_triage_note_names_the_folders_and_the_agency_of_its_source(dag_bag: Any, source: Source) -> None:
    note = dag_bag.dags[source.dag_id].doc_md
    assert all(
        text in note for text in (source.title, source.agency, f"inbox/{source.name}", f"quarantine/{source.name}")
    )
    others = [other.name for other in load_sources() if other is not source]
    assert not any(f"/{other}" in note for other in others)


def test_parsing_imports_no_heavy_library() -> None:
    """The DAG files are read every half minute: DuckDB, Great Expectations and pandas wait for the worker."""
    program = (
        "import runpy, sys, pathlib\n"
        "for path in sorted(pathlib.Path('dags').glob('*.py')): runpy.run_path(str(path))\n"
        "print([n for n in ('duckdb','great_expectations','pandas','pyarrow','scipy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", ALL)
def test_run_is_exclusive_time_limited_and_reported(dag_bag: Any, name: str) -> None:
    dag = dag_bag.dags[name]
    assert (dag.max_active_runs, dag.catchup) == (1, False)
    assert dag.dagrun_timeout and dag.dagrun_timeout <= timedelta(hours=12)
    assert dag.on_failure_callback is run_failed
    assert dag.on_success_callback is (run_succeeded if name in LANDING else None)
    assert "nightvigil" in dag.tags
    for task in dag.tasks:
        assert f"`{task.task_id}`" in dag.doc_md, f"no triage note for {name}.{task.task_id}"
        assert task.on_failure_callback in (task_failed, [task_failed])
        assert task.execution_timeout and task.execution_timeout < dag.dagrun_timeout


@pytest.mark.parametrize("name", LANDING)
def test_landing_leads_from_offers_to_one_event(dag_bag: Any, name: str) -> None:
    dag = dag_bag.dags[name]
    assert order(dag) == {
        "find_deliveries": {"land_delivery"},
        "land_delivery": {"announce", "all_landed"},
        "announce": {"all_landed"},
        "all_landed": set(),
    }
    assert dag.get_task("land_delivery").is_mapped
    assert [task.task_id for task in dag.tasks if task.outlets] == ["announce"]
    assert dag.get_task("announce").trigger_rule == "all_done"
    assert dag.get_task("all_landed").trigger_rule == "none_failed"


@pytest.mark.parametrize("name", LANDING)
def test_only_network_tasks_are_retried_with_increasing_delay(dag_bag: Any, name: str) -> None:
    tasks = {task.task_id: task for task in dag_bag.dags[name].tasks}
    assert {task_id for task_id, task in tasks.items() if task.retries} == {"find_deliveries", "land_delivery"}
    assert all(task.retry_exponential_backoff == 2.0 for task in tasks.values() if task.retries)


def test_publication_leads_from_run_inputs_to_a_notified_snapshot(dag_bag: Any) -> None:
    dag = dag_bag.dags["publish_summaries"]
    assert order(dag) == {
        "freeze": {"build", "judge", "publish", "notify"},
        "build": {"judge"},
        "judge": {"publish"},
        "publish": {"notify"},
        "notify": set(),
    }
    assert {task.task_id: task.retries for task in dag.tasks if task.retries} == {"build": 1, "publish": 1}
    assert not any(task.retry_exponential_backoff for task in dag.tasks)


def test_assets_lead_from_landing_to_publication(dag_bag: Any) -> None:
    """Either event is enough, and what is published is itself an asset that others may wait for."""
    emitted = {
        outlet.name: outlet.uri for dag in dag_bag.dags.values() for task in dag.tasks for outlet in task.outlets
    }
    assert emitted == {
        "reports": "nightvigil://landing/reports",
        "studies": "nightvigil://landing/studies",
        "trials": "nightvigil://landing/trials",
        "snapshot": "nightvigil://published/snapshot",
    }
    condition = dag_bag.dags["publish_summaries"].timetable.asset_condition
    assert type(condition).__name__ == "AssetAny"
    assert {(asset.name, asset.uri) for asset in condition.objects} == {
        (name, emitted[name]) for name in ("reports", "studies", "trials")
    }


def test_schedule_follows_the_setting() -> None:
    program = (
        "import airflow.sdk, runpy\n"
        "declare, schedules = airflow.sdk.dag, {}\n"
        "def record(dag_id, *, schedule, **options):\n"
        "    schedules[dag_id] = schedule\n"
        "    return declare(dag_id, schedule=schedule, **options)\n"
        "airflow.sdk.dag = record\n"
        "runpy.run_path('dags/land.py')\n"
        "print(schedules['land_reports'])\n"
        "print(schedules['land_trials'])"
    )
    environment = {"PATH": "/usr/bin:/bin", "NIGHTVIGIL_REPORTS_SCHEDULE": "15 4 * * *"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-2:] == ["15 4 * * *", "30 1 * * *"]
