"""Rows as a table of a page: aligned, formatted, with what a script needs to sort and filter it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from markupsafe import Markup

from pipeline.site.numbers import show_count, show_day, show_p, show_percent, show_quarter, show_ratio, show_signed
from pipeline.site.texts import write_text

Form = Literal["text", "prose", "count", "ratio", "signed", "percent", "p", "day", "quarter", "number"]
SHOWN: dict[str, Callable[[Any], str]] = {
    "count": show_count,
    "ratio": show_ratio,
    "signed": show_signed,
    "percent": show_percent,
    "p": show_p,
    "day": show_day,
    "quarter": show_quarter,
}
LEFT = ("text", "prose", "day", "quarter")


@dataclass(frozen=True)
class Column:
    """A column of a table.

    name: the key in the rows. form: how values are shown; `prose` is text on several lines, `number` a text of a
    number that stands on the right, such as an interval. sort_by: the key of the value to sort by, where it is not
    the column's own. href: the key of the path its text leads to. tip: what the heading means, in a sentence. words:
    how to say a value.
    """

    name: str
    label: str
    form: Form = "text"
    tip: str = ""
    sort_by: str | None = None
    href: str | None = None
    words: Callable[[Any], str] | None = None


@dataclass(frozen=True)
class Cell:
    """One cell: its text, what to sort it by (empty where the text does), where it leads."""

    text: str
    sort: str
    href: str | None


@dataclass(frozen=True)
class Row:
    """One row. filters: the value of each filter. level: `flagged`, `quiet` or nothing, for a mark at its side."""

    cells: tuple[Cell, ...]
    filters: Mapping[str, str]
    level: str


@dataclass(frozen=True)
class Filter:
    """A choice above a table. kind: `choice` of one of the values, or `least`, a number from which rows are shown."""

    name: str
    label: str
    kind: Literal["choice", "least"]
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Table:
    """A table as `_table.html` shows it. key: its id in the page, lower case and hyphens, unique there."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    filters: tuple[Filter, ...] = ()
    is_sortable: bool = True

    def is_left(self, column: Column) -> bool:
        """Whether a column stands on the left, as text does."""
        return column.form in LEFT

    def write_rows(self) -> Markup:
        """The rows as HTML, written here and not by a template, which takes ten times as long over a cell."""
        kinds = [self._write_kind(column, is_first=place == 0) for place, column in enumerate(self.columns)]
        lines = [line for row in self.rows for line in _write_row(row, kinds)]
        nothing = f'<tr><td class="left" colspan="{len(self.columns)}">None in this snapshot.</td></tr>'
        return Markup("\n".join(lines or [nothing]) + "\n")  # noqa: S704 - every text in it is escaped

    def _write_kind(self, column: Column, *, is_first: bool) -> tuple[str, str]:
        """The beginning and the end of the cells of a column."""
        prose = " prose" if column.form == "prose" else ""
        placed = f' class="left{prose}"' if self.is_left(column) else ""
        return (f"<th scope=row{placed}", "</th>") if is_first else (f"<td{placed}", "</td>")


def make_table(
    key: str,
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    *,
    filters: Mapping[str, str] | None = None,
    least: Mapping[str, str] | None = None,
    level: str | None = None,
    says: Mapping[str, Callable[[Any], str]] | None = None,
    is_sortable: bool = True,
) -> Table:
    """The table of some rows, in their order.

    filters: label by key of the rows, for a choice among its values; says: how to say those of a key, else as the
    column of that key says them. least: as filters, for a least number. level: the key that holds the level of a row.
    """
    listed = list(rows)
    words = {column.name: column.words for column in columns if column.words} | dict(says or {})
    names = [*(filters or ()), *(least or ())]
    return Table(
        key=key,
        caption=caption,
        columns=tuple(columns),
        rows=tuple(
            Row(
                tuple(_make_cell(column, row) for column in columns),
                {name: "" if row[name] is None else str(row[name]) for name in names},
                str(row[level] or "") if level else "",
            )
            for row in listed
        ),
        filters=(
            *(
                Filter(name, label, "choice", _list_choices(listed, name, words.get(name)))
                for name, label in (filters or {}).items()
            ),
            *(Filter(name, label, "least") for name, label in (least or {}).items()),
        ),
        is_sortable=is_sortable,
    )


def _write_row(row: Row, kinds: Sequence[tuple[str, str]]) -> Iterator[str]:
    mark = f' class="{write_text(row.level)}"' if row.level else ""
    filters = "".join(f' data-{name.replace("_", "-")}="{write_text(value)}"' for name, value in row.filters.items())
    yield f"<tr{mark}{filters}>"
    for cell, (begin, end) in zip(row.cells, kinds, strict=True):
        sort = f' data-sort="{write_text(cell.sort)}"' if cell.sort else ""
        yield f"{begin}{sort}>{_write_content(cell)}{end}"
    yield "</tr>"


def _write_content(cell: Cell) -> str:
    text = write_text(cell.text)
    if not cell.href:
        return text
    guard = ' rel="noreferrer"' if cell.href.startswith("https://") else ""
    return f'<a href="{write_text(cell.href)}"{guard}>{text}</a>'


def _list_choices(
    rows: Sequence[Mapping[str, Any]], name: str, words: Callable[[Any], str] | None
) -> tuple[tuple[str, str], ...]:
    values = dict.fromkeys(row[name] for row in rows if row[name] is not None)
    return tuple((str(value), words(value) if words else str(value)) for value in values)


def _make_cell(column: Column, row: Mapping[str, Any]) -> Cell:
    value = row[column.name]
    key = row[column.sort_by] if column.sort_by else value
    is_number = isinstance(key, int | float | Decimal) and not isinstance(key, bool)
    return Cell(
        text=_show(column, value),
        sort=str(key) if is_number or (column.sort_by and key is not None) else "",
        href=row[column.href] if column.href else None,
    )


def _show(column: Column, value: Any) -> str:
    if column.words:
        return column.words(value)
    if column.form in SHOWN:
        return SHOWN[column.form](value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None or value == "" else str(value)
