"""What the judge said: one outcome a rule, and whether the gate is open.

Outcomes rank error > not_applicable > failed > passed: a rule that could not run is never a pass, and a rule
that is not applicable to this run is neither.
"""

import json
from collections import Counter
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from pipeline.errors import NightvigilError

OUTCOMES = ("error", "not_applicable", "failed", "passed")
VERDICT_VERSION = 1


@dataclass(frozen=True)
class RuleResult:
    """One rule and its outcome. observed: what was seen, short. rows: at most a few offending rows, as text.

    query: SQL that shows all offending rows of the candidate (or of the snapshot, where it was published).
    failed_count of checked_count rows break the rule, each None where that is not counted. limit: what the rule
    allows, in words. distance: how far the value is beyond its limit or from the value before (larger is worse), None
    where nothing can be compared. override: what a person signed, also where it does not hold: `lapsed` says why.
    carried_from: the run that asked the rule, where nothing it depends on has changed since (`carrying`).
    """

    suite: str
    rule: str
    expectation: str
    kind: str
    severity: str
    outcome: str
    why: str
    observed: str = ""
    query: str | None = None
    rows: tuple[dict[str, str | None], ...] = ()
    is_overridden: bool = False
    override: dict[str, str] | None = None
    failed_count: int | None = None
    checked_count: int | None = None
    limit: str = ""
    distance: float | None = None
    carried_from: str | None = None

    @property
    def name(self) -> str:
        """How a command names the rule: `suite.rule`."""
        return f"{self.suite}.{self.rule}"

    @property
    def override_text(self) -> str:
        """Who lets the failure pass, until when and why, or why that does not hold; empty where nobody does."""
        if not self.override:
            return ""
        signed = f"overridden by {self.override['by']} until {self.override['expires']}: {self.override['reason']}"
        return f"no longer {signed} ({self.override['lapsed']})" if self.override.get("lapsed") else signed

    @property
    def shuts_the_gate(self) -> bool:
        """An error always; a critical failure unless a person took responsibility for it."""
        if self.outcome == "error":
            return True
        return self.outcome == "failed" and self.severity == "critical" and not self.is_overridden


@dataclass(frozen=True)
class Verdict:
    """All results of one run. declared_rule_count: rules in the files, whether or not they could be evaluated.

    deliveries: sha256 of the set of current deliveries that the candidate was made of, to which overrides are bound.
    """

    results: tuple[RuleResult, ...]
    declared_rule_count: int
    profile: str
    earlier_profile: str | None = None
    judged_at: str = ""
    seconds: float = 0.0
    versions: dict[str, str] = field(default_factory=dict)
    deliveries: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the candidate may be published: every declared rule answered, and none shuts the gate."""
        is_whole = len(self.results) == self.declared_rule_count > 0
        is_known = all(result.outcome in OUTCOMES for result in self.results)
        return is_whole and is_known and not any(result.shuts_the_gate for result in self.results)

    @property
    def counts(self) -> dict[str, int]:
        """How many rules ended in each outcome; every outcome is a key."""
        found = Counter(result.outcome for result in self.results)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    @property
    def overridden(self) -> tuple[RuleResult, ...]:
        """The failures that a person overrode, each with the override that did."""
        return tuple(result for result in self.results if result.is_overridden)

    @property
    def carried(self) -> tuple[RuleResult, ...]:
        """The outcomes that are those of an earlier run."""
        return tuple(result for result in self.results if result.carried_from)

    @property
    def blocking(self) -> tuple[RuleResult, ...]:
        """The results that keep the gate shut."""
        return tuple(result for result in self.results if result.shuts_the_gate)

    def to_json(self) -> dict[str, Any]:
        """The verdict as plain values; what is derived is written out too, for people who read the file."""
        return {
            "verdict_version": VERDICT_VERSION,
            "is_open": self.is_open,
            "counts": self.counts,
            "overridden": [f"{result.suite}: {result.rule}" for result in self.overridden],
            "blocking": [f"{result.suite}: {result.rule}" for result in self.blocking],
            **asdict(self),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Verdict":
        """Read what `to_json` wrote; raise NightvigilError when it is not a whole verdict."""
        try:
            # An earlier version wrote fewer fields: one that has a default may be absent.
            named = [key.name for key in fields(cls) if key.name in values or key.default is MISSING]
            kept = {name: values[name] for name in named}
            results = tuple(RuleResult(**{**result, "rows": tuple(result["rows"])}) for result in kept.pop("results"))
            verdict = cls(results=results, **kept)
            is_same = (values["verdict_version"], values["is_open"]) == (VERDICT_VERSION, verdict.is_open)
        except (KeyError, TypeError) as error:
            raise _unreadable(f"it lacks or mistakes {error}") from error
        if not is_same:
            raise _unreadable("what it says of the gate does not follow from its results")
        return verdict


def write_verdict(verdict: Verdict, path: Path) -> None:
    """Write quality.json whole or not at all. `<`, `>` and `&` are escaped: a drug name is never markup."""
    text = json.dumps(verdict.to_json(), indent=1, sort_keys=True)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_text(text + "\n")
    unfinished.replace(path)


def read_verdict(path: Path) -> Verdict:
    """Read a quality.json; raise NightvigilError when it is absent, torn or contradicts itself."""
    try:
        values = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise _unreadable(str(error)) from error
    if not isinstance(values, dict):
        raise _unreadable("it is not an object")
    return Verdict.from_json(values)


def closed_verdict(what: str, profile: str) -> Verdict:
    """The verdict of a judge that did not finish: one error, so the gate is shut and the run says why."""
    return Verdict(results=(judge_error("the judge finishes", what),), declared_rule_count=1, profile=profile)


def judge_error(rule: str, observed: str) -> RuleResult:
    """An error of the judge itself, which shuts the gate like any other. rule: what should hold of the judge."""
    return RuleResult(
        suite="judge",
        rule=rule,
        expectation="",
        kind="contract",
        severity="critical",
        outcome="error",
        why="a check that could not run is never a pass",
        observed=observed,
    )


def with_override(result: RuleResult, override: dict[str, str], lapsed: str = "") -> RuleResult:
    """The same failure, with the override a person signed. lapsed: why it does not hold, empty where it does."""
    return replace(result, is_overridden=not lapsed, override={**override, **({"lapsed": lapsed} if lapsed else {})})


def _unreadable(reason: str) -> NightvigilError:
    return NightvigilError(
        f"the verdict cannot be read: {reason}",
        where="quality.json",
        todo="run `nightvigil check` again; the gate stays shut until a whole verdict exists",
    )
