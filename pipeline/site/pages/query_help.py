"""Query help: how to open the file of a snapshot, and queries to copy for the questions that analysts ask first."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.exports.files import READING
from pipeline.exports.questions import read_questions
from pipeline.publishing.current import DATABASE
from pipeline.site.context import Context
from pipeline.site.page import Link, Page

EXAMPLE = "select drug, route, reaction, case_count from summary.reported_by_drug_route limit 10"


@dataclass(frozen=True)
class Way:
    """A way to open a snapshot. code: what to copy; empty where there is nothing to type."""

    title: str
    text: str
    code: str = ""


WAYS = (
    Way(
        "Python",
        "DuckDB 1.4 or later; the result is a DataFrame of pandas.",
        f'import duckdb\n\nconnection = duckdb.connect("{DATABASE}", read_only=True)\n'
        f'frame = connection.sql("""\n    {EXAMPLE}\n""").df()',
    ),
    Way(
        "R",
        "The packages DBI and duckdb, 1.4 or later.",
        f'library(DBI)\n\nconnection <- dbConnect(duckdb::duckdb(), dbdir = "{DATABASE}", read_only = TRUE)\n'
        f'frame <- dbGetQuery(connection, "\n    {EXAMPLE}\n")\ndbDisconnect(connection, shutdown = TRUE)',
    ),
    Way("DuckDB's command line", "Version 1.4 or later.", f'duckdb -readonly {DATABASE} "{EXAMPLE}"'),
    Way("Nightvigil's command line", "Without a query it is a shell with history and completion.",
        f'nightvigil sql "{EXAMPLE}"'),
    Way(
        "Excel",
        "Export a table, with its caveats and the meaning of its columns on a first sheet; then "
        f"{READING['xlsx']['excel']}. A CSV file: {READING['csv']['excel']}.",
        "nightvigil export summary.reported_by_drug_route --format xlsx --to reported_by_drug_route.xlsx",
    ),
    Way(
        "pandas, without a database",
        "Each published table is a Parquet file in the folder tables of the snapshot as well.",
        'import pandas\n\npath = "tables/reported_by_drug_route.parquet"\nframe = ' + READING["parquet"]["pandas"],
    ),
)  # fmt: skip


def name_links(context: Context) -> tuple[Link, ...]:
    """One entry."""
    return (Link("query-help.html", "Query help", "about"),)


def make_pages(context: Context) -> Iterator[Page]:
    """The page of ways and questions. It shows no count, so it has the caveats of both wings as advice alone."""
    questions = read_questions()
    yield Page(
        "query-help.html",
        "Query help",
        "query_help.html",
        {"ways": WAYS, "questions": questions, "database": DATABASE},
        shows_trials=True,
    )
