"""The rules of one table: those that follow from the contract, and those of `expectations/<layer>/<name>.yaml`.

A file that is not understood to the last key is an error, since a rule that is silently not read is a rule that
silently passes.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from pipeline.contract import Contract
from pipeline.errors import NightvigilError
from pipeline.quality.derived import derive_rules
from pipeline.quality.rules import Rule, Suite

JUDGED_LAYERS = ("clean", "events", "intermediate", "summary", "verify")
META_TABLES = Path(__file__).parents[1] / "meta_tables.sql"
SUITE_LIST = "suites.txt"
ROW_COUNT = "expect_table_row_count_to_"
KINDS = ("contract", "volume", "completeness", "plausibility", "drift", "quarantine")
SEVERITIES = ("critical", "warning")
_KEYS = {"name", "expect", "with", "kind", "severity", "why"}
_OPTIONAL = {"profiles", "not_applicable_when"}


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


def list_built_tables(sql_dir: Path) -> list[str]:
    """Every table that is built and judged: those of order.txt in judged layers, and `meta`."""
    lines = [line.split("#")[0].strip() for line in (sql_dir / "order.txt").read_text().splitlines()]
    created = re.findall(r"(?m)^create table (meta\.\w+)", META_TABLES.read_text())
    return [line for line in lines if line.split(".")[0] in JUDGED_LAYERS] + created


def list_suites(expectations_dir: Path) -> dict[str, Path]:
    """The files of handwritten rules, by the table each one names."""
    layers = (*JUDGED_LAYERS, "meta")
    return {
        f"{layer}.{path.stem}": path
        for layer in layers
        for path in sorted((expectations_dir / layer).rglob("*.y*ml"))
    }


def list_required_suites(expectations_dir: Path) -> list[str]:
    """The tables that have handwritten rules, as `suites.txt` lists them, so that a lost file is noticed.

    Raises NightvigilError where the list cannot be read.
    """
    try:
        lines = (expectations_dir / SUITE_LIST).read_text().splitlines()
    except OSError as error:
        raise _refused(SUITE_LIST, str(error)) from error
    tables = [line.split("#")[0].strip() for line in lines]
    return [table for table in tables if table]


def load_suite(contract: Contract, table: str, path: Path | None, profiles: set[str], conditions: set[str]) -> Suite:
    """The rules of one table. path: its handwritten rules, None where it has none.

    Raises NightvigilError on anything unknown, missing or out of its place.
    """
    handwritten = _read_rules(path, table, profiles, conditions) if path else []
    count = [rule for rule in handwritten if rule.expect.startswith(ROW_COUNT)][:1]
    derived = derive_rules(contract, table, counts_rows=bool(count))
    rules = (*count, *derived, *(rule for rule in handwritten if rule not in count))
    names = [rule.name for rule in rules]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        where = f"expectations/{table.replace('.', '/')}.yaml"
        raise _refused(where, f"two rules are named {', '.join(twice)}; one may follow from the contract")
    columns = {column.name: column.type for column in contract.columns[table]}
    return Suite(table, columns, rules)


def _read_rules(path: Path, table: str, profiles: set[str], conditions: set[str]) -> list[Rule]:
    where = f"expectations/{table.replace('.', '/')}.yaml"
    document = read_yaml(path)
    if not isinstance(document, dict) or set(document) != {"rules"} or not isinstance(document["rules"], list):
        raise _refused(where, "it has the one key rules, a list; columns are promised in sql/columns.csv")
    if not document["rules"]:
        raise _refused(where, "it holds no rule; a table without handwritten rules has no file")
    return [_read_rule(entry, where, profiles, conditions) for entry in document["rules"]]


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


def _refused(where: str, problem: str) -> NightvigilError:
    return NightvigilError(
        f"a suite of rules cannot be used: {problem}",
        where=where,
        todo="correct the file; the gate stays shut while a rule cannot be read",
    )
