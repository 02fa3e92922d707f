"""A server that sends without end is given up at a limit of bytes, and what it sent is not kept."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from pipeline.errors import SourceUnavailable
from pipeline.landing import web
from pipeline.landing.download import download_zip
from pipeline.landing.patience import Patience
from pipeline.landing.web import open_client, request
from pipeline.sample.agencies import Agencies
from pipeline.settings import Settings
from pipeline.sources.clinicaltrials import remote

from .conftest import Waits

LIMIT = 3_000_000


class Endless(BaseHTTPRequestHandler):
    """Answers every request with bytes until the client leaves; `/large` announces a length, and sends little."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/zip")
        if self.path == "/large":
            self.send_header("Content-Length", str(LIMIT + 1))
            self.end_headers()
            return
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:  # the client has left
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def limited(waits: Waits) -> Patience:
    patience = waits.patience()
    patience.max_bytes = LIMIT
    return patience


@pytest.mark.parametrize("path", ["endless.zip", "large"])
def test_download_is_given_up_at_its_limit(address: str, limited: Patience, tmp_path: Path, path: str) -> None:
    """At once, without another attempt: a length that is announced is believed before a byte is taken."""
    with open_client(Settings(home=tmp_path)) as client, pytest.raises(SourceUnavailable) as caught:
        download_zip(client, f"{address}/{path}", tmp_path / "got" / "q.zip", limited)
    assert f"more than {LIMIT} bytes" in caught.value.what
    assert "NIGHTVIGIL_FETCH_MAX_BYTES" in caught.value.todo
    assert sum(each.stat().st_size for each in (tmp_path / "got").iterdir()) < 1000


@pytest.mark.parametrize("answer_bytes", [1_000_000, 1 << 40])
def test_answer_is_given_up_at_its_limit(
    address: str, limited: Patience, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer_bytes: int
) -> None:
    """An answer held in memory has a limit of its own below that of a fetch."""
    monkeypatch.setattr(web, "MAX_ANSWER_BYTES", answer_bytes)
    with open_client(Settings(home=tmp_path)) as client, pytest.raises(SourceUnavailable) as caught:
        request(client, "GET", f"{address}/studies", limited)
    assert f"more than {min(answer_bytes, LIMIT)} bytes" in caught.value.what


def test_pages_without_end_are_given_up(asking: Settings, agencies: Agencies, waits: Waits) -> None:
    """Each page is small; together they are more than a fetch may bring."""
    patience = waits.patience()
    patience.max_bytes = 20_000
    with pytest.raises(SourceUnavailable, match="more than 20000 bytes"):
        remote.fetch(asking, [], patience)
    assert not list((asking.landing / "clinicaltrials" / ".fetched").glob("studies-*"))


def test_limit_is_a_setting(tmp_path: Path) -> None:
    assert Patience.of(Settings(home=tmp_path, fetch_max_bytes=7)).max_bytes == 7
