"""The edits that a new table, column, route word and source word need, as a person would make them."""

from collections.abc import Callable

from tests.project_copy import ProjectCopy

TABLE = "summary.case_by_reporter"
TABLE_SELECT = """\
-- How many cases each kind of reporter sent.
-- grain  one row per source and kind of reporter
-- key    source, reporter_type
-- not    a count of reporters: one case may have had several
select source, coalesce(reporter_type, 'not stated') as reporter_type, count(*) as case_count
from events.case
group by all
"""
COLUMN = "nonserious_case_count"
ROUTE, ROUTE_TEXT = "intrarectal", "Rectal"
SOURCE = "invented_register"


def add_table(copy: ProjectCopy) -> None:
    """Three edits: the SELECT, its place in the build, its columns."""
    copy.write("sql/summary/reports/case_by_reporter.sql", TABLE_SELECT)
    copy.replace("sql/order.txt", "\nsummary.signal_prior\n", f"\n{TABLE}\nsummary.signal_prior\n")
    copy.append(
        "sql/columns.csv",
        f"{TABLE},source,,,source,",
        f"{TABLE},reporter_type,,not null,reporter_type,",
        f"{TABLE},case_count,,not null,,Cases whose report came from a reporter of this kind",
    )


def add_column(copy: ProjectCopy) -> None:
    """Two edits: the SELECT, its column."""
    copy.replace(
        "sql/summary/reports/reported_by_drug_route.sql",
        "    coalesce(counted.fatal_case_count, 0) as fatal_case_count,\n",
        "    coalesce(counted.fatal_case_count, 0) as fatal_case_count,\n"
        f"    coalesce(counted.case_count - counted.serious_case_count, 0) as {COLUMN},\n",
    )
    copy.replace(
        "sql/columns.csv",
        "\nsummary.reported_by_drug_route,fatal_case_count,",
        f'\nsummary.reported_by_drug_route,{COLUMN},BIGINT,not null,count,"Of case_count, those that list no serious '
        'outcome"\nsummary.reported_by_drug_route,fatal_case_count,',
    )


def add_route_word(copy: ProjectCopy) -> None:
    """One edit, and the code list that uses the word."""
    copy.append("sql/vocabulary.csv", f"route,{ROUTE},single,Into the rectum")
    use_route_word(copy)


def use_route_word(copy: ProjectCopy) -> None:
    """Give a route text of the files another word."""
    copy.replace("sql/codes/reports/route.csv", f"\n{ROUTE_TEXT.upper()},rectal,", f"\n{ROUTE_TEXT.upper()},{ROUTE},")


def add_source_word(copy: ProjectCopy) -> None:
    """One edit, and the new table with a row of that source."""
    copy.append("sql/vocabulary.csv", f"source,{SOURCE},reports,An invented register of reports")
    use_source_word(copy)


def use_source_word(copy: ProjectCopy) -> None:
    """Publish a row of the source in a table of its own."""
    if not (copy.project / "sql/summary/reports/case_by_reporter.sql").exists():
        add_table(copy)
    copy.append("sql/summary/reports/case_by_reporter.sql", "union all", f"select '{SOURCE}', 'not stated', 1")


EDITS: dict[str, tuple[Callable[[ProjectCopy], None], int]] = {
    "table": (add_table, 3),
    "column": (add_column, 2),
    "route word": (add_route_word, 1),
    "source word": (add_source_word, 1),
}
"""Each edit and the number of files it needs, the use of a new word not counted."""
