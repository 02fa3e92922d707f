"""The services of docker-compose.yml without containers: Postgres and the four components of Airflow, each started
with the exact command and environment that the file gives it. Only addresses, ports and folders are put in place of
the containers' own, and polling is made faster. Every service is a session of its own, ended whole at the end.
"""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
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

STANDING = ("api-server", "scheduler", "dag-processor", "triggerer")
FASTER = {
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
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
        return lean | placed | FASTER | self.environment

    def run(self, service: str, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end as a service would."""
        return subprocess.run(
            command,
            cwd=PROJECT,
            env=self.environment_of(service),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
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

    def is_alive(self) -> None:
        """Fail with the last words of any service that has ended."""
        for service, process in self.processes.items():
            if process.poll() is not None:
                words = (self.folder / f"{service}.out").read_text(errors="replace")[-3000:]
                raise AssertionError(f"{service} ended with {process.returncode}:\n{words}")

    def wait_for(self, what: str, is_so: Callable[[], Any], seconds: float) -> Any:
        """Poll until something is so and return it; fail when a service dies or time is up."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.is_alive()
            if found := is_so():
                return found
            time.sleep(0.3)
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
        """End every session: asked first, then without asking. A task is a process group of its own within one."""
        for sent, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 10.0)):
            alive = [each for service in self.processes.values() for each in members(service.pid)]
            for process in alive:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(sent)
            psutil.wait_procs(alive, timeout=seconds)
        for process in self.processes.values():
            process.wait(5)


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
                f"{service} to be healthy", lambda s=service, c=check[1:]: not stack.run(s, c).returncode, 120
            )
        log_in(stack)
        ending.callback(stack.client.close)
        yield stack


def start_postgres(stack: Stack, home: Path) -> None:
    """A cluster of its own on loopback, with a password; as another user where we are root, as Postgres insists."""
    binaries = (
        max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
        or Path(shutil.which("initdb") or "/absent/initdb").parent
    )
    assert (binaries / "initdb").exists(), "PostgreSQL is needed for this proof: apt-get install postgresql"
    owner = {"user": _someone_else()} if os.geteuid() == 0 else {}
    password = home / "password"
    password.write_text(SECRETS["POSTGRES_PASSWORD"])
    if owner:
        for path in (home, password):
            shutil.chown(path, owner["user"])
    lean = postgres_environment()
    options = ["--username", "airflow", "--auth", "scram-sha-256", "--pwfile", str(password), "--no-sync"]
    subprocess.run(
        ["initdb", "--pgdata", home / "data", *options],
        env=lean, cwd="/", capture_output=True, check=True, **owner,
    )  # fmt: skip
    place = ["-D", str(home / "data"), "-h", "127.0.0.1", "-p", str(stack.database_port), "-k", str(home)]
    stack.start("postgres", ["postgres", *place, "-c", "fsync=off"], env=lean, cwd="/", **owner)
    make = ["createdb", "-h", "127.0.0.1", "-p", str(stack.database_port), "-U", "airflow", "airflow"]
    stack.wait_for(
        "Postgres", lambda: not subprocess.run(make, env=lean, capture_output=True, check=False).returncode, 30
    )


def postgres_environment() -> dict[str, str]:
    """The path of Postgres's programs, and its password."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *map(Path, os.environ["PATH"].split(":"))]
    binaries = next((folder for folder in folders if (folder / "initdb").exists()), None)
    assert binaries, "PostgreSQL is needed for this proof: apt-get install postgresql"
    path = f"{binaries}:{os.environ['PATH']}"
    return {"PATH": path, "PGPASSWORD": SECRETS["POSTGRES_PASSWORD"], "LC_ALL": "C"}


def dump_database(stack: Stack) -> str:
    """Everything that Airflow's database holds, as text."""
    place = ["-h", "127.0.0.1", "-p", str(stack.database_port), "-U", "airflow", "airflow"]
    done = subprocess.run(["pg_dump", *place], env=postgres_environment(), capture_output=True, text=True, check=True)
    return done.stdout


def _someone_else() -> str:
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def log_in(stack: Stack) -> None:
    """Get a token with the one login there is."""
    login = {"username": "nightwatch", "password": SECRETS["NIGHTVIGIL_LOGIN_PASSWORD"]}
    answer = httpx.post(f"{stack.address}/auth/token", json=login)
    answer.raise_for_status()
    token = answer.json()["access_token"]
    stack.client = httpx.Client(
        base_url=f"{stack.address}/api/v2", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )


def trigger(stack: Stack, dag_id: str) -> str:
    """Start a DAG now; return the id of the run."""
    stack.wait_for(f"{dag_id} to be parsed", lambda: stack.client.get(f"/dags/{dag_id}").status_code == 200, 60)
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


def wait_for_end(stack: Stack, dag_id: str, run_id: str, seconds: float = 240) -> str:
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
    """A command that keeps every alert it is told, and how to read them."""
    folder.mkdir(parents=True, exist_ok=True)
    told, script = folder / "told.jsonl", folder / "hook.py"
    script.write_text(f"import sys\nopen({str(told)!r}, 'a').write(sys.stdin.read() + chr(10))\n")

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []

    return f"{sys.executable} {script}", read
