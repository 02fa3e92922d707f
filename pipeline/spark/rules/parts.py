"""What rules are made of: calls, literals, and the refusal of what none of them translates."""

from collections.abc import Callable

from sqlglot import exp

from pipeline.errors import NightvigilError

Rule = Callable[[exp.Expr], exp.Expr]
"""Gives the node that stands in place of the given one: itself where the rule does not apply. What a node holds goes
through a rule before the node."""


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of a function of Spark."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def text(value: str) -> exp.Expr:
    """A literal of text."""
    return exp.Literal.string(value)


def number(value: int) -> exp.Expr:
    """A literal of a whole number."""
    return exp.Literal.number(value)


def is_call_of(node: exp.Expr, name: str) -> bool:
    """Whether it is a call of a function that SQLGlot does not know by itself."""
    return isinstance(node, exp.Anonymous) and node.name.lower() == name


def refuse(node: exp.Expr, what: str) -> NightvigilError:
    """The error of a SELECT that holds what has no translation."""
    return NightvigilError(
        f"Spark has no translation of {what}: {node.sql(dialect='duckdb')[:200]}",
        where="pipeline/spark/rules",
        todo="write the SELECT otherwise, or add a rule and its comparison of both engines in tests/spark",
    )
