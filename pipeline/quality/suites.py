"""Reads `expectations/<layer>/<name>.yaml`: the rules one table must keep, in Great Expectations' own names.

A file that is not understood to the last key is an error, since a rule that is silently not read is a rule that
silently passes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import NightvigilError

JUDGED_LAYERS = ("clean", "events", "intermediate", "summary", "verify")
META_TABLES = ("meta.delivery", "meta.delivery_table", "meta.snapshot", "meta.source")
KINDS = ("contract", "volume", "completeness", "plausibility", "drift", "quarantine")
SEVERITIES = ("critical", "warning")
COLUMNS_RULE = "columns and types"
SQL_EXPECTATION = "unexpected_rows_expectation"
_KEYS = {"name", "expect", "with", "kind", "severity", "why"}
_OPTIONAL = {"profiles", "not_applicable_when"}


@dataclass(frozen=True)
class Rule:
    """One expectation. parameters: its arguments. profiles: other arguments for a named volume profile."""

    name: str
    expect: str
    parameters: dict[str, Any]
    kind: str
    severity: str
    why: str
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    not_applicable_when: tuple[str, ...] = ()

    def in_profile(self, profile: str) -> "Rule":
        """The rule with the arguments of this profile laid over its own."""
        return replace(self, parameters={**self.parameters, **self.profiles.get(profile, {})})


@dataclass(frozen=True)
class Suite:
    """The rules of one table, the row count first. columns: name -> DuckDB type, the promise made to readers."""

    table: str
    columns: dict[str, str]
    rules: tuple[Rule, ...]


class _StrictLoader(yaml.CSafeLoader):
    """YAML that refuses a key given twice, which PyYAML would settle in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} is given twice", node.start_mark)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """The values of a YAML file; raises NightvigilError when it cannot be read or gives a key twice."""
    try:
        return yaml.load(path.read_text(), Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
    except (OSError, yaml.YAMLError) as error:
        raise _refused(path.name, str(error)) from error


def required_tables(sql_dir: Path) -> list[str]:
    """Every table that must have a suite: those of order.txt in judged layers, and what `meta` says of lines."""
    lines = [line.split("#")[0].strip() for line in (sql_dir / "order.txt").read_text().splitlines()]
    return [line for line in lines if line.split(".")[0] in JUDGED_LAYERS] + list(META_TABLES)


def list_suites(expectations_dir: Path) -> dict[str, Path]:
    """The suite files there are, by the table each one names."""
    layers = (*JUDGED_LAYERS, "meta")
    return {
        f"{layer}.{path.stem}": path
        for layer in layers
        for path in sorted((expectations_dir / layer).rglob("*.y*ml"))
    }


def load_suite(path: Path, table: str, profiles: set[str], conditions: set[str]) -> Suite:
    """Read one suite; raise NightvigilError on anything unknown, missing or out of its place."""
    where = f"expectations/{table.replace('.', '/')}.yaml"
    document = read_yaml(path)
    if not isinstance(document, dict) or set(document) != {"columns", "rules"}:
        raise _refused(where, "a suite has the keys columns and rules, and no other")
    columns = document["columns"]
    if not isinstance(columns, dict) or not columns or not isinstance(document["rules"], list):
        raise _refused(where, "columns maps each column to its type, rules is a list")
    rules = [_read_rule(entry, where, profiles, conditions) for entry in document["rules"]]
    if not rules or not _is_row_count(rules[0], table):
        raise _refused(where, "the first rule must be the row count (of a verify table: equal to 0)")
    rules.insert(1, _columns_rule({str(name): str(kind) for name, kind in columns.items()}))
    names = [rule.name for rule in rules]
    if len(set(names)) < len(names):
        raise _refused(where, "two rules have one name")
    return Suite(table, columns, tuple(rules))


def _read_rule(entry: Any, where: str, profiles: set[str], conditions: set[str]) -> Rule:
    if not isinstance(entry, dict):
        raise _refused(where, f"a rule must be a mapping, not {entry!r}")
    rule = f"{where}: {entry.get('name')}"
    for problem in _problems(entry, profiles, conditions):
        raise _refused(rule, problem)
    return Rule(
        name=entry["name"],
        expect=entry["expect"],
        parameters=entry["with"],
        kind=entry["kind"],
        severity=entry["severity"],
        why=" ".join(entry["why"].split()),
        profiles=entry.get("profiles", {}),
        not_applicable_when=tuple(entry.get("not_applicable_when", [])),
    )


def _problems(entry: dict[str, Any], profiles: set[str], conditions: set[str]) -> Iterator[str]:
    if missing := _KEYS - set(entry):
        yield f"it lacks {', '.join(sorted(missing))}"
        return
    if unknown := set(entry) - _KEYS - _OPTIONAL:
        yield f"nobody knows the key {', '.join(sorted(map(str, unknown)))}"
    if not all(isinstance(entry[key], str) and entry[key].strip() for key in ("name", "expect", "why")):
        yield "name, expect and why are text, and every rule says why it is there"
    if entry["kind"] not in KINDS or entry["severity"] not in SEVERITIES:
        yield f"kind is one of {', '.join(KINDS)}; severity one of {', '.join(SEVERITIES)}"
    if not isinstance(entry["with"], dict):
        yield "with maps the expectation's arguments"
    overlays = entry.get("profiles", {})
    if not isinstance(overlays, dict) or not all(isinstance(value, dict) for value in overlays.values()):
        yield "profiles maps a profile to the arguments it changes"
    elif unknown := set(overlays) - profiles:
        yield f"there is no profile {', '.join(sorted(unknown))}"
    named = entry.get("not_applicable_when", [])
    if not isinstance(named, list) or set(map(str, named)) - conditions:
        yield f"not_applicable_when lists conditions of conditions.yaml, not {named!r}"


def _is_row_count(rule: Rule, table: str) -> bool:
    if table.startswith("verify."):
        return rule.expect == "expect_table_row_count_to_equal" and rule.parameters == {"value": 0}
    return rule.expect.startswith("expect_table_row_count_to_")


def _columns_rule(columns: dict[str, str]) -> Rule:
    """Great Expectations cannot reflect DuckDB's types, so the contract is a query over `describe`."""
    declared = ", ".join(f"('{name}', '{kind.upper()}')" for name, kind in columns.items())
    query = (
        f"select * from (values {declared}) as declared(column_name, column_type) "  # noqa: S608 - our own YAML
        "except select column_name, column_type from (describe select * from {batch})"
    )
    why = "readers rely on these columns and types; a column that is gone or changed its type breaks them"
    return Rule(COLUMNS_RULE, SQL_EXPECTATION, {"unexpected_rows_query": query}, "contract", "critical", why)


def _refused(where: str, problem: str) -> NightvigilError:
    return NightvigilError(
        f"a suite of rules cannot be used: {problem}",
        where=where,
        todo="correct the file; the gate stays shut while a rule cannot be read",
    )
