"""The command `nightvigil`. It calls the functions that the DAGs call.

Data goes to standard output, messages and progress to standard error. Exit codes: 0 done, 1 unexpected, 2 usage,
3 quality gate closed, a change of code not accepted or the watchdog found something, 4 source unavailable or changed
and nothing published, 5 publish or lock failure, 6 nothing new, 130 stopped by Ctrl-C, 143 stopped by SIGTERM.
"""

import os
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from pipeline import __version__
from pipeline.command_line import (
    alerts,
    bundle,
    cases,
    describe,
    export,
    override,
    quality,
    quarantine,
    report,
    run,
    runs,
    sheets,
    snapshots,
    sql,
    tables,
    trace,
    watchdog,
)
from pipeline.command_line.interruption import describe_interruption, find_interruption, listen_for_signals
from pipeline.command_line.progress import print_message
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
    "Data quality": (quality.quality, override.override, quarantine.quarantine),
    "What people enter": (sheets.studies,),
    "What is published": (
        snapshots.status,
        sql.sql,
        tables.tables,
        describe.describe,
        cases.cases,
        trace.trace,
        runs.runs,
        snapshots.snapshots,
        report.report,
        snapshots.diff,
        snapshots.rollback,
        snapshots.release,
        snapshots.doctor,
    ),
    "What leaves": (export.export, bundle.bundle),
    "What people are told": (watchdog.watchdog,),
}
for panel, commands in PANELS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.add_typer(alerts.app, name="alerts", rich_help_panel="Alerts")


def main() -> None:
    """Run one command and exit with its code. An unexpected error exits with 1 and its traceback."""
    listen_for_signals()
    try:
        app()
    except BaseException as error:
        if (number := find_interruption()) is not None:
            print_message(f"nightvigil: {describe_interruption(number)}")
            sys.exit(128 + number)
        if isinstance(error, BrokenPipeError):
            # The reader of our output has closed it, as `head` does: there is nobody to report to.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        if (problem := _explain(error)) is None:
            raise
        print_message(f"nightvigil: {problem.what}\n  where: {problem.where}\n  do:    {problem.todo}")
        sys.exit(problem.exit_code)


def _explain(error: BaseException) -> NightvigilError | None:
    """The error as one that a person can act on; None for one that nobody foresaw."""
    if isinstance(error, NightvigilError):
        return error
    if isinstance(error, SystemExit):
        return None
    from pipeline.exhaustion import explain_exhaustion
    from pipeline.settings import Settings

    try:
        settings = Settings.from_environment()
    except NightvigilError as refusal:
        return refusal
    if (explained := explain_exhaustion(error, settings)) is not None:
        return explained
    if isinstance(error, OSError) and error.filename is not None:
        todo = "see that the path exists, is writable and has room; `nightvigil doctor` checks the installation"
        return NightvigilError(error.strerror or str(error), where=str(error.filename), todo=todo)
    return None


if __name__ == "__main__":
    main()
