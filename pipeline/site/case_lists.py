"""The cases behind the cells of reports, a line each: what the published tables hold, no narrative, no exact date.

The cases of every cell are chosen and their texts read once for the whole site, in temporary tables; a table as large
as that of all reported terms is thus read once, not once for each cell.
"""

from typing import Any

from pipeline.site.context import Context
from pipeline.site.numbers import show_quarter
from pipeline.site.words import say, say_route

MOST = 500
"""Cases of a cell that a page lists; a command lists all of them."""
NEWEST = """
create or replace temp table listed as
select source, drug, route, reaction, case_id, place
from (
    select
        reported.source, reported.drug, reported.route, reported.reaction, reported.case_id,
        row_number() over (
            partition by reported.source, reported.drug, reported.route, reported.reaction
            order by cases.first_received_date desc nulls last, reported.case_id desc
        ) as place
    from events.reported as reported
    inner join events.case as cases on cases.source = reported.source and cases.case_id = reported.case_id
    where reported.definition = 'narrow'
)
where place <= $most
"""
TEXTS = """
create or replace temp table listed_case as
with chosen as (select distinct source, case_id from listed),

reported_term as (
    select reaction.source, reaction.case_id, list_sort(list(distinct reaction.preferred_term)) as terms
    from events.reaction as reaction
    semi join chosen on chosen.source = reaction.source and chosen.case_id = reaction.case_id
    group by reaction.source, reaction.case_id
),

outcome as (
    select 'faers' as source, outcome.case_id, list_sort(list(distinct outcome.outcome_code)) as outcomes
    from clean.faers_outcome as outcome
    semi join chosen on chosen.source = 'faers' and chosen.case_id = outcome.case_id
    group by outcome.case_id
)

select
    chosen.source, chosen.case_id, cases.version_number, cases.first_received_quarter, cases.age_band, cases.sex,
    cases.country, cases.reporter_type, cases.is_serious, duplicate.kept_case_id, reported_term.terms,
    outcome.outcomes
from chosen
inner join events.case as cases on cases.source = chosen.source and cases.case_id = chosen.case_id
left join events.duplicate as duplicate on duplicate.source = chosen.source and duplicate.case_id = chosen.case_id
left join reported_term on reported_term.source = chosen.source and reported_term.case_id = chosen.case_id
left join outcome on outcome.source = chosen.source and outcome.case_id = chosen.case_id
"""
EXPOSURES = """
create or replace temp table listed_exposure as
with chosen as (select distinct source, case_id from listed)

select distinct
    exposure.source, exposure.case_id, exposure.drug, exposure.drug_subclass, exposure.role_code,
    coalesce(exposure.route, 'unknown') as route
from events.exposure as exposure
semi join chosen on chosen.source = exposure.source and chosen.case_id = exposure.case_id
where exposure.is_suspect and exposure.drug is not null
"""
INDICATIONS = """
create or replace temp table listed_indication as
with chosen as (select distinct case_id from listed where source = 'faers')

select distinct 'faers' as source, line.case_id, line.drug, line.drug_subclass, indication.preferred_term
from clean.faers_drug as line
semi join chosen on chosen.case_id = line.case_id
inner join clean.faers_indication as indication
    on indication.case_id = line.case_id and indication.drug_sequence = line.drug_sequence
where line.role_code in ('PS', 'SS', 'I')
"""
CASES = """
with wanted as (select distinct source, case_id from listed where drug = $drug),

part as (
    select $drug as drug
    union
    select drug from codes.drug_rollup where rollup = $drug
),

stated as (
    select
        source, case_id, list_sort(list(distinct role_code)) as roles, list_sort(list(distinct route)) as routes
    from listed_exposure
    where drug in (select drug from part) or drug_subclass in (select drug from part)
    group by source, case_id
),

given_for as (
    select source, case_id, list_sort(list(distinct preferred_term)) as indications
    from listed_indication
    where drug in (select drug from part) or drug_subclass in (select drug from part)
    group by source, case_id
)

select listed_case.*, stated.roles, stated.routes, given_for.indications
from listed_case
semi join wanted on wanted.source = listed_case.source and wanted.case_id = listed_case.case_id
left join stated on stated.source = listed_case.source and stated.case_id = listed_case.case_id
left join given_for on given_for.source = listed_case.source and given_for.case_id = listed_case.case_id
"""
CELLS = """
select source, route, reaction, list(case_id order by place) as case_ids
from listed
where drug = $drug
group by source, route, reaction
order by source, route, reaction
"""
Key = tuple[str, str, str]
"""Source, route and reaction."""
Case = tuple[str, str]
"""Source and case id."""


def choose_cases(context: Context) -> None:
    """Choose the cases that pages list, the newest of each cell, and read once what their lines are made of."""
    context.ask(NEWEST, {"most": MOST})
    for query in (TEXTS, EXPOSURES, INDICATIONS):
        context.ask(query)


def read_lines(context: Context, drug: str) -> dict[Case, dict[str, Any]]:
    """The line of each case that a page of a drug lists. After `choose_cases`."""
    return {(row["source"], row["case_id"]): _describe(context, row) for row in context.ask(CASES, {"drug": drug})}


def read_listed(context: Context, drug: str) -> dict[Key, list[Case]]:
    """The cases that the page of each cell of a drug lists, the newest first. After `choose_cases`."""
    return {
        (cell["source"], cell["route"], cell["reaction"]): [(cell["source"], each) for each in cell["case_ids"]]
        for cell in context.ask(CELLS, {"drug": drug})
    }


def _describe(context: Context, row: dict[str, Any]) -> dict[str, Any]:
    """A line as people read it. What the report does not state is `Not given`."""
    quarter = row["first_received_quarter"]
    outcomes = [context.find_meaning("outcome_code", code) or code for code in row["outcomes"] or ()]
    return {
        "case_id": row["case_id"],
        "version_number": row["version_number"],
        "quarter": "Not given" if quarter == "not stated" else show_quarter(quarter),
        "age_band": _say_stated(row["age_band"]),
        "sex": _say_stated(row["sex"]),
        "country": _say_stated(row["country"]),
        "reporter": _say_stated(row["reporter_type"]),
        "role": ", ".join(context.find_meaning("role_code", code) or code for code in row["roles"] or ()),
        "routes": ", ".join(say_route(route) for route in row["routes"] or ()),
        "indications": "; ".join(row["indications"] or ()) or "Not given",
        "terms": "; ".join(row["terms"] or ()),
        "is_serious": "yes" if row["is_serious"] else "no",
        "outcomes": ", ".join(outcomes) or ("not stated which" if row["is_serious"] else "none"),
        "duplicate": f"yes, of {row['kept_case_id']}" if row["kept_case_id"] else "no",
        "is_duplicate": "yes" if row["kept_case_id"] else "no",
    }


def _say_stated(value: str | None) -> str:
    return "Not given" if value in (None, "not stated") else say(value)
