"""Progress of a long command, on standard error: lines with the seconds since it began."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pipeline.printable import make_one_line, make_printable


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A function that reports what is being done now; on a terminal a spinner shows that the command still works."""
    began = time.monotonic()
    if not sys.stderr.isatty():
        # Not through rich, which breaks lines at 80 characters where there is no terminal.
        yield lambda line: print_message(f"{time.monotonic() - began:7.1f} s  {make_one_line(line)}")
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False)
    with console.status("starting") as spinner:

        def say(line: str) -> None:
            # As Text: a name such as "[red]x[/]" is no markup.
            shown = Text(make_one_line(line))
            console.print(Text(f"{time.monotonic() - began:7.1f} s  ", style="dim"), shown, sep="")
            spinner.update(shown)

        yield say


def print_message(line: str) -> None:
    """Print one message for the person at the keyboard, on standard error, safe to show."""
    print(make_printable(line), file=sys.stderr, flush=True)
