"""A person may let one named drift or volume failure pass, for a reason and until a day; never an error.

The file (setting NIGHTVIGIL_QUALITY_OVERRIDES) is a list of: suite, rule, reason, by (a role, not a name),
expires (a date, the last day it holds). It is recorded in the verdict and the manifest.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.errors import NightvigilError
from pipeline.quality.rules import Rule, Suite
from pipeline.quality.suites import read_yaml
from pipeline.quality.verdict import RuleResult, with_override

OVERRIDABLE_KINDS = ("drift", "volume")
_KEYS = {"suite", "rule", "reason", "by", "expires"}


@dataclass(frozen=True)
class Override:
    """A failure that a person accepts. expires: the last day on which it holds, ISO date."""

    suite: str
    rule: str
    reason: str
    by: str
    expires: str


def read_overrides(path: Path | None, suites: Iterable[Suite]) -> list[Override]:
    """Read the file; raise NightvigilError when an entry is not whole or names a rule it may not override."""
    if path is None:
        return []
    rules = {(suite.table, rule.name): rule for suite in suites for rule in suite.rules}
    document = read_yaml(path)
    if not isinstance(document, list):
        raise _refused("it is a list of overrides", path.name)
    return [_read(entry, rules, f"{path.name}: entry {number}") for number, entry in enumerate(document, 1)]


def apply_overrides(results: list[RuleResult], overrides: list[Override], today: date) -> list[RuleResult]:
    """The results, with each failure that an unexpired override names marked as overridden."""
    standing = {
        (override.suite, override.rule): override
        for override in overrides
        if date.fromisoformat(override.expires) >= today
    }
    return [_apply(result, standing.get((result.suite, result.rule))) for result in results]


def _apply(result: RuleResult, override: Override | None) -> RuleResult:
    if override is None or result.outcome != "failed" or result.kind not in OVERRIDABLE_KINDS:
        return result
    return with_override(result, asdict(override))


def _read(entry: Any, rules: dict[tuple[str, str], Rule], where: str) -> Override:
    if not isinstance(entry, dict) or set(entry) != _KEYS:
        raise _refused(f"it has exactly the keys {', '.join(sorted(_KEYS))}", where)
    if not all(isinstance(entry[key], str) and entry[key].strip() for key in _KEYS - {"expires"}):
        raise _refused("suite, rule, reason and by are text, and none is blank", where)
    expires = entry["expires"]
    if not isinstance(expires, date):
        raise _refused("expires is a date such as 2026-12-31", where)
    rule = rules.get((entry["suite"], entry["rule"]))
    if rule is None:
        raise _refused(f"no rule {entry['rule']!r} in suite {entry['suite']!r}", where)
    if rule.kind not in OVERRIDABLE_KINDS:
        raise _refused(f"{entry['rule']!r} is of kind {rule.kind}: only drift and volume give way", where)
    return Override(**{**entry, "expires": expires.isoformat()})


def _refused(problem: str, where: str) -> NightvigilError:
    return NightvigilError(
        f"the overrides of quality rules cannot be used: {problem}",
        where=where,
        todo="correct the file that NIGHTVIGIL_QUALITY_OVERRIDES names, or unset it",
    )
