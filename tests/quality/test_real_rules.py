"""The real rules on a whole sound candidate, and on candidates that lack something."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipeline.models import load_models
from pipeline.quality.judging import Task, judge_candidate
from pipeline.quality.suites import list_suites, read_yaml
from pipeline.resources import ROOT as PROJECT
from tests.without_statistics import remove_tables

pytestmark = pytest.mark.slow

ONLY_OF_REAL_VOLUMES = (
    "most versions are neither deleted nor superseded",
    "ages are stated as often as in the cases",
    "the serious share is plausible",
    "few cases leave an analysis",
    "rows a report are as in the other quarters of the history",
    "nearly every report of a real volume has a drug and a reaction",
    "rows a report are as in the files of the agency",
    "trials with results post their flow",
)


# The sample was built as a first snapshot, which states no change.
NOTHING_CHANGED = (
    "nothing_changed",
    "nothing_arrived",
    "no_changed_case",
    "no_changed_case_of_a_count",
    "no_changed_case_of_a_flag",
    "no_changed_effect",
    "no_changed_flag",
    "no_changed_trial",
    "no_reason_of_a_case",
)


def test_sound_candidate_opens_the_gate_and_every_rule_is_evaluated(good_task: Task) -> None:
    """With an earlier snapshot attached every rule is applicable: what fails is reported, and is a warning."""
    verdict = judge_candidate(good_task)
    assert not verdict.blocking
    assert verdict.is_open
    assert verdict.counts["error"] == 0
    waived = {(result.rule, result.observed) for result in verdict.results if result.outcome == "not_applicable"}
    # the quarter of the sample that the sequential plan tests may hold no new case
    may_be_empty = {("the table is not empty", cause) for cause in ("no_quarter_of_the_plan", *NOTHING_CHANGED)}
    assert waived == {(rule, "sample_volume") for rule in ONLY_OF_REAL_VOLUMES} | may_be_empty
    assert (verdict.profile, verdict.earlier_profile) == ("sample", "sample")
    assert {result.rule for result in verdict.results if result.outcome == "failed"} == {
        "no line is quarantined",
        "no quarter is missing between the first and the last",
    }


@pytest.mark.proof
def test_first_run_waives_only_drift_rules(good_task: Task) -> None:
    verdict = judge_candidate(replace(good_task, earlier=None))
    assert verdict.is_open
    waived = [
        result.kind
        for result in verdict.results
        if result.outcome == "not_applicable" and result.observed != "sample_volume"
    ]
    assert set(waived) == {"drift", "volume"}  # of volume: tables of the sequential test, whose plan has begun


def only(task: Task, folder: Path, *tables: str) -> Task:
    """The same task with the rules of a few tables, and those of what was received, which no gate does without."""
    for name in ("sql_dir", "expectations_dir"):
        shutil.copytree(getattr(task, name), folder / name, dirs_exist_ok=True)
    remove_tables(
        folder / "sql_dir",
        folder / "expectations_dir",
        {model.table for model in load_models(Path(task.sql_dir))} - set(tables),
    )
    return replace(task, expectations_dir=str(folder / "expectations_dir"), sql_dir=str(folder / "sql_dir"))


def test_quarter_lost_since_the_live_snapshot_shuts_the_gate(good_task: Task, tmp_path: Path) -> None:
    """One delivery fewer than the live snapshot had: the drift rules say so, and a person may override them."""
    lost = tmp_path / "lost.duckdb"
    lost.write_bytes(Path(good_task.candidate).read_bytes())
    with duckdb.connect(str(lost)) as connection:
        for table in ("meta.delivery", "clean.faers_version", "clean.faers_case", "events.case"):
            connection.execute(f"delete from {table} where period = '2017Q2'")
    verdict = judge_candidate(only(replace(good_task, candidate=str(lost)), tmp_path, "events.case"))
    shut_by = {(result.suite, result.rule) for result in verdict.blocking if result.kind == "drift"}
    assert ("meta.delivery", "no delivery is gone") in shut_by
    assert ("events.case", "no quarter lost a fifth of its cases") in shut_by


def test_run_without_any_delivery_keeps_the_gate_shut(good_task: Task, tmp_path: Path) -> None:
    """Where no source ever delivered, most rules are not applicable; that nothing came is a failure of its own."""
    nothing = tmp_path / "nothing.duckdb"
    nothing.write_bytes(Path(good_task.candidate).read_bytes())
    with duckdb.connect(str(nothing)) as connection:
        connection.execute("delete from meta.delivery")
    verdict = judge_candidate(only(replace(good_task, candidate=str(nothing), earlier=None), tmp_path, "events.case"))
    assert ("meta.delivery", "something was received") in {(each.suite, each.rule) for each in verdict.blocking}


def test_emptiness_whose_condition_holds_leaves_the_gate_open(good_task: Task, tmp_path: Path) -> None:
    """No title names a total or a period, no record has an outcomes module: 30 trials may well be so."""
    emptied = ["delete from intermediate.trial_group_period", "delete from clean.trial_outcome"]
    proof = ["update clean.trial_event_group set group_title = 'Arm ' || arm_id"]
    rule = "the table is not empty"
    outcomes = {}
    for name, statements in (("proven", proof + emptied), ("unproven", emptied)):
        candidate = tmp_path / f"{name}.duckdb"
        candidate.write_bytes(Path(good_task.candidate).read_bytes())
        with duckdb.connect(str(candidate)) as connection:
            for statement in statements:
                connection.execute(statement)
        alone = only(good_task, tmp_path, "intermediate.trial_group_period", "clean.trial_outcome")
        verdict = judge_candidate(replace(alone, candidate=str(candidate), earlier=None))
        assert ("clean.trial_outcome", rule) not in {(each.suite, each.rule) for each in verdict.blocking}
        outcomes[name] = {each.suite: each.outcome for each in verdict.results if each.rule == rule}
    assert outcomes["proven"]["intermediate.trial_group_period"] == "not_applicable"
    assert outcomes["unproven"]["intermediate.trial_group_period"] == "failed"


@pytest.mark.parametrize(
    ("drug", "outcome"),
    [
        ("Placebo of ketamine", "not_applicable"),
        ("Esomeprazole magnesium", "not_applicable"),
        ("Ketamine", "failed"),
    ],
)
def test_trials_of_no_watched_drug_are_proven_by_their_names(
    good_task: Task, tmp_path: Path, drug: str, outcome: str
) -> None:
    """Placebos of a drug and other drugs are none of it; one intervention of that name is enough to ask for arms."""
    candidate = tmp_path / "other_drugs.duckdb"
    candidate.write_bytes(Path(good_task.candidate).read_bytes())
    suite, rule = "intermediate.trial_group_drug", "the table is not empty"
    with duckdb.connect(str(candidate)) as connection:
        connection.execute(f"delete from {suite}")
        connection.execute("update clean.trial_event_group set group_title = 'Arm ' || arm_id")
        connection.execute("update clean.trial_intervention set intervention_name = ?", [drug])
    verdict = judge_candidate(only(replace(good_task, candidate=str(candidate), earlier=None), tmp_path, suite))
    assert [each.outcome for each in verdict.results if (each.suite, each.rule) == (suite, rule)] == [outcome]


READS_EARLIER = re.compile(r"\bearlier\.(\w+\.\w+)")
# What a rule may read of the live snapshot besides its own table: the columns it needs there were in every version.
ALWAYS_THERE = {"events.case", "meta.delivery", "clean.trial"}


def test_rule_that_reads_the_live_snapshot_is_waived_where_that_has_another_shape() -> None:
    """A table that is new, moved or changed is not compared on its first run: its condition is declared."""
    files = list_suites(PROJECT / "expectations")
    rules = [(table, rule) for table, path in files.items() for rule in read_yaml(path)["rules"]]
    reading = [(table, rule, set(READS_EARLIER.findall(str(rule["with"])))) for table, rule in rules]
    compared = [(table, rule, read) for table, rule, read in reading if read]
    assert len(compared) > 50
    for table, rule, read in compared:
        own = {"earlier_has_another_shape"} if not table.startswith("meta.") else {"no_earlier_snapshot"}
        assert own <= set(rule["not_applicable_when"]), f"{table}: {rule['name']}"
        assert read - {table} <= ALWAYS_THERE, f"{table}: {rule['name']}"
