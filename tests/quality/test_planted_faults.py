"""Every rule passes on a sound candidate and fails on its planted fault: a check that cannot fail is no check.

The fault leaves the number of rows as it was, wherever the rule is not about that number.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.contract import load_contract
from pipeline.quality.circumstances import Circumstances, read_declared
from pipeline.quality.derived import COLUMNS_RULE, ROW_RULE, derive_rules
from pipeline.quality.duckdb_engine import Candidate
from pipeline.quality.evaluation import evaluate_suite
from pipeline.quality.judging import create_run_profile
from pipeline.quality.rules import Rule, Suite
from pipeline.quality.suites import list_suites, load_suite
from pipeline.quality.verdict import RuleResult
from pipeline.resources import ROOT as PROJECT
from tests.quality.planting import UNCHANGED, find_planting, list_contract_faults, make_good_row, written
from tests.slow_cases import mark_most_cases_slow

pytestmark = pytest.mark.slow

EXPECTATIONS = PROJECT / "expectations"
PROFILES = read_declared(EXPECTATIONS / "profiles.yaml")
CONDITIONS = read_declared(EXPECTATIONS / "conditions.yaml")
CONTRACT = load_contract(PROJECT / "sql")
FILES = list_suites(EXPECTATIONS)
SUITES = [load_suite(CONTRACT, table, FILES.get(table), set(PROFILES), set(CONDITIONS)) for table in CONTRACT.columns]
CIRCUMSTANCES = Circumstances("sample", "sample")


class Workbench(Candidate):
    """A candidate that also holds planted copies of its tables."""

    is_read_only = False


PROFILE_KEYS = {"profile", "earlier"}


@pytest.fixture(scope="module")
def candidate(
    good_candidate: Path, earlier_snapshot: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Candidate]:
    """The sound candidate with the live snapshot attached, opened once for all rules."""
    spill = tmp_path_factory.mktemp("spill")
    copy = Path(shutil.copyfile(good_candidate, spill / "workbench.duckdb"))
    candidate = Workbench(copy, earlier_snapshot, memory_limit="300MB", threads=2, spill=spill)
    create_run_profile(candidate, list(PROFILES), "sample", "sample")
    candidate.run("attach ':memory:' as bench")
    yield candidate
    candidate.close()


def set_profile(candidate: Candidate, planting: dict[str, str]) -> None:
    """Let the rules believe in another volume profile of this run, or of the one before."""
    for column, profile in (("", planting.get("profile", "sample")), ("earlier_", planting.get("earlier", "sample"))):
        candidate.run(
            f"update run_profile set {column}profile = '{profile}', {column}rank = {list(PROFILES).index(profile)}"
        )


def read_planted_before(table: str, parameters: dict[str, str]) -> dict[str, str]:
    """The rule's query, which looks at a planted table where it looked at the live snapshot."""
    query = parameters["unexpected_rows_query"]
    assert f"earlier.{table}" in query
    return {**parameters, "unexpected_rows_query": query.replace(f"earlier.{table}", "bench.before")}


def outcomes(
    candidate: Candidate, suite: Suite, rules: list[Rule], select: str, profiles: dict[str, str]
) -> tuple[list[RuleResult], int]:
    """What some rules say of a table made for them, and how many rows it has."""
    candidate.run(f"create or replace table bench.planted as {select.format(table=suite.table)}")
    planted = replace(suite, table="bench.planted", rules=tuple(rules))
    is_other_profile = bool(PROFILE_KEYS & set(profiles))
    if is_other_profile:
        set_profile(candidate, profiles)
    results = evaluate_suite(candidate, planted, CIRCUMSTANCES, CONDITIONS, candidate.ask)
    if is_other_profile:
        set_profile(candidate, {})
    return results, candidate.ask("select count(*) as row_count from bench.planted")[0]["row_count"]


@pytest.mark.parametrize("suite", mark_most_cases_slow(SUITES), ids=[suite.table for suite in SUITES])
def test_every_rule_passes_on_a_sound_candidate_and_fails_on_its_fault(suite: Suite, candidate: Candidate) -> None:
    """Rules that pass on the unchanged table are evaluated together; each fault meets its own rule alone."""
    wrong, together = [], [rule for rule in suite.rules if rule.fact is not None]
    good: list[RuleResult] = []
    for rule in suite.rules:
        if rule.fact is not None:
            continue
        planting = find_planting(suite, rule)
        if planting is None:
            wrong.append(f"{rule.name}: nobody wrote a fault for it in plantings/{suite.table.split('.')[0]}.yaml")
            continue
        alone = replace(rule, not_applicable_when=())
        if before := planting.get("before"):
            candidate.run(f"create or replace table bench.before as {before.format(table=suite.table)}")
            alone = replace(alone, parameters=read_planted_before(suite.table, rule.parameters))
        if before or planting["good"] != UNCHANGED:
            passing, good_count = outcomes(candidate, suite, [alone], planting["good"], {})
            good += passing
        else:
            together.append(alone)
            good_count = candidate.ask(f"select count(*) as row_count from {suite.table}")[0]["row_count"]
        (found,), planted_count = outcomes(candidate, suite, [alone], planting["planted"], planting)
        if found.outcome != "failed":
            wrong.append(f"{rule.name}: {found.outcome} on the planted table: {found.observed} {found.rows}")
        about_rows = rule.expect.startswith("expect_table_row_count") or planting.get("changes_rows")
        if good_count != planted_count and not about_rows:
            wrong.append(f"{rule.name}: its fault changes the number of rows")
    good += outcomes(candidate, suite, together, UNCHANGED, {})[0]
    wrong += [
        f"{each.rule}: {each.outcome} on the good table: {each.observed} {each.rows}"
        for each in good
        if each.outcome != "passed"
    ]
    assert not wrong, "\n".join(wrong)
    assert len(good) == len(suite.rules)


@pytest.mark.parametrize("table", mark_most_cases_slow(CONTRACT.columns))
def test_every_rule_of_the_contract_fails_on_its_fault(table: str, candidate: Candidate) -> None:
    """Each kind of fault is planted on every table; the rules about what was broken notice it, and no other."""
    derived = derive_rules(CONTRACT, table, counts_rows=False)
    columns = {column.name: column.type for column in CONTRACT.columns[table]}
    suite = Suite(table, columns, tuple(derived))
    is_empty = not candidate.ask(f"select 1 as one from {table} limit 1")
    is_truth = table.startswith("verify.")
    good = make_good_row(CONTRACT, table) if is_empty and not is_truth else f"select * from {table} limit 3"
    candidate.run(f"create or replace table bench.good as {good}")
    passing, _ = outcomes(candidate, suite, derived, "select * from bench.good", {})
    wrong = [f"{each.rule}: {each.outcome} on good rows: {each.rows}" for each in passing if each.outcome != "passed"]
    noticed: set[str] = set()
    for fault in list_contract_faults(CONTRACT, table):
        results, _ = outcomes(candidate, suite, derived, fault.planted.format(good="bench.good"), {})
        failed = {each.rule for each in results if each.outcome == "failed"}
        noticed |= failed
        extra = {ROW_RULE} if COLUMNS_RULE in fault.noticed_by else set()
        if not fault.noticed_by <= failed <= fault.noticed_by | extra:
            wrong.append(f"{fault.planted}: {sorted(failed)} failed, not {sorted(fault.noticed_by)}")
    wrong += [f"{rule.name}: no fault is planted for it" for rule in derived if rule.name not in noticed]
    assert not wrong, "\n".join(wrong)


EARLIER_PLANTINGS = [
    (suite, name, planting)
    for suite in SUITES
    for name, planting in written(suite.table.split(".")[0]).get(suite.table.split(".")[1], {}).items()
    if name not in {rule.name for rule in suite.rules if rule.fact is None}
]


@pytest.mark.parametrize(
    ("suite", "name", "planting"), EARLIER_PLANTINGS, ids=lambda value: getattr(value, "table", None)
)
def test_a_fault_planted_for_a_rule_that_is_now_derived_is_still_caught(
    suite: Suite, name: str, planting: str | dict[str, str], candidate: Candidate
) -> None:
    """The rule of that name was handwritten before; the fault must be noticed by some rule of its table."""
    select = planting if isinstance(planting, str) else planting["planted"]
    alone = [replace(rule, not_applicable_when=()) for rule in suite.rules if rule.fact is not None]
    results, _ = outcomes(candidate, suite, alone, select, {})
    assert [each.rule for each in results if each.outcome == "failed"], name


def test_every_planting_is_of_a_table() -> None:
    """A fault kept for a table that is gone would be tested by nobody."""
    tables = {suite.table for suite in SUITES}
    layers = ("clean", "events", "intermediate", "summary", "verify", "meta")
    assert {f"{layer}.{name}" for layer in layers for name in written(layer)} <= tables
