"""What the cases of a drug state: what it was given for, age and sex, dose, time to onset; and what its labels name.

Each is a table of the cases by any route, narrow terms, a column for each reaction. What is not given comes last.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pandas as pd

from pipeline.site import charts
from pipeline.site.context import Context
from pipeline.site.numbers import NOTHING, show_count, show_percent
from pipeline.site.tables import Column, Form, Table, make_table
from pipeline.site.words import say, say_drug, say_reaction

INDICATIONS = """
select population, label_status, reaction, case_count, population_case_count as total_count, off_label_term_case_count
from summary.reported_by_indication
where source = $source and drug = $drug and route = 'any' and definition = 'narrow'
"""
DOSES = """
select dose_band as category, reaction, case_count, drug_route_band_case_count as total_count
from summary.reported_by_dose_band
where source = $source and drug = $drug and route = 'any' and definition = 'narrow'
"""
EXPOSED = """
create temp table if not exists exposed_patient as
select
    exposed.source, exposed.drug, cases.age_band, cases.sex, count(*) as case_count
from events.exposed_case as exposed
inner join events.case as cases on cases.source = exposed.source and cases.case_id = exposed.case_id
where exposed.route = 'any'
group by exposed.source, exposed.drug, cases.age_band, cases.sex
"""
"""Cases with each drug by what they say of the patient: counted once for all drugs, since it reads every case."""
PATIENTS = """
select {column} as category, reaction, sum(case_count)::bigint as case_count, null as total_count
from summary.reported_by_patient
where source = $source and drug = $drug and route = 'any' and definition = 'narrow'
group by {column}, reaction
union all
select
    if(coalesce({column}, 'unknown') = 'unknown', 'not stated', {column}), null, null, sum(case_count)::bigint
from exposed_patient
where source = $source and drug = $drug
group by all
"""
ONSETS = """
select * from summary.time_to_onset
where source = $source and drug = $drug and route = 'any' and definition = 'narrow' and case_count > 0
"""
LABELS = "select * from summary.reaction_label_status where drug = $drug"
PATIENT_COLUMNS = {"age_band": "Age", "sex": "Sex"}
KINDS_OF_PAIN = (
    "neuropathic_pain", "cancer_pain", "musculoskeletal_pain", "headache", "visceral_pain", "primary_pain",
    "pain_not_specified",
)  # fmt: skip
LAST = ("several", "not coded", "unknown", "not stated")
OWN_WORDS = {
    "any": "All cases",
    "not coded": "A dose without a band",
    "several": "Doses of several bands",
    "unknown": "Not given",
    "not stated": "Not given",
    "anaesthesia_sedation": "Anaesthesia or sedation",
    "parkinson": "Parkinson's disease",
    "pre_eclampsia": "Pre-eclampsia",
}
STATUSES = {"labelled": "yes", "not_labelled": "no"}
LEAST_DATED = 5
"""Dated cases from which the quartiles of a reaction are drawn."""
DAYS_AXIS = charts.Axis("days from the first dose: median, and first to third quartile", is_log=False)
ONSET_COLUMNS = (
    Column("reaction_text", "Reaction"),
    Column("case_count", "Cases", "count"),
    Column("dated_text", "With both dates", "number", sort_by="dated_case_count"),
    Column("day_0_share", "On the first day", "percent", tip="Of the dated cases; dates have no hours"),
    Column("quartiles_text", "Median days (quartiles)", "number", sort_by="median_days"),
    Column("weibull_text", "Weibull shape (95 % interval)", "number", sort_by="weibull_shape"),
    Column("reason_text", "Why there is no shape", "prose"),
    Column("dechallenge_text", "Abated when stopped", "number", tip="Positive / stated dechallenges"),
    Column("rechallenge_text", "Returned when resumed", "number", tip="Positive / stated rechallenges"),
)
LABEL_COLUMNS = (
    Column("reaction_text", "Reaction"),
    Column("status", "In a label"),
    Column("label", "Label"),
    Column("section", "Section", "prose"),
    Column("label_date", "Of", "day"),
    Column("basis", "How it is known"),
    Column("note_text", "Note", "prose"),
)


def describe_breakdowns(context: Context, source: str, drug: str) -> Iterator[dict[str, Any]]:
    """The parts in their order: title, note, tables, and the chart of a part that has one.

    None where small counts are suppressed: no rule says what follows from these tables.
    """
    if context.is_suppressed:
        return
    reactions = list(context.reactions)
    asked = {"source": source, "drug": drug}
    name = say_drug(drug)
    yield _describe_indications(context, asked, name, reactions)
    context.ask(EXPOSED)
    patients = [
        _make_matrix(
            f"{column.replace('_', '-')}-{source}", f"Cases of {name.lower()} by {label.lower()}", label,
            _make_rows(context.ask(PATIENTS.format(column=column), asked), reactions), reactions,
        )
        for column, label in PATIENT_COLUMNS.items()
    ]  # fmt: skip
    yield {"title": "Who the patients are", "note": "As the reports state it.", "tables": patients, "chart": None}
    yield _describe_doses(context, asked, name, reactions)
    yield _describe_onset(context, asked, name, reactions)


def describe_labels(context: Context, drug: str) -> Table | None:
    """Which reactions a label of the drug names, as far as labels were read; None for a sum or a part of a drug."""
    if drug not in context.drugs:
        return None
    found = {row["reaction"]: row for row in context.ask(LABELS, {"drug": drug})}
    rows = [_describe_label(reaction, found.get(reaction)) for reaction in context.reactions]
    return make_table("labels", f"Reactions that a label of {say_drug(drug).lower()} names", LABEL_COLUMNS, rows)


def _describe_indications(
    context: Context, asked: dict[str, str], name: str, reactions: Sequence[str]
) -> dict[str, Any]:
    found = context.ask(INDICATIONS, asked)
    populations = [row | {"category": row["population"]} for row in found if row["label_status"] == "any"]
    rows = _make_rows(populations, reactions)
    for row in rows:
        row["level"] = "quiet" if row["category"] in KINDS_OF_PAIN else ""
        row["text"] = f"of it: {row['text'].lower()}" if row["level"] else row["text"]
    order = ["any", "chronic_pain", *KINDS_OF_PAIN]
    rows.sort(key=lambda row: order.index(row["category"]) if row["category"] in order else len(order))
    statuses = [
        row | {"category": row["label_status"]}
        for row in found
        if row["population"] == "any" and row["label_status"] != "any"
    ]
    labelled = _make_rows(statuses, reactions)
    for row in labelled:
        row["text"] = context.find_meaning("indication_label_status", row["category"]) or row["text"]
    source = asked["source"]
    return {
        "title": "What it was given for",
        "chart": None,
        "note": "A case with several indications stands in each of them. That no label names an indication is not "
        "proof of off-label use.",
        "tables": [
            _make_matrix(
                f"indications-{source}", f"Cases of {name.lower()} by indication", "Given for", rows, reactions
            ),
            _make_matrix(
                f"label-status-{source}", f"Cases of {name.lower()} by whether a label names the indication",
                "Label", labelled, reactions, form="prose",
            ),
        ],
    }  # fmt: skip


def _describe_doses(context: Context, asked: dict[str, str], name: str, reactions: Sequence[str]) -> dict[str, Any]:
    rows = _make_rows(context.ask(DOSES, asked), reactions)
    total = sum(row["total"] or 0 for row in rows)
    unknown = sum(row["total"] or 0 for row in rows if row["category"] == "unknown")
    known = f"In {show_percent(unknown / total)} of the cases no usable dose is given. " if total else ""
    return {
        "title": "Dose",
        "chart": None,
        "note": f"{known}Bands are of a route; a dose by a route without bands, or in another unit, has none.",
        "tables": [
            _make_matrix(
                f"doses-{asked['source']}", f"Cases of {name.lower()} by band of dose", "Dose", rows, reactions
            )
        ],
    }


def _describe_onset(context: Context, asked: dict[str, str], name: str, reactions: Sequence[str]) -> dict[str, Any]:
    found = {row["reaction"]: row for row in context.ask(ONSETS, asked)}
    rows = [found[reaction] | _describe_days(context, found[reaction]) for reaction in reactions if reaction in found]
    drawn = [row for row in rows if row["dated_case_count"] >= LEAST_DATED]
    is_drawn = asked["drug"] in context.drugs and any(row["upper_quartile_days"] for row in drawn)
    return {
        "title": "Time to onset",
        "note": "Days from the first dose to the event, where both are known to the day. Read the share on the first "
        "day first. A report has one event date, whatever its reactions, and what comes late is reported less.",
        "tables": [make_table(f"onset-{asked['source']}", f"Time to onset with {name.lower()}", ONSET_COLUMNS, rows)],
        "chart": is_drawn
        and charts.draw(
            partial(_draw_days, _make_day_frame(drawn)),
            f"Median and quartiles of the days to onset with {name.lower()}; the numbers are in the table.",
            f"onset-{asked['source']}",
        ),
        "chart_note": f"Reactions with at least {LEAST_DATED} dated cases; beside them how many of all are dated.",
    }


def _make_rows(found: Sequence[dict[str, Any]], reactions: Sequence[str]) -> list[dict[str, Any]]:
    """A row for each category with its count of each reaction; what is not given, and what has no band, last."""
    rows: dict[str, dict[str, Any]] = {}
    for each in found:
        category = each["category"]
        row = rows.setdefault(
            category, {"category": category, "total": None, "level": ""} | dict.fromkeys(reactions, 0)
        )
        if each["reaction"] in reactions:
            row[each["reaction"]] = each["case_count"]
        row["total"] = each["total_count"] if row["total"] is None else row["total"]
    for category, row in rows.items():
        row["text"] = OWN_WORDS.get(category) or say(category)
        row["level"] = "quiet" if category in LAST else ""
    return sorted(
        (row for row in rows.values() if row["total"] or any(row[reaction] for reaction in reactions)),
        key=lambda row: (LAST.index(row["category"]) if row["category"] in LAST else -1, row["category"]),
    )


def _make_matrix(
    key: str,
    caption: str,
    label: str,
    rows: Sequence[dict[str, Any]],
    reactions: Sequence[str],
    *,
    form: Form = "text",
) -> Table:
    columns = [Column("text", label, form), Column("total", "Cases of the drug", "count")]
    columns += [Column(reaction, say_reaction(reaction), "count") for reaction in reactions]
    return make_table(key, caption, columns, rows, level="level")


def _describe_days(context: Context, row: dict[str, Any]) -> dict[str, Any]:
    quartiles = [row[f"{name}_days"] for name in ("median", "lower_quartile", "upper_quartile")]
    shape = [row[f"weibull_shape{end}"] for end in ("", "_lower", "_upper")]
    return {
        "reaction_text": say_reaction(row["reaction"]),
        "dated_text": f"{show_count(row['dated_case_count'])} of {show_count(row['case_count'])}",
        "quartiles_text": NOTHING
        if quartiles[0] is None
        else "{:.1f} ({:.1f} to {:.1f})".format(*quartiles).replace(".0", ""),
        "weibull_text": NOTHING if shape[0] is None else "{:.2f} ({:.2f} to {:.2f})".format(*shape),
        "reason_text": context.find_meaning("onset_reason", row["reason_code"] or "") or row["reason_code"],
        "dechallenge_text": _show_challenges(row, "dechallenge"),
        "rechallenge_text": _show_challenges(row, "rechallenge"),
    }


def _show_challenges(row: dict[str, Any], name: str) -> str:
    """Positive ones, of those with an answer."""
    answers = [row[f"{name}_{answer}_case_count"] for answer in ("positive", "negative", "contradictory")]
    return f"{show_count(answers[0])} / {show_count(sum(answers))}"


def _make_day_frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "label": [row["reaction_text"] for row in rows],
            "counts": [row["dated_text"] for row in rows],
            "text": [row["quartiles_text"] for row in rows],
            "note": ["not dated" for _ in rows],
            "is_flagged": [False for _ in rows],
        }
    )
    names = {"estimate": "median_days", "lower": "lower_quartile_days", "upper": "upper_quartile_days"}
    return frame.assign(**{name: pd.Series([row[key] for row in rows], dtype=float) for name, key in names.items()})


def _draw_days(frame: pd.DataFrame, width: int) -> Any:
    return charts.draw_forest(frame, width, DAYS_AXIS)


def _describe_label(reaction: str, row: dict[str, Any] | None) -> dict[str, Any]:
    nothing = {"label": None, "section": None, "label_date": None, "note_text": None}
    return (row or nothing) | {
        "reaction_text": say_reaction(reaction),
        "status": STATUSES.get(row["reaction_label_status"], row["reaction_label_status"]) if row else "not read",
        "basis": ("label read" if row["is_verified"] else "from memory or a digest") if row else NOTHING,
    }
