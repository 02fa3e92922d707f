"""What a closed gate says to the person on call: the cause first, and what failed because of it grouped under it.

A failed rule is a consequence where a table that its own is built from failed as well, or where a rule about the
delivery that its table is made of did. What remains are causes, in the order in which a run computes: what was
received, clean, events, intermediate, summary, verify.
"""

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline import runs
from pipeline.alerts.message import PUBLICATION, Message, Problem
from pipeline.contract import load_contract
from pipeline.errors import NightvigilError
from pipeline.printable import make_one_line
from pipeline.quality.dependencies import SOURCE, find_downstream, rank_suites, read_parents
from pipeline.quality.derived import COLUMNS_RULE
from pipeline.quality.guidance import DELIVERY_TABLES, find_guidance, may_be_overridden
from pipeline.quality.overrides import is_overridable
from pipeline.quality.values import find_pair, measure_distance, show_number, show_value
from pipeline.quality.verdict import RuleResult, Verdict, judge_error
from pipeline.settings import Settings

PAGE = "quality.html"
LONGEST_VALUE = 80
LONGEST_REASON = 400
MOST_FIELDS = 6
USUAL_DAYS = 7
_HISTORY = re.compile(r"\s*(\(20\d\d-\d\d-\d\d\)|20\d\d-\d\d-\d\d: .*)")
_OF_COLUMN = re.compile(r"^(\w+) is (?:stated|not negative|a known word|plausible)$")


@dataclass(frozen=True)
class Failures:
    """The failed rules of a verdict: causes, what failed because of each, and the published tables affected."""

    causes: tuple[RuleResult, ...]
    consequences: tuple[RuleResult, ...]
    tables: tuple[str, ...]


def describe_gate(settings: Settings, run_id: str, verdict: Verdict) -> Message:
    """The message of a closed gate: every rule that shuts it and every failure that is overridden."""
    failures = group_failures(settings, [*verdict.blocking, *verdict.overridden] or [_describe_missing(verdict)])
    first = failures.causes[0]
    rules = "1 rule" if len(verdict.blocking) == 1 else f"{len(verdict.blocking)} rules"
    return Message(
        key=PUBLICATION,
        state="blocked",
        level="error",
        subject=f"publication blocked: {make_one_line(_state(first))}",
        effect=f"nothing new was published, {_name_live(settings, run_id)}; {rules} shut the gate",
        causes=_describe(settings, failures.causes, is_cause=True),
        consequences=_describe(settings, failures.consequences, is_cause=False),
        tables=failures.tables,
        who=find_guidance(first.suite, first.kind, is_error=first.outcome == "error").who,
        todo=_advise(run_id, first, verdict),
        command=shlex.join(["nightvigil", "quality", run_id]),
        links=link_page(settings, run_id),
        about={"run": run_id, **_name_new_deliveries(settings, run_id)},
    )


def link_page(settings: Settings, run_id: str) -> tuple[tuple[str, str], ...]:
    """Where the quality page of a run is; nothing where it was not written."""
    path = runs.run_dir(settings, run_id) / PAGE
    return (("quality page", str(path)),) if path.exists() else ()


def describe_warnings(settings: Settings, run_id: str, verdict: Verdict) -> tuple[Problem, ...]:
    """What failed and did not stop publication, causes first: warnings, and failures that a person overrode."""
    weak = [result for result in verdict.results if result.outcome == "failed" and not result.shuts_the_gate]
    failures = group_failures(settings, weak)
    return _describe(settings, [*failures.causes, *failures.consequences], is_cause=True)


def group_failures(settings: Settings, failed: Sequence[RuleResult]) -> Failures:
    """Causes and consequences of these failures, each in the order in which a run computes its tables.

    Where the models cannot be read, which is then among the failures itself, every failure is a cause.
    """
    try:
        ranks, parents = rank_suites(settings.sql_dir), read_parents(settings.sql_dir)
    except (NightvigilError, OSError):
        return Failures(tuple(failed), (), ())
    ordered = sorted(failed, key=lambda result: (not result.shuts_the_gate, ranks.get(result.suite, (-1, 0))))
    upstream = {result.suite for result in ordered if result.shuts_the_gate} or {result.suite for result in ordered}
    delivered = _find_bad_sources(ordered)
    behind: set[str] = find_downstream(parents, delivered)
    for suite in upstream:
        behind |= find_downstream(parents, {suite})
    broken = {result.suite for result in ordered if result.rule == COLUMNS_RULE and result.outcome == "failed"}
    consequences = tuple(
        result
        for result in ordered
        if result.suite in behind or (result.outcome == "error" and result.suite in broken)
    )
    causes = tuple(result for result in ordered if result not in consequences)
    affected = behind | upstream
    tables = tuple(table for table in ranks if table.startswith("summary.") and table in affected)
    return Failures(causes, consequences, tables)


def _describe_missing(verdict: Verdict) -> RuleResult:
    """The failure of a verdict that nothing shuts and that is not whole: rules were declared and not evaluated."""
    observed = f"{len(verdict.results)} of {verdict.declared_rule_count} rules have an outcome"
    return judge_error("every rule is evaluated", observed)


def _find_bad_sources(failed: Iterable[RuleResult]) -> set[str]:
    """The sources whose deliveries fail a rule that shuts the gate; what is built from them failed because of it."""
    rows = [
        row for result in failed if result.suite in DELIVERY_TABLES and result.shuts_the_gate for row in result.rows
    ]
    return {SOURCE + source for row in rows if (source := row.get("source"))}


def _describe(settings: Settings, failed: Iterable[RuleResult], *, is_cause: bool) -> tuple[Problem, ...]:
    try:
        keys = load_contract(settings.sql_dir).keys
    except NightvigilError:  # it is among the failures itself; rows are then shown by the fields of their rule alone
        keys = {}
    return tuple(describe_failure(result, keys.get(result.suite, ()), is_cause=is_cause) for result in failed)


def describe_failure(result: RuleResult, key: Sequence[str], *, is_cause: bool = True) -> Problem:
    """One failed rule in words. key: the columns that identify a row of its table.

    is_cause: say why the rule exists and what to do, which of a consequence is said of its cause.
    """
    earlier, now = describe_values(result)
    is_error = result.outcome == "error"
    reason = describe_reason(result)
    is_compared = bool(earlier) and result.failed_count == 1  # one value beside another is no count of rows
    guidance = find_guidance(result.suite, result.kind, is_error=is_error)
    stated = _state(result)
    stated = stated[:1].upper() + stated[1:] if stated.startswith("the rule") else stated
    return Problem(
        what=make_one_line(f"{stated}. {reason}" if is_cause and reason else stated),
        where=make_one_line(", ".join([result.suite, *_name_delivery(result)])),
        todo=guidance.todo if is_cause and not result.is_overridden else "",
        rule=make_one_line(f"{result.suite}: {result.rule}"),
        earlier=make_one_line(earlier),
        now=make_one_line(now or ("" if result.failed_count is not None else _cut(result.observed))),
        failed_count=None if is_compared else result.failed_count,
        checked_count=result.checked_count,
        limit="" if is_compared else make_one_line(result.limit),
        samples=describe_samples(result, key),
        override=make_one_line(result.override_text),
    )


def _state(result: RuleResult) -> str:
    """That the rule does not hold, of which delivery, and the values now and before where it compares them."""
    earlier, now = describe_values(result)
    place = "".join(f"{delivery}: " for delivery in _name_delivery(result))
    if result.outcome == "error":
        return f'the rule "{result.rule}" of {result.suite} could not be evaluated'
    values = f": {now} now, {earlier} before" if earlier else ""
    return f'{place}the rule "{result.rule}" does not hold{values}'


def describe_reason(result: RuleResult) -> str:
    """Why the rule exists, as a sentence without the notes on its history; of an error what the judge says."""
    text = (
        _cut(result.observed, LONGEST_REASON) if result.outcome == "error" else _HISTORY.sub("", result.why).strip()
    )
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}." if text else ""


def describe_values(result: RuleResult) -> tuple[str, str]:
    """The value before and now, of the sampled row that is farthest from it; blank where nothing is compared."""
    pair = find_pair(result.rows[0]) if result.rows else None
    if pair is None:
        return "", ""
    row = max(result.rows, key=lambda each: measure_distance(each, pair) or 0)
    return show_value(pair.now, row[pair.before]), show_value(pair.now, row.get(pair.now) or 0)


def describe_samples(result: RuleResult, key: Sequence[str]) -> tuple[str, ...]:
    """At most five rows that break the rule: ids and the fields that it is about, never a whole row.

    The fields are those that the text of the rule's query names; of `select *` they are those of its condition.
    """
    query = set(re.findall(r"\w+", result.query or ""))
    named = _OF_COLUMN.match(result.rule)
    samples = []
    for row in result.rows[:5]:
        ids = [name for name in key if name in row]
        fields = [name for name in row if name not in ids and (name in query or (named and name == named[1]))]
        # A key of many columns would push out the field that is wrong.
        shown = [*ids[: MOST_FIELDS - 1], *fields][:MOST_FIELDS]
        samples.append(make_one_line(", ".join(f"{name} {_show(row[name])}" for name in shown)))
    return tuple(samples)


def _show(value: str | None) -> str:
    return "null" if value is None else _cut(value)


def _cut(text: str, longest: int = LONGEST_VALUE) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _name_delivery(result: RuleResult) -> list[str]:
    """`faers 2024Q1`, where the rows that break the rule are about one delivery or quarter."""
    rows = result.rows
    named = {" ".join(filter(None, (row.get("source"), row.get("period")))) for row in rows if row.get("period")}
    return [named.pop()] if len(named) == 1 else []


def _name_live(settings: Settings, run_id: str) -> str:
    parent = _read_inputs(settings, run_id).get("parent")
    return f"snapshot {parent} stays live" if parent else "and nothing was before"


def _name_new_deliveries(settings: Settings, run_id: str) -> dict[str, str]:
    """What this run was made of and the live snapshot was not, at most five."""
    inputs = _read_inputs(settings, run_id)
    parent = inputs.get("parent")
    earlier = set(_read_inputs(settings, parent).get("deliveries", [])) if parent else set()
    new = [delivery for delivery in inputs.get("deliveries", []) if delivery not in earlier]
    if not new or not earlier:
        return {}
    more = f" and {show_number(len(new) - 5)} more" if len(new) > 5 else ""
    return {"new_deliveries": ", ".join(new[:5]) + more}


def _read_inputs(settings: Settings, run_id: str) -> dict[str, Any]:
    path = runs.run_dir(settings, run_id) / "inputs.json"
    inputs: dict[str, Any] = runs.read_json(path) if path.exists() else {}
    return inputs


def _advise(run_id: str, first: RuleResult, verdict: Verdict) -> str:
    todo = find_guidance(first.suite, first.kind, is_error=first.outcome == "error").todo
    command = write_override_command(run_id, verdict)
    return f"{todo}: `{command}`, then `nightvigil nightly`" if command and may_be_overridden(first.kind) else todo


def write_override_command(run_id: str, verdict: Verdict) -> str:
    """The command that overrides all that shuts the gate, its reason and role to be filled in.

    Empty where a rule that gives way to nobody is among it.
    """
    if not verdict.blocking or not all(map(is_overridable, verdict.blocking)):
        return ""
    day = (datetime.now(UTC) + timedelta(days=USUAL_DAYS)).date()
    return f"{shlex.join(['nightvigil', 'override', '--run', run_id])} --reason REASON --by ROLE --expires {day}"
