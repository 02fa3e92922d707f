"""`python -m pipeline.quality.runbook`: write `deploy/runbook.md`, what to do about each rule that shuts the gate.

A rule that a person wrote, and each query of `verify`, has an entry of its own. The rules that follow from the
contract of a table have one entry for each kind of rule and stage, which lists the tables and columns it is about.
"""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline import resources
from pipeline.contract import load_contract
from pipeline.quality.circumstances import read_declared
from pipeline.quality.dependencies import SOURCE, find_downstream, read_parents
from pipeline.quality.derived import NO_ROW_RULE
from pipeline.quality.guidance import DELIVERY_TABLES, find_guidance, may_be_overridden
from pipeline.quality.rules import Rule, Suite
from pipeline.quality.samples import offending_query
from pipeline.quality.suites import list_built_tables, list_suites, load_suite

PATH = resources.ROOT / "deploy" / "runbook.md"
WIDTH = 116
STAGES = {
    "meta": "What was received",
    "clean": "Clean tables",
    "events": "Events",
    "intermediate": "Intermediate tables",
    "summary": "Published tables",
    "verify": "Agreement between tables",
}
OF_COLUMN = ("is stated", "is not negative", "is a known word")
INTRODUCTION = """# Runbook

<!-- Written by `python -m pipeline.quality.runbook` from expectations/ and sql/; edit these, not this file. -->

What to do when a rule shuts the gate: nothing new was published, and the live snapshot is unchanged. The message
names the cause first; its table and rule are the heading of an entry here. A rule that fails because an earlier one
did needs nothing of its own.

1. `nightvigil quality` shows what failed in the last run, causes first; `runs/RUN/quality.html` shows every rule.
2. Look at the rows. A query below runs on the candidate, with the live snapshot beside it as `earlier`:

       duckdb -readonly data/runs/RUN/candidate.duckdb
       attach 'data/published/current/nightvigil.duckdb' as earlier (read_only);

   The judge also knows the volume profile, as the table `run_profile`; leave that condition out.
3. Remove the cause and run `nightvigil nightly`. Where the failure is right and the entry says that it may be
   overridden: `nightvigil override "SUITE.RULE" --reason ... --by ... --expires ...`, or `--run RUN` for all of them
   at once. It lets this value of these deliveries pass, for at most 30 days; a worse value blocks again.

A rule that could not be evaluated (outcome `error`) is never overridden: read what the judge says in `judge.log` of
the run, and correct the rule or the SELECT.
"""


@dataclass(frozen=True)
class Entry:
    """One entry. covers: the rules it is about, as `suite: rule`."""

    heading: str
    text: str
    covers: tuple[str, ...]


def load_suites() -> list[Suite]:
    """The suites of the installed rules, in build order; raises NightvigilError where one cannot be read."""
    contract, files = load_contract(resources.SQL), list_suites(resources.EXPECTATIONS)
    names = [set(read_declared(resources.EXPECTATIONS / name)) for name in ("profiles.yaml", "conditions.yaml")]
    tables = list_built_tables(resources.SQL)
    return [load_suite(contract, table, files.get(table), *names) for table in tables]


def write_runbook(suites: Iterable[Suite]) -> str:
    """The runbook as Markdown."""
    parts = [INTRODUCTION]
    entries = list(list_entries(suites))
    for stage, title in STAGES.items():
        found = [entry for entry in entries if entry.covers[0].startswith(f"{stage}.")]
        parts += [f"## {title}\n", *(f"### {entry.heading}\n\n{entry.text}\n" for entry in found)]
    return "\n".join(parts)


def list_entries(suites: Iterable[Suite]) -> Iterator[Entry]:
    """Every entry: those of single rules table by table, then those of rules that follow from the contract."""
    shared: dict[tuple[str, str], list[tuple[Suite, Rule]]] = {}
    for suite in suites:
        for rule in suite.rules:
            if rule.severity != "critical":
                continue
            if rule.fact is not None and rule.name != NO_ROW_RULE:
                shared.setdefault((suite.table.partition(".")[0], _name_kind(rule)), []).append((suite, rule))
            else:
                yield _describe_rule(suite, rule)
    for (stage, kind), found in shared.items():
        yield _describe_kind(stage, kind, found)


def _describe_rule(suite: Suite, rule: Rule) -> Entry:
    name = f"{suite.table}: {rule.name}"
    query = offending_query(rule, suite.table) or f"select count(*) as row_count from {suite.table}"  # noqa: S608
    text = _compose(rule.why, _list_affected(suite.table), query, suite.table, rule.kind)
    return Entry(name, text, (name,))


def _describe_kind(stage: str, kind: str, found: list[tuple[Suite, Rule]]) -> Entry:
    suite, rule = found[0]
    why = rule.why.split(":")[0].split(" (")[0] if kind in OF_COLUMN else rule.why
    about: dict[str, list[str]] = {}
    for each, one in found:
        about.setdefault(each.table, []).append(one.name.removesuffix(f" {kind}"))
    listed = [
        f"`{table}`" + (f" ({', '.join(names)})" if kind in OF_COLUMN else "") for table, names in about.items()
    ]
    affected = (
        "the published tables built from it; the message lists them" if stage != "summary" else "the table itself"
    )
    query = offending_query(rule, suite.table) or ""
    text = _compose(why, affected, query, suite.table, rule.kind)
    text += f"\n- About: {', '.join(listed)}"
    heading = f"{stage}: COLUMN {kind}" if kind in OF_COLUMN else f"{stage}: {kind}"
    return Entry(heading, _wrap(text), tuple(f"{each.table}: {one.name}" for each, one in found))


def _compose(why: str, affected: str, query: str, table: str, kind: str) -> str:
    guidance = find_guidance(table, kind)
    permission = "yes, with a reason" if may_be_overridden(kind) else "no"
    lines = [
        f"- Means: {_say(why)}",
        f"- Affects: {affected}",
        f"- First look: {_quote(query)}",
        f"- Usual causes: {guidance.causes}",
        f"- Do ({guidance.who}): {guidance.todo}",
        f"- May be overridden: {permission}",
    ]
    return _wrap("\n".join(lines))


def _list_affected(table: str) -> str:
    """The published tables that are built from a table, or that a query of `verify` compares."""
    parents = read_parents(resources.SQL)
    if table.startswith("verify."):
        compared = sorted(name for name in parents[table] if not name.startswith(SOURCE))
        return ", ".join(f"`{name}`" for name in compared) or "every table built from what was received"
    if table.startswith("meta.") and table not in DELIVERY_TABLES:
        return "what the snapshot says of itself; no count"
    first = {name for read in parents.values() for name in read if name.startswith(SOURCE)}
    behind = find_downstream(parents, first if table in DELIVERY_TABLES else {table}) | {table}
    published = [name for name in parents if name in behind and name.startswith("summary.")]
    everything = sum(name.startswith("summary.") for name in parents)
    if len(published) == everything:
        return "every published table"
    return ", ".join(f"`{name}`" for name in published) or "no published table"


def _name_kind(rule: Rule) -> str:
    """The kind of a rule that follows from the contract: its name without the column it is about."""
    return next(
        (kind for kind in OF_COLUMN if rule.name.endswith(kind) and rule.name != "its key is stated"), rule.name
    )


def _quote(query: str) -> str:
    """A query as inline code, whatever it holds."""
    return f"`` {query} ``" if "`" in query else f"`{query}`"


def _wrap(text: str) -> str:
    wrapped = (
        textwrap.fill(line, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        for line in text.replace("\n  ", " ").splitlines()
    )
    return "\n".join(wrapped)


def _say(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def main() -> None:
    """Write the runbook into the checkout."""
    PATH.write_text(write_runbook(load_suites()), encoding="utf-8")


if __name__ == "__main__":
    main()
