"""Messages that wait to be sent: one file each, handed to the command hook."""

import json
import logging
import os
import shlex
import signal
import subprocess
import tempfile

from pipeline import runs
from pipeline.alerts.message import Message
from pipeline.settings import Settings

HOOK_SECONDS = 30

log = logging.getLogger("nightvigil.alerts")


def enqueue(settings: Settings, message: Message) -> None:
    """Keep the message until it was accepted; the same message_id twice is one message."""
    path = settings.home / "alerts" / "queue" / f"{message.message_id}.json"
    if not path.exists():
        runs.write_json(path, message.to_json())


def wake(settings: Settings) -> None:
    """Send what waits."""
    deliver(settings)


def deliver(settings: Settings, *, wait: float = 0) -> list[str]:
    """Try each message that waits once; return the ids of those that were accepted."""
    accepted = []
    for path in sorted((settings.home / "alerts" / "queue").glob("*.json")):
        message = runs.read_json(path)
        if settings.alert_command and not message.get("is_accepted") and _is_accepted(settings, message):
            runs.write_json(path, message | {"is_accepted": True})
            accepted.append(path.stem)
    return accepted


def _is_accepted(settings: Settings, message: dict[str, object]) -> bool:
    try:
        _call_hook(shlex.split(settings.alert_command), json.dumps(message, ensure_ascii=False))
    except (OSError, ValueError, IndexError, subprocess.SubprocessError) as problem:
        # Only the kind of problem: the command line may hold the hook's own secret.
        log.warning("the alert hook did not accept the message: %s", type(problem).__name__)
        return False
    return True


def _call_hook(command: list[str], message: str) -> None:
    # Output goes to a file, not a pipe: a grandchild that keeps a pipe open would hold up the run.
    with tempfile.TemporaryFile() as output:
        hook = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")},
            start_new_session=True,
        )
        try:
            hook.communicate(message.encode(), timeout=HOOK_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(hook.pid, signal.SIGKILL)
            hook.wait()
            raise
        if hook.returncode != 0:
            raise subprocess.CalledProcessError(hook.returncode, command[0])
