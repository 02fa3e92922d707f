"""The judge runs in a process of its own, and only a whole verdict of its own making is believed."""

import json
import sys
from pathlib import Path

import duckdb
import pytest

from pipeline import quality
from pipeline.quality.process import judge, waiting_judge
from pipeline.quality.verdict import RuleResult, Verdict, read_verdict, write_verdict
from pipeline.settings import Settings
from tests.quality.small_project import PAYLOAD, SmallProject, rule

pytestmark = pytest.mark.slow

GOOD = RuleResult("summary.tally", "rows", "expect_x", "volume", "critical", "passed", "why")


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    return SmallProject.build(tmp_path)


def settings(project: SmallProject) -> Settings:
    return Settings(
        home=project.home,
        sql_dir=project.home / "sql",
        expectations_dir=project.home / "expectations",
        judge_memory_limit="300MB",
    )


def judge_with(project: SmallProject, monkeypatch: pytest.MonkeyPatch, script: str, timeout: float = 20) -> Verdict:
    """Judge with a shell script in the place of Python: its standard input is the task."""
    player = project.home / "judge.sh"
    player.write_text(f"#!/bin/sh\n{script}\n")
    player.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(player))
    return judge(settings(project), project.home / "candidate.duckdb", project.home, None, timeout=timeout)


def test_waiting_judge_reads_and_never_writes(project: SmallProject) -> None:
    """A hostile drug name goes through as text: escaped in quality.json, whole in the database, never run."""
    candidate = project.fill(
        "candidate.duckdb", f"update summary.tally set drug = $${PAYLOAD}$$ where case_count = 1"
    )
    project.add_rules(
        rule("known", "expect_column_values_to_be_in_set", with_={"column": "drug", "value_set": ["ketamine"]})
    )
    before = candidate.read_bytes()
    with waiting_judge(project.home) as waiting:
        verdict = judge(settings(project), candidate, project.home, None, waiting=waiting)
        assert waiting.returncode == 0, "the one that waited has judged"
    assert candidate.read_bytes() == before
    assert not candidate.with_name("candidate.duckdb.wal").exists()
    (failed,) = verdict.blocking
    assert failed.rows[0]["drug"] == PAYLOAD
    text = (project.home / "quality.json").read_text()
    assert not set("<>&") & set(text)
    assert json.loads(text)["results"] == json.loads(json.dumps(verdict.to_json()))["results"]
    assert not list(project.home.rglob("*.html"))


def test_results_are_appended_to_quality_result(project: SmallProject) -> None:
    candidate = project.home / "candidate.duckdb"
    verdict = Verdict((GOOD,), 1, "sample")
    quality.append_results(candidate, verdict)
    with duckdb.connect(str(candidate), read_only=True) as connection:
        rows = connection.execute("select suite, rule, outcome, is_overridden from meta.quality_result").fetchall()
    assert rows == [("summary.tally", "rows", "passed", False)]
    assert not candidate.with_name("candidate.duckdb.wal").exists()


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("exit 0", "cannot be read"),
        ("exit 7", "ended with 7"),
        ("kill -9 $$", "signal 9"),
        ("kill -11 $$", "signal 11"),
        ('echo "{" > quality.json', "cannot be read"),
        ("echo out of memory; exit 1", "out of memory"),
    ],
)
def test_judge_that_does_not_finish_keeps_the_gate_shut(
    project: SmallProject, monkeypatch: pytest.MonkeyPatch, script: str, word: str
) -> None:
    monkeypatch.chdir(project.home)
    verdict = judge_with(project, monkeypatch, script)
    assert not verdict.is_open
    assert word in verdict.results[0].observed
    assert read_verdict(project.home / "quality.json") == verdict


def test_judge_past_its_timeout_keeps_the_gate_shut(project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = judge_with(project, monkeypatch, "exec sleep 20", timeout=0.2)
    assert not verdict.is_open
    assert "did not finish" in verdict.results[0].observed


def test_stopped_waiting_judge_is_replaced(project: SmallProject) -> None:
    with waiting_judge(project.home) as waiting:
        waiting.kill()
        waiting.wait()
        assert judge(
            settings(project), project.home / "candidate.duckdb", project.home, None, waiting=waiting
        ).is_open


def test_a_judge_without_a_task_ends_and_writes_nothing(project: SmallProject) -> None:
    """Whoever started it was interrupted: its standard input is closed, and no verdict may appear."""
    with waiting_judge(project.home) as waiting:
        waiting.communicate(b"", timeout=600)
    assert not (project.home / "quality.json").exists()


def test_verdict_of_another_run_is_not_accepted(project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    write_verdict(Verdict((GOOD,), 1, "sample"), project.home / "quality.json")
    assert not judge_with(project, monkeypatch, "exit 0").is_open


@pytest.mark.parametrize(
    "changes",
    [
        {"declared_rule_count": 2},
        {"results": ()},
        {"results": (RuleResult(**{**GOOD.__dict__, "outcome": "fine"}),)},
    ],
)
def test_verdict_with_a_missing_result_is_shut(changes: dict[str, object]) -> None:
    assert not Verdict(**{"results": (GOOD,), "declared_rule_count": 1, "profile": "sample", **changes}).is_open


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values.pop("results"),
        lambda values: values["results"].pop(),
        lambda values: values["results"][0].pop("outcome"),
        lambda values: values["results"][0].update(outcome="error"),
        lambda values: values.update(verdict_version=9),
        lambda values: values.update(is_open=False),
    ],
)
def test_truncated_or_edited_verdict_is_refused(tmp_path: Path, change) -> None:
    path = tmp_path / "quality.json"
    write_verdict(Verdict((GOOD,), 1, "sample"), path)
    assert read_verdict(path).is_open
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))
    with pytest.raises(Exception, match="verdict cannot be read"):
        read_verdict(path)
