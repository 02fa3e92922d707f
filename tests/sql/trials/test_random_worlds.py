"""The SQL agrees with an independent recount on random registers, and each planted fault is caught."""

import re
from collections import Counter
from dataclasses import replace

import pytest

from pipeline.models import Model
from tests.repetitions import choose_count, choose_every
from tests.slow_cases import mark_later_cases_slow
from tests.sql.trials.recount import OUTCOMES, draw_world, recount, recount_comparisons, write_records
from tests.sql.trials.study_records import open_register

pytestmark = pytest.mark.slow

COLUMNS = """
    drug, route, reaction, definition, population, comparator, trial_count, arm_count,
    participants_affected_lower, participants_affected_upper, participants_at_risk, comparator_arm_count,
    comparator_participants_affected_lower, comparator_participants_affected_upper, comparator_participants_at_risk,
    trials_below_threshold_count
"""


COMPARISON = """
    drug, route, reaction, definition, population, comparator, trial_id, bound, participants_affected,
    participants_at_risk, comparator_participants_affected, comparator_participants_at_risk, arm_count,
    comparator_arm_count, is_crossover, randomisation, is_systematically_assessed
"""


def read_published(session):
    """The rows of the SQL for the reactions that the recount knows: cells, and the comparisons within them."""
    reactions = {reaction for reaction, _ in OUTCOMES}
    found = session.execute(f"select {COLUMNS} from summary.observed_by_drug_route").fetchall()
    compared = session.execute(f"select {COMPARISON} from events.trial_comparison").fetchall()
    return {row[:6]: row[6:] for row in found if row[2] in reactions} | {
        row[:8]: row[8:] for row in compared if row[2] in reactions
    }


def is_later_period(group):
    return bool(
        re.search(
            "^(OL|Open-label|Maintenance|Rescue|Retreatment)|(second course|retreatment|continuation)$", group.title
        )
    )


def find_differences(session, seed, edit=lambda model: model):
    """Rows that differ between SQL and recount, as {key: (sql, recount)}."""
    world = draw_world(seed)
    found = read_published(open_register(write_records(world, seed), edit, connection=session))
    expected = recount(world) | recount_comparisons(world)
    return {
        key: (found.get(key), expected.get(key)) for key in found | expected if found.get(key) != expected.get(key)
    }


@pytest.mark.parametrize(
    "worlds",
    [
        range(10),
        pytest.param(range(1000, 1000 + choose_count(24, 200)), marks=[pytest.mark.proof, pytest.mark.timeout(2400)]),
    ],
)
def test_counts_agree_with_the_recount_on_random_registers(session, worlds):
    """Consecutive routes, totals, later periods, sequences, thresholds, serious lists, old records, no results."""
    coverage = Counter()
    for seed in worlds:
        assert find_differences(session, seed) == {}, f"world {seed}"
        for trial in draw_world(seed):
            coverage["trials"] += 1
            coverage["without results"] += not trial.has_results
            coverage["crossover"] += trial.is_crossover
            coverage["total group"] += any(each.title == "Total" for each in trial.groups)
            coverage["total of a drug"] += any(
                each.overlaps and each.title != "Total" and each.role == "unknown" for each in trial.groups
            )
            coverage["arm as large as two doses"] += any(each.label == "Further arm" for each in trial.groups)
            coverage["order of treatments"] += any(
                not each.overlaps and each.role == "unknown" for each in trial.groups
            )
            coverage["later session"] += any(each.overlaps and each.title[-2:] == " 2" for each in trial.groups)
            coverage["later period"] += any(is_later_period(each) for each in trial.groups if each.overlaps)
            coverage["later period with people of its own"] += any(
                is_later_period(each) for each in trial.groups if not each.overlaps
            )
            coverage["two routes in an arm"] += any(len(each.routes) > 1 for each in trial.groups)
            coverage["above a threshold only"] += bool(trial.threshold)
            coverage["every term asked for"] += trial.is_systematically_assessed
            coverage["terms not all asked for"] += bool(trial.assessments) and not trial.is_systematically_assessed
            coverage["withdrawals known"] += bool(trial.flow) and not trial.has_nameless_flow_group
            coverage["a flow of two periods"] += len(trial.flow) > 1
            coverage["composite of psychotomimetic effects"] += "Emergence reaction" in trial.other_terms
            coverage["no threshold stated"] += trial.threshold is None
            coverage["composite term"] += "Nausea/vomiting" in trial.other_terms
            coverage["same term in both lists"] += bool(set(trial.serious_terms) & set(trial.other_terms))
    print(f"{len(worlds)} registers: {dict(coverage)}")
    assert len(coverage) == 20
    assert min(coverage.values()) >= len(worlds) // 5


FAULTS = {
    "an absent row is a zero": (
        "observed_single",
        "coalesce(floor(asked.threshold * at_risk / 100)::bigint, at_risk)",
        "0",
    ),
    "the terms of a group are summed": (
        "observed_listed",
        "max(coalesce(posted.participants_affected, 0))",
        "sum(coalesce(posted.participants_affected, 0))",
    ),
    "the sum of terms is not capped": (
        "observed_single",
        "greatest(own.at_risk, narrow.at_risk)\n    ) as participants_affected_upper",
        "1000000000\n    ) as participants_affected_upper",
    ),
    "overlapping groups are summed": (
        "trial_group",
        "overlap_reason is not null as is_overlapping",
        "false as is_overlapping",
    ),
    "a composite term counts for nausea": (
        "trial_reaction_term",
        "select reaction, definition, term from codes.trial_reaction",
        "select replace(reaction, 'nausea_or_vomiting', 'nausea'), definition, term from codes.trial_reaction",
    ),
    "enrolment used as the participants at risk": (
        "observed_single",
        "), asked.participants_at_risk\n        ) as at_risk",
        "), asked.participants_at_risk\n        ) * 3 as at_risk",
    ),
    "serious and other lists are added up": (
        "observed_single",
        "greatest(coalesce(serious.affected_lower, 0), coalesce(other.affected_lower, 0))",
        "coalesce(serious.affected_lower, 0) + coalesce(other.affected_lower, 0)",
    ),
    "esketamine is found inside as ketamine": (
        "trial_group_mention",
        "contains(segment.segment_words, ' ' || code.name || ' ')",
        "contains(segment.segment_words, code.name)",
    ),
    "people of a crossover are added": (
        "observed_side",
        "case when is_crossover then max(participants_at_risk)",
        "case when false then max(participants_at_risk)",
    ),
    "an older record is current": (
        "trial_number",
        "last_update_date desc nulls last",
        "last_update_date asc nulls last",
    ),
    "a study under two numbers is two": (
        "trial_number",
        "coalesce(present.trial_id, recorded.trial_id)",
        "recorded.trial_id",
    ),
    "the number updated last is present": ("trial_number", "mutual.later_number is null or later", "later"),
    "a broad term shows those hidden under the narrow ones": (
        "observed_single",
        "coalesce(narrow.hidden_upper, 0)",
        "0",
    ),
    "an extension is more people": ("trial_group", "or earlier.arm_id is not null", ""),
    "the only group of a treatment is a later period": (
        "trial_group_earlier",
        "not later.needs_same_treatment",
        "true",
    ),
    "more people than were treated went on": (
        "trial_group_earlier",
        "later.may_precede\n        or coalesce(",
        "true\n        or coalesce(",
    ),
    "a later session is more people": ("trial_group", "when later.arm_id is not null or", "when"),
    "the total of a drug is one more dose": (
        "trial_group_total",
        "coalesce(word.is_pool, false)\n            or own.scope is not null",
        "false",
    ),
    "a dose as large as two others is their total": ("trial_group_total", "added.differing_count = 0", "true"),
    "a sequence of a crossover is an arm of its drug": (
        "trial_group_sequence",
        "read.treatment_count > 1 and (",
        "false and (",
    ),
    "an unknown route is not intravenous": (
        "observed_drug_arm",
        "'parenteral_unspecified', 'unknown'",
        "'parenteral_unspecified'",
    ),
    "a threshold of five is five people in a thousand": ("observed_single", "at_risk / 100", "at_risk / 1000"),
    "the comparator's bounds do not move": (
        "trial_comparison",
        "if(bounds.is_comparator_upper, control.participants_affected_upper, control.participants_affected_lower)",
        "control.participants_affected_lower",
    ),
    "a hidden part of the composite is a zero": (
        "observed_count",
        "own.hidden_upper + part.hidden_upper",
        "own.hidden_upper + own.hidden_upper",
    ),
    "totals of any adverse event are exact under a threshold": (
        "observed_total",
        "when has_serious and has_other and has_every_event",
        "when has_serious and has_other",
    ),
    "withdrawals of every period are those of the treatment": (
        "trial_withdrawal",
        "arg_min(adverse, period_number) filter (where started > 0) as adverse_lower",
        "sum(adverse) as adverse_lower",
    ),
    "people who left for no posted reason left for no event": ("trial_withdrawal", "- explained, 0)", "* 0, 0)"),
    "a joint reason is an adverse event": (
        "trial_withdrawal",
        "filter (where reason.is_adverse and not reason.is_joint)",
        "filter (where reason.is_adverse)",
    ),
    "a reason other than an adverse event is one": (
        "trial_withdrawal",
        "and not bool_or(code.kind = 'not') as is_adverse",
        "as is_adverse",
    ),
    "a group of the flow that cannot be matched withdrew nobody": (
        "trial_withdrawal",
        "qualify bool_and(coalesce(flow.started > 0, false)) over (partition by groups.trial_id)",
        "qualify bool_and(coalesce(flow.started > 0, false)) over (partition by groups.trial_id, groups.arm_id)",
    ),
    "one term asked for is enough": (
        "trial_ascertainment",
        "when systematic_term_count = term_count then",
        "when systematic_term_count > 0 then",
    ),
    "what was not randomised is pooled": ("trial_comparison", "('NON_RANDOMIZED', 'NA')", "('NA')"),
    "comparators come from every trial": (
        "observed_cell",
        "as control using (drug, trial_id, comparator)",
        "as control using (drug, comparator)",
    ),
}


@pytest.mark.parametrize("name", mark_later_cases_slow(choose_every(list(FAULTS), 3)))
def test_planted_fault_in_counts_is_caught(session, name):
    """Each fault was seen in public code; on some random register it differs from the recount."""
    table, right, wrong = FAULTS[name]
    planted = []

    def plant(model: Model) -> Model:
        if model.name != table or model.layer == "typed" or right not in model.sql:
            return model
        planted.append(model.table)
        return replace(model, sql=model.sql.replace(right, wrong))

    caught = any(find_differences(session, seed, plant) for seed in range(60))
    assert planted, "the fault found no place in the SQL"
    assert caught
