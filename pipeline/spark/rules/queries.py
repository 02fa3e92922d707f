"""Queries: unions by name, rows of values, comparisons of several columns at once."""

from collections.abc import Callable, Sequence

from sqlglot import exp

from pipeline.spark.rules.parts import refuse

ListColumns = Callable[[str], Sequence[str]]
"""The columns of a view of Spark, in order."""


def compare_columns(node: exp.Expr) -> exp.Expr:
    """`(a, b) in (select (c, d) ...)` compares with columns, not with one struct."""
    query = node.args.get("query") if isinstance(node, exp.In) else None
    select = query.unnest() if query is not None else None
    if (
        isinstance(select, exp.Select)
        and len(select.expressions) == 1
        and isinstance(select.expressions[0], exp.Tuple)
    ):
        select.set("expressions", select.expressions[0].expressions)
    return node


def unite_by_place(list_columns: ListColumns, node: exp.Expr) -> exp.Expr:
    """Spark unites by place only: both parts get all columns in one order."""
    if not isinstance(node, exp.Union) or not node.args.get("by_name"):
        return node
    left, right = (_list_names(side.unnest(), list_columns) for side in (node.left, node.right))
    names = [*left, *(name for name in right if name not in left)]
    node.set("by_name", False)
    node.set("this", _select_names(node.left, names, left))
    node.set("expression", _select_names(node.right, names, right))
    return node


def _select_names(query: exp.Expr, names: Sequence[str], there: Sequence[str]) -> exp.Expr:
    """A query's columns in the order of `names`, null where it has none of that name."""
    shown = [exp.column(name) if name in there else exp.alias_(exp.null(), name) for name in names]
    part = exp.Subquery(this=query.unnest(), alias=exp.TableAlias(this=exp.to_identifier("part")))
    return exp.select(*shown).from_(part)


def _list_names(select: exp.Expr, list_columns: ListColumns) -> list[str]:
    """The names that a SELECT gives its columns; a star is of the one table it reads."""
    while isinstance(select, exp.Union):
        select = select.left.unnest()
    names: list[str] = []
    for projection in select.expressions:
        if not projection.is_star:
            names.append(projection.alias_or_name)
            continue
        read = select.args["from_"].this
        joins = [join.args.get("kind") for join in select.args.get("joins") or []]
        if set(joins) - {"SEMI", "ANTI"} or not isinstance(read, exp.Table) or not isinstance(projection, exp.Star):
            raise refuse(select, "a union by name of the columns of several tables")
        names += list_columns(read.name)
    return names


def select_values(node: exp.Expr) -> exp.Expr:
    """Spark's VALUES hold constants only: rows that are made of another table's columns are selected one by one."""
    if not (isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery)):
        return node
    values = node.this.this
    if not isinstance(values, exp.Values):
        return node
    names = node.args["alias"].columns
    rows = [
        exp.select(
            *[exp.alias_(value.copy(), name.copy()) for value, name in zip(row.expressions, names, strict=True)]
        )
        for row in values.expressions
    ]
    united: exp.Expr = rows[0]
    for row in rows[1:]:
        united = exp.Union(this=united, expression=row, distinct=False)
    node.set("this", exp.Subquery(this=united))
    node.set("alias", exp.TableAlias(this=node.args["alias"].this))
    return node
