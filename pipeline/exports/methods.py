"""The methods of an answer in words, with its own facts: what an author can take over and must check.

The answer is that of one question, as a bundle holds it, or a whole snapshot, as its pages show it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from pipeline.exports.asking import Question
from pipeline.exports.cells import strip_controls
from pipeline.exports.origin import Origin
from pipeline.quarters import describe_quarters

METHODS = Path(__file__).with_name("methods.yaml")
NAMED = (
    "attrition", "columns", "evidence_gap", "reaction_terms", "reported_by_patient", "route_contrast",
    "route_contrast_adjusted", "signal", "trial_effect",
)  # fmt: skip
"""The tables that methods and checklist name."""
BUNDLE = {f"at_{name}": f"tables/{name}.csv" for name in NAMED} | {
    "at_methods": "METHODS.md",
    "availability": "reproduce.py recomputes these tables from it; versions and hashes are in manifest.json.",
    "reproduction": "`python reproduce.py SNAPSHOT` runs the query of every table anew on the snapshot and "
    "recomputes counts and ratios from single cases. It needs DuckDB alone.",
}
"""Where a bundle holds what methods and checklist name."""
SNAPSHOT = {f"at_{name}": f"summary.{name}" for name in NAMED} | {
    "at_columns": "meta.column",
    "at_reaction_terms": "codes.reaction",
    "at_methods": "the text above",
    "availability": "`nightvigil bundle DRUG` packs a question with a script that recomputes its tables from the "
    "snapshot; hashes are in manifest.json beside the database.",
    "reproduction": "The snapshot is one file, opened read-only; `nightvigil bundle DRUG` packs the tables of a "
    "question with a script that recomputes counts and ratios from single cases. It needs DuckDB alone.",
}
"""The same for a snapshot as a whole."""


@dataclass(frozen=True)
class Section:
    """A part of the methods: its title, and a text or items in their order."""

    title: str
    text: str
    items: tuple[str, ...]


def gather_facts(
    connection: duckdb.DuckDBPyConnection,
    question: Question | None,
    origin: Origin,
    caveats: Sequence[str],
    places: Mapping[str, str] = BUNDLE,
) -> dict[str, str]:
    """What methods and checklist say of a question, as texts on one line each.

    question: None for the whole watch list. places: where what is named can be found, `BUNDLE` or `SNAPSHOT`.
    """
    drug = question.drug if question else None

    def ask(sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return connection.execute(sql, list(values)).fetchall()

    sources = ask("select source, title from meta.source where wing = 'reports' order by all")
    counts = ask("select source, count(*) from events.case group by all order by all")
    periods = {lock["source"]: lock for lock in origin.data_lock}
    unknown = ask(
        "select source, drug, max(drug_route_case_count), max(route_unknown_case_count) "
        "from summary.reported_by_drug_route where drug = coalesce(?, drug) and route = 'any' "
        "group by all order by all",
        drug,
    )
    facts = {
        "sources": ", ".join(title for _, title in sources) or "no source",
        "databases": "; ".join(
            f"{title} ({name}; newest period {periods[name]['newest_period'] or 'not stated'}; missing: "
            f"{describe_quarters((periods[name]['missing_periods'] or '').split()) or 'none known'})"
            for name, title in sources
        ),
        "report_count": ", ".join(f"{number:,} ({name})" for name, number in counts) or "0",
        "drug": drug or "the watched drugs",
        "route_words": f" by route {question.route}" if question and question.route else ", by every route",
        "reaction_words": f"reaction {question.reaction}"
        if question and question.reaction
        else "every watched reaction",
        "analyses": _list_words(
            ask("select distinct analysis from summary.signal where drug = coalesce(?, drug) order by all", drug)
        ),
        "comparators": _list_words(
            ask("select distinct comparator from summary.signal where drug = coalesce(?, drug) order by all", drug)
        ),
        "data_lock": origin.data_lock_text,
        "snapshot_id": origin.snapshot_id,
        "code_commit": origin.code_commit,
        "unknown_share": ", ".join(
            f"{part:,} of {whole:,} ({name if drug else f'{named}, {name}'})" for name, named, whole, part in unknown
        )
        or "none",
        "synthetic_words": "the data are invented; " if origin.is_synthetic else "",
        "caveats": "\n>\n".join(f"> {caveat}" for caveat in caveats),
    }
    left = ask(
        "select source, step, reason, cases_left, rows_left from summary.attrition "
        "order by source, step_number, reason"
    )
    facts["attrition"] = _state_attrition(left)
    facts["headline"], facts["signal_count"] = _state_headline(ask, question) if question else _count_flagged(ask)
    stripped = {name: text if name == "caveats" else strip_controls(text) for name, text in facts.items()}
    return stripped | dict(places)


def read_sections(facts: Mapping[str, str]) -> list[Section]:
    """The methods by section, with the facts. Raises KeyError where one is absent."""
    return [
        Section(
            each["title"],
            each.get("text", "").format_map(facts),
            tuple(item.format_map(facts) for item in each.get("items", ())),
        )
        for each in yaml.safe_load(METHODS.read_text(encoding="utf-8"))
    ]


def write_methods(facts: Mapping[str, str]) -> str:
    """The methods as Markdown, in which no fact is a tag, a link or code."""
    shown = {
        name: text if name in BUNDLE else text.replace("<", "&lt;").replace("[", "\\[").replace("`", "\\`")
        for name, text in facts.items()
    }
    head = "{caveats}\n\nSnapshot {snapshot_id}, built by commit {code_commit}. Data lock: {data_lock}."
    parts = [f"# Methods\n\n{head.format_map(shown)}"]
    for section in read_sections(shown):
        lines = [section.text] if section.text else [f"- {item}" for item in section.items]
        parts.append("\n".join([f"## {section.title}", *lines]))
    return "\n\n".join(parts) + "\n"


def _list_words(rows: list[tuple[Any, ...]]) -> str:
    return ", ".join(row[0] for row in rows) or "none"


def _state_attrition(rows: list[tuple[Any, ...]]) -> str:
    # Where a step sets lines aside and no case, its number of cases is null.
    stated = [
        f"{source} {step} ({reason}): " + " and ".join(f"{number:,} {what}" for number, what in left)
        for source, step, reason, cases, lines in rows
        if (left := [(number, what) for number, what in ((cases, "cases"), (lines, "rows")) if number])
    ]
    return "; ".join(stated) or "nothing left the count"


def _count_flagged(ask: Any) -> tuple[str, str]:
    """What is disproportionate by any route, in numbers, and the rows of summary.signal."""
    cells, flagged, total = ask(
        "select count(*) filter (where is_main), count(*) filter (where is_main and is_ic025), count(*) from ("
        "select is_ic025, route = 'any' and definition = 'narrow' and analysis = 'primary' "
        "and comparator = 'all_other_cases' and stratum = 'all' as is_main from summary.signal)"
    )[0]
    return (
        f"{flagged:,} of {cells:,} pairs of drug and reaction by any route have a lower bound of the IC above 0 and "
        "at least 3 cases",
        f"{total:,}",
    )


def _state_headline(ask: Any, question: Question) -> tuple[str, str]:
    where, values = "drug = ?", [question.drug]
    if question.reaction:
        where, values = f"{where} and reaction = ?", [*values, question.reaction]
    total = ask(f"select count(*) from summary.signal where {where}", *values)[0][0]  # noqa: S608 - our own words
    rows = ask(
        "select source, route, reaction, with_both_count, ror, ror_lower, ror_upper, reason "  # noqa: S608
        f"from summary.signal where {where} and route = ? and definition = 'narrow' and analysis = 'primary' "
        "and comparator = 'all_other_cases' and stratum = 'all' order by all",
        *values,
        question.route or "any",
    )
    stated = [
        f"{source} {reaction} by route {route}: {number} cases, ROR "
        + (f"not estimated ({reason})" if ror is None else f"{ror:.3g} ({lower:.3g} to {upper:.3g})")
        for source, route, reaction, number, ror, lower, upper, reason in rows
    ]
    return "; ".join(stated) or "no row", f"{total:,}"
