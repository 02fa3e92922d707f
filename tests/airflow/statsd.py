"""A receiver of StatsD metrics on loopback, as a monitoring system would run it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Metrics:
    """The port listened to, and the names of the metrics received."""

    port: int
    names: set[str] = field(default_factory=set)


@contextmanager
def receive_metrics() -> Iterator[Metrics]:
    """A receiver for the length of a block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.2)
        metrics, ended = Metrics(receiver.getsockname()[1]), threading.Event()

        def receive() -> None:
            while not ended.is_set():
                try:
                    packet = receiver.recv(65535)
                except TimeoutError:
                    continue
                metrics.names.update(line.split(":")[0] for line in packet.decode().splitlines())

        thread = threading.Thread(target=receive, daemon=True)
        thread.start()
        try:
            yield metrics
        finally:
            ended.set()
            thread.join()
