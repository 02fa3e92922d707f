"""Which outcomes are carried over from the live snapshot's verdict, and thirteen faults seeded into that choice, each
caught."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipeline.contract import load_contract
from pipeline.models import load_models
from pipeline.quality import carrying
from pipeline.quality.circumstances import read_declared
from pipeline.quality.judging import judge_candidate
from pipeline.quality.rules import Rule, Suite
from pipeline.quality.suites import list_built_tables, list_suites, load_suite
from pipeline.quality.verdict import RuleResult, Verdict, write_verdict
from pipeline.settings import Settings
from pipeline.taken_over import list_unchanged
from tests.faulty_modules import load_with_fault
from tests.quality.small_project import SmallProject, sql_rule
from tests.table_reads import parse_reads

pytestmark = pytest.mark.slow

SETTINGS = Settings()
PROFILES, CONDITIONS = (
    set(read_declared(SETTINGS.expectations_dir / name)) for name in ("profiles.yaml", "conditions.yaml")
)
CASE, DRUG, TRIAL, CONTRAST = "events.case", "clean.faers_drug", "clean.trial", "summary.route_contrast"
REPORTS, TRIALS = frozenset({"reports"}), frozenset({"trials"})
WINGS = {CASE: REPORTS, DRUG: REPORTS, TRIAL: TRIALS, CONTRAST: REPORTS | TRIALS}
OVERRIDE = {"by": "the safety lead", "expires": "2026-12-24", "reason": "seen before"}


def list_real_suites() -> list[Suite]:
    contract, files = load_contract(SETTINGS.sql_dir), list_suites(SETTINGS.expectations_dir)
    built = list_built_tables(SETTINGS.sql_dir)
    return [load_suite(contract, table, files.get(table), PROFILES, CONDITIONS) for table in built]


def find_rule_reads(suite: Suite, rule: Rule) -> frozenset[str]:
    """The tables that a rule reads by DuckDB's own parsing, code lists left out."""
    query = rule.fact and f"select {rule.fact} from {{batch}}"
    query = query or rule.parameters.get("unexpected_rows_query", "select * from {batch}")
    read = parse_reads(query.format(batch=suite.table)) | {suite.table}
    return frozenset(table for table in read if not table.startswith("codes."))


def check_tables_read(module: ModuleType, suites: list[Suite]) -> None:
    """Of every rule as each profile asks it: what DuckDB finds that it reads, and nothing where that differs in every
    run."""
    known = {model.table for model in load_models(SETTINGS.sql_dir)}
    for suite in suites:
        for rule in suite.rules:
            for each in (rule, *(rule.in_profile(profile) for profile in PROFILES)):
                found = module.list_tables_read(suite.table, each, known)
                said = str(each.parameters).replace("\\'", "'")
                read = find_rule_reads(suite, each)
                is_moving = "earlier." in said or "run_profile" in said
                if is_moving or any(table.startswith("meta.") for table in read):
                    assert found is None, (suite.table, rule.name)
                else:
                    assert found is not None, (suite.table, rule.name)
                    assert found >= read, (suite.table, rule.name)
                    assert all(f"'{table}'" in said for table in found - read), "a table's name as a word is read too"


def make_rule(query: str = "select * from {batch}", **changes: Any) -> Rule:
    rule = Rule(
        "rows", "unexpected_rows_expectation", {"unexpected_rows_query": query}, "contract", "critical", "why"
    )
    return replace(rule, **changes)


def check_one_rule(module: ModuleType) -> None:
    """Every table that it reads, one wing, no drift, nothing that differs in every run."""
    results = {(table, "rows"): make_result(table) for table in WINGS}

    def is_carried(table: str, rule: Rule, tables: tuple[str, ...] = tuple(WINGS)) -> bool:
        carried = module.Carried(frozenset(tables), WINGS, results)
        return carried.find_result(table, rule) is not None

    assert is_carried(CASE, make_rule())
    assert is_carried(CASE, make_rule("select * from {batch} anti join clean.faers_drug using (case_id)"))
    assert not is_carried(
        CASE, make_rule("select * from {batch} anti join clean.faers_drug using (case_id)"), (CASE,)
    )
    assert not is_carried(CASE, make_rule(fact="(select count(*) from clean.faers_drug)"), (CASE,))
    assert not is_carried(CASE, make_rule(parameters={"value_set": ["a", "select 1 from clean.faers_drug"]}), (CASE,))
    assert not is_carried(CASE, make_rule(), (DRUG, TRIAL))
    assert not is_carried(CASE, make_rule(name="another"))
    assert not is_carried(CASE, make_rule(kind="drift"))
    assert not is_carried(CONTRAST, make_rule())
    assert not is_carried(CASE, make_rule("select * from {batch} semi join clean.trial on true"))
    for moving in (
        "from earlier.events.case",
        "from meta.delivery",
        "from run_profile",
        "where received_date > current_date",
        "where received_at > now()",
        "where received_at > current_timestamp - interval 1 day",
        "where exists (from duckdb_tables())",
        "where exists (from information_schema.tables)",
    ):
        assert not is_carried(CASE, make_rule(f"select * {moving}")), moving
    assert not is_carried("meta.delivery", make_rule())


def make_result(suite: str = CASE, **changes: Any) -> RuleResult:
    return replace(RuleResult(suite, "rows", "expect", "contract", "critical", "passed", "why", "0"), **changes)


def check_verdict(module: ModuleType, folder: Path) -> None:
    """Outcomes of rules that were asked and that nobody overrode, with the run that asked them."""
    file = folder / "run-1" / "quality.json"
    file.parent.mkdir(exist_ok=True)

    def find(result: RuleResult, profile: str = "sample", tables: tuple[str, ...] = (CASE,)) -> RuleResult | None:
        write_verdict(Verdict((result,), 1, "sample"), file)
        found: RuleResult | None = module.read_carried(SETTINGS.sql_dir, file, tables, profile).find_result(
            CASE, make_rule()
        )
        return found

    passed, warned = make_result(), make_result(outcome="failed", severity="warning", rows=({"case_id": "1"},))
    assert find(passed) == replace(passed, carried_from="run-1")
    assert find(warned) == replace(warned, carried_from="run-1")
    assert find(make_result(carried_from="run-0")) == make_result(carried_from="run-0")
    assert find(passed, profile="full_history") is None
    assert find(passed, tables=()) is None
    for unlasting in ("not_applicable", "error"):
        assert find(make_result(outcome=unlasting)) is None
    for overridden in (True, False):  # one that lapsed was signed by a person too
        assert find(make_result(outcome="failed", override=OVERRIDE, is_overridden=overridden)) is None
    assert module.read_carried(SETTINGS.sql_dir, None, (CASE,), "sample").find_result(CASE, make_rule()) is None


def check_all(module: ModuleType, suites: list[Suite], folder: Path) -> None:
    check_tables_read(module, suites)
    check_one_rule(module)
    check_verdict(module, folder)


@pytest.fixture(scope="module")
def suites() -> Iterator[list[Suite]]:
    yield list_real_suites()


def test_outcomes_that_nothing_has_changed_are_carried_over(suites: list[Suite], tmp_path: Path) -> None:
    check_all(carrying, suites, tmp_path)


def test_night_of_trials_asks_few_rules_about_reports(suites: list[Suite]) -> None:
    """Where only trials arrived, the rules that are asked are those about trials, drift, `meta` and both wings."""
    tables = list_unchanged(SETTINGS.sql_dir, ["clinicaltrials"])
    wings = carrying.list_wings(SETTINGS.sql_dir)
    of_reports = [suite for suite in suites if wings.get(suite.table) == {"reports"} and suite.table in tables]
    rules = [(suite.table, rule) for suite in of_reports for rule in suite.rules]
    results = {(table, rule.name): make_result(table, rule=rule.name) for table, rule in rules}
    carried = carrying.Carried(tables, wings, results)
    asked = [rule for table, rule in rules if carried.find_result(table, rule) is None]
    assert len(rules) > 500
    assert len(asked) < len(rules) / 10, [rule.name for rule in asked]


def test_wings_of_a_table_are_those_of_all_that_it_is_made_of() -> None:
    wings = carrying.list_wings(SETTINGS.sql_dir)
    assert wings["clean.faers_case"] == wings["summary.signal"] == REPORTS
    assert wings["clean.study"] == wings["events.observed"] == TRIALS
    assert wings["summary.route_contrast"] == REPORTS | TRIALS


FAULTS = {
    "drift": (' or rule.kind == "drift"', ""),
    "tables that changed": ("read is None or not read <= self.tables", "read is None"),
    "the table of the rule alone": ("frozenset({suite, *named.intersection(known)})", "frozenset({suite})"),
    "what differs in every run": ("if suite not in known or any(", "if suite not in known or not all("),
    "the live snapshot": ("(?:earlier|before|meta)", "(?:before|meta)"),
    "meta": ("(?:earlier|before|meta)", "(?:earlier|before)"),
    "both wings": ("known if len(wings) <= 1 else None", "known"),
    "arguments that are lists": ("isinstance(value, list | tuple)", "isinstance(value, tuple)"),
    "facts of the contract": ('rule.fact or ""]', '""]'),
    "another profile": ("found.profile != profile", "not found.profile"),
    "what was not asked": ('LASTING = ("passed", "failed")', 'LASTING = ("passed", "failed", "not_applicable")'),
    "what a person let pass": (" and result.override is None", ""),
    "the run that asked": ("result.carried_from or run_id", "run_id"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_in_the_choice_is_caught(fault: str, suites: list[Suite], tmp_path: Path) -> None:
    module = load_with_fault(carrying, *FAULTS[fault])
    with pytest.raises(AssertionError):
        check_all(module, suites, tmp_path)


def test_judge_asks_what_is_not_carried_over(tmp_path: Path) -> None:
    """A candidate with a fault that the live snapshot lacked: the rule is asked unless its table was taken over."""
    project = SmallProject.build(tmp_path)
    project.add_rules(
        sql_rule("few cases", "select * from {batch} where case_count > 5"),
        sql_rule("few cases, as drift", "select * from {batch} where case_count > 5", kind="drift"),
        sql_rule("waived", "select * from {batch} where case_count > 5", not_applicable_when=["few_trials"]),
    )
    project.write(
        "conditions.yaml", "few_trials: {query: select count(*) = 4 from summary.tally, why: there are four}\n"
    )
    live = tmp_path / "snapshots" / "run-1"
    live.mkdir(parents=True)
    project.fill("snapshots/run-1/nightvigil.duckdb")
    before = judge_candidate(project.task(candidate=str(live / "nightvigil.duckdb")))
    assert before.is_open
    write_verdict(before, live / "quality.json")
    project.fill("candidate.duckdb", "insert into summary.tally values ('amantadine', 9)")

    def judge(*tables: str) -> dict[str, tuple[str, str | None]]:
        verdict = judge_candidate(
            project.task(
                earlier=str(live / "nightvigil.duckdb"),
                carried_tables=tables,
            )
        )
        assert len(verdict.results) == verdict.declared_rule_count == before.declared_rule_count
        assert {result.suite for result in verdict.carried} == set(tables)
        return {result.rule: (result.outcome, result.carried_from) for result in verdict.results}

    assert {judge()[name] for name in ("few cases", "few cases, as drift", "waived")} == {("failed", None)}
    found = judge("summary.tally", "verify.nothing_lost")
    assert found["few cases"] == found["waived"] == found["no row"] == ("passed", "run-1")
    assert found["few cases, as drift"] == ("failed", None)
    project.fill("candidate.duckdb", "insert into summary.tally values ('amantadine', 9), ('magnesium', 1)")
    assert judge("summary.tally")["waived"] == ("not_applicable", None)
