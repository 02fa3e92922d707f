"""A result as text for people: a grid where it can be read, a block for each row where there are too many columns.

Numbers are never broken over lines. Fractions are shown with four significant digits, whole numbers with all; other
formats keep every digit.
"""

import io
import json
import math
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipeline.printable import make_printable

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

TEXT_WIDTH = 12  # characters to which a column of text may be narrowed before the grid gives way to blocks
WORD_WIDTH = 24  # a word up to this length is not broken, but after an underscore
BORDERS = 3  # characters that a grid adds to each column, and one more
SIGNIFICANT = 4
WHOLE_FROM = (
    10**SIGNIFICANT
)  # a fraction of this size is shown as a whole number: its digits are all before the point


def render(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, title: str, width: int | None) -> str:
    """A result as text, safe to show. width: of the terminal in characters; None where nothing limits it."""
    from rich.console import Console
    from rich.text import Text

    names = [make_printable(column) for column in columns]
    cells = [["" if value is None else make_printable(show_value(value)) for value in row] for row in rows]
    is_number = [_holds_numbers([row[place] for row in rows]) for place in range(len(names))]
    # Piped output has no width to respect: a broken cell would be one that a program cannot read.
    console = Console(width=width or 10_000, highlight=False, file=io.StringIO(), force_terminal=width is not None)
    widths = fit_columns(names, cells, is_number, width)
    if widths is not None:
        if title:
            console.print(Text(make_printable(title), style="italic"))
        console.print(_make_grid(names, cells, is_number, widths))
    else:
        _print_blocks(console, names, cells, make_printable(title))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def fit_columns(
    names: Sequence[str], cells: Sequence[Sequence[str]], is_number: Sequence[bool], width: int | None
) -> list[int] | None:
    """The width of each column of a grid that is at most so wide; None where no such grid can be read.

    A number keeps its width; a text may be folded to TEXT_WIDTH, its words only after an underscore, as names are.
    """
    contents = [max((_measure(row[place]) for row in cells), default=0) for place in range(len(names))]
    natural = [max(_measure(name), content) for name, content in zip(names, contents, strict=True)]
    if width is None:
        return natural
    least = []
    for place, (name, number) in enumerate(zip(names, is_number, strict=True)):
        words = [part for row in cells for word in row[place].split() for part in _split_name(word)]
        longest = min(max(map(_measure, words), default=0), WORD_WIDTH)
        needed = contents[place] if number else max(min(contents[place], TEXT_WIDTH), longest)
        least.append(max(needed, *map(_measure, _split_name(name))))
    spare = width - sum(least) - BORDERS * len(names) - 1
    if spare < 0:
        return None
    widths = [*least]
    # Those that lack least are served first, so that what is left goes to the long texts.
    lacking = sorted(range(len(names)), key=lambda place: natural[place] - least[place])
    for served, place in enumerate(lacking):
        share = min(natural[place] - least[place], spare // (len(lacking) - served))
        widths[place] += share
        spare -= share
    return widths


def show_value(value: Any) -> str:
    """One value as people read it; lists and structs as JSON."""
    if isinstance(value, float):
        return show_fraction(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=show_plain)
    return show_plain(value)


def show_fraction(value: float) -> str:
    """A fraction with four significant digits; from 10,000 on as a whole number, without loss before the point."""
    if not math.isfinite(value):
        return str(value)
    return f"{value:.0f}" if abs(value) >= WHOLE_FROM else f"{value:.{SIGNIFICANT}g}"


def show_plain(value: Any) -> str:
    """A value as its plain text; bytes are hexadecimal."""
    return value.hex() if isinstance(value, bytes) else str(value)


def _make_grid(
    names: Sequence[str], cells: Sequence[Sequence[str]], is_number: Sequence[bool], widths: Sequence[int]
) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    grid = Table(header_style="bold")
    for name, number, width in zip(names, is_number, widths, strict=True):
        header = Text(_fold_name(name, width))
        grid.add_column(header, overflow="fold", justify="right" if number else "left", width=width)
    for row in cells:
        grid.add_row(*(Text(_fold_words(cell, width)) for cell, width in zip(row, widths, strict=True)))
    return grid


def _print_blocks(console: "Console", names: Sequence[str], cells: Sequence[Sequence[str]], title: str) -> None:
    from rich.table import Table
    from rich.text import Text

    if title:
        console.print(Text(title, style="italic"))
    if not cells:
        console.print(Text(f"no row; columns: {', '.join(names)}"))
    for number, row in enumerate(cells, start=1):
        console.print(Text(f"row {number} of {len(cells)}", style="bold"))
        block = Table.grid(padding=(0, 2))
        block.add_column(overflow="fold", max_width=max(console.width // 2 - 2, 1))
        block.add_column(overflow="fold")
        for name, cell in zip(names, row, strict=True):
            block.add_row(Text(f"  {name}", style="dim"), Text(cell))
        console.print(block)


def _fold_words(text: str, width: int) -> str:
    """A text whose words that are wider than its column are broken after underscores; the grid breaks the rest."""
    if _measure(text) <= width:
        return text
    return re.sub(r"\S+", lambda word: _fold_name(word[0], width) if _measure(word[0]) > width else word[0], text)


def _fold_name(name: str, width: int) -> str:
    """A name over as many lines as it needs, broken after underscores only."""
    lines = [""]
    for part in _split_name(name):
        if lines[-1] and _measure(lines[-1]) + _measure(part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _split_name(name: str) -> list[str]:
    """The parts of a name, each but the last with its underscore."""
    ends = [place + 1 for place, character in enumerate(name) if character == "_"]
    return [name[begin:end] for begin, end in pairwise([0, *ends, len(name)]) if begin < end] or [name]


def _measure(text: str) -> int:
    """The characters that the longest line of a text takes on a terminal."""
    from rich.cells import cell_len

    return max((cell_len(line) for line in text.splitlines()), default=0)


def _holds_numbers(values: Sequence[Any]) -> bool:
    stated = [value for value in values if value is not None]
    return bool(stated) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in stated)
