"""A SELECT with a recursive table as statements that are run one after another.

Spark's own recursion knows neither UNION nor an aggregate in the step. Both are needed: to follow previous numbers of
trials that list each other, and to hand the latest case along a chain of duplicates.
"""

from dataclasses import dataclass

import sqlglot
from sqlglot import exp

SCHEMA = "recursion"
"""The schema of the tables in which the rows found so far are shown to the statements."""
LAST, ALL = "last", "found"


@dataclass(frozen=True)
class Recursion:
    """Statements in DuckDB's words. beginning: the first rows. step: those that follow from the rows in
    `recursion.last`. rest: the SELECT itself, from all rows in `recursion.found`. is_distinct: whether a row that was
    found before is left out (UNION)."""

    beginning: str
    step: str
    rest: str
    is_distinct: bool


def split_recursion(sql: str) -> Recursion | None:
    """The statements of a SELECT with one recursive table; None for a SELECT without any."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    clause = tree.args.get("with_")
    if clause is None or not clause.args.get("recursive"):
        return None
    names = [table.alias for table in clause.expressions]
    place = next(place for place, table in enumerate(clause.expressions) if _reads(table.this, table.alias))
    before, recursive = clause.expressions[:place], clause.expressions[place]
    union = recursive.this

    def state(query: exp.Expr, rows: str, tables: list[exp.Expr]) -> str:
        found = exp.CTE(
            this=exp.select("*").from_(exp.table_(rows, db=SCHEMA)),
            alias=exp.TableAlias(this=exp.to_identifier(names[place])),
        )
        query = query.copy()
        query.set("with_", exp.With(expressions=[each.copy() for each in [*before, found, *tables]]))
        return str(query.sql(dialect="duckdb", comments=False))

    beginning = union.left.copy()
    if before:
        beginning.set("with_", exp.With(expressions=[each.copy() for each in before]))
    return Recursion(
        beginning=beginning.sql(dialect="duckdb", comments=False),
        step=state(union.right, LAST, []),
        rest=state(tree, ALL, clause.expressions[place + 1 :]),
        is_distinct=bool(union.args.get("distinct")),
    )


def _reads(query: exp.Expr, name: str) -> bool:
    return any(table.name == name and not table.db for table in query.find_all(exp.Table))
