"""Progress of a long command, on standard error: lines with the seconds since it began."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A function that reports what is being done now; on a terminal a spinner shows that the command still works."""
    began = time.monotonic()
    if not sys.stderr.isatty():
        # Not through rich, which breaks lines at 80 characters where there is no terminal.
        yield lambda line: print(f"{time.monotonic() - began:7.1f} s  {line}", file=sys.stderr, flush=True)
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    with console.status("starting") as spinner:

        def say(line: str) -> None:
            console.print(f"[dim]{time.monotonic() - began:7.1f} s[/dim]  ", line, sep="", markup=True)
            spinner.update(line)

        yield say


def print_message(line: str) -> None:
    """Print one message for the person at the keyboard, on standard error."""
    print(line, file=sys.stderr, flush=True)
