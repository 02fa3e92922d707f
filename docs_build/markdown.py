"""Text of the code as Markdown: whatever it holds is shown, not obeyed."""

import re
from collections.abc import Iterable, Sequence

_OBEYED = re.compile(r"([\\*_{}\[\]<>#|$~])")


def escape(text: str) -> str:
    """A text whose marks are shown as they are; what stands between backticks stays code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick without its partner is a mark like the others
        return _OBEYED.sub(r"\\\1", text).replace("`", r"\`")
    return "`".join(part.replace("|", r"\|") if place % 2 else _escape(part) for place, part in enumerate(parts))


def make_code(text: str) -> str:
    """A text as code; blank where there is none."""
    return f"`{text.replace('|', chr(92) + '|')}`" if text else ""


def make_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table. Cells are Markdown of one line each."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_join_lines(cell) for cell in line)} |" for line in lines) + "\n"


def make_anchor(kind: str, name: str) -> str:
    """The line that makes a place of a page a target: `kind-name`, in letters that addresses hold."""
    return f"({name_anchor(kind, name)})=\n"


def name_anchor(kind: str, name: str) -> str:
    """The target of a table, command, setting or DAG."""
    return f"{kind}-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}"


def _escape(text: str) -> str:
    return _OBEYED.sub(r"\\\1", text)


def _join_lines(cell: str) -> str:
    return " ".join(cell.split())
