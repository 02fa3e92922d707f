"""evidence_gap agrees with an independent recount on random registers, and each planted fault is caught."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from pipeline.models import Model
from tests.repetitions import choose_count, choose_every
from tests.slow_cases import mark_later_cases_slow
from tests.sql.trials.recount_evidence import draw_register, recount, write_records
from tests.sql.trials.study_records import fetch_rows, open_register

pytestmark = pytest.mark.slow


def find_differences(session: Any, seed: int, edit: Any = lambda model: model) -> dict[Any, Any]:
    """Trials and domains that differ, as {key: (sql, recount)}."""
    register = draw_register(seed)
    query = "select trial_id, domain, status from summary.evidence_gap"
    read = fetch_rows(open_register(write_records(register), edit, connection=session), query)
    found = {(trial, domain): status for trial, domain, status in read}
    assert len(found) == len(read)
    expected = recount(register)
    return {
        key: (found.get(key), expected.get(key)) for key in found | expected if found.get(key) != expected.get(key)
    }


@pytest.mark.parametrize(
    "seeds",
    [
        range(15),
        pytest.param(range(1000, 1000 + choose_count(16, 150)), marks=[pytest.mark.proof, pytest.mark.timeout(2400)]),
    ],
)
def test_evidence_gap_agrees_with_the_recount_on_random_registers(session, seeds):
    """Outcomes planned and posted, planned and not posted, listed without a value, hidden by thresholds, or not
    planned."""
    seen: Counter[str] = Counter()
    for seed in seeds:
        assert find_differences(session, seed) == {}, f"register {seed}"
        seen.update(recount(draw_register(seed)).values())
    assert len(seen) == 5
    assert min(seen.values()) > len(seeds)


FAULTS = {
    "a study under two numbers is two": (
        "trial_number", "coalesce(present.trial_id, recorded.trial_id)", "recorded.trial_id",
    ),
    "an outcome listed without a number is a result": (
        "trial_outcome_text", "coalesce(label.has_value, false)", "true",
    ),
    "absent is zero under a threshold": (
        "trial_reaction_evidence", "counted.affected_upper = 0 and counted.unknown_group_count = 0", "true",
    ),
    "absent is zero whoever asked": (
        "trial_reaction_evidence", "if(asked.ascertainment = 'systematic', '',", "if(true, '',",
    ),
    "a scale with an item for it holds it among others": (
        "trial_outcome_domain", "when is_item and not is_said then 'scale'", "when false then 'scale'",
    ),
    "a score that holds it is a result of it": (
        "trial_outcome_evidence",
        "stated.has_result and stated.reading in ('stated', 'described')\n                then 1",
        "stated.has_result then 1",
    ),
    "one term asked for is enough": (
        "trial_ascertainment", "when systematic_term_count = term_count then", "when systematic_term_count > 0 then",
    ),
    "a zero nobody looked for hides what was sought": (
        "trial_reaction_evidence",
        "or starts_with(basis, 'adverse_events_zero_') then 8 else 5",
        "then 8 else 5",
    ),
    "a scale is read beside every subject": (
        "trial_outcome_domain", "or (word.is_item and titled.is_within)", "or word.is_item",
    ),
    "a scale is not read under an umbrella": ("trial_outcome_domain", "or (word.is_item and titled.is_within)", ""),
    "a scale under adverse events is a result": (
        "trial_outcome_domain",
        "word.is_item and not coalesce(title.is_composite, false)\n    from",
        "word.is_item\n    from",
    ),
    "every outcome is due": ("trial_outcome_evidence", "when not due.is_due then 7", "when false then 7"),
    "a recruiting trial owes results": (
        "trial_outcome_evidence", "trial.overall_status in ('COMPLETED', 'TERMINATED')", "true",
    ),
    "results are due on the last day": ("trial_outcome_evidence", "interval 12 month", "interval 0 month"),
    "a respiratory depression is a mood": ("trial_outcome_word", "kind = 'not'), [])", "kind = 'never'), [])"),
    "a composite row hides nothing": (
        "trial_reaction_evidence", "when composite.trial_id is not null then", "when false then",
    ),
    "every scale is of pain": (
        "trial_outcome_word",
        "not bool_or(is_other or is_named or is_measured or is_item or is_within)",
        "not bool_or(false)",
    ),
    "every opioid is opioid use": (
        "trial_outcome_word", "bool_or(kind = 'subject') and bool_or(kind = 'measure')", "bool_or(kind = 'measure')",
    ),
    "nausea and vomiting is nausea": ("trial_outcome_word", "kind = 'within'), [])", "kind = 'never'), [])"),
    "a description is always read": ("trial_outcome_domain", "and not coalesce(title.is_telling, false)", ""),
    "a description is never read": (
        "trial_outcome_domain", "when not is_said then 'within'", "when not is_said or place = 3 then 'within'",
    ),
    "a depression among adverse events is not heard": (
        "trial_outcome_evidence", "or stated.domain in ('depressive_symptoms', 'opioid_use')", "",
    ),
    "a threshold excuses an outcome": ("trial_outcome_evidence", "else 6", "else 9"),
    "only trials with results are watched": (
        "trial_drug", "decided_by_text from registered", "decided_by_text from registered where false",
    ),
    "what nobody says was not sought": (
        "evidence_gap", "if(outcome.trial_id is null, 'unknown', 'not_sought')", "'not_sought'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", mark_later_cases_slow(choose_every(list(FAULTS), 3)))
def test_planted_fault_in_evidence_gap_is_caught(session, name):
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
