"""A mail server and a webhook receiver on loopback, which record what they accept and fail when a test asks."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

HANGS, DRIPS = "hangs", "drips"


@dataclass
class Mail:
    """One accepted mail: its envelope, its bytes, and what a mail program makes of them."""

    sender: str
    receivers: list[str]
    content: bytes
    login: str

    @property
    def parsed(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=default)

    def part(self, kind: str) -> str:
        """The text of the part `plain` or `html`."""
        return self.parsed.get_body((kind,)).get_content()


@dataclass
class MailServer:
    """replies: words that replace the reply to a command, such as {"RCPT": "550 nobody of that name"}.

    HANGS is no reply, DRIPS one that never ends, until the test does. before_reply is called between acceptance and
    reply.
    """

    port: int = 0
    accepted: list[Mail] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    before_reply: Callable[[], None] = lambda: None
    ended: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serve_mail(tls: ssl.SSLContext | None = None, *, is_wrapped: bool = False) -> Iterator[MailServer]:
    """A mail server for the length of a block. tls: offer STARTTLS, or speak TLS from the start (`is_wrapped`)."""
    state = MailServer()

    class Handler(StreamRequestHandler):
        def reply(self, command: str, words: str) -> None:
            words = state.replies.get(command, words)
            if words == HANGS:
                state.ended.wait(20)
            while words == DRIPS and not state.ended.wait(0.05):
                self.wfile.write(b".")
            self.wfile.write(f"{words}\r\n".encode())

        def handle(self) -> None:
            mail = Mail("", [], b"", "")
            self.reply("CONNECT", "220 ready")
            while line := self.rfile.readline().decode().strip():
                command = line.split(" ")[0].split(":")[0].upper()
                if command == "EHLO":
                    self.reply(command, "250-here\r\n250-AUTH PLAIN\r\n250-STARTTLS\r\n250 SIZE 10000000")
                elif command == "STARTTLS" and tls:
                    self.reply(command, "220 go")
                    secured = tls.wrap_socket(self.request, server_side=True)
                    self.rfile, self.wfile = secured.makefile("rb"), secured.makefile("wb", buffering=0)
                elif command == "MAIL":
                    mail = Mail(line, [], b"", mail.login)
                    self.reply(command, "250 ok")
                elif command == "RCPT":
                    mail.receivers.append(line.partition("<")[2].partition(">")[0])
                    self.reply(command, "250 ok")
                elif command == "AUTH":
                    mail.login = line
                    self.reply(command, "235 ok")
                elif command == "DATA":
                    self.reply(command, "354 go")
                    mail.content = b"".join(iter(self.rfile.readline, b".\r\n"))
                    if "END" not in state.replies:
                        state.accepted.append(mail)
                    state.before_reply()
                    self.reply("END", "250 ok")
                else:
                    self.reply(command, "221 bye" if command == "QUIT" else "250 ok")

    class Server(ThreadingTCPServer):
        allow_reuse_address, daemon_threads, block_on_close = True, True, False

        def get_request(self) -> tuple[socket.socket, Any]:
            connection, address = super().get_request()
            return (tls.wrap_socket(connection, server_side=True) if tls and is_wrapped else connection), address

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that goes away is what some tests are about."""

    with _running(Server(("127.0.0.1", 0), Handler), state.ended) as state.port:
        yield state


@dataclass
class Post:
    """One request: its headers and its JSON."""

    path: str
    headers: dict[str, str]
    content: bytes

    @property
    def payload(self) -> Any:
        return json.loads(self.content)


@dataclass
class WebhookServer:
    """status, body and location: of the answer; status 0: none, until the test ends."""

    port: int = 0
    accepted: list[Post] = field(default_factory=list)
    status: int = 200
    body: str = "ok"
    location: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def address(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def serve_webhook() -> Iterator[WebhookServer]:
    """A receiver of POSTs for the length of a block."""
    state = WebhookServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if not state.status:
                state.ended.wait(20)
                return
            if state.status < 300:
                state.accepted.append(Post(self.path, dict(self.headers), content))
            self.send_response(state.status)
            if state.location:
                self.send_header("Location", state.location)
            self.send_header("Content-Length", str(len(state.body.encode())))
            self.end_headers()
            self.wfile.write(state.body.encode())

        def log_message(self, *arguments: Any) -> None:
            """Nothing on the terminal of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.block_on_close = False
    with _running(server, state.ended) as state.port:
        yield state


@contextmanager
def _running(server: ThreadingTCPServer | ThreadingHTTPServer, ended: threading.Event) -> Iterator[int]:
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
