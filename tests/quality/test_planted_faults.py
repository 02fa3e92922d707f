"""Every rule passes on a good night and fails on the fault planted for it: a check that cannot fail is decoration.

The fault leaves the number of rows as it was, wherever the rule is not about that number.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.quality.circumstances import Circumstances, read_declared
from pipeline.quality.duckdb_engine import Candidate
from pipeline.quality.evaluation import evaluate_suite
from pipeline.quality.judging import tell_rules
from pipeline.quality.suites import Suite, list_suites, load_suite
from pipeline.settings import PROJECT
from tests.quality.planting import find_planting, written

EXPECTATIONS = PROJECT / "expectations"
PROFILES = read_declared(EXPECTATIONS / "profiles.yaml")
CONDITIONS = read_declared(EXPECTATIONS / "conditions.yaml")
SUITES = [
    load_suite(path, table, set(PROFILES), set(CONDITIONS)) for table, path in list_suites(EXPECTATIONS).items()
]
TONIGHT = Circumstances("sample", "sample")


class Workbench(Candidate):
    """A candidate with room for planted copies of its tables beside it."""

    is_read_only = False


@pytest.fixture(scope="module")
def night(
    good_candidate: Path, earlier_snapshot: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Candidate]:
    """The good candidate with the night before attached, opened once for all rules."""
    spill = tmp_path_factory.mktemp("spill")
    copy = shutil.copyfile(good_candidate, good_candidate.with_name("workbench.duckdb"))
    candidate = Workbench(copy, earlier_snapshot, memory_limit="300MB", threads=2, spill=spill)
    tell_rules(candidate, list(PROFILES), "sample", "sample")
    candidate.run("attach ':memory:' as bench")
    yield candidate
    candidate.close()


def set_profile(night: Candidate, planting: dict[str, str]) -> None:
    """Let the rules believe in another volume profile of this night, or of the one before."""
    for column, profile in (("", planting.get("night", "sample")), ("earlier_", planting.get("earlier", "sample"))):
        night.run(f"update night set {column}profile = '{profile}', {column}rank = {list(PROFILES).index(profile)}")


def told_before(table: str, parameters: dict[str, str]) -> dict[str, str]:
    """The rule's query, which looks at a planted table where it looked at the live snapshot."""
    query = parameters["unexpected_rows_query"]
    assert f"earlier.{table}" in query
    return {**parameters, "unexpected_rows_query": query.replace(f"earlier.{table}", "bench.before")}


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.table)
def test_every_rule_passes_on_a_good_night_and_fails_on_its_fault(suite: Suite, night: Candidate) -> None:
    wrong = []
    for rule in suite.rules:
        planting = find_planting(suite, rule)
        if planting is None:
            wrong.append(f"{rule.name}: nobody wrote a fault for it in plantings/{suite.table.split('.')[0]}.yaml")
            continue
        rule_alone = replace(rule, not_applicable_when=())
        if before := planting.get("before"):
            night.run(f"create or replace table bench.before as {before.format(table=suite.table)}")
            rule_alone = replace(rule_alone, parameters=told_before(suite.table, rule.parameters))
        alone = replace(suite, table="bench.planted", rules=(rule_alone,))
        counts = {}
        for name, outcome in (("good", "passed"), ("planted", "failed")):
            select = planting[name].format(table=suite.table)
            night.run(f"create or replace table bench.planted as {select}")
            set_profile(night, planting if name == "planted" else {})
            (found,) = evaluate_suite(night, alone, TONIGHT, CONDITIONS)
            counts[name] = night.ask("select count(*) as row_count from bench.planted")[0]["row_count"]
            if found.outcome != outcome:
                wrong.append(f"{rule.name}: {found.outcome} on the {name} table: {found.observed} {found.rows}")
        about_rows = rule.expect.startswith("expect_table_row_count") or planting.get("changes_rows")
        if counts["good"] != counts["planted"] and not about_rows:
            wrong.append(f"{rule.name}: its fault changes the number of rows")
    assert not wrong, "\n".join(wrong)


def test_every_planting_is_of_a_rule() -> None:
    """A fault kept for a rule that is gone would be tested by nobody."""
    rules = {suite.table: {rule.name for rule in suite.rules} for suite in SUITES}
    astray = [
        f"{layer}.{name}: {rule}"
        for layer in ("clean", "events", "summary", "verify", "meta")
        for name, plantings in written(layer).items()
        for rule in plantings
        if rule not in rules.get(f"{layer}.{name}", set())
    ]
    assert not astray
