"""What each trial of a drug measured: outcome by outcome, and whether it could be compared, by published tables."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from pipeline.site.context import Context
from pipeline.site.trial_cells import link_trial
from pipeline.site.trial_findings import read_phrases
from pipeline.site.words import say

REPORTED, ZERO, ZERO_NOT_SOLICITED = "reported", "zero", "zero, not solicited"
MISSING, NOT_SOUGHT, UNKNOWN, NOT_GIVEN = "sought, not reported", "not sought", "unknown", "not given"
STATES = {
    REPORTED: "■",
    ZERO: "0",
    ZERO_NOT_SOLICITED: "0?",
    MISSING: "×",
    NOT_SOUGHT: "–",
    UNKNOWN: "?",
    NOT_GIVEN: "",
}
"""What a trial says of an outcome, and its mark on the map."""
KNOWN = (REPORTED, ZERO, ZERO_NOT_SOLICITED)
"""States that say how many were affected."""
BY_STATUS = {
    "reported": REPORTED,
    "zero_not_solicited": ZERO_NOT_SOLICITED,
    "sought_not_reported": MISSING,
    "not_sought": NOT_SOUGHT,
}
ZERO_BASIS = "adverse_events_zero"
JUDGED = """
select trial_id, domain as outcome, status, basis, decided_by_text
from summary.evidence_gap
order by trial_id, domain
"""
COUNTED = """
with arm as (
    select distinct trial_id, arm_id, reaction, participants_affected_lower, participants_affected_upper
    from events.observed
    where definition = 'narrow' and is_in_all and not is_overlapping
)
select trial_id, reaction as outcome, sum(participants_affected_lower)::bigint as least,
    sum(participants_affected_upper)::bigint as most
from arm
group by trial_id, reaction
"""
TRIALS = """
with drug_of_trial as (
    select trial_id, drug from events.trial_drug
    union
    select trial_id, drug from events.observed where drug is not null
), counted as (
    select trial_id, any_value(population) as population, count(distinct arm_id) as arm_count,
        bool_or(role_basis = 'sequence of treatments') as is_sequence,
        string_agg(distinct overlap_reason, '; ' order by overlap_reason) as overlap_reason
    from events.observed
    group by trial_id
), compared as (
    select trial_id, drug, bool_or(comparator != 'none') as is_compared,
        bool_and(randomisation = 'not randomised') as is_not_randomised
    from events.trial_comparison
    where route = 'any' and is_in_all
    group by trial_id, drug
)
select
    listed.trial_id, listed.drug, coalesce(trial.brief_title, study.study_name, listed.trial_id) as title,
    coalesce(gap.population, counted.population, 'unknown') as population,
    coalesce(gap.has_results, false) as has_results,
    counted.trial_id is not null as is_counted, counted.arm_count,
    coalesce(counted.is_sequence, false) as is_sequence, counted.overlap_reason,
    coalesce(compared.is_compared, false) as is_compared,
    coalesce(compared.is_not_randomised, false) as is_not_randomised
from drug_of_trial as listed
left join clean.trial as trial using (trial_id)
left join (select trial_id, any_value(study_name) as study_name from clean.study group by trial_id) as study
    using (trial_id)
left join (
    select trial_id, any_value(population) as population, bool_or(has_results) as has_results
    from summary.evidence_gap
    group by trial_id
) as gap using (trial_id)
left join counted using (trial_id)
left join compared using (trial_id, drug)
order by listed.drug, listed.trial_id
"""


@dataclass(frozen=True)
class Coverage:
    """The trials of every drug with their states. outcomes: those that some trial says something of, in order."""

    outcomes: tuple[str, ...]
    trials: dict[str, list[dict[str, Any]]]
    judged: dict[str, list[dict[str, Any]]]
    """By trial: the rows of summary.evidence_gap, each with the text that decided."""


def read_coverage(context: Context) -> Coverage:
    """What each trial of each drug says of each outcome, its title, its link and whether it is compared."""
    judged: dict[str, list[dict[str, Any]]] = defaultdict(list)
    states: dict[tuple[str, str], str] = {
        (row["trial_id"], row["outcome"]): judge_counts(row["least"], row["most"]) for row in context.ask(COUNTED)
    }
    for row in context.ask(JUDGED):
        judged[row["trial_id"]].append(row)
        # the record's own word goes before what counts alone would say: it knows what was asked for
        states[row["trial_id"], row["outcome"]] = judge_record(row["status"], row["basis"])
    outcomes = _order_outcomes(context, {outcome for _, outcome in states})
    phrases = read_phrases(context, "population")
    trials: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in context.ask(TRIALS):
        found = {outcome: states.get((row["trial_id"], outcome), NOT_GIVEN) for outcome in outcomes}
        more = {
            "href": link_trial(row["trial_id"]),
            "population_text": say(phrases.get(row["population"], row["population"])),
            "comparison": explain_comparison(row),
        }
        trials[row["drug"]].append(row | more | found)
    return Coverage(outcomes, trials, judged)


def judge_record(status: str, basis: str) -> str:
    """The state of an outcome by the trial's record in the registry."""
    if status == "reported" and basis == ZERO_BASIS:
        return ZERO
    return BY_STATUS.get(status, UNKNOWN)


def judge_counts(least: int | None, most: int | None) -> str:
    """The state of an outcome by its counts over all arms: a zero only where nobody can be hidden."""
    if least:
        return REPORTED
    return ZERO if most == 0 else UNKNOWN


def explain_comparison(row: dict[str, Any]) -> str:
    """Whether a trial is compared for its drug, and if not, what in the published tables stands against it."""
    if row["is_compared"]:
        return "compared, not pooled: not randomised" if row["is_not_randomised"] else "compared"
    if not row["is_counted"]:
        return "no adverse events counted in an arm of a watched drug" if row["has_results"] else "no results posted"
    why = "no other arm is known to be a comparator"
    if row["is_sequence"]:
        why = "every participant took every treatment in turn"
    elif row["overlap_reason"]:
        why = f"groups share participants ({row['overlap_reason']})"
    elif row["arm_count"] == 1:
        why = "one arm only"
    return f"not compared: {why}"


def _order_outcomes(context: Context, found: set[str]) -> tuple[str, ...]:
    """Reactions of the watch list first, then other outcomes by name."""
    watched = [reaction for reaction in context.reactions if reaction in found]
    return (*watched, *sorted(found.difference(watched)))
