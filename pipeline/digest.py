"""The digest for analysts: what a new snapshot changes for the watched drugs, one message for each publication.

It is no alert: it goes to channels of its own (`NIGHTVIGIL_DIGEST_...`), says nothing about runs, and is not sent
where none of them is set. Of cases it holds counts and at most a few ids, never what a report says of a person.
"""

import logging
from collections.abc import Iterator
from typing import Any

import duckdb

from pipeline import publishing
from pipeline.alerts import queue
from pipeline.alerts.channels import list_channels
from pipeline.alerts.message import Message
from pipeline.errors import NightvigilError
from pipeline.publishing.candidates import open_database
from pipeline.quarters import describe_quarters
from pipeline.settings import Settings

FLAGS_SHOWN, EFFECTS_SHOWN, IDS_SHOWN = 12, 8, 5
NOTHING = "nothing"
COMMAND = (
    'nightvigil sql "select drug, route, reaction, table_name, column_name, change, count_before, count_now, '
    "gained_count, lost_count, text_now, all_reasons from summary.change where definition is distinct from 'broad' "
    'order by all"'
)
CAVEATS = (
    "Reports are not rates: a spontaneous report has no denominator and does not show that the drug caused the "
    "reaction. A count that rises may be a quarter that arrived, a code list or code.",
    "A flag says that a reaction is reported more often with the drug than other reports would suggest. It is a "
    "signal in the sense of GVP IX only when a person has validated it.",
    "Certainty of trials is machine-assisted and not GRADE. Reports and trials are never added together.",
)
CRITERIA = {
    "is_evans": "Evans",
    "is_eudravigilance": "EudraVigilance",
    "is_ic025": "IC025",
    "is_eb05_2": "EB05",
}

log = logging.getLogger("nightvigil.alerts")
Row = dict[str, Any]


def send_digest(settings: Settings, snapshot_id: str) -> Message | None:
    """Queue the digest of a snapshot for the channels of analysts; None where there are none.

    A snapshot is reported once, however often this is called. What keeps it from being read is logged: a digest that
    is missing must not fail a run that has published.
    """
    if not any(channel.is_for_analysts for channel in list_channels(settings)):
        return None
    try:
        message = describe_changes(settings, snapshot_id)
    except (duckdb.Error, OSError, NightvigilError) as problem:
        log.error("the digest of snapshot %s could not be made: %s", snapshot_id, problem)
        return None
    queue.enqueue(settings, message)
    queue.wake(settings)
    return message


def describe_changes(settings: Settings, snapshot_id: str) -> Message:
    """What a published snapshot changes for the watched drugs, as a message for analysts."""
    with open_database(settings, publishing.database_path(settings, snapshot_id)) as connection:
        [snapshot] = _read(connection, "select parent_snapshot_id as parent from meta.snapshot")
        drugs = _read(connection, DRUGS)
        flags = _read(connection, FLAGS)
        effects = _read(connection, EFFECTS)
        parts = (
            ("CASES BY DRUG", tuple(_describe_drugs(drugs))),
            ("FLAGS RAISED AND LOWERED", tuple(_describe_flags(flags))),
            ("FINDINGS OF TRIALS", tuple(_describe_effects(effects))),
            ("WHY", tuple(_describe_reasons(_read(connection, REASONS)))),
            ("NEWEST DATA", tuple(_describe_sources(_read(connection, SOURCES)))),
            ("CAVEATS", CAVEATS),
        )
    is_first = snapshot["parent"] is None
    short = "the first snapshot: there is none to compare with" if is_first else _sum_up(drugs, flags, effects)
    return Message(
        key="digest",
        state="changed",
        level="info",
        subject=short,
        effect=f"Snapshot {snapshot_id} replaces {snapshot['parent'] or 'none'}.",
        parts=parts,
        who="analysts; nobody has to act",
        command=COMMAND,
        about={"snapshot": snapshot_id, "replaces": snapshot["parent"] or "none"},
        message_id=f"digest-{snapshot_id}",
    )


DRUGS = """
    select
        change.drug, change.count_before, change.count_now, change.gained_count, change.lost_count,
        change.all_reasons, word.subset
    from summary.change as change
    left join meta.vocabulary as word on word.vocabulary = 'drug' and word.value = change.drug
    where change.column_name = 'drug_route_case_count' and change.route = 'any'
    order by change.drug
"""
FLAGS = """
    select
        change.table_name, change.row_key, change.drug, change.route, change.reaction, change.change,
        string_agg(change.column_name, ' ' order by change.column_name) as criteria,
        any_value(change.count_before) as count_before, any_value(change.count_now) as count_now,
        any_value(change.all_reasons) as all_reasons,
        change.table_name = 'summary.signal' and not ends_with(change.row_key, ' | primary | all_other_cases | all')
        or change.definition is not distinct from 'broad' as is_sensitivity,
        any_value(behind.case_ids) as case_ids
    from summary.change as change
    left join (
        select table_name, row_key, list_sort(list(distinct case_id)) as case_ids
        from events.changed_case
        where starts_with(table_name, 'summary.signal')
        group by table_name, row_key
    ) as behind using (table_name, row_key)
    where starts_with(change.table_name, 'summary.signal')
    group by all
    order by change.table_name, change.change, change.drug, change.route, change.reaction, change.row_key
"""
EFFECTS = """
    select row_key, drug, route, reaction, change, text_now, text_before, all_reasons,
        gained_count, lost_count, moved_count
    from summary.change
    where table_name = 'summary.finding' and ends_with(row_key, ' | lower | all')
    order by drug, route, reaction, row_key
"""
REASONS = """
    select change.reason, any_value(known.meaning) as meaning, count(*) as count
    from summary.change as change
    inner join codes.change_reason as known on known.reason = change.reason
    group by change.reason, known.position
    order by known.position::integer
"""
SOURCES = "select source, newest_period, data_date, missing_periods, status from meta.source order by source"


def _read(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    found = connection.execute(query)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _sum_up(drugs: list[Row], flags: list[Row], effects: list[Row]) -> str:
    single = [row for row in drugs if _is_single(row)]
    gained, lost = (sum(row[name] for row in single) for name in ("gained_count", "lost_count"))
    raised = [row for row in flags if not row["is_sensitivity"]]
    facts = [
        f"cases by drug: {gained:,} gained, {lost:,} lost" if single else "",
        f"flags: {_count(raised, 'gained')} raised, {_count(raised, 'lost')} lowered" if raised else "",
        f"findings of trials: {len(effects)} changed" if effects else "",
    ]
    return "; ".join(filter(None, facts)) or "nothing changed for the watched drugs"


def _count(rows: list[Row], change: str) -> int:
    return sum(row["change"] == change for row in rows)


def _is_single(row: Row) -> bool:
    return bool(row["subset"] == "single")


def _describe_drugs(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        kind = "" if _is_single(row) else " (roll-up or part)"
        yield (
            f"{row['drug']}{kind}: {row['count_now'] or 0:,} cases, {row['count_before'] or 0:,} before; "
            f"{row['gained_count']:,} gained, {row['lost_count']:,} lost ({_name(row['all_reasons'])})"
        )
    if not rows:
        yield "no case of a watched drug was gained or lost"


def _describe_flags(rows: list[Row]) -> Iterator[str]:
    shown = [row for row in rows if not row["is_sensitivity"]]
    for row in shown[:FLAGS_SHOWN]:
        cell = (
            f"{row['drug']}, {row['route']}, {row['reaction']}"
            if row["table_name"] == "summary.signal"
            else f"{row['row_key'].partition(' | ')[2].replace(' | ', ' with ')}"
        )
        criteria = ", ".join(CRITERIA.get(each, each) for each in row["criteria"].split())
        yield (
            f"{'raised' if row['change'] == 'gained' else 'lowered'}: {cell}: {criteria}; {row['count_now'] or 0:,} "
            f"cases, {row['count_before'] or 0:,} before ({_name(row['all_reasons'])})"
        )
        if ids := row["case_ids"]:
            more = f" and {len(ids) - IDS_SHOWN:,} more" if len(ids) > IDS_SHOWN else ""
            yield f"  cases that came or went: {', '.join(ids[:IDS_SHOWN])}{more}"
    if len(shown) > FLAGS_SHOWN:
        yield f"and {len(shown) - FLAGS_SHOWN:,} more"
    if rest := len(rows) - len(shown):
        yield f"{rest:,} more in sensitivity analyses, other comparators, strata and broad terms"
    if not rows:
        yield "no flag was raised or lowered"


def _describe_effects(rows: list[Row]) -> Iterator[str]:
    for row in rows[:EFFECTS_SHOWN]:
        yield f"{row['drug']}, {row['route']}, {row['reaction']} ({_name(row['all_reasons'])})"
        yield f"  now: {row['text_now'] or 'no finding'}"
        yield f"  before: {row['text_before'] or 'no finding'}"
    if len(rows) > EFFECTS_SHOWN:
        yield f"and {len(rows) - EFFECTS_SHOWN:,} more"
    if not rows:
        yield "no finding of trials changed"


def _describe_reasons(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        yield f"{_name(row['reason'])}: {row['count']:,} counts, flags or findings. {row['meaning']}"


def _describe_sources(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        newest = row["newest_period"] or (row["data_date"] and f"of {row['data_date']}") or NOTHING
        periods = (row["missing_periods"] or "").split()
        missing = f"; missing: {describe_quarters(periods)}" if periods else ""
        yield f"{row['source']}: {newest}{missing}"


def _name(reasons: str) -> str:
    return ", ".join(reason.replace("_", " ") for reason in reasons.split())
