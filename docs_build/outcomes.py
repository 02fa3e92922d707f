"""Pages of how a command or a run can end: exit codes and kinds of messages."""

from collections.abc import Iterator

from docs_build.markdown import escape, make_table
from pipeline.alerts.examples import KINDS
from pipeline.command_line.interruption import NAMES
from pipeline.errors import NightvigilError


def write_exit_code_page() -> str:
    """Every exit code, with the errors that end with it."""
    rows = [["0", "", "Done; a run that refused one delivery and published the rest lists it."]]
    rows += [
        [str(kind.exit_code), f"`{kind.__name__}`", escape(_first_paragraph(kind))]
        for kind in sorted(list_errors(), key=lambda kind: kind.exit_code)
    ]
    rows += [[str(128 + number), "", f"Stopped by {escape(name)}."] for number, name in NAMES.items()]
    return (
        "# Exit codes\n\nAn error names what happened, where, and what to do next. An error that nobody foresaw ends "
        "with 1 and its traceback. `nightvigil watchdog` ends with 3 where it found something.\n\n"
        + make_table(("code", "error", "meaning"), rows)
    )


def list_errors() -> list[type[NightvigilError]]:
    """The errors of the pipeline that a person can act on, each before those derived from it."""
    return list(_walk(NightvigilError))


def write_message_page() -> str:
    """Every kind of message that people receive, with its level."""
    rows = ([f"`{state}`", level, escape(subject)] for state, (level, subject) in KINDS.items())
    return (
        "# Messages\n\nEach run sends one message. Its state is one of these; a channel receives the messages of its "
        "[level](settings.md) and above. `nightvigil alerts test` sends one of each kind.\n\n"
        + make_table(("state", "level", "such as"), rows)
    )


def _walk(kind: type[NightvigilError]) -> Iterator[type[NightvigilError]]:
    yield kind
    for child in kind.__subclasses__():
        if child.__module__.startswith("pipeline."):
            yield from _walk(child)


def _first_paragraph(kind: type[NightvigilError]) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())
