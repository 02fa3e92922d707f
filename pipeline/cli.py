"""The command `nightvigil`. It calls the functions that the DAGs call.

Data goes to standard output, messages and progress to standard error. Exit codes: 0 done, 1 unexpected, 2 usage,
3 quality gate closed or a change of code not accepted, 4 source unavailable or changed and nothing published,
5 publish or lock failure, 6 nothing new.
"""

import os
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from pipeline import __version__
from pipeline.command_line import run, snapshots
from pipeline.errors import NightvigilError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        from pipeline.identity import code_commit

        print(f"nightvigil {__version__}, commit {code_commit()}")
        raise typer.Exit


@app.callback()
def begin(
    is_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show version and commit.")
    ] = False,
) -> None:
    """A nightly watch over what NMDA-receptor antagonists are reported, and shown in trials, to do to people."""


PANELS: dict[str, tuple[Callable[..., None], ...]] = {
    "A run": (run.nightly, run.land, run.build, run.check, run.publish, run.accept),
    "What is published": (
        snapshots.status,
        snapshots.sql,
        snapshots.diff,
        snapshots.rollback,
        snapshots.release,
        snapshots.doctor,
    ),
}
for panel, commands in PANELS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)


def main() -> None:
    """Run one command and exit with its code. An unexpected error exits with 1 and its traceback."""
    try:
        app()
    except NightvigilError as error:
        print(f"nightvigil: {error.what}\n  where: {error.where}\n  do:    {error.todo}", file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has closed it, as `head` does: there is nobody to report to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        todo = "see that the path exists, is writable and has room; `nightvigil doctor` checks the installation"
        print(f"nightvigil: {error.strerror}\n  where: {error.filename}\n  do:    {todo}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
