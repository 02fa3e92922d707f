"""The commands that try the channels of alerts, send what waits, and show it."""

import logging
import sys
from typing import Annotated, Any

import typer

from pipeline.command_line.output import Format, FormatOption, from_records, write
from pipeline.command_line.progress import print_message
from pipeline.errors import UsageError
from pipeline.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Try the channels of alerts, send what waits, or show it.")


@app.command()
def test(form: FormatOption = Format.TABLE) -> None:
    """Send one message of each kind to each channel, whatever its level, and show what was accepted."""
    from pipeline.alerts.channels import list_channels
    from pipeline.alerts.examples import list_examples
    from pipeline.alerts.queue import try_messages

    settings = Settings.from_environment()
    if not list_channels(settings):
        raise UsageError(
            "no channel of alerts is set",
            where="the environment",
            todo="set NIGHTVIGIL_MAIL_SERVER, NIGHTVIGIL_SLACK_URL or another channel; .env.example lists them",
        )
    examples = list_examples()
    kinds = {example.message_id: example.state for example in examples}
    rows = [
        {
            "channel": attempt.channel,
            "kind": kinds[attempt.message_id],
            "is_accepted": attempt.is_accepted,
            "problem": attempt.problem,
        }
        for attempt in try_messages(settings, examples)
    ]
    _write(rows, ["channel", "kind", "is_accepted", "problem"], form)


@app.command()
def deliver(
    is_due_only: Annotated[bool, typer.Option("--due", help="Leave what failed a short while ago.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for another process that sends.", min=0)] = 60.0,
    is_unqueued: Annotated[bool, typer.Option("--unqueued", hidden=True)] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Send what waits in the queue, once for each message and channel."""
    from pydantic import TypeAdapter

    from pipeline.alerts import queue
    from pipeline.alerts.message import Message

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    settings = Settings.from_environment()
    if is_unqueued:
        message = TypeAdapter(Message).validate_json(sys.stdin.buffer.read())
        attempts = queue.try_messages(settings, [message], has_level=True)
    else:
        attempts = queue.deliver(settings, wait=wait, is_due_only=is_due_only)
    rows = [
        {
            "message": attempt.message_id,
            "channel": attempt.channel,
            "is_accepted": attempt.is_accepted,
            "problem": attempt.problem,
        }
        for attempt in attempts
    ]
    _write(rows, ["message", "channel", "is_accepted", "problem"], form)


@app.command()
def queue(form: FormatOption = Format.TABLE) -> None:
    """Show the messages that a channel has not accepted yet."""
    from pipeline.alerts.queue import list_waiting

    waiting = list_waiting(Settings.from_environment())
    if not waiting:
        print_message("no message waits")
    write(from_records(waiting, ["message", "subject", "channel", "since", "tries", "next_at", "problem"]), form)


def _write(rows: list[dict[str, Any]], columns: list[str], form: Format) -> None:
    """Write what was tried; exit with 1 where a message was not accepted."""
    write(from_records(rows, columns), form)
    if not all(row["is_accepted"] for row in rows):
        raise typer.Exit(1)
