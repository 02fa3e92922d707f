"""The content of docker-compose.yml as compose resolves it, and the parts of it that other tests need."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
SECRETS = {
    "POSTGRES_PASSWORD": "postgres-password-for-tests",
    "AIRFLOW_SECRET_KEY": "secret-key-for-tests-only",
    "AIRFLOW_JWT_SECRET": "jwt-secret-for-tests-only-32-bytes",
    "AIRFLOW_FERNET_KEY": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
    "NIGHTVIGIL_LOGIN_PASSWORD": "login-password-for-tests",
}
AIRFLOW_SERVICES = ("init", "api-server", "scheduler", "dag-processor", "triggerer", "watchdog")


def compose(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run compose on our file with nothing but these variables; a person's own .env is not read."""
    command = [str(TOOLS / "docker-compose"), "--file", str(PROJECT / "docker-compose.yml"), *arguments]
    if "--env-file" not in arguments:
        command[1:1] = ["--env-file", "/dev/null"]
    lean = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment}
    return subprocess.run(command, env=lean, capture_output=True, text=True, check=False)


def resolved(**environment: str) -> dict[str, Any]:
    """The whole file with every variable filled in."""
    done = compose("config", "--format", "json", **SECRETS, **environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
