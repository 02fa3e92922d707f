"""An override lets one failure pass: this value, of these deliveries, until a day; anything else blocks again."""

import json
import shlex
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import app
from pipeline.errors import NightvigilError, UsageError
from pipeline.quality.judging import judge_candidate
from pipeline.quality.overrides import (
    Override,
    end_overrides,
    hash_deliveries,
    hash_rows,
    read_overrides,
    record_overrides,
)
from pipeline.quality.verdict import RuleResult, Verdict, write_verdict
from pipeline.settings import Settings
from tests.quality.small_project import COUNT, SmallProject, rule, sql_rule

pytestmark = pytest.mark.slow

RULE = "summary.tally.no tenth is lost"
LOST = sql_rule(
    "no tenth is lost",
    "select count(*) as row_count, 10 as earlier_row_count from {batch} having count(*) < 9",
    kind="drift",
)
SHARE = sql_rule("the share is plausible", "select sum(case_count) / 10 as share from {batch}", kind="plausibility")
STRUCTURE = sql_rule("nothing is small", "select * from {batch} where case_count < 2")


def days_from_now(days: int) -> str:
    return str((datetime.now(UTC) + timedelta(days=days)).date())


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    made = SmallProject.build(tmp_path)
    made.add_rules(LOST)
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "data")


@pytest.fixture
def judge(project: SmallProject, settings: Settings) -> Callable[[], Verdict]:
    return lambda: judge_candidate(project.task(overrides=str(settings.overrides)))


def record(settings: Settings, verdict: Verdict, *names: str, **changes: Any) -> list[Override]:
    signed = {"reason": "the agency withdrew the reports", "by": "safety lead", "expires": days_from_now(7)}
    return record_overrides(settings, "run-1", verdict, list(names), **(signed | changes))


def test_override_lets_the_same_failure_pass_and_is_shown(judge, settings: Settings) -> None:
    closed = judge()
    assert [result.name for result in closed.blocking] == [RULE]
    record(settings, closed, RULE)
    verdict = judge()
    assert verdict.is_open
    (result,) = verdict.overridden
    assert result.override_text == (
        f"overridden by safety lead until {days_from_now(7)}: the agency withdrew the reports"
    )
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


def test_worse_value_blocks_again_and_a_better_one_does_not(project: SmallProject, judge, settings: Settings) -> None:
    record(settings, judge(), RULE)
    project.fill("candidate.duckdb", "insert into summary.tally values ('amantadine', 2)")
    assert judge().is_open
    project.fill("candidate.duckdb", "delete from summary.tally where drug = 'ketamine'")
    verdict = judge()
    (result,) = verdict.blocking
    assert result.override_text.startswith("no longer overridden by safety lead")
    assert result.override_text.endswith("(the value is worse)")


def test_other_delivery_blocks_again(project: SmallProject, judge, settings: Settings) -> None:
    record(settings, judge(), RULE)
    project.fill(
        "candidate.duckdb",
        "insert into meta.delivery (source, delivery_id, is_current) values ('faers', 'another', true)",
    )
    (result,) = (each for each in judge().blocking if each.name == RULE)
    assert result.override_text.endswith("(the deliveries are others)")


def test_value_that_is_no_number_must_be_the_same(project: SmallProject, judge, settings: Settings) -> None:
    """A query of one aggregated row always finds one row: what the row says must be what was accepted."""
    project.add_rules(SHARE)
    record(settings, judge(), "summary.tally.the share is plausible")
    assert judge().is_open
    project.fill("candidate.duckdb", "update summary.tally set case_count = 9 where drug = 'ketamine'")
    (result,) = judge().blocking
    assert result.override_text.endswith("(the value is another)")


def test_shortfall_of_rows_is_compared(project: SmallProject, judge, settings: Settings) -> None:
    project.fill("candidate.duckdb", "delete from summary.tally")
    project.suite("summary.tally", [rule("rows", COUNT, with_={"min_value": 3}, kind="volume")])
    closed = judge()
    (failed,) = closed.blocking
    assert (failed.distance, failed.limit) == (3.0, "at least 3 rows")
    record(settings, closed)
    project.fill("candidate.duckdb")
    assert judge().is_open


def failure(**changes: Any) -> RuleResult:
    values = {
        "suite": "clean.trial",
        "rule": "no trial is gone",
        "expectation": "",
        "kind": "drift",
        "severity": "critical",
        "outcome": "failed",
        "why": "a reason",
        "observed": "2",
        "failed_count": 2,
        "rows": ({"trial_id": "NCT1"}, {"trial_id": "NCT2"}),
    }
    return RuleResult(**(values | changes))


def test_override_expires_after_its_last_day_and_ends_when_a_person_ends_it(settings: Settings) -> None:
    verdict = Verdict((failure(),), 1, "sample", deliveries=hash_deliveries(["a"]))
    (made,) = record(settings, verdict)
    last = date.fromisoformat(made.expires)
    assert made.find_lapse(failure(), verdict.deliveries, last) == ""
    assert made.find_lapse(failure(), verdict.deliveries, last + timedelta(days=1)) == f"it expired on {last}"
    fewer = failure(failed_count=1, rows=({"trial_id": "NCT3"},))
    assert made.find_lapse(fewer, verdict.deliveries, last) == ""
    assert [each.name for each in end_overrides(settings, [made.name], reason="corrected", by="data engineer")] == [
        "clean.trial.no trial is gone"
    ]
    (ended,) = read_overrides(settings.overrides)
    assert ended.find_lapse(failure(), verdict.deliveries, last) == "ended by data engineer: corrected"
    with pytest.raises(UsageError, match="no override of"):
        end_overrides(settings, [made.name], reason="again", by="data engineer")


def test_last_digits_of_a_sum_are_no_other_value() -> None:
    assert hash_rows(failure(rows=({"share": "0.30000000000000004"},))) == hash_rows(
        failure(rows=({"share": "0.3"},))
    )


@pytest.mark.parametrize(
    "refused",
    [
        ("summary.tally.nothing is small", {}, "of kind contract"),
        ("summary.tally.rows", {}, "did not fail"),
        ("summary.tally.no such rule", {}, "no such rule"),
        ("summary.tally.broken", {}, "could not be evaluated"),
        (RULE, {"reason": " "}, "--reason is blank"),
        (RULE, {"by": "ROLE"}, "--by is blank"),
        (RULE, {"expires": "soon"}, "--expires"),
        (RULE, {"expires": days_from_now(-1)}, "--expires"),
        (RULE, {"expires": days_from_now(31)}, "--expires"),
    ],
)
def test_forbidden_or_incomplete_override_is_refused(
    project: SmallProject, judge, settings: Settings, refused: tuple[str, dict[str, str], str]
) -> None:
    """Structure, arithmetic and errors give way to nobody; nothing is recorded of a refused command."""
    name, changes, problem = refused
    project.add_rules(LOST, STRUCTURE, sql_rule("broken", "select no from {batch}", kind="drift"))
    with pytest.raises(UsageError, match=problem) as refusal:
        record(settings, judge(), RULE, name, **changes)
    assert refusal.value.exit_code == 2
    assert read_overrides(settings.overrides) == []


def test_unreadable_record_keeps_the_gate_shut(judge, settings: Settings) -> None:
    record(settings, judge(), RULE)
    (path,) = settings.overrides.iterdir()
    path.write_text(path.read_text()[:40])
    with pytest.raises(NightvigilError, match="cannot be read"):
        judge()


def test_command_records_lists_and_ends_what_a_run_failed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """As the person on call types it; a rule of structure beside the others is named as still shutting the gate."""
    lost, broken = failure(), failure(rule="one row per key", kind="contract")
    verdict = Verdict((lost, broken), 2, "sample", deliveries=hash_deliveries(["a"]))
    (settings.runs / "run-1").mkdir(parents=True)
    write_verdict(verdict, settings.runs / "run-1" / "quality.json")
    monkeypatch.setenv("NIGHTVIGIL_HOME", str(settings.home))

    def run(command: str) -> tuple[str, str]:
        app(shlex.split(command)[1:], standalone_mode=False)
        return capfd.readouterr()

    signed = f"--reason 'they were withdrawn' --by 'safety lead' --expires {days_from_now(3)}"
    out, err = run(f"nightvigil override 'clean.trial.no trial is gone' {signed} --format csv")
    assert "clean.trial.no trial is gone,safety lead,they were withdrawn" in out
    assert "these still shut the gate: clean.trial.one row per key" in err
    assert ",holds," in run("nightvigil override list --format csv")[0]
    run("nightvigil override end 'clean.trial.no trial is gone' --reason corrected --by 'data engineer'")
    assert ",ended by data engineer: corrected," in run("nightvigil override list --format csv")[0]
    assert "1 recorded" in run(f"nightvigil override --run run-1 {signed}")[1]
    for refused in ("nightvigil override", "nightvigil override end", f"nightvigil override x.y.z {signed} --run no"):
        with pytest.raises(UsageError):
            run(refused)
