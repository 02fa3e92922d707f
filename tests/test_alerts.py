"""The person on call learns what failed, what it affects and what to do; a hook that fails never breaks a run."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline import alerts, runs
from pipeline.errors import DeliveryRefused, GateClosed
from pipeline.settings import Settings

MESSAGE = alerts.Alert("error", "rule failed", "run-1", "the earlier snapshot stays live", "read quality.json")


@pytest.fixture
def hook(settings: Settings, tmp_path: Path) -> Callable[[str], Settings]:
    """Settings whose alert command is this Python text."""

    def with_text(text: str) -> Settings:
        script = tmp_path / "the hook.py"
        script.write_text(text)
        return settings.model_copy(
            update={"alert_command": f"'{sys.executable}' '{script}' {tmp_path / 'sent.json'}"}
        )

    return with_text


KEEP = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"


def test_hook_receives_one_json_object(hook: Callable[[str], Settings], tmp_path: Path) -> None:
    assert alerts.notify(hook(KEEP), MESSAGE) is True
    sent = json.loads((tmp_path / "sent.json").read_text())
    assert {name: sent[name] for name in ("level", "what", "where", "touches", "todo")} == {
        "level": "error",
        "what": "rule failed",
        "where": "run-1",
        "touches": "the earlier snapshot stays live",
        "todo": "read quality.json",
    }


@pytest.mark.parametrize(
    "command",
    ["/no/such/hook", "'unbalanced", "/bin/false", "/", "''"],
    ids=["absent", "unreadable", "failing", "a folder", "empty"],
)
def test_failing_hook_is_logged_without_effect(
    settings: Settings, caplog: pytest.LogCaptureFixture, command: str
) -> None:
    with caplog.at_level(logging.INFO, logger="nightvigil.alerts"):
        assert alerts.notify(settings.model_copy(update={"alert_command": command}), MESSAGE) is False
    assert "rule failed [where: run-1]" in caplog.text
    assert "the alert hook did not accept the message" in caplog.text


def test_secrets_reach_neither_log_nor_hook(
    hook: Callable[[str], Settings],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An error text may quote a connection string; the hook does not inherit Airflow's settings either."""
    canary = "canary-5f0c2a"
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", canary)
    text = "import os, sys; open(sys.argv[1], 'w').write(sys.stdin.read() + repr(dict(os.environ)))"
    with caplog.at_level(logging.DEBUG):
        assert alerts.notify(hook(text), replace(MESSAGE, what=f"no login with {canary}", where=canary))
        assert not alerts.notify(Settings(alert_command=f"/no/such/hook --token {canary}"), MESSAGE)
    assert canary not in caplog.text
    assert canary not in (tmp_path / "sent.json").read_text()


def test_failed_task_is_notified_with_its_error(
    hook: Callable[[str], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTVIGIL_ALERT_COMMAND", hook(KEEP).alert_command)
    task = SimpleNamespace(dag_id="publish_summaries", task_id="judge", run_id="asset__1", map_index=-1)
    alerts.task_failed({"ti": task, "exception": GateClosed("rule x failed", where="run-7", todo="read it")})
    sent = json.loads((tmp_path / "sent.json").read_text())
    assert (sent["what"], sent["todo"]) == ("rule x failed", "read it")
    assert sent["where"] == "run-7 (publish_summaries, judge, asset__1)"
    assert sent["touches"] == "nothing new was published; the earlier snapshot stays live"


def test_the_text_of_an_error_is_never_taken_apart(
    hook: Callable[[str], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow's exception states our error as its cause; a text that only looks like one stays a text."""
    monkeypatch.setenv("NIGHTVIGIL_ALERT_COMMAND", hook(KEEP).alert_command)
    task = SimpleNamespace(dag_id="land_reports", task_id="land_delivery", run_id="manual__1", map_index=2)
    refusal = DeliveryRefused("no [where: x] [do: y] here", where="a [do: b].zip", todo="fetch it again")
    ended = RuntimeError(str(refusal))
    alerts.task_failed({"ti": task, "exception": ended})
    assert json.loads((tmp_path / "sent.json").read_text())["what"] == f"RuntimeError: {refusal}"
    ended.__cause__ = DeliveryRefused(**refusal.to_json())
    alerts.task_failed({"ti": task, "exception": ended})
    sent = json.loads((tmp_path / "sent.json").read_text())
    assert (sent["what"], sent["todo"]) == (refusal.what, refusal.todo)
    assert sent["where"].startswith("a [do: b].zip (land_reports")


def test_a_killed_task_is_reported_too(
    hook: Callable[[str], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was killed leaves no exception."""
    monkeypatch.setenv("NIGHTVIGIL_ALERT_COMMAND", hook(KEEP).alert_command)
    task = SimpleNamespace(dag_id="land_reports", task_id="land_delivery", run_id="manual__1", map_index=3)
    alerts.task_failed({"ti": task})
    sent = json.loads((tmp_path / "sent.json").read_text())
    assert sent["what"] == alerts.UNKNOWN_CAUSE
    assert sent["about"] == {"dag": "land_reports", "task": "land_delivery", "run": "manual__1", "delivery": "3"}


def test_a_run_that_timed_out_is_reported_and_other_failures_once_only(
    hook: Callable[[str], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed task has reported itself; a run that hangs has no task that reports it."""
    monkeypatch.setenv("NIGHTVIGIL_ALERT_COMMAND", hook(KEEP).alert_command)
    context = {"dag": SimpleNamespace(dag_id="land_trials"), "run_id": "scheduled__1"}
    alerts.run_failed({**context, "reason": "task_failure"})
    assert not (tmp_path / "sent.json").exists()
    alerts.run_failed({**context, "reason": "timed_out"})
    assert "did not end in the time allowed" in (tmp_path / "sent.json").read_text()


def test_published_run_is_notified_with_open_tasks_for_a_person(
    hook: Callable[[str], Settings], tmp_path: Path
) -> None:
    """Published, but a registry was down, a zip was refused and a warning failed: the alert names all three."""
    settings = hook(KEEP)
    folder = runs.run_dir(settings, "run-1")
    runs.write_json(folder / "inputs.json", {"deliveries": ["a", "b"]})
    weak = {"suite": "events.case", "rule": "ages known", "outcome": "failed", "severity": "warning"}
    quality = {"counts": {"error": 0, "failed": 1, "passed": 9}, "results": [weak]}
    runs.write_json(folder / "quality.json", quality)
    check = {"source": "clinicaltrials", "status": "unavailable", "message": "503 from the registry"}
    runs.write_json(settings.landing / "clinicaltrials" / "last_check.json", check)
    (settings.quarantine / "faers" / "refused" / "0a1b-late.zip").mkdir(parents=True)

    text = alerts.notify_published(settings, "run-1", "snapshot-9")
    assert "snapshot snapshot-9 is live, from 2 deliveries; rules: 1 failed, 9 passed" in text
    sent = json.loads((tmp_path / "sent.json").read_text())
    assert sent["level"] == "warning"
    for part in ("503 from the registry", "0a1b-late.zip", "events.case: ages known failed (warning)"):
        assert part in sent["todo"]
    kept = runs.read_json(folder / "message.json")
    assert (kept["what"], kept["hook_accepted"]) == (sent["what"], True)


def test_alerts_do_not_import_airflow() -> None:
    """The command line notifies too, and the callback must load in any process of Airflow."""
    program = "import sys, pipeline.alerts; print('airflow' in sys.modules, 'duckdb' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.split() == ["False", "False"]


def test_hostile_name_in_an_alert_reaches_log_and_hook_as_text(
    hook: Callable[[str], Settings], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An escape sequence and a line end from the name of a file: neither terminal nor log takes them for its own."""
    hostile = "a\x1b]0;owned\x07\nERROR forged\udcff.zip"
    with caplog.at_level(logging.INFO, "nightvigil.alerts"):
        assert alerts.notify(hook(KEEP), replace(MESSAGE, what=hostile, where=hostile, touches=hostile, todo=hostile))
    (line,) = caplog.messages
    assert "\n" not in line and "\x1b" not in line and r"\x1b]0;owned\x07\nERROR forged\xff.zip" in line
    sent = json.loads((tmp_path / "sent.json").read_text())
    assert sent["what"] == "a\\x1b]0;owned\\x07\nERROR forged\\xff.zip"
