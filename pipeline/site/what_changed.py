"""What changed since the snapshot before, where the snapshot says it (`summary.change`)."""

from typing import Any

from pipeline.site.context import Context
from pipeline.site.numbers import show_count
from pipeline.site.tables import Column, make_table
from pipeline.site.words import name_file, say, say_drug, say_reaction, say_route

MOST = 40
CHANGES = """
select drug, route, reaction, column_name, change, count_before, count_now, text_before, text_now, reason
from summary.change
where definition = 'narrow' and (
    table_name = 'summary.signal' and column_name = 'is_ic025'
    and row_key like '% | primary | all_other_cases | all'
    or table_name = 'summary.reported_by_drug_route' and column_name = 'case_count'
)
order by column_name desc, abs(coalesce(count_now, 0) - coalesce(count_before, 0)) desc, row_key
limit $most
"""
COLUMNS = (
    Column("drug", "Drug", words=say_drug, href="href"),
    Column("route", "Route", words=say_route),
    Column("reaction", "Reaction", words=say_reaction),
    Column("what", "What changed"),
    Column("before", "Before", "number"),
    Column("now", "Now", "number"),
    Column("reason", "Why", words=say),
)


def describe_changes(context: Context) -> dict[str, Any] | None:
    """The table of the chief changes, and of how many.

    None where the snapshot has no such table, and where it has nothing in it and no snapshot before it.
    """
    if not context.has_table("summary.change"):
        return None
    total = context.ask("select count(*) as change_count from summary.change")[0]["change_count"]
    parent = (context.manifest.get("parent") or {}).get("snapshot_id")
    if not total and not parent:
        return None
    rows = [row | _describe(row) for row in context.ask(CHANGES, {"most": MOST})]
    caption = f"Flags that changed, then the {MOST} greatest changes of counts at most (narrow terms)"
    return {
        "table": make_table("changes", caption, COLUMNS, rows),
        "change_count": total,
        "parent": parent,
    }


def _describe(row: dict[str, Any]) -> dict[str, Any]:
    is_flag = row["column_name"] == "is_ic025"
    before, now = ("text_before", "text_now") if is_flag else ("count_before", "count_now")
    show = str if is_flag else show_count
    return {
        "href": name_file("drug", row["drug"]),
        "what": "Flag" if is_flag else "Cases",
        "before": show(row[before]) if row[before] is not None else "–",
        "now": show(row[now]) if row[now] is not None else "–",
    }
