"""For a rule that failed: the SQL that shows the offending rows, and a few of them."""

import re
from typing import Any

from pipeline.quality.circumstances import Ask
from pipeline.quality.rules import CONTRACT_EXPECTATION, SQL_EXPECTATION, Rule
from pipeline.quality.values import show_number

SAMPLE_ROWS = 5
LONGEST_VALUE = 200
NO_ROW = "0 rows"


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
    """A few rows of a query as text, long values cut; the same rows whenever the query finds the same."""
    rows = ask(f"select * from ({query}) order by all limit {SAMPLE_ROWS}")  # noqa: S608 - our own query
    return tuple({name: _text(value) for name, value in row.items()} for row in rows)


def describe_limit(rule: Rule) -> str:
    """What a rule allows, in words: `at least 45,000 rows`, `0 to 120`, `0 rows`."""
    given = rule.parameters
    if rule.expect in (SQL_EXPECTATION, CONTRACT_EXPECTATION):
        return NO_ROW
    low, high = (given.get(name) for name in ("min_value", "max_value"))
    noun = " rows" if rule.expect.startswith("expect_table_row_count") else ""
    if low is not None and high is not None:
        return f"{show_number(low)} to {show_number(high)}{noun}"
    if low is not None or high is not None:
        return f"at least {show_number(low)}{noun}" if high is None else f"at most {show_number(high)}{noun}"
    if "value" in given:
        return f"exactly {show_number(given['value'])}{noun}"
    return f"at least {given['mostly']:.1%} of the rows pass" if "mostly" in given else NO_ROW


def counts_rows_of_table(rule: Rule) -> bool:
    """Whether the rows that fail are rows of the table itself, so that they are a part of all its rows."""
    if rule.expect not in (SQL_EXPECTATION, CONTRACT_EXPECTATION):
        return False
    query = " ".join(str(rule.parameters["unexpected_rows_query"]).split())
    is_plain = re.fullmatch(r"select (?!distinct|count).*? from \{batch\} where .*", query) is not None
    return is_plain and not re.search(r" (group by|having|qualify|union) ", query)


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
