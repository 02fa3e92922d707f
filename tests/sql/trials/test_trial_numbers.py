"""One study under its present and its previous registry numbers (nctIdAliases) counts once."""

import itertools

import pytest

from pipeline.sources.clinicaltrials.studies import find_reasons
from tests.sql.trials.study_records import SQL, fetch_rows, make_arm, make_group, make_study

pytestmark = pytest.mark.slow

ARMS = [make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine IV"), make_arm("Placebo", "PLACEBO_COMPARATOR", "Placebo")]


def make_record(number, *previous, updated="2024-01-10", nausea=10):
    """A record of study `number` that lists these previous numbers; nausea: people affected by ketamine."""
    groups = [make_group("Ketamine IV", 50), make_group("Placebo", 50)]
    record = make_study(number, ARMS, groups, other={"Nausea": [nausea, 3]}, updated=updated)
    if previous:
        numbers = [f"NCT{each:08d}" for each in previous]
        record["protocolSection"]["identificationModule"]["nctIdAliases"] = numbers
    return record


def read_numbers(session):
    """Present number of each number received, both as integers."""
    rows = fetch_rows(session, "select registry_number, trial_id from clean.trial_number")
    return {int(number[3:]): int(present[3:]) for number, present in rows}


@pytest.mark.parametrize(
    ("records", "present"),
    [
        ([make_record(1), make_record(2, 1)], {1: 2, 2: 2}),
        # the previous number's record was updated later: the number that lists the other is still the present one
        ([make_record(1, updated="2025-01-01"), make_record(2, 1)], {1: 2, 2: 2}),
        ([make_record(5), make_record(4, 5)], {5: 4, 4: 4}),
        ([make_record(1), make_record(2, 1), make_record(3, 2)], {1: 3, 2: 3, 3: 3}),
        ([make_record(1), make_record(2), make_record(3, 1, 2)], {1: 3, 2: 3, 3: 3}),
        ([make_record(2, 1)], {2: 2}),
        # the number between the two was never received: nothing received connects them
        ([make_record(1), make_record(3, 2)], {1: 1, 3: 3}),
        ([make_record(1, 2, updated="2023-01-01"), make_record(2, 1, updated="2024-01-01")], {1: 2, 2: 2}),
        ([make_record(1, 2, updated="2025-01-01"), make_record(2, 1, updated="2024-01-01")], {1: 1, 2: 1}),
        # two studies that list one number are both in the registry and stay apart; its record leaves
        (
            [make_record(1), make_record(2, 1, updated="2023-05-05"), make_record(3, 1, updated="2024-05-05")],
            {1: 3, 2: 2, 3: 3},
        ),
        ([make_record(2, 9, updated="2023-05-05"), make_record(3, 9)], {2: 2, 3: 3}),
        ([make_record(1, 1)], {1: 1}),
        # what a later record of the same number no longer lists is no previous number
        ([make_record(1), make_record(2, 1, updated="2023-01-01"), make_record(2)], {1: 1, 2: 2}),
        # three numbers in a circle, one of them listed by a fourth: the fourth is present
        ([make_record(1, 2), make_record(2, 3), make_record(3, 1), make_record(4, 2)], {1: 4, 2: 4, 3: 4, 4: 4}),
    ],
)
def test_each_number_leads_to_the_present_one_in_any_order(register, records, present):
    for order in itertools.permutations(records):
        session = register(*order)
        assert read_numbers(session) == present
        standing = {f"NCT{number:08d}" for number in present.values()}
        assert {row[0] for row in fetch_rows(session, "select trial_id from clean.trial")} == standing


@pytest.mark.parametrize("previous", [None, 7, "NCT00000001", [], [None], [1], {"a": "NCT00000001"}, ["nonsense"]])
def test_malformed_list_of_previous_numbers_hides_no_study(register, previous):
    record = make_record(2)
    record["protocolSection"]["identificationModule"]["nctIdAliases"] = previous
    assert read_numbers(register(make_record(1), record)) == {1: 1, 2: 2}


def test_study_under_two_numbers_counts_once_everywhere(register):
    """12 of 50 under the present number; the record under the previous one counted 10."""
    session = register(make_record(1), make_record(2, 1, nausea=12), make_record(3, updated="2022-01-01"))
    cell = "drug = 'ketamine' and route = 'any' and reaction = 'nausea' and definition = 'narrow'"
    assert fetch_rows(
        session,
        "select trial_count, participants_affected_lower, participants_at_risk, comparator_participants_at_risk "
        f"from summary.observed_by_drug_route where {cell} and comparator = 'placebo'",
    ) == [(2, 22, 100, 100)]
    trials = [("NCT00000002",), ("NCT00000003",)]
    for table in ("summary.evidence_gap", "events.observed", "events.trial_drug", "clean.trial_event"):
        assert fetch_rows(session, f"select distinct trial_id from {table} order by trial_id") == trials, table


def test_record_of_a_previous_number_leaves_with_its_reason(register, session):
    """Five records: two of the present number, two of the previous one, and a study without results."""
    unposted = make_study(4, ARMS, None)
    records = [make_record(2, 1), make_record(2, updated="2020-01-01"), make_record(1), make_record(1), unposted]
    model = (SQL / "intermediate" / "trials" / "attrition_step.clinicaltrials.sql").read_text()
    session.execute("create schema meta")
    session.execute(
        "create table meta.delivery as select 'clinicaltrials' as source, 'd' as delivery_id, true as is_current"
    )
    session.execute(
        "create table meta.delivery_table as select 'clinicaltrials' as source, 'd' as delivery_id, 5 as record_count"
    )
    try:
        register(*records).execute("select 1 from clean.trial_number, clean.trial, events.observed limit 0")
        steps = session.execute(f"select step_number, rows_left, reason from ({model}) order by 1").fetchall()
    finally:
        session.execute("drop schema meta cascade")
    assert steps == [
        (6, 2, "replaced by a later record of the trial"),
        (7, 1, "a previous number: the study is counted under its present one"),
        (8, 1, "no results posted"),
        (9, 0, "no arm of the watch list with adverse events"),
    ]


def test_review_under_a_previous_number_holds_for_the_study(register, session):
    """The pharmacist read the record when it had its previous number; a reading of the present number comes first."""
    row = "(?, 'Ketamine IV', 'ketamine', ?, 'active', 'pharmacist', '2026-11-23', 'test')"
    routes = "select distinct trial_id, route from events.observed_arm where drug = 'ketamine'"
    try:
        session.execute(f"insert into codes.trial_arm_review values {row}", ["NCT00000001", "subcutaneous"])
        records = [make_record(1), make_record(2, 1)]
        assert fetch_rows(register(*records), routes) == [("NCT00000002", "subcutaneous")]
        session.execute(f"insert into codes.trial_arm_review values {row}", ["NCT00000002", "oral"])
        assert fetch_rows(register(*records), routes) == [("NCT00000002", "oral")]
    finally:
        session.execute("delete from codes.trial_arm_review where trial_id in ('NCT00000001', 'NCT00000002')")


@pytest.mark.parametrize(
    ("member", "reasons"),
    [
        ("NCT00000001.json", []),
        ("deep/nct00000002.json", []),
        ("NCT00000004 (2).json", ["the file is named NCT00000004 and the record says NCT00000003"]),
    ],
)
def test_file_named_by_a_previous_number_is_accepted(member, reasons):
    assert find_reasons(make_record(3, 1, 2), member, is_alone=True) == reasons
