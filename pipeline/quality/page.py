"""`runs/<run id>/quality.html`: what the judge said of one run, for people, published or not.

One file without script or anything loaded from elsewhere. Every text is escaped where it is put in, and the policy of
the page lets a browser use its own style sheet only.
"""

import base64
import hashlib
import logging
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from pipeline import runs
from pipeline.alerts.causes import PAGE, describe_gate, describe_warnings, write_override_command
from pipeline.durable import write_durably
from pipeline.page_templates import open_templates
from pipeline.printable import make_one_line
from pipeline.quality.dependencies import rank_suites
from pipeline.quality.values import show_number
from pipeline.quality.verdict import RuleResult, Verdict
from pipeline.settings import Settings

FOLDER = Path(__file__).parent
FAILED = ("error", "failed")
WORDS = {"not_applicable": "not applicable"}

log = logging.getLogger("nightvigil.quality")


@dataclass(frozen=True)
class Row:
    """One rule as the page shows it."""

    rule: str
    kind: str
    severity: str
    word: str
    style: str
    why: str
    observed: str
    query: str
    override_text: str
    carried_from: str


@dataclass(frozen=True)
class Group:
    """The rules of one table. counts: its outcomes in words."""

    name: str
    counts: str
    is_failed: bool
    results: list[Row]


def write_page(settings: Settings, run_id: str, verdict: Verdict) -> None:
    """Write the page of a judged run. One that cannot be written is logged, and changes nothing of the verdict."""
    try:
        page = render_page(settings, run_id, verdict)
        write_durably(runs.run_dir(settings, run_id) / PAGE, page.encode("utf-8", "backslashreplace"))
    except Exception as problem:  # noqa: BLE001 - whatever is wrong with the page, the verdict stands
        reason = make_one_line(f"{type(problem).__name__}: {problem}")
        log.warning("the quality page of run %s was not written: %s", run_id, reason)


def render_page(settings: Settings, run_id: str, verdict: Verdict) -> str:
    """The page as text. Raises NightvigilError when the models or the contract cannot be read."""
    style = (FOLDER / "page.css").read_text()
    warnings = describe_warnings(settings, run_id, verdict)
    values: dict[str, Any] = {
        "run_id": run_id,
        "style": style,
        "style_hash": base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        "facts": _list_facts(verdict),
        "suites": _group_rules(settings, verdict),
        "warnings": warnings,
        **_describe_verdict(settings, run_id, verdict, len(warnings)),
    }
    page: str = _load_template().render(values)
    return page


def _describe_verdict(settings: Settings, run_id: str, verdict: Verdict, warning_count: int) -> dict[str, Any]:
    nothing: dict[str, Any] = {"causes": (), "consequences": (), "tables": (), "who": "", "command": ""}
    if not verdict.is_open:
        gate = describe_gate(settings, run_id, verdict)
        shown = {name: getattr(gate, name) for name in nothing}
        who = gate.who[:1].upper() + gate.who[1:]
        override = write_override_command(run_id, verdict)
        return {
            **shown,
            "who": who,
            "override": override,
            "state": "closed",
            "title": "Publication blocked",
            "effect": _say(gate.effect),
        }
    if warning_count:
        rules = "1 failure" if warning_count == 1 else f"{warning_count} failures"
        effect = f"The gate is open; {rules} did not stop publication."
        return {**nothing, "state": "warned", "title": "Passed, with warnings", "effect": effect}
    return {**nothing, "state": "open", "title": "Passed", "effect": "The gate is open and no rule failed."}


def _list_facts(verdict: Verdict) -> list[tuple[str, str]]:
    counts = verdict.counts
    return [
        ("rules passed", show_number(counts["passed"])),
        ("failed", show_number(counts["failed"])),
        ("could not be evaluated", show_number(counts["error"])),
        ("not applicable", show_number(counts["not_applicable"])),
        ("overridden", show_number(len(verdict.overridden))),
        ("carried over from earlier runs", show_number(len(verdict.carried))),
        ("judged at (UTC)", verdict.judged_at.removesuffix("+00:00").replace("T", " ")),
        ("volume profile", verdict.profile),
        ("seconds", show_number(verdict.seconds)),
    ]


def _group_rules(settings: Settings, verdict: Verdict) -> list[Group]:
    ranks = rank_suites(settings.sql_dir)
    ordered = sorted(verdict.results, key=lambda result: (ranks.get(result.suite, (-1, 0)), result.suite))
    groups = []
    for suite, found in groupby(ordered, key=lambda result: result.suite):
        results = sorted(found, key=lambda result: result.outcome not in FAILED)
        outcomes = Counter(_name_outcome(result) for result in results)
        counts = ", ".join(f"{show_number(count)} {word}" for word, count in outcomes.items())
        is_failed = any(result.outcome in FAILED for result in results)
        groups.append(Group(suite, counts, is_failed, [_show_rule(result) for result in results]))
    return groups


def _show_rule(result: RuleResult) -> Row:
    is_weak = result.outcome == "failed" and not result.shuts_the_gate
    return Row(
        rule=result.rule,
        kind=result.kind,
        severity=result.severity,
        word=_name_outcome(result),
        style="weak" if is_weak else result.outcome,
        why=result.why,
        observed=result.observed,
        query=result.query or "",
        override_text=result.override_text,
        carried_from=result.carried_from or "",
    )


def _name_outcome(result: RuleResult) -> str:
    return "overridden" if result.is_overridden else WORDS.get(result.outcome, result.outcome)


def _load_template() -> Any:
    environment = open_templates(FOLDER)
    environment.filters |= {"number": show_number, "sentence": _say}
    return environment.get_template("page.html")


def _say(text: str) -> str:
    """The text as a sentence."""
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}." if text else ""
