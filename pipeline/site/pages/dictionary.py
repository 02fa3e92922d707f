"""The data dictionary: every table with grain, key and meaning, every column and word, as the snapshot has them."""

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.site.context import Context
from pipeline.site.dictionary_links import FIRST_SCHEMAS, link_table, name_anchor, name_schema_page
from pipeline.site.numbers import show_count
from pipeline.site.page import Link, Page
from pipeline.site.table_comments import read_meaning, split_comment
from pipeline.site.tables import Column, Table, make_table
from pipeline.site.words import say

WORDS_PAGE = "dictionary-vocabularies.html"
PURPOSES = {
    "summary": "The published tables: one row is one answer.",
    "answer": "Views for the questions that analysts ask first; each answer has its caveat as a column.",
    "events": "One row a case, exposure, reaction, or arm of a trial: what the published tables count.",
    "clean": "What the sources state, current facts only, one table for each of their entities.",
    "meta": "What the snapshot states of itself: runs, deliveries, rules, columns and words.",
    "codes": "The code lists: what a word of a source means.",
    "intermediate": "Steps between. They are judged and kept, and may change without notice.",
    "verify": "Tables that must be empty: a row is a contradiction between two tables.",
}
LISTED_APART = ("intermediate", "verify")
"""Schemas that few readers want: the list of tables leads to their pages and does not name each table."""
CATALOG = """
select schema_name, table_name, comment from duckdb_tables() where not internal
union all
select schema_name, view_name, comment from duckdb_views() where not internal
"""
DESCRIBED = """
select
    listed.table_name, listed.column_name, listed.column_type, listed.nullability, listed.vocabulary, listed.meaning
from meta.column as listed
left join duckdb_columns() as built
    on built.schema_name || '.' || built.table_name = listed.table_name
        and built.column_name = listed.column_name and not built.internal
order by listed.table_name, built.column_index, listed.column_name
"""
MACROS = """
select function_name || '(' || array_to_string(parameters, ', ') || ')' as macro, comment as meaning
from duckdb_functions()
where not internal and function_type = 'table_macro' and comment is not null
order by function_name
"""
TABLES = (
    Column("name", "Table", href="href"),
    Column("row_count", "Rows", "count", tip="A dash for a view, which holds no rows of its own."),
    Column("column_count", "Columns", "count"),
    Column("meaning", "What it holds", "prose"),
)
COLUMNS = (
    Column("column_name", "Column"),
    Column("column_type", "Type"),
    Column("null_text", "Null"),
    Column("values", "Values", href="href"),
    Column("meaning", "Meaning", "prose"),
)
WORDS = (
    Column("value", "Value", words=lambda value: value or "(empty)"),
    Column("subset", "Parts"),
    Column("meaning", "Meaning", "prose"),
)
MACRO_COLUMNS = (Column("macro", "Macro", "prose"), Column("meaning", "What it returns", "prose"))


def name_links(context: Context) -> tuple[Link, ...]:
    """The list of tables; the pages of schemas are reached from there."""
    return (Link("dictionary.html", "Data dictionary", "about"),)


def make_pages(context: Context) -> Iterator[Page]:
    """The list of tables, a page for each schema, and the vocabularies."""
    schemas = _read_schemas(context)
    words = _read_words(context)
    parts = [
        {
            "schema": schema,
            "path": name_schema_page(schema),
            "purpose": PURPOSES.get(schema, ""),
            "table_count": len(tables),
            "table": None
            if schema in LISTED_APART
            else make_table(f"schema-{schema}", f"Tables of {schema}", TABLES, tables),
        }
        for schema, tables in schemas.items()
    ]
    column_count = sum(each["column_count"] for tables in schemas.values() for each in tables)
    yield _make_page(
        "dictionary.html",
        "Data dictionary",
        "dictionary.html",
        {
            "schemas": parts,
            "table_count": sum(map(len, schemas.values())),
            "column_count": column_count,
            "words_path": WORDS_PAGE,
            "macros": make_table("macros", "Macros that open a count", MACRO_COLUMNS, context.ask(MACROS)),
        },
    )
    for schema, tables in schemas.items():
        values = {
            "tables": tables,
            "purpose": PURPOSES.get(schema, ""),
            "column_count": sum(each["column_count"] for each in tables),
        }
        yield _make_page(name_schema_page(schema), f"Dictionary: {schema}", "dictionary_schema.html", values)
    yield _make_page(
        WORDS_PAGE,
        "Dictionary: vocabularies",
        "dictionary_words.html",
        {"vocabularies": words, "word_count": sum(len(each["table"].rows) for each in words)},
    )


def _make_page(path: str, title: str, template: str, values: dict[str, Any]) -> Page:
    return Page(path, title, template, values, shows_reports=False)


def _read_schemas(context: Context) -> dict[str, list[dict[str, Any]]]:
    """The described tables of each schema by name, the schemas in the order in which readers want them."""
    comments = {f"{row['schema_name']}.{row['table_name']}": row["comment"] for row in context.ask(CATALOG)}
    vocabularies = {row["vocabulary"] for row in context.ask("select distinct vocabulary from meta.vocabulary")}
    columns: dict[str, list[dict[str, Any]]] = {}
    for row in context.ask(DESCRIBED):
        columns.setdefault(row["table_name"], []).append(row | _describe_column(context, row, vocabularies))
    found: dict[str, list[dict[str, Any]]] = {}
    for name, listed in columns.items():
        anchor = name_anchor(name)
        found.setdefault(name.partition(".")[0], []).append(
            {
                "name": name,
                "anchor": anchor,
                "href": link_table(context, name),
                "row_count": context.row_counts.get(name),
                "column_count": len(listed),
                "meaning": read_meaning(comments.get(name)),
                "comment": split_comment(comments.get(name)),
                "columns": make_table(f"columns-{anchor}", f"Columns of {name}", COLUMNS, listed, is_sortable=False),
            }
        )
    ranks = {schema: rank for rank, schema in enumerate(FIRST_SCHEMAS)}
    return dict(sorted(found.items(), key=lambda each: (ranks.get(each[0], len(ranks)), each[0])))


def _describe_column(context: Context, row: dict[str, Any], vocabularies: set[str]) -> dict[str, Any]:
    return {
        "null_text": "never" if (row["nullability"] or "").startswith("not null") else "may be",
        **_describe_values(context, row["vocabulary"] or "", vocabularies),
    }


def _describe_values(context: Context, vocabulary: str, vocabularies: set[str]) -> dict[str, Any]:
    """What a column may hold, and where that is listed. vocabulary: as `pipeline.contract.Column` defines it."""
    if vocabulary == "count":
        return {"values": "count", "href": None}
    alternatives = vocabulary.removesuffix(" warning").split(" or ") if vocabulary else []
    texts, links = [], []
    for alternative in alternatives:
        name, _, subsets = alternative.partition(":")
        texts.append(f"{name} ({subsets.replace('+', ', ')})" if subsets else name)
        links.append(
            link_table(context, name.rpartition(".")[0])
            if name.startswith("codes.")
            else f"{WORDS_PAGE}#{name_vocabulary(name)}"
            if name in vocabularies
            else None
        )
    return {"values": " or ".join(texts), "href": next((link for link in links if link), None)}


def name_vocabulary(vocabulary: str) -> str:
    """The id of the table that lists the words of a vocabulary."""
    return "words-" + vocabulary.replace("_", "-")


def _read_words(context: Context) -> list[dict[str, Any]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in context.ask("select vocabulary, value, subset, meaning from meta.vocabulary order by rowid"):
        rows.setdefault(row["vocabulary"], []).append(row)
    return [
        {"name": name, "title": say(name), "table": _make_words(name, found)} for name, found in sorted(rows.items())
    ]


def _make_words(name: str, rows: Sequence[dict[str, Any]]) -> Table:
    caption = f"{show_count(len(rows))} {'value' if len(rows) == 1 else 'values'} of {name}"
    columns = WORDS if any(row["subset"] for row in rows) else (WORDS[0], WORDS[2])
    return make_table(name_vocabulary(name), caption, columns, rows, is_sortable=False)
