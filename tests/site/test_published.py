"""The published pages over HTTP: the right file of the right snapshot, for those who may read, and nothing else."""

import shutil
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Mount
from starlette.testclient import TestClient

from pipeline.settings import Settings
from pipeline.site.published import IMMUTABLE, make_app
from pipeline.site.serving import POLICY
from tests.site.published_homes import BARE, NEW, OLD, add_snapshot, make_live, note_run

READER = {"Authorization": "Bearer reader"}
ROOT = "/nightvigil"


async def check_reader(request: Request) -> None:
    given = request.headers.get("Authorization")
    if given != READER["Authorization"]:
        raise HTTPException(401 if given is None else 403, "no")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with two snapshots that have pages, of which the newer is live."""
    for snapshot in (OLD, NEW):
        add_snapshot(tmp_path, snapshot)
    make_live(tmp_path, NEW)
    return tmp_path


@pytest.fixture
def web(home: Path) -> TestClient:
    """A reader of the application, mounted as Airflow mounts it."""
    app = make_app(lambda: Settings(home=home), check_reader)
    return TestClient(Starlette(routes=[Mount(ROOT, app)]), "http://desk", headers=READER, follow_redirects=False)


def test_root_leads_to_the_live_snapshot_and_its_page_may_be_kept(web: TestClient) -> None:
    answer = web.get(f"{ROOT}/")
    assert (answer.status_code, answer.headers["location"]) == (307, f"{ROOT}/s/{NEW}/index.html")
    assert answer.headers["cache-control"] == "no-store"
    page = web.get(answer.headers["location"])
    assert (page.status_code, page.text) == (200, f"<h1>{NEW}</h1>")
    assert page.headers["cache-control"] == IMMUTABLE and page.headers["content-type"] == "text/html; charset=utf-8"
    assert web.get(f"{ROOT}/s/{NEW}/").headers["location"] == f"{ROOT}/s/{NEW}/index.html"


def test_every_answer_has_the_headers_that_protect_a_reader(web: TestClient) -> None:
    for path in ("/", f"/s/{NEW}/index.html", f"/s/{NEW}/absent.html", "/elsewhere"):
        for client in (web, TestClient(web.app, "http://desk", follow_redirects=False)):
            headers = client.get(f"{ROOT}{path}").headers
            assert headers["content-security-policy"] == POLICY and "frame-ancestors 'self'" in POLICY
            assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


def test_without_a_login_nothing_is_shown_and_without_the_right_neither(web: TestClient) -> None:
    for path in ("/", f"/s/{NEW}/index.html", f"/s/{NEW}/static/site.css", "/run/x", f"/rules/{NEW}", "/elsewhere"):
        for given, status in (("", 401), ("Bearer other", 403)):
            client = TestClient(web.app, "http://desk", follow_redirects=False)
            answer = client.get(f"{ROOT}{path}", headers={"Authorization": given} if given else {})
            assert answer.status_code == status and NEW not in answer.text
            assert ('<a href="/">To Airflow</a>' in answer.text) is True


@pytest.mark.parametrize(
    "path",
    [
        "%2e%2e/manifest.json",
        "..%2fmanifest.json",
        "%2e%2e%2fnightvigil.duckdb",
        "static/..%2f..%2fmanifest.json",
        "static",
        "static/",
        ".hidden",
        "%00",
        "index.html%00",
        "%2fetc%2fpasswd",
        "linked.json",
        "..%5cmanifest.json",
    ],
)
def test_no_other_file_can_be_reached(web: TestClient, home: Path, path: str) -> None:
    (home / "published" / "snapshots" / NEW / "site" / "linked.json").symlink_to("../manifest.json")
    answer = web.get(f"{ROOT}/s/{NEW}/{path}")
    assert answer.status_code == 404 and f"Snapshot {NEW} has no page of this name." in answer.text


@pytest.mark.parametrize("snapshot", ["..", "%2e%2e", ".20261102T000000Z-bbbbbb.building", "<script>", "a" * 200])
def test_invalid_snapshot_is_not_found_and_its_text_is_escaped(web: TestClient, snapshot: str) -> None:
    answer = web.get(f"{ROOT}/s/{snapshot}/index.html")
    assert answer.status_code == 404 and "<script>" not in answer.text


def test_page_that_is_open_keeps_its_assets_when_another_snapshot_goes_live(web: TestClient, home: Path) -> None:
    make_live(home, OLD)
    page = web.get(web.get(f"{ROOT}/").headers["location"])
    make_live(home, NEW)
    assert page.text == f"<h1>{OLD}</h1>"
    assert web.get(f"{ROOT}/s/{OLD}/static/site.css").text == f"/* {OLD} */"
    assert web.get(f"{ROOT}/").headers["location"] == f"{ROOT}/s/{NEW}/index.html"


def test_removed_snapshot_and_one_without_pages_say_so(web: TestClient, home: Path) -> None:
    shutil.rmtree(home / "published" / "snapshots" / OLD)
    answer = web.get(f"{ROOT}/s/{OLD}/index.html")
    assert answer.status_code == 404 and f"Snapshot {OLD} does not exist, or is no longer kept." in answer.text
    assert f'<a href="{ROOT}/">The pages of the live snapshot</a>' in answer.text
    add_snapshot(home, BARE, with_site=False)
    make_live(home, BARE)
    for path in ("/", f"/s/{BARE}/index.html"):
        answer = web.get(f"{ROOT}{path}")
        assert answer.status_code == 404 and "published without pages" in answer.text


def test_damaged_pointer_is_an_answer_with_the_next_step(web: TestClient, home: Path) -> None:
    make_live(home, "20200101T000000Z-dddddd")
    answer = web.get(f"{ROOT}/")
    assert answer.status_code == 503 and "is not a published snapshot" in answer.text and "rollback" in answer.text
    assert "frame-ancestors" in answer.headers["content-security-policy"]


def test_run_of_airflow_leads_to_the_rules_of_what_it_published_or_judged(web: TestClient, home: Path) -> None:
    settings = Settings(home=home)
    run = "asset_triggered__2026-11-02T00:00:00+00:00_x"
    path = f"{ROOT}/run/asset_triggered__2026-11-02T00%3A00%3A00%2B00%3A00_x"
    assert web.get(path).status_code == 404
    note_run(settings, NEW, run)
    assert web.get(path).headers["location"] == f"{ROOT}/s/{NEW}/index.html"
    (home / "published" / "snapshots" / NEW / "site" / "quality.html").write_text("rules")
    assert web.get(path).headers["location"] == f"{ROOT}/s/{NEW}/quality.html"

    refused = "20261104T000000Z-eeeeee"
    note_run(settings, refused, "manual__refused")
    assert web.get(f"{ROOT}/run/manual__refused").status_code == 404
    (settings.runs / refused / "quality.html").write_text("<style>b {}</style>refused")
    answer = web.get(f"{ROOT}/run/manual__refused", follow_redirects=True)
    assert (answer.status_code, answer.text) == (200, "<style>b {}</style>refused")
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    for other in ("%2e%2e", "20261104T000000Z-ffffff", f"{refused}%2f..%2f{refused}"):
        assert web.get(f"{ROOT}/rules/{other}").status_code == 404
