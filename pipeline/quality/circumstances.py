"""What a candidate is judged by: the volume profile, and the named conditions under which a rule is not applicable.

Both are declared in `expectations/profiles.yaml` and `expectations/conditions.yaml`; each names a query that
proves it on the candidate, so that "not applicable" is never an opinion.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import NightvigilError
from pipeline.quality.rules import Suite
from pipeline.quality.suites import read_yaml

Ask = Callable[[str], list[dict[str, Any]]]


@dataclass(frozen=True)
class Declared:
    """A profile or a condition: its name, the query that answers yes or no, and why it exists."""

    name: str
    query: str
    why: str


@dataclass(frozen=True)
class Circumstances:
    """The profile of this run and of the snapshot before (None without one)."""

    profile: str
    earlier_profile: str | None


def read_declared(path: Path) -> dict[str, Declared]:
    """Read profiles.yaml or conditions.yaml in file order; raise NightvigilError on anything unknown."""
    document = read_yaml(path)
    if not isinstance(document, dict) or not document:
        raise _wrong(path.name, "it maps each name to a query and a why")
    for name, entry in document.items():
        if not isinstance(entry, dict) or set(entry) != {"query", "why"} or not all(entry.values()):
            raise _wrong(f"{path.name}: {name}", "it has exactly a query and a why")
    return {str(name): Declared(str(name), **entry) for name, entry in document.items()}


def find_circumstances(
    ask: Ask, profiles: dict[str, Declared], wished: str, catalog: str, *, has_earlier: bool
) -> Circumstances:
    """Determine the profiles. wished: a profile's name, or 'auto' for the first one whose query says yes."""
    profile = _determine(ask, profiles, wished, catalog)
    if not has_earlier:
        return Circumstances(profile, None)
    (snapshot,) = ask("select profile from earlier.meta.snapshot")
    return Circumstances(profile, _determine(ask, profiles, str(snapshot["profile"]), "earlier"))


def list_holding_conditions(ask: Ask, conditions: dict[str, Declared], suite: Suite) -> set[str]:
    """The conditions that hold for this suite, of those that its rules name. A query that fails, raises."""
    layer, name = suite.table.split(".")
    columns = ", ".join(f"'{column}'" for column in suite.columns)
    named = {condition for rule in suite.rules for condition in rule.not_applicable_when}
    return {
        condition
        for condition in sorted(named)
        if is_true(ask, conditions[condition].query.format(layer=layer, name=name, columns=columns), condition)
    }


def is_true(ask: Ask, query: str, name: str) -> bool:
    """The one boolean a query returns; raises NightvigilError on any other answer."""
    rows = ask(query)
    values = [value for row in rows for value in row.values()]
    if len(values) != 1 or not isinstance(values[0], bool):
        raise _wrong(name, f"its query must return one row with one boolean, not {values!r}")
    return values[0]


def _determine(ask: Ask, profiles: dict[str, Declared], wished: str, catalog: str) -> str:
    if wished in profiles:
        return wished
    if wished != "auto":
        raise _wrong(wished, f"there is no such volume profile; known are {', '.join(profiles)}")
    for profile in profiles.values():
        if is_true(ask, profile.query.format(catalog=catalog), profile.name):
            return profile.name
    raise _wrong("profiles.yaml", "no profile's query says yes, and the last one should always")


def _wrong(where: str, problem: str) -> NightvigilError:
    return NightvigilError(
        f"the volume profile or a condition cannot be determined: {problem}",
        where=where,
        todo="correct expectations/profiles.yaml or conditions.yaml, or the setting NIGHTVIGIL_PROFILE",
    )
