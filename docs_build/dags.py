"""The page of the DAGs, from the DAG files as Airflow reads them."""

import runpy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docs_build.markdown import escape, make_anchor, make_code, make_table


def load_dags(folder: Path) -> list[Any]:
    """The DAGs of the files of a folder, in the order of their ids. Needs an AIRFLOW_HOME, and no database."""
    from airflow.sdk import DAG

    found: dict[str, Any] = {}
    for path in sorted(folder.glob("*.py")):
        for value in runpy.run_path(str(path)).values():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, DAG):
                    found[each.dag_id] = each
    return [found[name] for name in sorted(found)]


def write_dag_page(dags: Iterable[Any]) -> str:
    """Each DAG: when it runs, its tasks with their limits, and what to look at when one is red."""
    parts = [
        "# DAGs\n\nA landing DAG for each source takes what arrived; `publish_summaries` follows when one of them "
        "landed something. The notes below are also on the page of each DAG in Airflow.\n"
    ]
    for dag in dags:
        parts.append(f"{make_anchor('dag', dag.dag_id)}\n## `{dag.dag_id}`\n\n{_describe_schedule(dag)}\n")
        parts.append(
            make_table(
                ("task", "then", "again after a failure", "at most"), map(_describe_task, dag.topological_sort())
            )
        )
        parts.append(f"{(dag.doc_md or '').strip()}\n")
    return "\n".join(parts)


def _describe_schedule(dag: Any) -> str:
    if isinstance(dag.schedule, str):
        return f"Runs at {make_code(dag.schedule)} (cron, UTC), unless its [setting](settings.md) says otherwise."
    assets = ", ".join(make_code(name) for name in sorted(asset.name for asset in dag.schedule.objects))
    return f"Runs when any of these assets is updated: {assets}."


def _describe_task(task: Any) -> list[str]:
    following = ", ".join(make_code(name) for name in sorted(task.downstream_task_ids))
    retries = f"{task.retries} times" if task.retries > 1 else "once" if task.retries else "never"
    hours = f"{task.execution_timeout.total_seconds() / 3600:g} hours" if task.execution_timeout else ""
    return [make_code(task.task_id), following, retries, escape(hours)]
