"""The pages inside a real api-server, with the plugin and the login of `make up`."""

import http.client
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from pipeline.settings import Settings
from tests.airflow.stack import PROJECT, TOOLS, WEB_PATIENCE, free_port
from tests.site.published_homes import NEW, OLD, add_snapshot, make_live, note_run

pytestmark = [pytest.mark.proof, pytest.mark.timeout(2400)]
ROOT = "/nightvigil"
RUN = "manual__2026-11-02T00:00:00+00:00"


@dataclass
class Server:
    """A running api-server. token: of the one login."""

    address: str
    home: Path
    token: str

    def visit(self, path: str, *, cookie: str = "") -> httpx.Response:
        """Ask as a browser would that has this cookie of Airflow, or none."""
        cookies = {"_token": cookie} if cookie else {}
        with httpx.Client(base_url=self.address, timeout=WEB_PATIENCE, cookies=cookies) as client:
            return client.get(path)

    def read(self, path: str) -> httpx.Response:
        """Ask with the login."""
        return self.visit(path, cookie=self.token)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder, port = tmp_path_factory.mktemp("pages"), free_port()
    environment = {
        "PATH": f"{TOOLS}:{os.environ['PATH']}",
        "PYTHONPATH": str(PROJECT),
        "NIGHTVIGIL_AIRFLOW_HOME": str(folder / "airflow"),
        "NIGHTVIGIL_HOME": str(folder / "data"),
        "NIGHTVIGIL_WEB_PORT": str(port),
    }
    command = ". deploy/local.env.sh && airflow db migrate && exec airflow api-server"
    with (folder / "out").open("wb") as output:
        process = subprocess.Popen(
            ["bash", "-c", command], cwd=PROJECT, env=environment, stdout=output, stderr=output, process_group=0
        )
    try:
        yield _log_in(process, f"http://127.0.0.1:{port}", folder)
    finally:
        os.killpg(process.pid, 15)
        process.wait(120)


def _log_in(process: subprocess.Popen[bytes], address: str, folder: Path) -> Server:
    end = time.monotonic() + 600
    while time.monotonic() < end and process.poll() is None:
        try:
            passwords = json.loads((folder / "airflow" / "passwords.json").read_text())
            login = {"username": "nightwatch", "password": passwords["nightwatch"]}
            token = httpx.post(f"{address}/auth/token", json=login, timeout=WEB_PATIENCE).json()["access_token"]
            return Server(address, folder / "data", token)
        except (httpx.ConnectError, FileNotFoundError, json.JSONDecodeError):
            time.sleep(0.5)
    raise AssertionError((folder / "out").read_text(errors="replace")[-3000:])


@pytest.fixture
def home(server: Server) -> Path:
    """A home whose older snapshot is live, made anew for each test."""
    shutil.rmtree(server.home, ignore_errors=True)
    for snapshot in (OLD, NEW):
        add_snapshot(server.home, snapshot)
    make_live(server.home, OLD)
    return server.home


def test_pages_are_shown_with_a_login_only(server: Server, home: Path) -> None:
    for path in ("/", f"/s/{OLD}/index.html", f"/s/{OLD}/static/site.css", f"/run/{RUN}"):
        answer = server.visit(f"{ROOT}{path}")
        assert answer.status_code == 401 and OLD not in answer.text and "Log in" in answer.text
        assert server.visit(f"{ROOT}{path}", cookie="forged").status_code in (401, 403)
    answer = server.read(f"{ROOT}/")
    assert (answer.status_code, answer.headers["location"]) == (307, f"{ROOT}/s/{OLD}/index.html")
    page = server.read(answer.headers["location"])
    assert (page.status_code, page.text) == (200, f"<h1>{OLD}</h1>")
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff" and page.headers["referrer-policy"] == "no-referrer"
    bearer = {"Authorization": f"Bearer {server.token}"}
    assert httpx.get(f"{server.address}{ROOT}/s/{OLD}/index.html", headers=bearer).status_code == 200


def test_open_page_keeps_its_assets_when_a_snapshot_goes_live_and_a_removed_one_says_so(
    server: Server, home: Path
) -> None:
    page = server.read(server.read(f"{ROOT}/").headers["location"])
    make_live(home, NEW)
    assert server.read(f"{ROOT}/").headers["location"] == f"{ROOT}/s/{NEW}/index.html"
    assert page.text == f"<h1>{OLD}</h1>"
    assert server.read(f"{ROOT}/s/{OLD}/static/site.css").text == f"/* {OLD} */"
    shutil.rmtree(home / "published" / "snapshots" / OLD)
    answer = server.read(f"{ROOT}/s/{OLD}/index.html")
    assert answer.status_code == 404 and "no longer kept" in answer.text


def test_no_other_file_is_served_whatever_the_path_is(server: Server, home: Path) -> None:
    """The paths go out as they are written: no client puts them in order first."""
    paths = ("../manifest.json", "%2e%2e/manifest.json", "static/../../manifest.json", "..%2fnightvigil.duckdb",
             "static", "static/", ".hidden")  # fmt: skip
    for path in paths:
        connection = http.client.HTTPConnection(server.address.removeprefix("http://"), timeout=WEB_PATIENCE)
        connection.request("GET", f"{ROOT}/s/{OLD}/{path}", headers={"Cookie": f"_token={server.token}"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == 404 and b"rows" not in body and body != b"{}", path


def test_airflow_lists_both_links_and_the_run_leads_to_its_rules(server: Server, home: Path) -> None:
    listed = httpx.get(f"{server.address}/api/v2/plugins", headers={"Authorization": f"Bearer {server.token}"})
    [plugin] = [each for each in listed.json()["plugins"] if each["name"] == "nightvigil"]
    views = {view["destination"]: view for view in plugin["external_views"]}
    assert views["nav"]["href"] == "nightvigil/"
    assert httpx.get(f"{server.address}/api/v2/plugins/importErrors",
                     headers={"Authorization": f"Bearer {server.token}"}).json()["total_entries"] == 0  # fmt: skip
    (home / "published" / "snapshots" / NEW / "site" / "quality.html").write_text("rules")
    note_run(Settings(home=home), NEW, RUN)
    href = views["dag_run"]["href"].replace("{RUN_ID}", "manual__2026-11-02T00%3A00%3A00%2B00%3A00")
    assert server.read(f"/{href}").headers["location"] == f"{ROOT}/s/{NEW}/quality.html"


def test_person_without_a_role_may_not_read(server: Server, home: Path) -> None:
    """A token that this server signed for a person whom it gives no role."""
    keys = server.home.parent / "airflow" / "keys.env"
    program = (
        "from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager\n"
        "from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser\n"
        "print('token', SimpleAuthManager().generate_jwt(SimpleAuthManagerUser(username='guest', role=None)))\n"
    )
    done = subprocess.run(
        ["bash", "-c", f'. "{keys}" && exec python -c "$0"', program],
        env={"PATH": f"{TOOLS}:{os.environ['PATH']}", "AIRFLOW_HOME": str(keys.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    token = done.stdout.split()[-1]
    answer = server.visit(f"{ROOT}/s/{OLD}/index.html", cookie=token)
    assert answer.status_code == 403 and OLD not in answer.text and "may read the DAG" in answer.text
