"""Asks one suite of one table, through Great Expectations, and turns its answers into outcomes.

Anything that raises is an error, and so is an answer that does not come: the number of answers is compared with
the number of rules, since Great Expectations only logs an expectation that it could not add.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from great_expectations.core import ExpectationSuite
from great_expectations.exceptions.exceptions import GreatExpectationsError
from great_expectations.expectations.registry import get_expectation_impl
from sqlalchemy.exc import SQLAlchemyError

from pipeline.errors import NightvigilError
from pipeline.quality.carrying import NOTHING_CARRIED, Carried
from pipeline.quality.circumstances import Ask, Circumstances, Declared, list_holding_conditions
from pipeline.quality.duckdb_engine import Candidate
from pipeline.quality.facts import ExpectContractToHold
from pipeline.quality.no_rows import NoRows
from pipeline.quality.rules import CONTRACT_EXPECTATION, SQL_EXPECTATION, Rule, Suite
from pipeline.quality.samples import LONGEST_VALUE, counts_rows_of_table, describe_limit, offending_query, sample
from pipeline.quality.suites import ROW_COUNT
from pipeline.quality.values import find_pair, write_distance
from pipeline.quality.verdict import RuleResult

RULE = "rule"  # the key of a rule's name in the meta of its expectation
RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 3}
FAULTS = (GreatExpectationsError, NightvigilError, SQLAlchemyError, ValueError, TypeError, KeyError, IndexError)


@dataclass(frozen=True)
class Answer:
    """What Great Expectations said of one rule."""

    is_success: bool
    observed: str
    fault: str | None
    result: Mapping[str, Any] = field(default_factory=dict)


def evaluate_suite(
    candidate: Candidate,
    suite: Suite,
    circumstances: Circumstances,
    conditions: dict[str, Declared],
    ask: Ask,
    *,
    carried: Carried = NOTHING_CARRIED,
) -> list[RuleResult]:
    """One result a rule, in the order of the file. ask: answers the conditions, and may remember its answers.
    carried: the outcomes that are not asked for again."""
    try:
        held = list_holding_conditions(ask, conditions, suite)
    except FAULTS as fault:
        return [_result(suite, rule, "error", f"its condition: {fault}") for rule in suite.rules]
    results = {
        rule.name: _result(suite, rule, "not_applicable", reason)
        for rule in suite.rules
        if (reason := ", ".join(sorted(held & set(rule.not_applicable_when))))
    }
    asked = []
    for rule in (rule.in_profile(circumstances.profile) for rule in suite.rules if rule.name not in results):
        known = carried.find_result(suite.table, rule)
        if known is None:
            asked.append(rule)
        else:
            results[rule.name] = known
    answers = _ask(candidate, suite.table, asked)
    results |= {rule.name: _judge(candidate, suite, rule, answers.get(rule.name)) for rule in asked}
    return [results[rule.name] for rule in suite.rules]


def make_expectation(rule: Rule) -> Any:
    """A handwritten rule as an Expectation; raises what Great Expectations raises on a name or argument it lacks."""
    kind: Any = NoRows if rule.expect == SQL_EXPECTATION else get_expectation_impl(rule.expect)
    return kind(**rule.parameters, severity=rule.severity, meta={RULE: rule.name})


def _ask(candidate: Candidate, table: str, rules: list[Rule]) -> dict[str, Answer]:
    if not rules:
        return {}
    answers: dict[str, Answer] = {}
    expectations = []
    facts = {rule.name: rule.fact for rule in rules if rule.fact is not None}
    try:
        if facts:
            expectations.append(ExpectContractToHold(table=table, facts=json.dumps(facts)))
        for rule in rules:
            if rule.fact is None:
                _add(expectations, answers, rule)
        suite = ExpectationSuite(name=table, expectations=expectations)
        found = candidate.validate(table, suite, RESULT_FORMAT)
    except FAULTS as fault:
        return {rule.name: Answer(False, "", _short(fault)) for rule in rules}
    for answer in found:
        name = (answer.expectation_config.meta or {}).get(RULE)
        answers |= {name: _read(answer)} if name else _read_facts(table, facts, answer)
    return answers


def _add(expectations: list[Any], answers: dict[str, Answer], rule: Rule) -> None:
    """Add a rule to what is asked; one that cannot be asked is answered here."""
    try:
        expectations.append(make_expectation(rule))
    except FAULTS as fault:
        answers[rule.name] = Answer(False, "", _short(fault))


def _read_facts(table: str, facts: Iterable[str], answer: Any) -> dict[str, Answer]:
    """One answer for each rule that follows from the contract; none for a rule of which nothing was said."""
    fault = _find_fault(answer)
    if fault is not None:
        return {name: Answer(False, "", fault) for name in facts}
    found = (answer.result or {}).get("details", {})
    return {name: _read_fact(table, name, found[name]) for name in facts if name in found}


def _read_fact(table: str, name: str, found: int | str) -> Answer:
    if isinstance(found, str):
        fault = NightvigilError(
            f"the rule could not be asked: {found}",
            where=f"{table}: {name}",
            todo="correct the SELECT of the table, or its columns in sql/columns.csv",
        )
        return Answer(False, "", _short(fault))
    return Answer(found == 0, str(found), None, {"observed_value": found})


def _read(answer: Any) -> Answer:
    result = answer.result or {}
    shown = {
        key: result[key]
        for key in ("observed_value", "unexpected_count", "unexpected_percent", "partial_unexpected_list", "details")
        if result.get(key) not in (None, [], {})
    }
    observed = str(shown.pop("observed_value")) if set(shown) == {"observed_value"} else _flat(shown)
    is_success = answer.success is True
    return Answer(is_success, observed[: LONGEST_VALUE * 2], _find_fault(answer), result)


def _find_fault(answer: Any) -> str | None:
    """What was raised while an expectation was asked; None where it was asked."""
    info = answer.exception_info or {}
    each = [info] if "raised_exception" in info else list(info.values())
    return next((str(one.get("exception_message")) for one in each if one.get("raised_exception")), None)


def _judge(candidate: Candidate, suite: Suite, rule: Rule, answer: Answer | None) -> RuleResult:
    if answer is None:
        return _result(suite, rule, "error", "Great Expectations gave no answer")
    if answer.fault is not None:
        return _result(suite, rule, "error", answer.fault)
    if answer.is_success:
        return _result(suite, rule, "passed", answer.observed)
    query = offending_query(rule, suite.table)
    try:
        rows = sample(candidate.ask, query) if query else ()
        failed = _result(suite, rule, "failed", answer.observed, query=query, rows=rows)
        return _count(candidate.ask, failed, rule, answer)
    except NightvigilError as fault:
        return _result(suite, rule, "error", f"it failed, and its offenders cannot be shown: {_short(fault)}")


def _count(ask: Ask, failed: RuleResult, rule: Rule, answer: Answer) -> RuleResult:
    """The failure with its numbers, as far as Great Expectations or our own SQL knows them."""
    found, limit = answer.result, describe_limit(rule)
    if rule.expect in (SQL_EXPECTATION, CONTRACT_EXPECTATION):
        pair = find_pair(failed.rows[0]) if failed.rows else None
        return replace(
            failed,
            failed_count=int(found["observed_value"]),
            checked_count=_count_rows(ask, failed.suite) if counts_rows_of_table(rule) else None,
            limit=limit,
            distance=_ask_number(ask, write_distance(pair, failed.query)) if pair and failed.query else None,
        )
    if rule.expect.startswith(ROW_COUNT):
        return replace(failed, limit=limit, distance=_measure_excess(rule, int(found["observed_value"])))
    return replace(
        failed, failed_count=found.get("unexpected_count"), checked_count=found.get("element_count"), limit=limit
    )


def _count_rows(ask: Ask, table: str) -> int:
    (row,) = ask(f"select count(*) as row_count from {table}")  # noqa: S608 - a name of our own
    return int(row["row_count"])


def _measure_excess(rule: Rule, row_count: int) -> float:
    """By how many rows a table is beyond what the rule allows."""
    exact = rule.parameters.get("value")
    if exact is not None:
        return float(abs(row_count - exact))
    low, high = rule.parameters.get("min_value"), rule.parameters.get("max_value")
    return float(max(low - row_count if low is not None else 0, row_count - high if high is not None else 0))


def _ask_number(ask: Ask, query: str) -> float | None:
    """The one number of a query; None where it is no number, as when a value before is a text or a date."""
    try:
        (row,) = ask(query)
        (value,) = row.values()
        return None if value is None else float(value)
    except (NightvigilError, TypeError, ValueError):
        return None


def _result(
    suite: Suite, rule: Rule, outcome: str, observed: str, *, query: str | None = None, rows: Any = ()
) -> RuleResult:
    return RuleResult(
        suite=suite.table,
        rule=rule.name,
        expectation=rule.expect,
        kind=rule.kind,
        severity=rule.severity,
        outcome=outcome,
        why=rule.why,
        observed=observed,
        query=query,
        rows=rows,
    )


def _short(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"[: LONGEST_VALUE * 4]


def _flat(values: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())
