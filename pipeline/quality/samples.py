"""For a rule that failed: the SQL that shows the offending rows, and a few of them."""

from typing import Any

from pipeline.quality.circumstances import Ask
from pipeline.quality.rules import CONTRACT_EXPECTATION, SQL_EXPECTATION, Rule

SAMPLE_ROWS = 5
LONGEST_VALUE = 200


def offending_query(rule: Rule, table: str) -> str | None:
    """SQL for all offending rows of a failed rule; None where a rule is about the table as a whole."""
    given = rule.parameters
    if rule.expect in (SQL_EXPECTATION, CONTRACT_EXPECTATION):
        return " ".join(str(given["unexpected_rows_query"]).format(batch=table).split())
    condition = _condition(rule.expect, given)
    if condition is not None:
        return f"select * from {table} where {condition}"  # noqa: S608 - names from our own YAML
    if rule.expect.endswith("_to_be_unique"):
        key = ", ".join(f'"{column}"' for column in given.get("column_list") or [given["column"]])
        return f"select {key}, count(*) as row_count from {table} group by {key} having count(*) > 1"  # noqa: S608
    return None


def sample(ask: Ask, query: str) -> tuple[dict[str, str | None], ...]:
    """A few rows of a query as text, long values cut."""
    rows = ask(f"select * from ({query}) limit {SAMPLE_ROWS}")  # noqa: S608 - our own query
    return tuple({name: _text(value) for name, value in row.items()} for row in rows)


def _condition(expect: str, given: dict[str, Any]) -> str | None:
    column = f'"{given.get("column")}"'
    if expect == "expect_column_values_to_not_be_null":
        return f"{column} is null"
    if expect == "expect_column_values_to_be_null":
        return f"{column} is not null"
    if expect == "expect_column_values_to_be_in_set":
        return f"{column} not in ({', '.join(map(_literal, given['value_set']))})"
    if expect == "expect_column_values_to_be_between":
        bounds = (("<", given.get("min_value")), (">", given.get("max_value")))
        return " or ".join(f"{column} {sign} {_literal(value)}" for sign, value in bounds if value is not None)
    return None


def _literal(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else "'" + str(value).replace("'", "''") + "'"


def _text(value: Any) -> str | None:
    return None if value is None else str(value)[:LONGEST_VALUE]
