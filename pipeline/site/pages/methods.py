"""Methods: how the numbers come about, by the checklist of READUS-PV, with terms, analyses and statistics in use.

The text is that of a bundle (`pipeline.exports.methods`), filled with the facts of the snapshot.
"""

from collections.abc import Iterator
from typing import Any

from pipeline import resources
from pipeline.exports.checklist import COLUMNS, fill_checklist
from pipeline.exports.methods import SNAPSHOT, gather_facts, read_sections
from pipeline.exports.origin import read_origin
from pipeline.site.context import Context
from pipeline.site.dictionary_links import link_table
from pipeline.site.page import Link, Page
from pipeline.site.table_comments import split_comment
from pipeline.site.tables import Column, Table, make_table
from pipeline.site.words import say, say_reaction

CHECKLIST = (
    Column("item", "Item"),
    Column("section", "Section"),
    Column("topic", "What the statement asks", "prose"),
    Column("status", "Status"),
    Column("answer", "Answer, or facts to use", "prose"),
)
TERMS = (
    Column("reaction", "Reaction", words=say_reaction),
    Column("definition", "Definition", words=say),
    Column("preferred_term", "MedDRA preferred term"),
    Column("why", "Why it is in the group", "prose"),
)
READ_TERMS = "select reaction, definition, preferred_term, why from codes.reaction order by rowid"
ANALYSES = (
    Column("value", "Analysis"),
    Column("meaning", "What it counts", "prose"),
    Column("cell_count", "Rows of summary.signal", "count"),
)
READ_ANALYSES = """
select listed.value, listed.meaning, count(signal.analysis) as cell_count
from meta.vocabulary as listed
left join summary.signal as signal on signal.analysis = listed.value
where listed.vocabulary = 'analysis'
group by listed.rowid, listed.value, listed.meaning
order by listed.rowid
"""
ESTIMATES = (
    "signal",
    "signal_prior",
    "signal_any_drug",
    "signal_by_quarter",
    "signal_sequential",
    "route_contrast",
    "route_contrast_adjusted",
    "time_to_onset",
    "trial_effect",
    "trial_subgroup",
    "finding",
)
"""The tables of summary that hold estimates: their comments state formulas and sources."""
COMMENT = "select comment from duckdb_tables() where not internal and schema_name = 'summary' and table_name = $name"


def name_links(context: Context) -> tuple[Link, ...]:
    """One entry."""
    return (Link("methods.html", "Methods", "about"),)


def make_pages(context: Context) -> Iterator[Page]:
    """The page of methods."""
    facts = gather_facts(context.connection, None, read_origin(context.connection, None, ""), [], SNAPSHOT)
    yield Page(
        "methods.html",
        "Methods",
        "methods.html",
        {
            "sections": read_sections(facts),
            "terms": _make_terms(context),
            "analyses": make_table(
                "analyses", "The primary analysis and each sensitivity analysis", ANALYSES, context.ask(READ_ANALYSES)
            ),
            "statistics": list(_list_statistics(context)),
            "checklist": _make_checklist(facts),
            "citation": resources.CITATION.read_text(encoding="utf-8"),
        },
        shows_trials=True,
    )


def _make_terms(context: Context) -> Table:
    filters = {"reaction": "Reaction", "definition": "Definition"}
    return make_table("terms", "Every term of each reaction", TERMS, context.ask(READ_TERMS), filters=filters)


def _make_checklist(facts: dict[str, str]) -> Table:
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in fill_checklist(facts, "this page")]
    return make_table("readus-pv", "READUS-PV, item by item", CHECKLIST, rows, filters={"status": "Status"})


def _list_statistics(context: Context) -> Iterator[dict[str, Any]]:
    """What the comment of each table of estimates states of its formulas; nothing of one that states nothing."""
    for name in ESTIMATES:
        for row in context.ask(COMMENT, {"name": name}):
            parts = split_comment(row["comment"])
            texts = [text for label, text in parts if label in ("", "Notes")]
            if texts:
                table = f"summary.{name}"
                yield {"table": table, "href": link_table(context, table), "texts": texts}
