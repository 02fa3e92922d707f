"""The seeded faults: the edits that make each.

`PASSED` are those that no rule of the gate stopped when the list was begun, `STOPPED` those that some rule stopped
then, `FURTHER` those added since.
"""

from dataclasses import dataclass

CASE = "sql/events/reports/case.sql"
CLEAN_CASE = "sql/clean/reports/faers_case.sql"
VERSION = "sql/clean/reports/faers_version.sql"
EXPOSURE = "sql/events/reports/exposure.sql"
ANALYSIS = "sql/intermediate/reports/analysis_exposure.sql"
REACTING = "sql/intermediate/reports/reacting_case.sql"
REPORTED = "sql/events/reports/reported.sql"
TALLY = "sql/summary/reports/reported_by_drug_route.sql"
SIDE = "sql/intermediate/trials/counts/observed_side.sql"
SINGLE = "sql/intermediate/trials/counts/observed_single.sql"
ROLE = "sql/intermediate/trials/arms/trial_group_role.sql"
REACTIONS = "sql/codes/shared/reaction.csv"
TWO_BY_TWO = "pipeline/statistics/two_by_two.py"


@dataclass(frozen=True)
class Edit:
    """In this file of the project, `right`, which is there once, is replaced by `wrong`."""

    path: str
    right: str
    wrong: str


def swap(column: str, one: str, other: str) -> str:
    return f"case {column} when '{one}' then '{other}' when '{other}' then '{one}' else {column} end"


PASSED: dict[str, tuple[Edit, ...]] = {
    "drugs matched by a part of the ingredient": (
        Edit(
            EXPOSURE,
            "exposure.drug, exposure.drug_subclass",
            "case when contains(exposure.ingredient, 'KETAMINE') then 'ketamine' "
            "when contains(exposure.ingredient, 'MAGNESIUM') then 'magnesium' else exposure.drug end as drug, "
            "exposure.drug_subclass",
        ),
    ),
    "narrow definitions take broad terms": (
        Edit(
            REACTING,
            "select lower(preferred_term) as folded, reaction, definition from codes.reaction",
            "select lower(preferred_term) as folded, reaction, 'narrow' as definition from codes.reaction",
        ),
        Edit(REACTING, "'broad' from codes.reaction where definition = 'narrow'", "'broad' from codes.reaction"),
    ),
    "outcome OT is not serious": (Edit(CASE, "'RI', 'OT')", "'RI')"),),
    "sexes swapped": (
        Edit(
            CLEAN_CASE,
            "version.sex, version.weight_kg",
            f"{swap('version.sex', 'male', 'female')} as sex, version.weight_kg",
        ),
    ),
    "quarter of the latest receipt": (
        Edit(
            CLEAN_CASE,
            "coalesce(\n        version.first_received_quarter,",
            "coalesce(\n        version.received_quarter,",
        ),
    ),
    "the age band 65 begins with 60": (Edit(CASE, "faers_case.age_years < 65", "faers_case.age_years < 60"),),
}

STOPPED: dict[str, tuple[Edit, ...]] = {
    "a tenth of the cases dropped from the universe": (
        Edit(
            CASE,
            "outcome_of_case on outcome_of_case.case_id = faers_case.case_id",
            "outcome_of_case on outcome_of_case.case_id = faers_case.case_id\n"
            "where hash(faers_case.case_id) % 10 <> 0",
        ),
    ),
    "a tenth of the current cases dropped": (
        Edit(
            CLEAN_CASE,
            "watched.period = version.period and watched.case_id = version.case_id",
            "watched.period = version.period and watched.case_id = version.case_id\n"
            "where hash(version.case_id) % 10 <> 0",
        ),
    ),
    "four in a hundred cases marked deleted": (
        Edit(
            VERSION,
            "coalesce(version.period <= deletion.deleted_through_period, false)",
            "coalesce(version.period <= deletion.deleted_through_period, hash(version.case_id) % 25 = 0)",
        ),
    ),
    "intravenous and oral swapped": (
        Edit(
            EXPOSURE,
            "exposure.route, exposure.route_detail",
            f"{swap('exposure.route', 'intravenous', 'oral')} as route, exposure.route_detail",
        ),
    ),
    "intranasal and subcutaneous swapped": (
        Edit(
            EXPOSURE,
            "exposure.route, exposure.route_detail",
            f"{swap('exposure.route', 'intranasal', 'subcutaneous')} as route, exposure.route_detail",
        ),
    ),
    "rows counted for cases": (
        Edit(ANALYSIS, "select distinct analysis, source, case_id", "select analysis, source, case_id"),
    ),
    "a quarter dropped": (
        Edit(
            VERSION,
            "left join deletion on deletion.case_id = version.case_id",
            "left join deletion on deletion.case_id = version.case_id\n    where version.period <> '2019Q1'",
        ),
    ),
    "concomitant drugs counted as suspect": (Edit(EXPOSURE, "('PS', 'SS', 'I')", "('PS', 'SS', 'I', 'C')"),),
    "deletions ignored": (
        Edit(VERSION, "coalesce(version.period <= deletion.deleted_through_period, false)", "false"),
    ),
    "the oldest version counts": (
        Edit(VERSION, "version_number, null) desc nulls last", "version_number, null) nulls last"),
    ),
    "versions ordered as text": (Edit(VERSION, "version_number, null) desc", "version_number::varchar, null) desc"),),
    "esketamine counted as ketamine": (
        Edit(
            EXPOSURE,
            "exposure.drug, exposure.drug_subclass",
            "if(exposure.drug = 'esketamine', 'ketamine', exposure.drug) as drug, exposure.drug_subclass",
        ),
    ),
    "an unknown route counted as intravenous": (
        Edit(ANALYSIS, "coalesce(route, 'unknown') as route,", "coalesce(route, 'intravenous') as route,"),
    ),
    "not_intravenous takes unknown routes": (
        Edit(ANALYSIS, "where named_count > 0 and disqualifying_count = 0", "where disqualifying_count = 0"),
    ),
    "a third of the hallucinations lost": (
        Edit(
            REACTING,
            "on meaning.folded = lower(reaction.preferred_term)",
            "on meaning.folded = lower(reaction.preferred_term)\n"
            "    and not (meaning.reaction = 'hallucination' and hash(reaction.case_id) % 3 = 0)",
        ),
    ),
    "two of the four cells exchanged": (
        Edit(TWO_BY_TWO, "    both, drug, reaction, rest = align(", "    both, reaction, drug, rest = align("),
    ),
    "participants affected doubled": (
        Edit(
            SIDE,
            "by_trial.lower::bigint as participants_affected_lower",
            "least(2 * by_trial.lower, by_trial.at_risk)::bigint as participants_affected_lower",
        ),
        Edit(
            SIDE,
            "by_trial.upper::bigint as participants_affected_upper",
            "least(2 * by_trial.upper, by_trial.at_risk)::bigint as participants_affected_upper",
        ),
    ),
    "sides of trials swapped": (
        Edit(
            SIDE,
            "    by_trial.side,\n",
            "    if(by_trial.side = 'drug', 'comparator', 'drug') as side,\n",
        ),
    ),
    "terms of nausea lost": (Edit(REACTIONS, "\nnausea,Nausea,narrow,domain notes 5.1: study definition\n", "\n"),),
    "placebo read as an active treatment": (
        Edit(
            ROLE,
            "list_contains(control.titled_roles, 'placebo') then ['placebo', 'stated']",
            "list_contains(control.titled_roles, 'placebo') then ['active', 'stated']",
        ),
        Edit(
            ROLE,
            "in ('PLACEBO_COMPARATOR', 'SHAM_COMPARATOR') then ['placebo', 'stated']",
            "in ('PLACEBO_COMPARATOR', 'SHAM_COMPARATOR') then ['active', 'stated']",
        ),
    ),
    "the reaction of another case": (
        Edit(
            REPORTED,
            "inner join intermediate.reacting_case as reacting_case",
            "inner join (\n"
            "    select found.source, following.next_case_id as case_id, found.reaction, found.definition\n"
            "    from intermediate.reacting_case as found\n    inner join (\n"
            "        select case_id, lead(case_id) over (order by case_id) as next_case_id from events.case\n"
            "    ) as following on following.case_id = found.case_id\n) as reacting_case",
        ),
    ),
}

FURTHER: dict[str, tuple[Edit, ...]] = {
    "a sex that is not stated counted as female": (
        Edit(
            "sql/summary/reports/reported_by_patient.sql",
            "coalesce(nullif(sex, 'unknown'), 'not stated') as sex",
            "coalesce(nullif(sex, 'unknown'), 'female') as sex",
        ),
    ),
    "a threat to life counted as a death": (
        Edit(CASE, "outcome.outcome_code = 'DE'", "outcome.outcome_code in ('DE', 'LT')"),
    ),
    "periodic reports counted as expedited": (
        Edit(CASE, "in ('EXP', '5DAY', '30DAY')", "in ('EXP', '5DAY', '30DAY', 'PER')"),
    ),
    "pharmacists counted as physicians": (Edit("sql/codes/reports/reporter.csv", "PH,pharmacist", "PH,physician"),),
    "duplicates counted all the same": (
        Edit(TALLY, "count(*) filter (where duplicate.case_id is null)", "count(*)"),
    ),
    "interacting drugs left out": (Edit(EXPOSURE, "('PS', 'SS', 'I')", "('PS', 'SS')"),),
    "the literal other counted as not intravenous": (
        Edit(ANALYSIS, "in ('indirect', 'literal_other')", "in ('indirect')"),
    ),
    "a deleted case never returns": (
        Edit(
            VERSION,
            "coalesce(version.period <= deletion.deleted_through_period, false)",
            "deletion.deleted_through_period is not null",
        ),
    ),
    "vomiting left out of the roll-up": (
        Edit(
            "sql/codes/shared/reaction_rollup.csv", "\nvomiting,nausea_or_vomiting,", "\nnausea,nausea_or_vomiting,"
        ),
    ),
    "esketamine left out of the roll-up": (
        Edit("sql/codes/shared/drug_rollup.csv", "\nesketamine,ketamine_any,", "\nketamine,ketamine_any,"),
    ),
    "a route text given another route": (
        Edit("sql/codes/reports/route.csv", "\nINTRAMUSCULAR,intramuscular,", "\nINTRAMUSCULAR,subcutaneous,"),
    ),
    "a term of narrow paranoia made broad": (
        Edit(REACTIONS, "\nparanoia,Persecutory delusion,narrow,", "\nparanoia,Persecutory delusion,broad,"),
    ),
    "the last date of receipt taken from the first": (
        Edit(TALLY, "max(cases.received_date) as", "max(cases.first_received_date) as"),
    ),
    "two cases meet the criterion of Evans": (
        Edit("pipeline/statistics/criteria.py", "EBGM_CASES = 3, 5, 3, 1", "EBGM_CASES = 2, 5, 3, 1"),
    ),
    "intervals of 90 in 100": (Edit(TWO_BY_TWO, "ndtri(0.975)", "ndtri(0.95)"),),
    "the information component shrunk twice as much": (
        Edit("pipeline/statistics/information_component.py", "SHRINKAGE = 0.5", "SHRINKAGE = 1.0"),
    ),
    "no adjustment for the family of tests": (
        Edit("pipeline/statistics/multiplicity.py", " * family / np.arange(family, 0, -1)", ""),
    ),
    "the variance between trials halved": (
        Edit(
            "pipeline/statistics/heterogeneity.py",
            "return max(0.0, excess / scale)",
            "return max(0.0, excess / scale / 2)",
        ),
    ),
    "an event below the threshold read as zero": (
        Edit(SINGLE, "else coalesce(floor(asked.threshold * at_risk / 100)::bigint, at_risk)", "else 0"),
    ),
    "a condition given another population": (
        Edit(
            "sql/codes/trials/trial_population.csv", "\nneuropathic pain,chronic_pain,", "\nneuropathic pain,other,"
        ),
    ),
}

FAULTS = PASSED | STOPPED | FURTHER
