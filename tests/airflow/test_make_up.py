"""`make up`: a permanent Airflow for one person, reachable from this machine only, and ended completely when
stopped."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from tests.airflow.stack import PROJECT, WEB_PATIENCE, free_port

pytestmark = [pytest.mark.proof, pytest.mark.timeout(2400)]


@dataclass
class Up:
    """What the script said, where the web page is, and the processes it started."""

    script: subprocess.Popen[str]
    said: list[str]
    home: Path
    port: int

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.script.pid).children(recursive=True)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder, port = tmp_path_factory.mktemp("up"), free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "NIGHTVIGIL_AIRFLOW_HOME": str(folder / "airflow"),
        "NIGHTVIGIL_HOME": str(folder / "data"),
        "NIGHTVIGIL_WEB_PORT": str(port),
    }
    script = subprocess.Popen(
        ["deploy/up.sh"],
        cwd=PROJECT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert script.stdout
    found = Up(script, [script.stdout.readline(), script.stdout.readline()], folder / "airflow", port)
    started = found.processes()
    yield found
    for process in started:
        if process.is_running():
            process.kill()
    script.kill()


def test_web_page_requires_the_generated_password(up: Up) -> None:
    address = f"http://127.0.0.1:{up.port}"
    web = httpx.Client(base_url=address, timeout=WEB_PATIENCE)
    assert up.said[0].startswith(f"Airflow: {address} ")
    assert web.get("/", follow_redirects=True).headers["content-type"].startswith("text/html")
    assert web.get("/api/v2/dags").status_code == 401
    login = {"username": "admin", "password": "admin"}
    assert web.post("/auth/token", json=login).status_code == 401

    passwords = up.home / "passwords.json"
    assert passwords.stat().st_mode & 0o077 == 0
    login = {"username": "nightwatch", "password": json.loads(passwords.read_text())["nightwatch"]}
    token = web.post("/auth/token", json=login).json()["access_token"]
    wanted = {"land_reports", "land_studies", "land_trials", "publish_summaries"}
    for _ in range(600):
        answer = web.get("/api/v2/dags", headers={"Authorization": f"Bearer {token}"}).json()
        if {dag["dag_id"] for dag in answer["dags"]} == wanted:
            return
        time.sleep(0.5)
    pytest.fail(f"the DAGs that were found: {answer['dags']}")


def test_services_listen_on_loopback_and_end_completely(up: Up) -> None:
    processes = up.processes()
    assert len(processes) >= 4
    connections = [each for process in processes for each in process.net_connections("inet")]
    listening = {tuple(each.laddr) for each in connections if each.status == psutil.CONN_LISTEN}
    assert listening == {("127.0.0.1", up.port)}

    up.script.send_signal(signal.SIGTERM)
    assert up.script.wait(120) == 143
    _, alive = psutil.wait_procs(processes, timeout=60)
    assert alive == []
