"""What a long command says while it works: lines with the seconds since it began, on standard error."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A function that says what is being done now; on a terminal a spinner shows that it still is."""
    began = time.monotonic()
    if not sys.stderr.isatty():
        yield lambda line: print(f"{time.monotonic() - began:7.1f} s  {line}", file=sys.stderr, flush=True)
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    with console.status("starting") as spinner:

        def say(line: str) -> None:
            console.print(f"[dim]{time.monotonic() - began:7.1f} s[/dim]  ", line, sep="", markup=True)
            spinner.update(line)

        yield say


def tell(line: str) -> None:
    """One message to the person at the keyboard."""
    print(line, file=sys.stderr, flush=True)
