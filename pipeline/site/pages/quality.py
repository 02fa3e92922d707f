"""Data quality: what the rules said of the snapshot, what is in no count and why, and every rule, a page a layer."""

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.site.attrition import describe_attrition
from pipeline.site.context import Context
from pipeline.site.dictionary_links import FIRST_SCHEMAS
from pipeline.site.numbers import show_count, show_time
from pipeline.site.page import Link, Page
from pipeline.site.rules import FAILED, NOT_KNOWN, count_outcomes, read_rules
from pipeline.site.run_history import COLUMNS as RUNS
from pipeline.site.run_history import list_runs
from pipeline.site.tables import Column, Table, make_table
from pipeline.site.words import name_file, say

MOST_NIGHTS = 14
TABLE = Column("suite", "Table", href="href")
COUNTED = (
    Column("failed_count", "Rows that break it", "count"),
    Column("checked_count", "Rows checked", "count", tip="A dash where the rule is not about single rows."),
    Column("failed_share", "Share", "percent"),
    Column("limit_text", "Allowed"),
)
WHY = Column("why", "Why the rule exists", "prose")
AFFECTED = Column("affected", "Published tables made from it", sort_by="affected_count")
FAILURES = (
    Column("rule", "Rule", "prose"),
    TABLE,
    Column("severity", "Severity", words=say),
    *COUNTED,
    WHY,
    AFFECTED,
)
RULES = (
    Column("rule", "Rule"),
    TABLE,
    Column("word", "Outcome", words=say),
    Column("severity", "Severity", words=say),
    Column("kind", "Kind", words=say),
    Column("row_count", "Rows of the table", "count"),
    *COUNTED,
    WHY,
    Column("saw", "What it saw", "prose"),
    Column("carried_from", "Ran in the earlier run"),
    AFFECTED,
)
LAYERS = (
    Column("layer", "Layer", href="href", words=say),
    Column("table_count", "Tables judged", "count"),
    Column("rule_count", "Rules", "count"),
    Column("passed", "Passed", "count"),
    Column("failed", "Failed", "count"),
    Column("error", "Not evaluated", "count"),
    Column("not_applicable", "Not applicable", "count"),
)
REASONS = (Column("rule_count", "Rules", "count"), Column("saw", "Why not applicable", "prose"))
QUARANTINE = (
    Column("member", "File"),
    Column("source", "Source"),
    Column("period", "Period", "quarter"),
    Column("staged_line_count", "Lines staged", "count"),
    Column("quarantined_line_count", "Lines in quarantine", "count"),
    Column("share", "Share", "percent"),
    Column("command", "Shows the lines and their reasons"),
)
HELD = """
select
    listed.member, listed.source, delivery.period, listed.delivery_id, listed.staged_line_count,
    listed.quarantined_line_count,
    listed.quarantined_line_count / nullif(listed.staged_line_count + listed.quarantined_line_count, 0) as share,
    'nightvigil quarantine ' || listed.delivery_id as command
from meta.delivery_table as listed
inner join meta.delivery as delivery on listed.source = delivery.source and listed.delivery_id = delivery.delivery_id
where delivery.is_current and listed.quarantined_line_count > 0
order by listed.source, delivery.period, listed.delivery_id, listed.member
"""
QUEUE = (
    Column("name_text", "As reported", "prose"),
    Column("source", "Source"),
    Column("resembles", "Resembles", words=say),
    Column("resemblance", "Why it is undecided", words=say),
    Column("case_count", "Cases that a decision would move", "count"),
)
UNDECIDED = """
select name_text, source, resembles, resemblance, case_count from meta.review_queue
order by case_count desc, source, name_text
"""


def name_links(context: Context) -> tuple[Link, ...]:
    """The verdict; the pages of the rules are reached from there."""
    return (Link("quality.html", "Data quality"),)


def make_pages(context: Context) -> Iterator[Page]:
    """The page of the verdict, and one for the rules of each layer."""
    rules = read_rules(context)
    layers = _group_layers(rules)
    failures = [rule for rule in rules if rule["outcome"] in FAILED]
    yield Page(
        "quality.html",
        "Data quality",
        "quality.html",
        {
            "lead": _say_verdict(context, rules),
            "counts": count_outcomes(rules),
            "is_judged": bool(rules),
            "judged_at": _show_judged(context),
            "failures": make_table("failed", "Rules that failed", FAILURES, failures, level="level"),
            "examples": [rule for rule in failures if rule["sample"] or rule["override"]],
            "reasons": make_table("not-applicable", "Rules that are not applicable", REASONS, _count_reasons(rules)),
            "layers": make_table(
                "layers", "Rules by layer", LAYERS, [_count_layer(*each) for each in layers.items()]
            ),
            "quarantine": make_table("quarantine", "Lines in quarantine, by file", QUARANTINE, context.ask(HELD)),
            "undecided": make_table("undecided", "What a person should decide", QUEUE, context.ask(UNDECIDED)),
            "attrition": describe_attrition(context),
            "nights": make_table(
                "nights", "The latest runs that this snapshot knows of", RUNS, list_runs(context, MOST_NIGHTS)
            ),
        },
        shows_reports=False,
    )
    for layer, found in layers.items():
        yield Page(
            name_file("quality", layer),
            f"Rules of the layer {layer}",
            "quality_rules.html",
            {
                "counts": count_outcomes(found),
                "rule_count": len(found),
                "has_unknown": any(rule["affected"] == NOT_KNOWN for rule in found),
                "table": _make_rules(layer, found),
            },
            shows_reports=False,
        )


def _say_verdict(context: Context, rules: Sequence[dict[str, Any]]) -> str:
    """The verdict in one line."""
    if not rules:
        return "This snapshot holds no outcome of a rule: whether it was judged is not known from it."
    counts = count_outcomes(rules)
    is_open = context.verdict.get("is_open")
    state = "" if is_open is None else "Published: " if is_open else "Not fit to be published: "
    said = [
        f"{show_count(len(rules))} rules ran",
        f"{show_count(counts['failed'] + counts['error'])} failed",
        f"{show_count(counts['overridden'])} of these overridden by a person",
        f"{show_count(counts['not_applicable'])} waived as not applicable",
    ]
    text = f"{state}{', '.join(said)}."
    if carried := sum(rule["carried_from"] is not None for rule in rules):
        text += f" {show_count(carried)} of these ran in an earlier run: nothing they depend on has changed since."
    return text[:1].upper() + text[1:]


def _show_judged(context: Context) -> str | None:
    judged = context.verdict.get("judged_at")
    return show_time(judged) if judged else None


def _group_layers(rules: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for rule in rules:
        found.setdefault(rule["layer"], []).append(rule)
    ranks = {layer: rank for rank, layer in enumerate(FIRST_SCHEMAS)}
    return dict(sorted(found.items(), key=lambda each: (ranks.get(each[0], len(ranks)), each[0])))


def _count_layer(layer: str, rules: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "layer": layer,
        "href": name_file("quality", layer),
        "table_count": len({rule["suite"] for rule in rules}),
        "rule_count": len(rules),
        **count_outcomes(rules),
    }


def _count_reasons(rules: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, int] = {}
    for rule in rules:
        if rule["outcome"] == "not_applicable":
            found[rule["saw"]] = found.get(rule["saw"], 0) + 1
    rows = [{"saw": saw, "rule_count": count} for saw, count in found.items()]
    return sorted(rows, key=lambda row: -row["rule_count"])


def _make_rules(layer: str, rules: Sequence[dict[str, Any]]) -> Table:
    filters = {"suite": "Table", "word": "Outcome", "severity": "Severity", "kind": "Kind"}
    columns = [column for column in RULES if any(rule[column.name] is not None for rule in rules)]
    return make_table(f"rules-{layer}", f"Every rule of {layer}", columns, rules, filters=filters, level="level")
