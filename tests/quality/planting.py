"""Plants one fault in a copy of a table, so that one rule must notice: generic for the expectations whose meaning
is fixed, by SQL in `plantings/<layer>.yaml` for the rest.
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipeline.quality.suites import COLUMNS_RULE, Rule, Suite

FOLDER = Path(__file__).with_name("plantings")
NONSENSE = "a planted fault"
AS_IT_STANDS = "select * from {table}"


@cache
def written(layer: str) -> dict[str, dict[str, Any]]:
    """The plantings written by hand for a layer: table -> rule -> SQL of the planted table.

    Instead of SQL a mapping may stand: `planted` and, where needed, `good` (SQL), `night` or `earlier` (a volume
    profile), `changes_rows`, `before` (SQL of what the live snapshot has, where the invented world has none of it).
    """
    path = FOLDER / f"{layer}.yaml"
    return yaml.safe_load(path.read_text()) if path.exists() else {}


def find_planting(suite: Suite, rule: Rule) -> dict[str, str] | None:
    """The SQL of the good and of the planted table, of the table `{table}`; None where nobody wrote one."""
    layer, name = suite.table.split(".")
    entry = written(layer).get(name, {}).get(rule.name)
    if isinstance(entry, dict):
        return {"good": AS_IT_STANDS, **entry}
    planted = entry or plant(suite, rule)
    return None if planted is None else {"good": AS_IT_STANDS, "planted": planted}


def plant(suite: Suite, rule: Rule) -> str | None:
    """The generic fault of an expectation, or None where only a person knows one."""
    if rule.name == COLUMNS_RULE:
        return f'select * exclude ("{list(suite.columns)[-1]}") from {{table}}'
    if rule.expect.startswith("expect_table_row_count"):
        return _wrong_count(suite, rule.parameters)
    if rule.expect.endswith("_to_be_unique"):
        columns = rule.parameters.get("column_list", [rule.parameters.get("column")])
        alike = ", ".join(f'first("{each}") over () as "{each}"' for each in columns)
        return f"select * replace ({alike}) from {{table}}"
    value = _wrong_value(suite, rule)
    return None if value is None else _replaced(rule.parameters, value)


def _wrong_value(suite: Suite, rule: Rule) -> str | None:
    """A value that the rule does not let pass, as SQL."""
    kind = suite.columns.get(rule.parameters.get("column", ""), "VARCHAR").upper()
    if rule.expect == "expect_column_values_to_not_be_null":
        return f"cast(null as {kind})"
    if rule.expect == "expect_column_values_to_be_in_set":
        return f"'{NONSENSE}'" if kind == "VARCHAR" else "-999"
    if rule.expect == "expect_column_values_to_be_between":
        return f"cast({_outside(rule.parameters, kind)} as {kind})"
    return None


def _replaced(given: dict[str, Any], value: str) -> str:
    """The table with the value in one row; in every row where the rule lets some pass."""
    column = given["column"]
    if given.get("mostly", 1) == 1:
        value = f'case when row_number() over () = 1 then {value} else "{column}" end'
    return f'select * replace ({value} as "{column}") from {{table}}'


def _outside(given: dict[str, Any], kind: str) -> str:
    low, high = given.get("min_value"), given.get("max_value")
    bound, sign = (low, "-") if low is not None else (high, "+")
    if kind in ("DATE", "TIMESTAMP"):
        return f"date '{bound}' {sign} interval 1 day"
    return f"{bound} {sign} 1"


def _wrong_count(suite: Suite, given: dict[str, Any]) -> str:
    if given.get("value") == 0:
        nothing = ", ".join(f'null as "{column}"' for column in suite.columns)
        return f"select * from {{table}} union all by name select {nothing}"
    return "select * from {table} where false"
