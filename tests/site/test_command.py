"""`nightvigil report`: the pages of the live snapshot or of a named one, and how they are shown on this machine."""

import shutil
import threading
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.errors import UsageError
from pipeline.site.serving import POLICY, make_server
from tests.site.conftest import Site

SNAPSHOT = "20261129T000000Z-aaaaaa"


@pytest.fixture
def home(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose live snapshot is the small one."""
    published = tmp_path / "home" / "published"
    shutil.copytree(site.snapshot, published / "snapshots" / SNAPSHOT)
    (published / "CURRENT").write_text(f"{SNAPSHOT}\n")
    monkeypatch.setenv("NIGHTVIGIL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_report_of_the_live_snapshot_lies_in_the_home(home: Path, site: Site) -> None:
    done = CliRunner().invoke(app, ["report"])
    first = home / "reports" / SNAPSHOT / "index.html"
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [str(first)]
    assert first.read_bytes() == (site.folder / "index.html").read_bytes()


def test_published_pages_are_used_unless_small_counts_are_suppressed(
    home: Path, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = home / "published" / "snapshots" / SNAPSHOT / "site"
    shutil.copytree(site.folder, published)
    assert CliRunner().invoke(app, ["report"]).stdout.splitlines() == [str(published / "index.html")]
    assert not (home / "reports").exists()
    monkeypatch.setenv("NIGHTVIGIL_EXPORT_SUPPRESS", "true")
    made: list[bool] = []
    monkeypatch.setattr(
        "pipeline.site.build.build_site", lambda *_, is_suppressed, **__: made.append(is_suppressed) or ["index.html"]
    )
    found = CliRunner().invoke(app, ["report"]).stdout.splitlines()
    assert (found, made) == ([str(home / "reports" / SNAPSHOT / "index.html")], [True])


def test_unknown_snapshot_and_foreign_folder_are_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "file").touch()
    for arguments in (["--snapshot", "20200101T000000Z-bbbbbb"], ["--to", str(tmp_path / "own")]):
        assert isinstance(CliRunner().invoke(app, ["report", *arguments]).exception, UsageError)
    assert not (home / "reports").exists()


def test_pages_are_served_on_loopback_with_their_policy_and_without_listings(site: Site) -> None:
    with make_server(site.folder, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.server_address[:2]
        assert host == "127.0.0.1"
        with urlopen(f"http://127.0.0.1:{port}/index.html") as answer:
            assert answer.headers["Content-Security-Policy"] == POLICY
            assert answer.read() == (site.folder / "index.html").read_bytes()
        for path in ("static/", "%2e%2e/snapshot/manifest.json", "../snapshot/manifest.json"):
            with pytest.raises(HTTPError):
                urlopen(f"http://127.0.0.1:{port}/{path}")
        with pytest.raises(UsageError, match="port"):
            make_server(site.folder, int(port))
        server.shutdown()
