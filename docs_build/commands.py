"""The page of the command line, from the parser that reads it."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer

from docs_build.markdown import escape, make_anchor, make_code, make_table

ARGUMENT = "argument"


@dataclass(frozen=True)
class Entry:
    """One command that can be run. name: its words, such as `alerts test`. panel: its heading in the help."""

    name: str
    panel: str
    command: Any


def write_command_page(app: typer.Typer) -> str:
    """Every command with its arguments and options, under the headings of `nightvigil --help`."""
    parts = [
        "# Command line\n\nData go to standard output, messages and progress to standard error. The "
        "[exit codes](exit-codes.md) are the same for every command. `nightvigil COMMAND --help` shows the part of "
        "this page that is about one command, `nightvigil --install-completion` completes commands in your shell.\n"
    ]
    panel = ""
    for entry in list_commands(app):
        if entry.panel != panel:
            panel = entry.panel
            parts.append(f"## {escape(panel)}\n")
        parts.append(_write_command(entry))
    return "\n".join(parts)


def list_commands(app: typer.Typer) -> list[Entry]:
    """Each command that can be run, in the order of the help."""
    return list(_walk("", "", typer.main.get_command(app)))


def _walk(name: str, panel: str, command: Any) -> Iterator[Entry]:
    children = getattr(command, "commands", None)
    if children is None:
        yield Entry(name, panel, command)
        return
    for word, child in children.items():
        own = child.rich_help_panel
        if not child.hidden:
            yield from _walk(f"{name} {word}".strip(), own if isinstance(own, str) else panel, child)


def _write_command(entry: Entry) -> str:
    shown = [parameter for parameter in entry.command.params if not parameter.hidden]
    usage = " ".join(["nightvigil", entry.name, *map(_name_usage, shown)])
    lines = [
        f"{make_anchor('command', entry.name)}\n### `nightvigil {entry.name}`\n",
        f"```text\n{usage}\n```\n",
        *(f"{escape(' '.join(each.split()))}\n" for each in (entry.command.help or "").split("\n\n") if each.strip()),
    ]
    if shown:
        rows = ([make_code(_name_parameter(each)), _describe_parameter(each)] for each in shown)
        lines.append(make_table(("argument or option", "meaning"), rows))
    return "\n".join(lines)


def _name_usage(parameter: Any) -> str:
    name = _name_parameter(parameter)
    if parameter.param_type_name == ARGUMENT:
        name += "..." if parameter.nargs == -1 else ""
    elif not parameter.is_flag:
        name += f" {parameter.metavar or _list_choices(parameter) or 'VALUE'}"
    return name if parameter.required else f"[{name}]"


def _name_parameter(parameter: Any) -> str:
    if parameter.param_type_name == ARGUMENT:
        return str(parameter.metavar or parameter.name.upper())
    return "/".join([*parameter.opts[:1], *parameter.secondary_opts])


def _describe_parameter(parameter: Any) -> str:
    """What a parameter means and, where there is one that people can type, its default."""
    text = escape(" ".join((parameter.help or "").split()))
    default = getattr(parameter.default, "value", parameter.default)
    is_shown = isinstance(default, str | int | float) and not isinstance(default, bool) and default != ""
    return f"{text} Default {make_code(str(default))}." if is_shown else text


def _list_choices(parameter: Any) -> str:
    kind = parameter.type_descriptor.annotation
    is_choice = isinstance(kind, type) and issubclass(kind, enum.Enum)
    return "|".join(str(each.value) for each in kind) if is_choice else ""
