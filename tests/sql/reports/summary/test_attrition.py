"""What became of every received line and case, step by step."""

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_quarter, normalise_table


def test_attrition_lists_every_line_and_case_with_a_reason(ask: Ask) -> None:
    """A quarter was received twice. Of five cases one is deleted, one has an older version, one names the drug as
    concomitant only."""
    demo = "primaryid | caseid | caseversion | fda_dt\n"
    drug = "primaryid | caseid | drug_seq | role_cod | drugname | prod_ai\n"
    withdrawn = make_quarter("2019Q1", demo=demo + "99 | 9 | 9 | 20190101")
    withdrawn.is_current = False
    current = make_quarter(
        "2019Q1",
        demo=demo
        + """11 | 1 | 1 | 20190105
            12 | 1 | 2 | 20190106
            21 | 2 | 1 | 20190105
            31 | 3 | 1 | 20190105
            41 | 4 | 1 | 20190105
            51 | 5 | 1 | 20190105""",
        drug=drug
        + """12 | 1 | 1 | PS | KETALAR | KETAMINE
            31 | 3 | 1 | C | KETALAR | KETAMINE
            41 | 4 | 1 | PS | ASPIRIN | ASPIRIN
            51 | 5 | 1 | PS | KETALAR | KETAMINE""",
        reac="primaryid | caseid | pt\n12 | 1 | Nausea\n51 | 5 | Rash",
        deleted="caseid\n2",
    )
    query = "select step, rows_in, rows_left, cases_in, cases_left from summary.attrition where rows_left > 0"
    assert ask(query, withdrawn, current) == normalise_table("""
        received | 30 | 9 | |
        lines of current receipts | 21 | 8 | |
        records with their report | 13 | 7 | |
        versions of cases | 6 | 1 | 5 | 1
        versions under their case number | 5 | 1 | 4 | 0
        cases | 4 | 1 | 4 | 1
        cases naming a drug | 3 | 1 | 3 | 1
        cases suspecting a drug | 2 | 1 | 2 | 1
    """)


def test_a_legacy_report_under_two_case_numbers_leaves_once_and_the_sums_close(ask: Ask) -> None:
    """Report 70 is listed under cases 1 and 2: case 1 has no other report and leaves, case 3 has one and does not."""
    demo = "primaryid | caseid | foll_seq | fda_dt\n"
    world = make_quarter(
        "2010Q1",
        demo=demo
        + "70 | 1 | | 20100105\n70 | 2 | | 20100105\n71 | 3 | | 20100106\n71 | 4 | | 20100106\n60 | 3 | | 20100101",
    )
    query = """
        select rows_in, rows_left, cases_in, cases_left, reason from summary.attrition
        where step = 'versions not deleted'
    """
    left = "a legacy report that is counted under another case number"
    assert ask(query, world) == f"5 | 2 | 4 | 1 | {left}"
    assert ask("select cases_out from summary.attrition where step_number = 13", world) == "0"
    assert ask("select count(*) from verify.attrition_closes", world) == "0"
