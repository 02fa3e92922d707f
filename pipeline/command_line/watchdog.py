"""The command of the watchdog, for a timer outside Airflow."""

from typing import Annotated

import typer

from pipeline.command_line.output import Format, FormatOption, from_records, write
from pipeline.settings import Settings


def watchdog(
    max_hours: Annotated[
        int | None,
        typer.Option(min=1, help="Hours in which a night must end well, if not NIGHTVIGIL_WATCHDOG_HOURS."),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Report what no run would: a night that never came, a silent source, a full disk. Exits with 3 where any is.

    Run it every hour from outside Airflow (`deploy/watchdog.timer`, or the service `watchdog` of docker-compose.yml).
    """
    from pipeline.alerts.watchdog import watch

    findings = watch(Settings.from_environment(), max_hours=max_hours)
    rows = [
        {
            "condition": finding.condition,
            "outcome": finding.outcome,
            "seen": finding.seen,
            "todo": finding.message.todo if finding.message else "",
        }
        for finding in findings
    ]
    write(from_records(rows, ["condition", "outcome", "seen", "todo"]), form)
    if any(finding.message for finding in findings):
        raise typer.Exit(3)
