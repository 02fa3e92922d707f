"""Plants faults in a copy of a table, so that a rule must notice: generic for the rules that follow from the contract
and for the expectations whose meaning is fixed, by SQL in `plantings/<layer>.yaml` for the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipeline.contract import CODES, Column, Contract
from pipeline.quality.derived import COLUMNS_RULE, KEY_RULE, NO_ROW_RULE, ROW_RULE, STATED_KEY_RULE
from pipeline.quality.rules import Rule, Suite

FOLDER = Path(__file__).with_name("plantings")
NONSENSE = "a planted fault"
UNCHANGED = "select * from {table}"


@cache
def written(layer: str) -> dict[str, dict[str, Any]]:
    """The plantings written by hand for a layer: table -> rule -> SQL of the planted table.

    Instead of SQL an entry may be a mapping: `planted` and, where needed, `good` (SQL), `profile` or `earlier` (a
    volume profile), `changes_rows`, `before` (SQL of what the live snapshot has, where the invented world has none).
    """
    path = FOLDER / f"{layer}.yaml"
    return yaml.safe_load(path.read_text()) if path.exists() else {}


def find_planting(suite: Suite, rule: Rule) -> dict[str, str] | None:
    """The SQL of the good and of the planted table, of the table `{table}`; None where nobody wrote one."""
    layer, name = suite.table.split(".")
    entry = written(layer).get(name, {}).get(rule.name)
    if isinstance(entry, dict):
        return {"good": UNCHANGED, **entry}
    planted = entry or plant(suite, rule)
    return None if planted is None else {"good": UNCHANGED, "planted": planted}


def plant(suite: Suite, rule: Rule) -> str | None:
    """The generic fault of an expectation, or None where only a person knows one."""
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


@dataclass(frozen=True)
class Fault:
    """A planted table, and the rules that must notice it: these and no other that follow from the contract."""

    planted: str
    noticed_by: frozenset[str]


def list_contract_faults(contract: Contract, table: str) -> list[Fault]:
    """One fault for each rule that follows from the contract of a table, as SQL over the good rows `{good}`.

    Columns are broken by turns, so that a rule which looks at the column beside its own is found out.
    """
    columns, key = contract.columns[table], contract.keys.get(table, ())
    faults = list(_column_faults(columns))
    nothing = ", ".join(f'null::{column.type} as "{column.name}"' for column in columns)
    if table.startswith("verify."):
        return [*faults, Fault(f"select {nothing}", frozenset({NO_ROW_RULE}))]
    if key:
        again = "select * from {good} union all (select * from {good} limit 1)"
        faults.append(Fault(again, frozenset({KEY_RULE})))
    stated = {column.name: STATED_KEY_RULE for column in columns if column.name in key}
    stated |= {column.name: f"{column.name} is stated" for column in columns if column.name not in key}
    absent = [
        column
        for column in columns
        if (column.name in key and column.nullability != "nullable key")
        or (column.name not in key and column.must_be_stated)
    ]
    for some in (absent[::2], absent[1::2]):
        faults += _value_faults(dict.fromkeys(some, "null"), {stated[column.name] for column in some})
    worded = [column for column in columns if column.alternatives]
    for some in (worded[::2], worded[1::2]):
        faults += _value_faults(
            dict.fromkeys(some, f"'{NONSENSE}'"), {f"{column.name} is a known word" for column in some}
        )
    counts = [column for column in columns if column.is_count]
    for some in (counts[::2], counts[1::2]):
        faults += _value_faults(dict.fromkeys(some, "-1"), {f"{column.name} is not negative" for column in some})
    if not table.startswith("meta."):
        faults.append(Fault("select * from {good} where false", frozenset({ROW_RULE})))
    return faults


def _column_faults(columns: tuple[Column, ...]) -> Iterator[Fault]:
    noticed = frozenset({COLUMNS_RULE})
    first, last = columns[0], columns[-1]
    other = "double" if last.type != "DOUBLE" else "varchar"
    yield Fault(f'select * replace (null::{other} as "{last.name}") from {{good}} limit 0', noticed)
    yield Fault("select *, 1 as nobody_promised from {good}", noticed)
    yield Fault(f'select * rename ("{first.name}" as nobody_promised) from {{good}}', noticed)


def _value_faults(values: dict[Column, str], noticed_by: set[str]) -> Iterator[Fault]:
    if values:
        replaced = ", ".join(
            f'case when row_number() over () = 1 then cast({value} as {column.type}) else "{column.name}" end '
            f'as "{column.name}"'
            for column, value in values.items()
        )
        yield Fault(f"select * replace ({replaced}) from {{good}}", frozenset(noticed_by))


def make_good_row(contract: Contract, table: str) -> str:
    """SQL of one row that keeps the contract, for a table of which the invented world has none."""
    return "select " + ", ".join(
        f'cast({_good_value(contract, column)} as {column.type}) as "{column.name}"'
        for column in contract.columns[table]
    )


def _good_value(contract: Contract, column: Column) -> str:
    if column.alternatives:
        alternative = column.alternatives[0]
        if alternative.startswith(CODES):
            _, code_list, name = alternative.split(".")
            return f'(select min("{name}") from codes."{code_list}")'
        return f"'{contract.list_words(alternative)[0]}'"
    examples = {"VARCHAR": "'x'", "BOOLEAN": "true", "DATE": "date '2020-01-01'"}
    return examples.get(column.type, "0")
