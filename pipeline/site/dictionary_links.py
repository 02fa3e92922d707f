"""Where the data dictionary describes a table, so that any page can lead there."""

from pipeline.site.context import Context
from pipeline.site.words import name_file

FIRST_SCHEMAS = ("summary", "answer", "events", "clean", "meta", "codes", "intermediate", "verify")
"""The schemas in the order in which readers want them; one not named here follows."""


def link_table(context: Context, table: str) -> str | None:
    """The address of a table such as `summary.signal` in the dictionary; None for one that is not described."""
    if table not in context.described_tables:
        return None
    return f"{name_schema_page(table.partition('.')[0])}#{name_anchor(table)}"


def name_schema_page(schema: str) -> str:
    """The page that describes the tables of a schema."""
    return name_file("dictionary", schema)


def name_anchor(table: str) -> str:
    """The id of the part of that page that describes a table."""
    return "table-" + table.replace(".", "-").replace("_", "-")
