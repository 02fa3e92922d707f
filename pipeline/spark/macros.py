"""The macros of `sql/functions.sql`, written out where a SELECT uses them: Spark has none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot import exp

_MACRO = re.compile(r"create or replace temp macro (\w+)\(([^)]*)\) as\s+(.*?);\s*(?=\n--|\ncreate |\Z)", re.S)


@dataclass(frozen=True)
class Macro:
    """A scalar macro: the names of its arguments and the expression it stands for."""

    arguments: tuple[str, ...]
    body: exp.Expr


def read_macros(path: Path) -> dict[str, Macro]:
    """The macros of a file by name."""
    text = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("--"))
    return {
        name: Macro(tuple(each.strip() for each in arguments.split(",")), sqlglot.parse_one(body, read="duckdb"))
        for name, arguments, body in _MACRO.findall(text + "\n")
    }


def write_out(tree: exp.Expr, macros: Mapping[str, Macro]) -> exp.Expr:
    """The tree with every use of a macro replaced by its expression, macros of macros too."""
    return tree.transform(lambda node: _expand(node, macros))


def _expand(node: exp.Expr, macros: Mapping[str, Macro]) -> exp.Expr:
    # a statement that SQLGlot has written has names in capitals
    macro = macros.get(node.name.lower()) if isinstance(node, exp.Anonymous) else None
    if macro is None:
        return node
    given = {
        argument: write_out(value.copy(), macros)
        for argument, value in zip(macro.arguments, node.args["expressions"], strict=True)
    }
    body = write_out(macro.body.copy(), macros)
    return exp.paren(body.transform(lambda part: _fill(part, given)), copy=False)


def _fill(part: exp.Expr, given: Mapping[str, exp.Expr]) -> exp.Expr:
    if isinstance(part, exp.Column) and not part.table and part.name in given:
        return exp.paren(given[part.name].copy(), copy=False)
    return part
