"""The gate opens only when every declared rule was evaluated and has an outcome; anything else keeps it shut."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.errors import NightvigilError
from pipeline.quality.judging import judge_candidate
from pipeline.quality.verdict import RuleResult, Verdict
from tests.quality.small_project import COUNT, PROMISES, SmallProject, rule, sql_rule

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    return SmallProject.build(tmp_path)


def judge(project: SmallProject, **changes: Any) -> Verdict:
    return judge_candidate(project.task(**changes))


def outcome(verdict: Verdict, name: str, table: str | None = None) -> RuleResult:
    (result,) = (each for each in verdict.results if each.rule == name and table in (None, each.suite))
    return result


def test_sound_candidate_opens_the_gate(project: SmallProject) -> None:
    """Each table has the rules that follow from its contract and its handwritten ones, and all are evaluated."""
    verdict = judge(project)
    assert verdict.is_open
    assert verdict.declared_rule_count == len(verdict.results)
    assert {(result.outcome, result.why == "") for result in verdict.results} == {("passed", False)}
    assert [result.rule for result in verdict.results if result.suite == "summary.tally"] == [
        "rows",
        "columns and types",
        "one row per key",
        "its key is stated",
        "case_count is stated",
        "case_count is not negative",
    ]
    assert [result.rule for result in verdict.results if result.suite == "verify.nothing_lost"] == [
        "no row",
        "columns and types",
    ]
    assert verdict.profile == "sample"


def test_failed_rule_shows_its_offending_rows(project: SmallProject) -> None:
    """Whoever is on call sees which rows, and the query that shows all of them."""
    project.add_rules(
        sql_rule("small counts", "select * from {batch} where case_count > 2"),
        rule("known drugs", "expect_column_values_to_be_in_set", with_={"column": "drug", "value_set": ["ketamine"]}),
        rule("one row a drug", "expect_compound_columns_to_be_unique", with_={"column_list": ["drug", "case_count"]}),
    )
    verdict = judge(project)
    assert not verdict.is_open
    assert outcome(verdict, "small counts").rows == ({"drug": "ketamine", "case_count": "3"},)
    assert outcome(verdict, "known drugs").rows == ({"drug": "memantine", "case_count": "1"},)
    assert outcome(verdict, "known drugs").query == "select * from summary.tally where \"drug\" not in ('ketamine')"
    assert outcome(verdict, "one row a drug").outcome == "passed"


def test_warning_is_reported_and_leaves_the_gate_open(project: SmallProject) -> None:
    project.add_rules(sql_rule("large counts", "select * from {batch} where case_count < 2", severity="warning"))
    verdict = judge(project)
    assert verdict.is_open
    assert outcome(verdict, "large counts").outcome == "failed"


@pytest.mark.parametrize(
    "broken",
    [
        rule("broken", "expect_column_to_be_magnificent", with_={"column": "drug"}),
        rule("broken", "expect_column_values_to_not_be_null", with_={"column": "drug", "mostlyy": 1.0}),
        rule("broken", "expect_column_values_to_not_be_null", with_={"column": "no_such_column"}),
        sql_rule("broken", "select no_such_column from {batch}"),
        sql_rule("broken", "select * from {batch} where error('a rule that raises') = drug"),
        sql_rule("broken", "this is no query of {batch}"),
        sql_rule("broken", "select * from {batch} where drug ~ '[a-z]{2}'"),
    ],
)
def test_rule_that_cannot_run_is_an_error(project: SmallProject, broken: dict[str, Any]) -> None:
    """An unknown rule, an unknown argument, a query that raises: never a pass, whatever the severity says."""
    project.add_rules({**broken, "severity": "warning"}, sql_rule("sound", "select * from {batch} where false"))
    verdict = judge(project)
    assert not verdict.is_open
    assert outcome(verdict, "broken").outcome == "error"
    assert verdict.declared_rule_count == len(verdict.results)
    assert outcome(verdict, "sound")


def test_sound_rule_beside_a_broken_one_is_evaluated(project: SmallProject) -> None:
    project.add_rules(
        sql_rule("broken", "select no from {batch}"), sql_rule("sound", "select * from {batch} where false")
    )
    assert outcome(judge(project), "sound").outcome == "passed"


def test_two_identical_rules_have_two_results(project: SmallProject) -> None:
    """Great Expectations drops the second of two equal expectations in silence; the gate counts the answers."""
    project.add_rules(*(sql_rule(name, "select * from {batch} where false") for name in ("first", "second")))
    verdict = judge(project)
    assert len(verdict.results) == verdict.declared_rule_count
    assert {outcome(verdict, name).outcome for name in ("first", "second")} <= {"passed", "error"}


def test_empty_table_shuts_the_gate(project: SmallProject) -> None:
    """Value rules pass on an empty table; the row count does not."""
    project.add_rules(rule("drug", "expect_column_values_to_not_be_null", with_={"column": "drug"}))
    project.fill("candidate.duckdb", "delete from summary.tally")
    verdict = judge(project)
    assert not verdict.is_open
    assert [result.rule for result in verdict.blocking] == ["rows"]


def test_row_in_a_verify_table_shuts_the_gate(project: SmallProject) -> None:
    project.fill("candidate.duckdb", "insert into verify.nothing_lost values ('ketamine')")
    assert [(result.suite, result.rule, result.why) for result in judge(project).blocking] == [
        ("verify.nothing_lost", "no row", "nothing may be lost")
    ]


@pytest.mark.parametrize(
    ("statement", "offenders", "errors"),
    [
        (
            "alter table summary.tally alter case_count type integer",
            [("case_count", "BIGINT", "INTEGER")],
            set(),
        ),
        (
            "alter table summary.tally rename case_count to n",
            [("case_count", "BIGINT", None), ("n", None, "BIGINT")],
            {"case_count is stated", "case_count is not negative"},
        ),
        ("alter table summary.tally add column n bigint", [("n", None, "BIGINT")], set()),
    ],
)
def test_missing_new_or_retyped_column_breaks_the_contract(
    project: SmallProject, statement: str, offenders: list[tuple[str | None, ...]], errors: set[str]
) -> None:
    """The rules about a column that is gone are errors; those about other columns are answered."""
    project.fill("candidate.duckdb", statement)
    verdict = judge(project)
    names = ("column_name", "promised_type", "built_type")
    found = outcome(verdict, "columns and types", "summary.tally")
    assert found.outcome == "failed"
    assert sorted(found.rows, key=str) == sorted((dict(zip(names, each, strict=True)) for each in offenders), key=str)
    assert {result.rule for result in verdict.blocking} == {"columns and types", *errors}
    assert {result.rule for result in verdict.results if result.outcome == "error"} == errors


@pytest.mark.parametrize(
    ("statement", "rule_name"),
    [
        ("insert into summary.tally values ('ketamine', 3)", "one row per key"),
        ("insert into summary.tally values (null, 3)", "its key is stated"),
        ("update summary.tally set case_count = null", "case_count is stated"),
        ("update summary.tally set case_count = -1", "case_count is not negative"),
    ],
)
def test_broken_contract_shuts_the_gate(project: SmallProject, statement: str, rule_name: str) -> None:
    project.fill("candidate.duckdb", statement)
    (result,) = judge(project).blocking
    assert (result.rule, result.outcome) == (rule_name, "failed")
    assert result.rows and result.query


def test_word_outside_its_vocabulary_shuts_the_gate(project: SmallProject) -> None:
    """The words of another subset count as outside, and so does no word of a quoted name."""
    project.promise(("summary.tally", "drug", "VARCHAR", "not null", "drug:single", "Drug"), *PROMISES[1:])
    assert judge(project).is_open
    project.fill("candidate.duckdb", "update summary.tally set drug = 'ketamine_any' where drug = 'memantine'")
    (result,) = judge(project).blocking
    assert result.rule == "drug is a known word"
    project.promise(("summary.tally", "drug", "VARCHAR", "not null", "drug:single+rollup", "Drug"), *PROMISES[1:])
    assert judge(project).is_open


def test_unknown_word_of_an_open_vocabulary_is_a_warning(project: SmallProject) -> None:
    project.promise(("summary.tally", "drug", "VARCHAR", "not null", "drug:rollup warning", "Drug"), *PROMISES[1:])
    verdict = judge(project)
    assert verdict.is_open
    found = outcome(verdict, "drug is a known word")
    assert (found.severity, found.outcome) == ("warning", "failed")


def test_table_that_was_not_built_is_an_error(project: SmallProject) -> None:
    project.fill("candidate.duckdb", "drop table summary.tally")
    verdict = judge(project)
    assert {result.outcome for result in verdict.results if result.suite == "summary.tally"} == {"error"}
    assert not verdict.is_open


@pytest.mark.parametrize("table", ["summary.tally", "verify.nothing_lost"])
def test_table_without_a_contract_shuts_the_gate(project: SmallProject, table: str) -> None:
    """Without its columns in the contract no rule can follow from it, and none is asked."""
    project.promise(*(column for column in PROMISES if column[0] != table))
    (result,) = judge(project).blocking
    assert (result.suite, result.outcome) == (table, "error")


def test_contract_without_a_table_shuts_the_gate(project: SmallProject) -> None:
    project.promise(*PROMISES, ("summary.forgotten", "drug", "VARCHAR", "", "", "Drug"))
    (result,) = judge(project).blocking
    assert (result.suite, result.outcome) == ("summary.forgotten", "error")


@pytest.mark.parametrize("table", ["meta.delivery", "summary.tally"])
def test_lost_file_of_handwritten_rules_shuts_the_gate(project: SmallProject, table: str) -> None:
    (project.home / "expectations" / f"{table.replace('.', '/')}.yaml").unlink()
    (result,) = judge(project).blocking
    assert (result.suite, result.outcome) == (table, "error")
    assert "suites.txt" in result.observed


def test_file_of_handwritten_rules_that_is_not_listed_shuts_the_gate(project: SmallProject) -> None:
    """Once it is lost, nobody would notice."""
    project.list_suites(project.listed_suites() - {"summary.tally"})
    (result,) = judge(project).blocking
    assert (result.suite, result.outcome) == ("summary.tally", "error")


def test_missing_list_of_suites_shuts_the_gate(project: SmallProject) -> None:
    (project.home / "expectations/suites.txt").unlink()
    assert not judge(project).is_open


def test_table_without_handwritten_rules_must_hold_a_row(project: SmallProject) -> None:
    """Whoever takes the rules away makes the gate stricter: an empty table would pass every other rule."""
    (project.home / "expectations/summary/tally.yaml").unlink()
    project.list_suites(project.listed_suites() - {"summary.tally"})
    assert judge(project).is_open
    project.fill("candidate.duckdb", "delete from summary.tally")
    (result,) = judge(project).blocking
    assert (result.suite, result.rule, result.outcome) == ("summary.tally", "the table is not empty", "failed")


@pytest.mark.parametrize("name", ["columns.csv", "vocabulary.csv"])
def test_unreadable_contract_shuts_the_gate(project: SmallProject, name: str) -> None:
    path = project.home / "sql" / name
    path.write_text(path.read_text() + "one field too few\n")
    verdict = judge(project)
    assert not verdict.is_open
    assert {result.outcome for result in verdict.results} == {"error"}


@pytest.mark.parametrize("ending", ["yaml", "yml"])
def test_rules_are_read_whatever_the_ending_of_their_file(project: SmallProject, ending: str) -> None:
    (project.home / "expectations/summary/tally.yaml").unlink()
    text = yaml.safe_dump({"rules": [sql_rule("none at all", "select * from {batch}")]})
    project.write(f"summary/tally.{ending}", text)
    assert [result.rule for result in judge(project).blocking] == ["none at all"]


def test_suite_without_its_table_shuts_the_gate(project: SmallProject) -> None:
    project.suite("summary.forgotten", [rule("rows", COUNT)])
    (result,) = judge(project).blocking
    assert (result.suite, result.outcome) == ("summary.forgotten", "error")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("severity", "fatal"),
        ("kind", "mood"),
        ("why", " "),
        ("with", ["column"]),
        ("mostly", 0.9),
        ("profiles", {"enormous": {"min_value": 1}}),
        ("not_applicable_when", ["it_rains"]),
        ("not_applicable_when", "no_earlier_snapshot"),
    ],
)
def test_invalid_rule_is_an_error(project: SmallProject, key: str, value: Any) -> None:
    project.add_rules({**sql_rule("odd", "select * from {batch} where false"), key: value})
    (result,) = judge(project).blocking
    assert (result.suite, result.outcome) == ("summary.tally", "error")


@pytest.mark.parametrize(
    "text",
    [
        "rules: []",
        "rules: [3]",
        "columns: {drug: varchar}\nrules: [3]",
        "rules: [3]\nrules: [3]",
        "rules: [3\n",
        "rules:\n- {name: x, expect: unexpected_rows_expectation, kind: contract}",
    ],
)
def test_file_that_is_no_suite_is_an_error(project: SmallProject, text: str) -> None:
    project.write("summary/tally.yaml", text)
    (result,) = judge(project).blocking
    assert (result.suite, result.outcome) == ("summary.tally", "error")


def test_handwritten_rule_with_the_name_of_a_derived_one_is_an_error(project: SmallProject) -> None:
    project.add_rules(sql_rule("one row per key", "select * from {batch} where false"))
    (result,) = judge(project).blocking
    assert (result.suite, result.outcome) == ("summary.tally", "error")


def test_verify_table_with_a_row_shuts_the_gate_whatever_its_suite_allows(project: SmallProject) -> None:
    """A verify table is empty or the gate is shut, whatever row count somebody writes for it."""
    project.suite("verify.nothing_lost", [rule("rows", COUNT, with_={"max_value": 5})])
    project.fill("candidate.duckdb", "insert into verify.nothing_lost values ('ketamine')")
    assert [(result.suite, result.rule) for result in judge(project).blocking] == [("verify.nothing_lost", "no row")]


DRIFT = sql_rule(
    "no drug is gone",
    "select drug from earlier.summary.tally where drug not in (select drug from {batch})",
    kind="drift",
    not_applicable_when=["no_earlier_snapshot"],
)


def test_rule_is_not_applicable_only_where_its_condition_holds(project: SmallProject) -> None:
    project.add_rules(DRIFT)
    assert outcome(judge(project), "no drug is gone").outcome == "not_applicable"
    assert judge(project).is_open
    earlier = project.fill("earlier.duckdb", "insert into summary.tally values ('amantadine', 1)")
    verdict = judge(project, earlier=str(earlier))
    assert outcome(verdict, "no drug is gone").rows == ({"drug": "amantadine"},)
    assert not verdict.is_open


def test_new_or_changed_table_is_not_compared_with_the_earlier_snapshot(project: SmallProject) -> None:
    """On the run after a column was added the earlier snapshot cannot be queried; on the next one it can."""
    project.add_rules({**DRIFT, "not_applicable_when": ["earlier_has_another_shape"]})
    same = project.fill("same.duckdb")
    assert outcome(judge(project, earlier=str(same)), "no drug is gone").outcome == "passed"
    older = project.fill("older.duckdb", "alter table summary.tally drop column case_count")
    assert outcome(judge(project, earlier=str(older)), "no drug is gone").outcome == "not_applicable"


def test_rule_without_its_condition_that_cannot_run_is_an_error(project: SmallProject) -> None:
    project.add_rules({key: value for key, value in DRIFT.items() if key != "not_applicable_when"})
    assert outcome(judge(project), "no drug is gone").outcome == "error"


@pytest.mark.parametrize(
    "query", ["select 1", "select true as a, true as b", "select true where false", "select no_column"]
)
def test_condition_without_one_boolean_is_an_error(project: SmallProject, query: str) -> None:
    project.write("conditions.yaml", yaml.safe_dump({"no_earlier_snapshot": {"query": query, "why": "x"}}))
    project.add_rules(DRIFT)
    assert outcome(judge(project), "no drug is gone").outcome == "error"


def test_profile_changes_a_volume_band(project: SmallProject) -> None:
    bands = {"single_quarter": {"min_value": 100}}
    project.suite("summary.tally", [rule("rows", COUNT, with_={"min_value": 1}, profiles=bands)])
    assert judge(project).is_open
    verdict = judge(project, profile="single_quarter")
    assert (verdict.profile, verdict.is_open) == ("single_quarter", False)


def test_profile_auto_follows_from_the_records_received(project: SmallProject) -> None:
    """`auto` reads the profile from what was received, and says what the earlier snapshot's was."""
    received = (
        "insert into meta.delivery (source, period, is_current, record_count) values ('faers', '2017Q2', true, {})"
    )
    project.fill("candidate.duckdb", received.format(900))
    earlier = project.fill("earlier.duckdb", received.format(600_000))
    verdict = judge(project, earlier=str(earlier))
    assert (verdict.profile, verdict.earlier_profile) == ("sample", "single_quarter")


def test_unknown_profile_is_refused(project: SmallProject) -> None:
    with pytest.raises(NightvigilError, match="no such volume profile"):
        judge(project, profile="enormous")
