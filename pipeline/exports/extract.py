"""What is exported: rows with their columns, the query that gave them, and what must be said with them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.exports.cells import neutralise
from pipeline.exports.origin import Column, Origin


@dataclass(frozen=True)
class Extract:
    """One result to be written.

    name: of the table, or "query". table_text: what the table's own comment says (grain, key, what it is not); empty
    for a query. where: the filter a person gave; empty where none. suppression: what was suppressed and by which
    rule; None where nothing was asked.
    """

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    query: str
    tables: Sequence[str]
    origin: Origin
    caveats: Sequence[str]
    table_text: str = ""
    where: str = ""
    suppression: dict[str, Any] | None = None
    notes: Sequence[str] = field(default=())

    @property
    def column_names(self) -> list[str]:
        """The names in the order of the columns."""
        return [column.name for column in self.columns]

    def count_changed_texts(self) -> int:
        """Count the texts that CSV and XLSX show differently: a control character gone, an apostrophe before."""
        return sum(isinstance(value, str) and neutralise(value) != value for row in self.rows for value in row)
