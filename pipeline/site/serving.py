"""Show a folder of pages on this machine: on loopback only, with the policy of the pages as a header as well."""

from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pipeline.errors import UsageError

LOOPBACK = "127.0.0.1"
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


class _Handler(SimpleHTTPRequestHandler):
    """Files of one folder, without listings of folders and without a line of log for each."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        super().end_headers()

    def list_directory(self, path: object) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


def make_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of the folder that does not run yet; raises UsageError where the port is taken."""
    try:
        return ThreadingHTTPServer((LOOPBACK, port), partial(_Handler, directory=str(folder)))
    except OSError as error:
        raise UsageError(
            f"the port cannot be used: {error.strerror}", where=f"{LOOPBACK}:{port}", todo="name another with --port"
        ) from error


def serve_folder(folder: Path, port: int, say: Callable[[str], None]) -> None:
    """Serve the folder until the process is interrupted; `say` is called with the address."""
    with make_server(folder, port) as server:
        say(f"http://{LOOPBACK}:{server.server_address[1]}/index.html")
        server.serve_forever()
