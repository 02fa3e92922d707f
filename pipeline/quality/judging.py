"""The judging of one candidate, inside the judge's own process: every suite, every rule, one verdict."""

import functools
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pipeline.contract import load_contract
from pipeline.errors import NightvigilError
from pipeline.quality.carrying import read_carried
from pipeline.quality.circumstances import find_circumstances, read_declared
from pipeline.quality.duckdb_engine import Candidate
from pipeline.quality.evaluation import evaluate_suite
from pipeline.quality.overrides import apply_overrides, hash_deliveries, read_overrides
from pipeline.quality.rules import Suite
from pipeline.quality.suites import list_built_tables, list_required_suites, list_suites, load_suite
from pipeline.quality.verdict import RuleResult, Verdict


@dataclass(frozen=True)
class Task:
    """What to judge, as text, so that it can be handed to another process. overrides: the folder of their records.

    earlier: the database of the live snapshot. carried_tables: the tables that the candidate took over from it and
    that are shown to be the same; its quality.json, beside the database, says how they were judged.
    """

    candidate: str
    run_dir: str
    sql_dir: str
    expectations_dir: str
    profile: str
    memory_limit: str
    threads: int
    earlier: str | None = None
    overrides: str | None = None
    carried_tables: Sequence[str] = ()


def judge_candidate(task: Task) -> Verdict:
    """Evaluate every declared rule on the candidate. Raises only where no verdict could be trusted."""
    started = time.monotonic()
    profiles, conditions = (
        read_declared(Path(task.expectations_dir) / name) for name in ("profiles.yaml", "conditions.yaml")
    )
    suites, results = read_suites(task, set(profiles), set(conditions))
    overrides = read_overrides(Path(task.overrides) if task.overrides else None)
    with closing(open_candidate(task)) as candidate:
        circumstances = find_circumstances(
            candidate.ask, profiles, task.profile, candidate.catalog, has_earlier=task.earlier is not None
        )
        create_run_profile(candidate, list(profiles), circumstances.profile, circumstances.earlier_profile)
        ask_once = functools.cache(candidate.ask)  # nothing changes a candidate while it is judged
        verdict = Path(task.earlier).with_name("quality.json") if task.earlier else None
        carried = read_carried(Path(task.sql_dir), verdict, task.carried_tables, circumstances.profile)
        for suite in suites:
            results += evaluate_suite(candidate, suite, circumstances, conditions, ask_once, carried=carried)
        deliveries = hash_deliveries(_list_current_deliveries(candidate))
    return Verdict(
        results=tuple(apply_overrides(results, overrides, deliveries, datetime.now(UTC).date())),
        declared_rule_count=sum(len(suite.rules) for suite in suites) + _unread(results, suites),
        profile=circumstances.profile,
        earlier_profile=circumstances.earlier_profile,
        judged_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - started, 2),
        versions={name: version(name) for name in ("great_expectations", "duckdb")},
        deliveries=deliveries,
    )


def read_suites(task: Task, profiles: set[str], conditions: set[str]) -> tuple[list[Suite], list[RuleResult]]:
    """The rules of every table, and an error for each table that is promised or built alone, or cannot be judged."""
    built = list_built_tables(Path(task.sql_dir))
    files = list_suites(Path(task.expectations_dir))
    try:
        contract = load_contract(Path(task.sql_dir))
        required = list_required_suites(Path(task.expectations_dir))
    except NightvigilError as error:
        return [], [_error(table, str(error)) for table in built]
    results = list(_find_astray(set(built), set(contract.columns), set(files), set(required)))
    astray = {result.suite for result in results}
    suites = []
    for table in [*built, *(table for table in files if table not in built)]:
        if table in astray:
            continue
        try:
            suites.append(load_suite(contract, table, files.get(table), profiles, conditions))
        except NightvigilError as error:
            results.append(_error(table, str(error)))
    return suites, results


def _find_astray(built: set[str], promised: set[str], ruled: set[str], required: set[str]) -> Iterator[RuleResult]:
    """List, files and contract must name the same tables: one that nobody judges cannot be relied on."""
    for table in sorted(built - promised):
        yield _error(table, "it is built, and sql/columns.csv promises no column of it")
    for table in sorted(promised - built):
        yield _error(table, "sql/columns.csv promises it, and neither sql/order.txt nor meta_tables.sql names it")
    for table in sorted(ruled - built - promised):
        yield _error(table, "expectations/ holds rules for it, and sql/order.txt names no such table")
    for table in sorted(required - ruled):
        yield _error(table, "expectations/suites.txt lists handwritten rules for it, and there is no such file")
    for table in sorted(ruled & built - required):
        yield _error(table, "expectations/ holds rules for it, and expectations/suites.txt does not list it")


def open_candidate(task: Task) -> Candidate:
    """Open the candidate read-only, with the earlier snapshot beside it."""
    return Candidate(
        Path(task.candidate),
        Path(task.earlier) if task.earlier else None,
        memory_limit=task.memory_limit,
        threads=task.threads,
        spill=Path(task.run_dir) / "judge.tmp",
    )


def create_run_profile(candidate: Candidate, profiles: list[str], profile: str, earlier: str | None) -> None:
    """Create the temporary table `run_profile` that rules may read: this profile and the earlier one, ranked from the
    largest."""
    candidate.run("create temp table run_profile (profile text, rank int, earlier_profile text, earlier_rank int)")
    was = f"'{earlier}', {profiles.index(earlier)}" if earlier else "null, null"
    candidate.run(f"insert into run_profile values ('{profile}', {profiles.index(profile)}, {was})")  # noqa: S608


def _list_current_deliveries(candidate: Candidate) -> list[str]:
    rows = candidate.ask("select source, delivery_id from meta.delivery where is_current")
    return [f"{row['source']} {row['delivery_id']}" for row in rows]


def _unread(results: list[RuleResult], suites: list[Suite]) -> int:
    """Each suite that is missing, astray or unreadable counts as one declared rule, which is an error."""
    read = {suite.table for suite in suites}
    return sum(result.suite not in read for result in results)


def _error(table: str, problem: str) -> RuleResult:
    return RuleResult(
        suite=table,
        rule="the suite can be read",
        expectation="",
        kind="contract",
        severity="critical",
        outcome="error",
        why="a table nobody judges is a table nobody may rely on",
        observed=problem,
    )
