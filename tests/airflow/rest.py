"""Asking a running Airflow what a person would ask: start a DAG, how did its run end, what did its tasks say."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.airflow.stack import Stack


def trigger(stack: Stack, dag_id: str) -> str:
    """Start a DAG now; return the id of the run."""
    stack.wait_for(f"{dag_id} to be parsed", lambda: stack.client.get(f"/dags/{dag_id}").status_code == 200, 400)
    answer = stack.client.post(f"/dags/{dag_id}/dagRuns", json={"logical_date": None})
    answer.raise_for_status()
    return str(answer.json()["dag_run_id"])


def runs_of(stack: Stack, dag_id: str) -> list[dict[str, Any]]:
    """The runs of a DAG, oldest first."""
    answer = stack.client.get(f"/dags/{dag_id}/dagRuns", params={"order_by": "run_after"})
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()["dag_runs"]
    return found


def tasks_of(stack: Stack, dag_id: str, run_id: str) -> dict[str, list[dict[str, Any]]]:
    """The task instances of a run, by task."""
    answer = stack.client.get(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances")
    answer.raise_for_status()
    found: dict[str, list[dict[str, Any]]] = {}
    for instance in answer.json()["task_instances"]:
        found.setdefault(instance["task_id"], []).append(instance)
    return found


def wait_for_end(stack: Stack, dag_id: str, run_id: str, seconds: float = 900) -> str:
    """Wait for a run to end; return its state."""

    def state() -> str | None:
        found = str(stack.client.get(f"/dags/{dag_id}/dagRuns/{run_id}").json()["state"])
        return found if found in ("success", "failed") else None

    return str(stack.wait_for(f"{dag_id} {run_id} to end", state, seconds))


def logs_of(stack: Stack) -> str:
    """The end of what tasks and services wrote, for the message of a test that fails."""
    files = sorted((stack.folder / "airflow" / "logs").rglob("attempt=*.log"), key=lambda path: path.stat().st_mtime)
    return "\n".join(f"{path}:\n{path.read_text(errors='replace')[-1500:]}" for path in files[-4:])


def hook_command(folder: Path) -> tuple[str, Callable[[], list[dict[str, Any]]]]:
    """A command that keeps every alert it receives, and a function that reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    received, script = folder / "received.jsonl", folder / "hook.py"
    script.write_text(f"import sys\nopen({str(received)!r}, 'a').write(sys.stdin.read() + chr(10))\n")

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in received.read_text().splitlines()] if received.exists() else []

    return f"{sys.executable} {script}", read
