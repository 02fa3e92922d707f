"""The sequential test of new cases: prospective, by quarter, with decisions that nothing later changes."""

from dataclasses import replace
from math import log

import duckdb
import pytest
from scipy.stats import hypergeom, nchypergeom_fisher

from tests.sql.reports.conftest import Ask
from tests.sql.reports.database import Delivery
from tests.sql.reports.summary.test_signal import make_groups
from tests.sql.reports.text_tables import normalise_table

TESTED = "drug = 'ketamine' and route = 'intravenous' and reaction = 'hallucination'"
DECISIONS = f"""
    select quarter, with_both_count, drug_only_count, reaction_only_count, neither_count, round(log_evidence, 6),
        is_detected, detected_quarter
    from summary.signal_sequential
    where {TESTED}
"""


def make_quarter_of(period: str, with_both: int, *, first: int, cases: int = 60) -> Delivery:
    """`cases` cases first received in that quarter, numbered from `first`: 12 of intravenous ketamine, of which some
    hallucinate; 6 of the others do."""
    delivery = make_groups(
        (with_both, "KETAMINE", "Intravenous drip", "Hallucination"),
        (12 - with_both, "KETAMINE", "Intravenous drip", "Rash"),
        (6, "ZOLPIDEM", "Oral", "Hallucination"),
        (cases - 18, "ZOLPIDEM", "Oral", "Rash"),
    )
    month = f"{period[:4]}{3 * int(period[-1]):02d}01"
    tables = {
        name: [
            {
                column: str(int(value) + first * (10 if column == "primaryid" else 1))
                if column in ("primaryid", "caseid")
                else month
                if column in ("fda_dt", "init_fda_dt")
                else value
                for column, value in row.items()
            }
            for row in rows
        ]
        for name, rows in delivery.tables.items()
    }
    return replace(delivery, period=period, tables=tables)


def compute_evidence(*quarters: tuple[int, int, int, int]) -> float:
    """Log evidence by SciPy: of each odds ratio the product of its likelihood ratios, then the mean."""
    total = 0.0
    for odds in (1.5, 2, 4, 8):
        product = 1.0
        for both, drug, reaction, universe in quarters:
            product *= nchypergeom_fisher.pmf(both, universe, drug, reaction, odds)
            product /= hypergeom.pmf(both, universe, drug, reaction)
        total += product / 4
    return round(log(total), 6)


FIRST, SECOND = make_quarter_of("2019Q1", 9, first=0), make_quarter_of("2019Q2", 10, first=1000)
EARLY, BOTH = compute_evidence((9, 12, 15, 60)), compute_evidence((9, 12, 15, 60), (10, 12, 16, 60))
NEEDED = log(90 / 0.05)
SHOWN = f"""
    2019Q1 | 9 | 3 | 6 | 42 | {EARLY} | False |
    2019Q2 | 10 | 2 | 6 | 42 | {BOTH} | True | 2019Q2
"""


def test_evidence_multiplies_over_the_quarters_until_it_suffices(ask: Ask) -> None:
    """Each quarter against its own margins; ninety tests at 0.05 need evidence of 1,800."""
    assert EARLY < NEEDED < BOTH
    assert ask(DECISIONS, FIRST, SECOND) == normalise_table(SHOWN)
    plan = """
        select distinct alpha, family_size, start_quarter, round(log_evidence_needed, 6)
        from summary.signal_sequential
    """
    assert ask(plan, FIRST, SECOND) == normalise_table(f"0.05 | 90 | 2016Q4 | {round(NEEDED, 6)}")


def test_later_versions_deletions_and_deliveries_leave_a_decision_as_it_is(ask: Ask) -> None:
    """In 2019Q3 every case of 2019Q1 comes again without hallucination, and those of 2019Q2 are deleted: today's
    tables follow, the decisions of their quarters stay. The order of receipt does not matter."""
    again = replace(
        FIRST, period="2019Q3", tables={name: [dict(row) for row in rows] for name, rows in FIRST.tables.items()}
    )
    for row in again.tables["demo"]:
        row |= {"caseversion": "2", "fda_dt": "20190901"}
    for row in again.tables["reac"]:
        row["pt"] = "Rash"
    again.tables["deleted"] = [{"caseid": row["caseid"]} for row in SECOND.tables["demo"]]
    assert ask(DECISIONS, FIRST, SECOND, again) == normalise_table(SHOWN)
    assert ask(DECISIONS, again, SECOND, FIRST) == normalise_table(SHOWN)
    today = "select case_count from summary.reported_by_drug_route where definition = 'narrow' and " + TESTED
    assert ask(today, FIRST, SECOND, again) == normalise_table("0")


def test_quarters_before_the_plan_and_cases_of_other_quarters_are_not_tested(ask: Ask) -> None:
    """A quarter of 2016, before the plan of these tests, is description; a case that 2019Q2 brings late, too."""
    before = make_quarter_of("2016Q3", 12, first=2000)
    late = make_quarter_of("2018Q1", 12, first=3000)
    brought = replace(SECOND, tables={name: rows + late.tables.get(name, []) for name, rows in SECOND.tables.items()})
    assert ask(DECISIONS, before, FIRST, brought) == normalise_table(SHOWN)


def test_test_without_a_case_of_the_drug_is_not_judged(ask: Ask) -> None:
    query = """
        select distinct is_detected, log_evidence, with_both_count from summary.signal_sequential
        where drug = 'memantine' and route = 'any'
    """
    assert ask(query, FIRST, SECOND) == normalise_table(" | 0.0 | 0")


@pytest.mark.parametrize(
    "change",
    [
        "delete from codes.sequential_plan where name = 'odds_ratio'",
        "update codes.sequential_plan set value = '2' where name = 'alpha'",
    ],
)
def test_plan_that_fixes_too_little_stops_the_build(
    ask: Ask, database: duckdb.DuckDBPyConnection, change: str
) -> None:
    database.execute("create temp table kept as from codes.sequential_plan")
    database.execute(change)
    try:
        with pytest.raises(ValueError, match="sequential_plan"):
            ask(DECISIONS, FIRST)
    finally:
        database.execute("delete from codes.sequential_plan")
        database.execute("insert into codes.sequential_plan from kept")
        database.execute("drop table kept")
