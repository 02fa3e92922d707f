"""The alert command: a program of the operator that reads one message as JSON from its standard input.

It is started without a shell, so that nothing in a message can become a command, and inherits only variables that
hold no secret. Its output is discarded.
"""

import json
import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from typing import Any

from pipeline.alerts.refusal import SECONDS, NotAccepted

INHERITED = ("PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "NIGHTVIGIL_HOME", "NIGHTVIGIL_WEB_URL")


def call_hook(command: str, payload: Mapping[str, Any]) -> None:
    """Hand a payload to the command; raise NotAccepted where it did not start, end in time, or end with 0."""
    try:
        _run(shlex.split(command), json.dumps(payload, ensure_ascii=False))
    # Only the kind of problem is stated: the command line may hold the hook's own secret.
    except subprocess.TimeoutExpired:
        raise NotAccepted(f"it did not end in {SECONDS:g} s", is_down=True) from None
    except (OSError, ValueError, IndexError) as problem:
        raise NotAccepted(f"it could not be started ({type(problem).__name__})", is_down=True) from None


def _run(command: list[str], message: str) -> None:
    # Output goes to a file, not a pipe: a grandchild that keeps a pipe open would hold up the sender.
    with tempfile.TemporaryFile() as output:
        hook = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={name: value for name, value in os.environ.items() if name in INHERITED or name.startswith("LC_")},
            start_new_session=True,
        )
        try:
            hook.communicate(message.encode(), timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(hook.pid, signal.SIGKILL)
            hook.wait()
            raise
        if hook.returncode != 0:
            raise NotAccepted(f"it ended with {hook.returncode}")
