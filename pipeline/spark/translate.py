"""A SELECT of `sql/` as Spark runs it: SQLGlot's translation, with `rules` for what it does not carry over.

The rules are of DuckDB 1.5 and Spark 4 with ANSI mode on. `tests/spark` compares what both engines make, without any
tolerance.
"""

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.generators.spark import SparkGenerator

from pipeline.spark.macros import Macro, write_out
from pipeline.spark.rules import RULES
from pipeline.spark.rules.parts import Rule
from pipeline.spark.rules.queries import ListColumns, unite_by_place

PATTERN = "pattern"
"""A column of this name holds regular expressions, which are translated when their table is shown to Spark."""
WIDER = {
    exp.DataType.Type.INT128: "DECIMAL(38, 0)",
    exp.DataType.Type.UBIGINT: "DECIMAL(20, 0)",
    exp.DataType.Type.UINT: "BIGINT",
}
"""Types that Spark has not, and the next one that holds their values (of 128 bits those of 38 digits)."""


class SparkOfNow(Spark):
    """Spark 4.3, which knows `qualify`."""

    class Generator(SparkGenerator):
        """Writes `qualify` as it is, and wider types for those that Spark has not."""

        TRANSFORMS: ClassVar = {
            kind: write for kind, write in SparkGenerator.TRANSFORMS.items() if kind is not exp.Select
        }
        TYPE_MAPPING: ClassVar = {**SparkGenerator.TYPE_MAPPING, **WIDER}


def translate(sql: str, macros: Mapping[str, Macro], list_columns: ListColumns) -> str:
    """One SELECT of DuckDB as one of Spark, which reads each table as the view `show_as` names.

    list_columns: the columns of such a view, in order. Raises NightvigilError for what has no translation.
    """
    tree = write_out(sqlglot.parse_one(sql, read="duckdb"), macros)
    _rename_tables(tree)
    rules: tuple[Rule, ...] = (*RULES, partial(unite_by_place, list_columns))
    for rule in rules:
        tree = _apply(rule, tree)
    return tree.sql(dialect=SparkOfNow, identify=True, comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE)


def show_as(schema: str, name: str) -> str:
    """The name of a table's view in a session of Spark, whose temporary views have no schema."""
    return f"{schema}__{name}"


def _apply(rule: Rule, tree: exp.Expr) -> exp.Expr:
    """The tree with a rule applied to every node, to what a node holds before the node itself."""
    for node in reversed(list(tree.dfs())):
        changed = rule(node)
        if changed is not node and node is tree:
            tree = changed
        elif changed is not node:
            node.replace(changed)
    return tree


def _rename_tables(tree: exp.Expr) -> None:
    for table in tree.find_all(exp.Table):
        if table.db:
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("this", exp.to_identifier(show_as(table.db, table.name)))
            table.set("db", None)
