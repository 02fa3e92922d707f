"""Rows as a table of a page: aligned, formatted, with what a script needs to sort and filter it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
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

    @cached_property
    def is_left(self) -> bool:
        """Whether it stands on the left, as text does."""
        return self.form in LEFT

    @cached_property
    def placed(self) -> str:
        """The attribute of its cells that says where their text stands; empty for those on the right."""
        return f' class="left{" prose" if self.form == "prose" else ""}"' if self.is_left else ""


@dataclass(frozen=True)
class Row:
    """One row. values: what it shows, by key. text: the row as HTML, in which every text of a value is escaped."""

    values: Mapping[str, Any]
    text: str


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

    def write_rows(self) -> Markup:
        """The rows as HTML, written here and not by a template, which takes ten times as long over a cell."""
        nothing = f'<tr><td class="left" colspan="{len(self.columns)}">None in this snapshot.</td></tr>'
        return Markup("\n".join([row.text for row in self.rows] or [nothing]) + "\n")  # noqa: S704 - escaped


def make_table(
    key: str,
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any] | Row],
    *,
    filters: Mapping[str, str] | None = None,
    least: Mapping[str, str] | None = None,
    level: str | None = None,
    says: Mapping[str, Callable[[Any], str]] | None = None,
    is_sortable: bool = True,
) -> Table:
    """The table of some rows, in their order.

    rows: values by key, or what `make_row` made of them for these columns and filters. filters: label by key of the
    rows, for a choice among its values; says: how to say those of a key, else as the column of that key says them.
    least: as filters, for a least number. level: the key that holds the level of a row.
    """
    words = {column.name: column.words for column in columns if column.words} | dict(says or {})
    names = [*(filters or ()), *(least or ())]
    made = [row if isinstance(row, Row) else make_row(columns, row, names, level) for row in rows]
    listed = [row.values for row in made]
    return Table(
        key=key,
        caption=caption,
        columns=tuple(columns),
        rows=tuple(made),
        filters=(
            *(
                Filter(name, label, "choice", _list_choices(listed, name, words.get(name)))
                for name, label in (filters or {}).items()
            ),
            *(Filter(name, label, "least") for name, label in (least or {}).items()),
        ),
        is_sortable=is_sortable,
    )


def make_row(
    columns: Sequence[Column], values: Mapping[str, Any], filters: Iterable[str] = (), level: str | None = None
) -> Row:
    """A row of a table of these columns, which may stand in several such tables.

    filters: the keys that tables filter by. level: the key that holds its level: `flagged`, `quiet` or nothing, for a
    mark at its side.
    """
    mark = f' class="{write_text(str(values[level]))}"' if level and values[level] else ""
    chosen = "".join(f' data-{name.replace("_", "-")}="{_write_choice(values[name])}"' for name in filters)
    cells = (_write_cell(column, values, is_first=place == 0) for place, column in enumerate(columns))
    return Row(values, "\n".join((f"<tr{mark}{chosen}>", *cells, "</tr>")))


def _write_choice(value: Any) -> str:
    return "" if value is None else write_text(str(value))


def _write_cell(column: Column, row: Mapping[str, Any], *, is_first: bool) -> str:
    value = row[column.name]
    key = row[column.sort_by] if column.sort_by else value
    is_number = isinstance(key, int | float | Decimal) and not isinstance(key, bool)
    sort = str(key) if is_number or (column.sort_by and key is not None) else ""
    sorted_by = f' data-sort="{write_text(sort)}"' if sort else ""
    content = _write_content(_show(column, value), row[column.href] if column.href else None)
    begin, end = ("<th scope=row", "</th>") if is_first else ("<td", "</td>")
    return f"{begin}{column.placed}{sorted_by}>{content}{end}"


def _write_content(shown: str, href: str | None) -> str:
    text = write_text(shown)
    if not href:
        return text
    guard = ' rel="noreferrer"' if href.startswith("https://") else ""
    return f'<a href="{write_text(href)}"{guard}>{text}</a>'


def _list_choices(
    rows: Sequence[Mapping[str, Any]], name: str, words: Callable[[Any], str] | None
) -> tuple[tuple[str, str], ...]:
    values = dict.fromkeys(row[name] for row in rows if row[name] is not None)
    return tuple((str(value), words(value) if words else str(value)) for value in values)


def _show(column: Column, value: Any) -> str:
    if column.words:
        return column.words(value)
    if column.form in SHOWN:
        return SHOWN[column.form](value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None or value == "" else str(value)
