"""The rules that judged a snapshot, each with its outcome and what depends on it, as pages show them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.site.code_facts import list_affected, list_conditions
from pipeline.site.context import Context
from pipeline.site.dictionary_links import link_table
from pipeline.site.numbers import show_count
from pipeline.site.words import join_words, say

OUTCOMES = ("passed", "failed", "error", "not_applicable")
NOT_KNOWN = "not known"
FAILED = ("error", "failed")
MOST_NAMED = 3
MOST_SAMPLES = 5
RULES = """
select
    suite, rule, kind, severity, outcome, is_overridden, observed, why, failed_count, checked_count,
    failed_count / nullif(checked_count, 0) as failed_share, nullif(limit_text, '') as limit_text,
    overridden_by, overridden_until, override_reason, carried_from
from meta.quality_result
order by rowid
"""


def read_rules(context: Context) -> list[dict[str, Any]]:
    """Every rule of the snapshot in the order in which it was judged; none where it was not judged.

    Beside the columns of meta.quality_result: layer (the schema of its table), href, row_count (of its table), word
    (the outcome, `overridden` where a person let the failure pass), level, affected and affected_count (published
    tables), saw, override, sample (rows that break it: identifiers and the field in question), more_count
    (of such rows, beyond those).
    """
    affected, conditions = list_affected(context), list_conditions(context)
    samples = {(found["suite"], found["rule"]): found.get("rows", ()) for found in context.verdict.get("results", ())}
    return [
        row
        | _describe(row, conditions)
        | _describe_affected(row["suite"], affected)
        | {
            "href": link_table(context, row["suite"]),
            "row_count": context.row_counts.get(row["suite"]),
            **_show_sample(samples.get((row["suite"], row["rule"]), ())),
        }
        for row in context.ask(RULES)
    ]


def count_outcomes(rules: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many rules ended in each outcome, and how many failures a person overrode."""
    found = Counter(rule["outcome"] for rule in rules)
    return {outcome: found[outcome] for outcome in OUTCOMES} | {
        "overridden": sum(bool(rule["is_overridden"]) for rule in rules)
    }


def _describe(row: Mapping[str, Any], conditions: Mapping[str, str]) -> dict[str, Any]:
    saw = row["observed"]
    if row["outcome"] == "not_applicable":
        names = (saw or "").split(", ")
        saw = "; ".join(conditions.get(name, say(name)) for name in names if name)
    signed = (row["overridden_by"], row["overridden_until"], row["override_reason"])
    return {
        "layer": row["suite"].partition(".")[0],
        "word": "overridden" if row["is_overridden"] else row["outcome"],
        "level": "flagged" if row["outcome"] in FAILED else "",
        "saw": saw,
        "override": "by {}, until {}: {}".format(*signed) if signed[0] else None,
    }


def _describe_affected(suite: str, affected: Mapping[str, tuple[str, ...]] | None) -> dict[str, Any]:
    if affected is None:
        return {"affected": NOT_KNOWN, "affected_count": None}
    names = [table.partition(".")[2] for table in affected.get(suite, ())]
    if not names:
        return {"affected": "no published table", "affected_count": 0}
    if len(names) <= MOST_NAMED:
        return {"affected": join_words(names), "affected_count": len(names)}
    return {"affected": f"{show_count(len(names))} published tables", "affected_count": len(names)}


def _show_sample(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    shown = [", ".join(f"{name} {value}" for name, value in row.items()) for row in rows[:MOST_SAMPLES]]
    return {"sample": shown, "more_count": len(rows) - len(shown)}
