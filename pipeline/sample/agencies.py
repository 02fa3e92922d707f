"""Fake agencies: a local server for the FAERS download and the ClinicalTrials.gov API v2, with fault injection.

    GET, HEAD /content/Exports/<archive>.zip   Range, If-Range, ETag, Last-Modified; 404 for an unpublished quarter
    GET       /api/v2/version, /api/v2/studies

Both serve the invented data that `world.write_world` wrote into a folder, as it is at the moment of the request.
`python -m pipeline.sample.agencies FOLDER --port 0` prints the two base URLs as settings, and serves until stopped.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

from pipeline.sample.faults import Exchange, Fault, Script, read_fault
from pipeline.sample.registry_api import BadRequestError, Page, compute_data_timestamp, read_studies, search_studies

EXPORTS, API = "/content/Exports", "/api/v2"
HTML = b"<!DOCTYPE html><html><body>The site is being improved. Please come back later.</body></html>"
_BODY_FAULTS = ("cut", "slow", "wrong_length", "corrupt")
_PAGE_FAULTS = ("expired_token", "duplicate_page", "missing_study", "changing_total", "malformed")


class Agencies(ThreadingHTTPServer):
    """The server: its folder, its planned faults, and the URLs for the settings."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.folder = folder
        self.script = Script()

    @property
    def faers_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{EXPORTS}"

    @property
    def clinicaltrials_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{API}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a client that closes its connection; report any other error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Agencies

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing: the script records every exchange."""

    def _take_fault(self, *kinds: str) -> Fault | None:
        return self.server.script.take_fault(self.command, self.path, kinds)

    def _answer(self) -> None:
        if fault := self._take_fault("status"):
            extra = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            return self._send(fault.size, b"not now", "text/plain", extra)
        if self._take_fault("html"):
            return self._send(200, HTML, "text/html; charset=utf-8")
        path = urlsplit(self.path).path
        if path.startswith(f"{EXPORTS}/"):
            return self._send_archive(path.rsplit("/", 1)[1])
        if path.startswith(API):
            return self._send_api(path.removeprefix(API))
        return self._send(404, b"no such page", "text/plain")

    def _send_archive(self, name: str) -> None:
        path = self.server.folder / "faers" / name
        if not path.is_file():
            return self._send(404, HTML, "text/html; charset=utf-8")
        content = path.read_bytes()
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        headers = {
            "ETag": etag,
            "Accept-Ranges": "bytes",
            "Last-Modified": formatdate(path.stat().st_mtime, usegmt=True),
        }
        wanted = self.headers.get("Range", "")
        if (
            not wanted.startswith("bytes=")
            or self.headers.get("If-Range", etag) != etag
            or self._take_fault("no_range")
        ):
            return self._send(200, content, "application/zip", headers)
        start = int(wanted.removeprefix("bytes=").split("-")[0])
        if start >= len(content):
            return self._send(416, b"", "text/plain", {"Content-Range": f"bytes */{len(content)}"})
        headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return self._send(206, content[start:], "application/zip", headers)

    def _send_api(self, path: str) -> None:
        studies = read_studies(self.server.folder / "clinicaltrials")
        if path == "/version":
            body = {"apiVersion": "2.0.5", "dataTimestamp": compute_data_timestamp(studies)}
            return self._send(200, json.dumps(body).encode(), "application/json")
        parameters = dict(parse_qsl(urlsplit(self.path).query))
        fault = self._take_fault(*_PAGE_FAULTS)
        try:
            if fault and fault.kind == "expired_token":
                raise BadRequestError("`pageToken` has expired")
            if fault and fault.kind == "duplicate_page":
                parameters.pop("pageToken", None)
            page = search_studies(studies, parameters)
        except BadRequestError as error:
            return self._send(400, str(error).encode(), "text/plain")
        return self._send(200, _corrupt_page(page, fault), "application/json")

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        fault = self._take_fault(*_BODY_FAULTS) if status < 300 else None
        length = len(body) + (fault.size if fault and fault.kind == "wrong_length" else 0)
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(length), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        sent = b"" if self.command == "HEAD" else _corrupt_body(body, fault)
        self.server.script.record(Exchange(self.command, self.path, self.headers.get("Range", ""), status, len(sent)))
        if fault and fault.kind == "slow":
            self.wfile.write(sent[:1])
            time.sleep(fault.seconds)
            sent = sent[1:]
        self.wfile.write(sent)
        if fault:
            self.close_connection = True


def _corrupt_body(body: bytes, fault: Fault | None) -> bytes:
    if fault and fault.kind == "cut":
        return body[: fault.size]
    if fault and fault.kind == "corrupt":
        middle = len(body) // 2
        return body[:middle] + bytes([body[middle] ^ 0xFF]) + body[middle + 1 :]
    return body


def _corrupt_page(page: Page, fault: Fault | None) -> bytes:
    if fault and fault.kind == "missing_study":
        page = Page(page.studies[:-1], page.total, page.next_token)
    if fault and fault.kind == "changing_total":
        page = Page(page.studies, None if page.total is None else page.total + 1, page.next_token)
    content = page.content()
    return content[: len(content) // 2] if fault and fault.kind == "malformed" else content


@contextmanager
def serve(folder: Path, port: int = 0) -> Iterator[Agencies]:
    """Run the agencies over a folder for the length of a block."""
    agencies = Agencies(folder, port)
    thread = Thread(target=agencies.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield agencies
    finally:
        agencies.shutdown()
        agencies.server_close()
        thread.join()


def main() -> int:
    """Serve a folder until stopped; print the two URLs as settings."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.sample.agencies", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fault", type=read_fault, action="append", default=[], help="kind[:where[:times[:size]]]")
    arguments = parser.parse_args()
    agencies = Agencies(arguments.folder, arguments.port)
    agencies.script.plan(*arguments.fault)
    sys.stdout.write(f"NIGHTVIGIL_FAERS_URL={agencies.faers_url}\n")
    sys.stdout.write(f"NIGHTVIGIL_CLINICALTRIALS_URL={agencies.clinicaltrials_url}\n")
    sys.stdout.flush()
    try:
        agencies.serve_forever()
    except KeyboardInterrupt:
        agencies.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
