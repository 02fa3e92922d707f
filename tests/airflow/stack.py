"""The services of docker-compose.yml without containers: Postgres and the four components of Airflow, each started
with the exact command and environment that the file gives it. Only addresses, ports and folders are put in place of
the containers' own; no pages are made, DuckDB has one thread, and the DAGs are read every two minutes. Every service
is a session of its own, ended whole at the end.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.airflow.deployment import PROJECT, SECRETS, TOOLS, resolved
from tests.airflow.postgres import start_postgres

# Seconds: a web server that has just begun, beside another test, may take longer than httpx waits of itself.
WEB_PATIENCE = 120
STANDING = ("api-server", "scheduler", "dag-processor", "triggerer")
LEANER = {  # the DAGs do not change while they run: read anew every few seconds, they take a third of a processor
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
    "NIGHTVIGIL_SITE": "false",
    "NIGHTVIGIL_THREADS": "1",
}


@dataclass
class Stack:
    """A running Airflow: its folder, its ports and a client with a login."""

    folder: Path
    database_port: int
    web_port: int
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    client: httpx.Client = field(default_factory=httpx.Client)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    def environment_of(self, service: str) -> dict[str, str]:
        """What compose gives a service, with this machine's places for the containers'."""
        given: dict[str, str] = resolved()["services"][service]["environment"]
        places = {
            "@postgres:5432": f"@127.0.0.1:{self.database_port}",
            "http://api-server:8080": self.address,
            "/opt/nightvigil": str(PROJECT),
            "/var/lib/airflow": str(self.folder / "airflow"),
            "/var/lib/nightvigil": str(self.data),
        }
        placed = dict(given)
        for theirs, ours in places.items():
            placed = {name: text.replace(theirs, ours) for name, text in placed.items()}
        placed |= {"AIRFLOW__API__HOST": "127.0.0.1", "AIRFLOW__API__PORT": str(self.web_port)}
        lean = {"PATH": f"{TOOLS}:{os.environ['PATH']}", "HOME": str(self.folder)}
        return lean | placed | LEANER | self.environment

    def run(self, service: str, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end as a service would."""
        return subprocess.run(
            command,
            cwd=PROJECT,
            env=self.environment_of(service),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def start(self, service: str, command: list[str], **options: Any) -> None:
        """Start a command as a session of its own; its output goes to a file."""
        with (self.folder / f"{service}.out").open("wb") as output:
            self.processes[service] = subprocess.Popen(
                command,
                cwd=options.pop("cwd", PROJECT),
                env=options.pop("env", None) or self.environment_of(service),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **options,
            )

    def kill(self, service: str) -> None:
        """SIGKILL for every process of a service, as an operator's mistake or the kernel would."""
        process = self.processes.pop(service)
        for member in members(process.pid):
            with suppress(psutil.NoSuchProcess):
                member.kill()
        process.wait(60)

    def is_alive(self) -> None:
        """Fail with the last words of any service that has ended."""
        for service, process in self.processes.items():
            if process.poll() is not None:
                words = (self.folder / f"{service}.out").read_text(errors="replace")[-3000:]
                raise AssertionError(f"{service} ended with {process.returncode}:\n{words}")

    def wait_for(self, what: str, is_so: Callable[[], Any], seconds: float, every: float = 1.0) -> Any:
        """Ask every so many seconds until a condition holds and return it; fail when a service ends or time is up."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.is_alive()
            if found := is_so():
                return found
            time.sleep(every)
        raise AssertionError(f"waited {seconds} s for {what}")

    def listeners(self) -> set[tuple[str, int]]:
        """Every address that a process of these services listens on."""
        found = set()
        for process in [each for service in self.processes.values() for each in members(service.pid)]:
            with suppress(psutil.NoSuchProcess, FileNotFoundError):
                connections = process.net_connections("inet")
                found |= {tuple(each.laddr) for each in connections if each.status == psutil.CONN_LISTEN}
        return found

    def stop(self) -> None:
        """End every session, first by request, then by force. A task is a separate process group within a session."""
        for sent, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 10.0)):
            alive = [each for service in self.processes.values() for each in members(service.pid)]
            for process in alive:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(sent)
            psutil.wait_procs(alive, timeout=seconds)
        for process in self.processes.values():
            process.wait(60)


def members(session: int) -> list[psutil.Process]:
    """The living processes of a session."""
    return [process for process in psutil.process_iter() if _session_of(process) == session]


def _session_of(process: psutil.Process) -> int | None:
    try:
        return None if process.status() == psutil.STATUS_ZOMBIE else os.getsid(process.pid)
    except (psutil.NoSuchProcess, ProcessLookupError):
        return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_stack(**environment: str) -> Iterator[Stack]:
    """Postgres, then init, then the four components, all healthy by compose's own checks; a client logged in."""
    with ExitStack() as ending:
        folder = Path(tempfile.mkdtemp(prefix="nightvigil-stack-"))
        cluster = Path(tempfile.mkdtemp(prefix="nightvigil-postgres-"))
        for path in (folder, cluster):
            ending.callback(shutil.rmtree, path, ignore_errors=True)
        stack = Stack(folder, free_port(), free_port(), environment)
        ending.callback(stack.stop)
        for name in ("airflow", "data"):
            (folder / name).mkdir()
        start_postgres(stack, cluster)
        services = resolved()["services"]
        done = stack.run("init", services["init"]["command"])
        assert done.returncode == 0, done.stdout + done.stderr
        for service in STANDING:
            stack.start(service, services[service]["command"])
        for service in STANDING:
            check = services[service]["healthcheck"]["test"]
            assert check[0] == "CMD"
            stack.wait_for(
                f"{service} to be healthy", lambda s=service, c=check[1:]: not stack.run(s, c).returncode, 400
            )
        log_in(stack)
        ending.callback(stack.client.close)
        yield stack


def log_in(stack: Stack) -> None:
    """Get a token with the one login there is."""
    login = {"username": "nightwatch", "password": SECRETS["NIGHTVIGIL_LOGIN_PASSWORD"]}
    answer = httpx.post(f"{stack.address}/auth/token", json=login, timeout=WEB_PATIENCE)
    answer.raise_for_status()
    token = answer.json()["access_token"]
    stack.client = httpx.Client(
        base_url=f"{stack.address}/api/v2", headers={"Authorization": f"Bearer {token}"}, timeout=WEB_PATIENCE
    )
