"""Which tables a model reads: of a SELECT as DuckDB parses it, of an estimate by the SQL texts of its modules."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from pipeline.models import ESTIMATES, Estimate, Model

TABLE_IN_TEXT = re.compile(r"\b(?:from|join)\s+(\w+)\.(\w+)")


@cache
def find_reads(model: Model | Estimate) -> frozenset[str]:
    """The tables a model names itself, as `schema.table`, code lists among them."""
    if isinstance(model, Model):
        return parse_reads(model.sql)
    return frozenset(f"{schema}.{table}" for text in _find_texts(model.path) for schema, table in _named(text))


def parse_reads(sql: str) -> frozenset[str]:
    """The tables a SELECT names, as `schema.table`; names in comments and texts are none."""
    return frozenset(_walk_tables(_parse(sql)))


def find_all_reads(reads: dict[str, frozenset[str]]) -> dict[str, set[str]]:
    """The tables that each table reads at any distance. reads: what each names itself; none reads itself."""
    found: dict[str, set[str]] = {}

    def reach(table: str) -> set[str]:
        if table not in found:
            found[table] = set().union(*({read} | reach(read) for read in reads.get(table, ())))
        return found[table]

    for table in reads:
        reach(table)
    return found


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _parse(sql: str) -> Any:
    [(text,)] = _parser().execute("select json_serialize_sql(?::varchar)", [sql]).fetchall()
    parsed = json.loads(text)
    if parsed["error"]:
        raise ValueError(f"DuckDB cannot parse {sql[:80]!r}: {parsed['error_message']}")
    return parsed


def _walk_tables(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE" and node["schema_name"]:
            yield f"{node['schema_name']}.{node['table_name']}"
        for child in node.values():
            yield from _walk_tables(child)
    elif isinstance(node, list):
        for child in node:
            yield from _walk_tables(child)


def _named(text: str) -> list[tuple[str, str]]:
    return TABLE_IN_TEXT.findall(text)


def _find_texts(path: Path, seen: frozenset[Path] = frozenset()) -> Iterator[str]:
    """Every text of a module that is no docstring, and those of the estimates' modules it imports."""
    tree = ast.parse(path.read_text())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, documented) and _opens(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value
    for imported in _find_imports(tree) - seen - {path}:
        yield from _find_texts(imported, seen | {path})


def _opens(node: Any) -> bool:
    return bool(node.body) and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)


def _find_imports(tree: ast.Module) -> set[Path]:
    """The modules of `pipeline/estimates` that a module imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    own = {name.removeprefix("pipeline.estimates.") for name in names if name.startswith("pipeline.estimates.")}
    return {path for name in own if (path := ESTIMATES / f"{name}.py").is_file()}
