"""The page of the settings: what each accepts from the code, its default and what it is for from `.env.example`."""

import re
from dataclasses import dataclass, field

from docs_build.markdown import escape, make_code, make_table
from pipeline.settings import PREFIX, Settings

_SECTION = re.compile(r"# --- (.*?)(?:[:;.] (.*)|$)")
_VARIABLE = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")
ELSEWHERE = {  # what the code reads, and nobody has to set: the file gives them no default
    "NIGHTVIGIL_SQL_DIR": "the folder `sql` of the project",
    "NIGHTVIGIL_EXPECTATIONS_DIR": "the folder `expectations` of the project",
}


@dataclass
class Group:
    """Variables that one comment of `.env.example` explains. title: blank unless a section begins here."""

    title: str = ""
    meaning: list[str] = field(default_factory=list)
    variables: list[tuple[str, str]] = field(default_factory=list)


def write_settings_page(example: str) -> str:
    """The page, from the text of `.env.example`."""
    parts = [
        "# Settings\n\nSettings are environment variables, and an empty one is unset. `.env.example` is the file to "
        "copy for docker compose. A value that is not accepted ends the command with exit code 2 and a message that "
        "names the variable.\n"
    ]
    for group in read_groups(example):
        if group.title:
            parts.append(f"## {escape(group.title)}\n")
        if group.meaning:
            parts.append(f"{escape(_capitalise(' '.join(group.meaning)))}\n")
        if group.variables:
            parts.append(_write_variables(group.variables))
    return "\n".join(parts)


def read_groups(example: str) -> list[Group]:
    """The groups of the file in their order: a comment explains the variables up to the next comment."""
    groups = [Group()]
    for line in example.splitlines():
        if section := _SECTION.match(line):
            groups.append(Group(_capitalise(section[1]), [section[2]] if section[2] else []))
        elif line.startswith("#"):
            if groups[-1].variables:
                groups.append(Group())
            groups[-1].meaning.append(line.removeprefix("#").strip())
        elif variable := _VARIABLE.match(line):
            groups[-1].variables.append((variable[1], variable[2]))
    return [group for group in groups if group.variables]


def list_settings() -> list[str]:
    """The variables that the code reads."""
    return [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]


def _write_variables(variables: list[tuple[str, str]]) -> str:
    """A table of variables, without the columns in which none of them has an entry."""
    header = ("variable", "default", "accepts")
    rows = [_describe_variable(name, default) for name, default in variables]
    kept = [place for place in range(len(header)) if place == 0 or any(row[place] for row in rows)]
    return make_table([header[place] for place in kept], ([row[place] for place in kept] for row in rows))


def _describe_variable(name: str, default: str) -> list[str]:
    found = Settings.model_fields.get(name.removeprefix(PREFIX).lower()) if name.startswith(PREFIX) else None
    accepts = escape((found.description or "") if found else "")
    return [make_code(name), ELSEWHERE.get(name) or make_code(default), accepts]


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
