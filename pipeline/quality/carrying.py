"""Which outcomes of the live snapshot's verdict hold for a candidate as they are, so that their rules are not asked.

Most nights bring only trials, and asking two thousand rules about unchanged reports takes longer than all the rest.
An outcome is carried over where all of this holds:

- every table that the rule reads was taken over from the live snapshot and is shown to hold what it held when that
  was judged, so that SQL, code lists, rules, code and libraries are those of that run as well (`taken_over`);
- the volume profile is the same, and with it the rule's arguments;
- the rule is not about drift and reads neither the live snapshot, `meta`, the profiles of the runs, the clock nor the
  catalog, which differ in every run;
- its tables come from one wing: what compares reports with trials is asked in every run;
- the outcome is passed or failed, and nobody overrode it.

Conditions under which a rule is not applicable are asked in every run. After `rebuild_days` nothing is taken over, so
that every rule is asked again.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.quality.dependencies import NAME, SOURCE, read_parents
from pipeline.quality.rules import Rule
from pipeline.quality.verdict import RuleResult, read_verdict
from pipeline.sources import load_sources

DIFFERS_IN_EVERY_RUN = re.compile(
    r"\b(?:earlier|before|meta)\.|\brun_profile\b"
    r"|\b(?:get_)?current_(?:date|time|timestamp|setting|database|schemas?)\b|\b(?:local|transaction_)time(?:stamp)?\b"
    r"|\b(?:now|today|random|uuid)\s*\(|\bduckdb_\w+|\binformation_schema\b|\bpragma\w*",
    re.IGNORECASE,
)
LASTING = ("passed", "failed")


@dataclass(frozen=True)
class Carried:
    """tables: those that hold what they held. wings: by table, the wings of all that it is made of. results: by suite
    and rule, the outcomes that may be carried over."""

    tables: frozenset[str]
    wings: Mapping[str, frozenset[str]]
    results: Mapping[tuple[str, str], RuleResult]

    def find_result(self, suite: str, rule: Rule) -> RuleResult | None:
        """The outcome of a rule, with the arguments it has in this run, if it is carried over."""
        known = self.results.get((suite, rule.name))
        if known is None or rule.kind == "drift":
            return None
        read = list_tables_read(suite, rule, self.wings)
        if read is None or not read <= self.tables:
            return None
        wings = {wing for table in read for wing in self.wings[table]}
        return known if len(wings) <= 1 else None


NOTHING_CARRIED = Carried(frozenset(), {}, {})


def read_carried(sql_dir: Path, verdict: Path | None, tables: Collection[str], profile: str) -> Carried:
    """What may be carried over from a verdict. tables: those that hold what they held when it was given.

    Raises NightvigilError where the verdict cannot be read.
    """
    if verdict is None or not tables:
        return NOTHING_CARRIED
    found = read_verdict(verdict)
    if found.profile != profile:
        return NOTHING_CARRIED
    run_id = verdict.parent.name
    results = {
        (result.suite, result.rule): replace(result, carried_from=result.carried_from or run_id)
        for result in found.results
        if result.outcome in LASTING and result.override is None
    }
    return Carried(frozenset(tables), list_wings(sql_dir), results)


def list_tables_read(suite: str, rule: Rule, known: Collection[str]) -> frozenset[str] | None:
    """The tables that a rule reads, its own among them; None where it reads what differs in every run.

    known: all tables that are built.
    """
    texts = [*_list_texts(rule.parameters), rule.fact or ""]
    if suite not in known or any(DIFFERS_IN_EVERY_RUN.search(text) for text in texts):
        return None
    named = {name for text in texts for name in NAME.findall(text)}
    return frozenset({suite, *named.intersection(known)})


@cache
def list_wings(sql_dir: Path) -> Mapping[str, frozenset[str]]:
    """By table the wings of the sources that it is made of, at any distance; none where it is made of code lists."""
    wings: dict[str, frozenset[str]] = {SOURCE + source.name: frozenset({source.wing}) for source in load_sources()}
    for table, read in read_parents(sql_dir).items():  # in build order
        wings[table] = frozenset().union(*(wings[each] for each in read))
    return wings


def _list_texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _list_texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _list_texts(each)
    elif isinstance(value, str):
        yield value
