"""Pages of the tables, columns and vocabularies, from the contract in `sql/`."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from docs_build.markdown import escape, make_anchor, make_code, make_table, name_anchor
from pipeline import models
from pipeline.contract import CODES, COUNT, MACROS, Column, Contract

SCHEMAS = {
    "summary": "The published counts, measures and effects: what most questions are asked of.",
    "answer": "Views for the questions that are asked first, each row with its caveat. They read the tables.",
    "events": "What `summary` counts: cases, exposures and reactions of reports; arms and events of trials.",
    "clean": "Current facts of each source, typed and deduplicated by version, before any vocabulary is applied.",
    "meta": "What the snapshot is made of: deliveries, rules and their outcomes, and the meaning of every column.",
}
"""The public schemas. `intermediate` and `verify` are steps of the build, kept in the file and free to change."""
REFUSAL = "main.refuse_unknown_words"  # called by the other macros, not by people


def list_public_tables(contract: Contract) -> dict[str, list[str]]:
    """The tables and views that readers may rely on, by schema, in alphabetical order."""
    tables = [*contract.columns, *contract.views]
    return {schema: sorted(table for table in tables if table.startswith(f"{schema}.")) for schema in SCHEMAS}


def write_table_pages(contract: Contract, sql_dir: Path) -> dict[str, str]:
    """Each generated page by its file name."""
    public = list_public_tables(contract)
    fields = _read_fields(sql_dir)
    pages = {
        f"tables-{schema}.md": "\n".join(_write_schema(contract, schema, public[schema], fields))
        for schema in SCHEMAS
    }
    pages["macros.md"] = "\n".join(_write_macros(contract))
    pages["code-lists.md"] = "\n".join(_write_code_lists(contract, sql_dir))
    pages["vocabulary.md"] = "\n".join(_write_vocabulary(contract))
    return pages


def _write_schema(
    contract: Contract, schema: str, tables: Sequence[str], fields: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    prose = {table: _keep_prose(contract.meanings[table], fields.get(table, {})) for table in tables}
    yield f"# Tables of `{schema}`\n\n{SCHEMAS[schema]}\n"
    yield make_table(
        ("table", "what it holds"),
        ([f"[`{table}`](#{name_anchor('table', table)})", escape(_cut_sentence(prose[table]))] for table in tables),
    )
    for table in tables:
        columns = contract.columns.get(table) or contract.views[table]
        described = _describe(contract.meanings[table], fields.get(table, {}))
        yield f"{make_anchor('table', table)}\n## `{table}`\n\n{described}\n"
        yield _write_columns(columns)


def _write_columns(columns: Iterable[Column]) -> str:
    header = ("column", "type", "values", "meaning")
    return make_table(
        header,
        (
            [
                make_code(column.name),
                make_code(column.type) + ("" if column.must_be_stated else " or null"),
                _name_values(column),
                escape(column.meaning),
            ]
            for column in columns
        ),
    )


def _name_values(column: Column) -> str:
    if column.is_count:
        return COUNT
    return " or ".join(_link_values(alternative) for alternative in column.alternatives)


def _link_values(alternative: str) -> str:
    """A link to the vocabulary, or to the code list, whose words a column holds."""
    name, _, _ = alternative.partition(":")
    if name.startswith(CODES):
        return f"[{make_code(alternative)}](code-lists.md#{name_anchor('table', name.rpartition('.')[0])})"
    return f"[{make_code(alternative)}](vocabulary.md#{name_anchor('vocabulary', name)})"


def _describe(meaning: str, fields: Mapping[str, str]) -> str:
    """The meaning of a table: its prose, then what the header of its SELECT states by field as a list."""
    items = [f"- **{name}** {escape(text)}" for name, text in fields.items()]
    return "\n".join([escape(_keep_prose(meaning, fields)), "", *items]).strip() + "\n"


def _keep_prose(meaning: str, fields: Mapping[str, str]) -> str:
    """A header as one paragraph without its fields."""
    text = " ".join(meaning.split())
    for name, value in fields.items():
        text = text.replace(f" {name} {value}", "", 1)
    return text.replace(". grain one row", ". Grain: one row")  # of a table that has no SELECT


def _read_fields(sql_dir: Path) -> dict[str, dict[str, str]]:
    """What the header of each table and view states by field."""
    built = [*models.load_models(sql_dir), *models.load_views(sql_dir)]
    return {model.table: model.fields for model in built}


def _cut_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".")


def _write_macros(contract: Contract) -> Iterator[str]:
    yield (
        "# Macros\n\nA macro opens a published number: it returns the cases, arms or trials behind it. "
        "`nightvigil describe cases_behind` shows its arguments and the words they accept.\n"
    )
    for name in sorted(name for name in contract.meanings if name.startswith(MACROS) and name != REFUSAL):
        yield f"{make_anchor('table', name)}\n## `{name.removeprefix(MACROS)}`\n\n{escape(contract.meanings[name])}\n"


def _write_code_lists(contract: Contract, sql_dir: Path) -> Iterator[str]:
    yield (
        "# Code lists\n\nWhat words mean: each list is a table of the schema `codes` in each snapshot. Most are CSV "
        "files that a person edits, each row with a `source` or a `why`; the last follow from others.\n"
    )
    for name, path in models.find_code_lists(sql_dir).items():
        table = f"{CODES}{name}"
        with path.open(newline="", encoding="utf-8") as file:
            header = next(csv.reader(file))
        found = [(column, contract.find_column(table, column)) for column in header]
        yield f"{make_anchor('table', table)}\n## `{table}`\n\nFile: `sql/codes/{path.parent.name}/{path.name}`\n"
        yield escape(_keep_prose(contract.meanings.get(table, ""), {})) + "\n"
        yield make_table(
            ("column", "meaning"),
            ([make_code(name), escape(column.meaning if column else "")] for name, column in found),
        )
    for name, path in models.find_derived_code_lists(sql_dir).items():
        yield f"{make_anchor('table', f'{CODES}{name}')}\n## `{CODES}{name}`\n"
        yield f"Nobody edits it: it is the SELECT `sql/codes/{path.parent.name}/{path.name}` over other lists.\n"
        yield escape(_keep_prose(contract.meanings.get(f"{CODES}{name}", ""), {})) + "\n"


def _write_vocabulary(contract: Contract) -> Iterator[str]:
    yield (
        "# Vocabulary\n\nThe closed vocabularies: a column that names one holds no other value. Where a column names "
        "subsets (`drug:single+rollup`), it holds the words of these subsets.\n"
    )
    for vocabulary in dict.fromkeys(word.vocabulary for word in contract.words):
        yield f"{make_anchor('vocabulary', vocabulary)}\n## `{vocabulary}`\n"
        yield make_table(
            ("value", "subsets", "meaning"),
            (
                [make_code(word.value) or "(blank)", escape(", ".join(word.subsets)), escape(word.meaning)]
                for word in contract.words
                if word.vocabulary == vocabulary
            ),
        )
