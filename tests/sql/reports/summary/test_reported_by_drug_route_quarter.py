"""Counts by calendar quarter of first receipt."""

from tests.sql.reports.conftest import Ask
from tests.sql.reports.summary.test_reported_by_drug_route import make_three_ketamine_cases
from tests.sql.reports.text_tables import normalise_table


def test_case_is_counted_in_the_quarter_of_first_receipt(ask: Ask) -> None:
    """All three reports are in the file of spring 2017, but two cases were first received earlier."""
    query = """
        select quarter, route, case_count, drug_route_case_count, route_unknown_case_count
        from summary.reported_by_drug_route_quarter
        where drug = 'ketamine' and reaction = 'nausea' and definition = 'broad'
    """
    assert ask(query, make_three_ketamine_cases()) == normalise_table("""
        2016Q1 | any | 1 | 1 | 0
        2016Q1 | intravenous | 1 | 1 | 0
        2016Q1 | oral | 1 | 1 | 0
        2017Q1 | any | 1 | 1 | 1
        2017Q1 | unknown | 1 | 1 | 1
        2017Q2 | any | 0 | 1 | 0
        2017Q2 | intravenous | 0 | 1 | 0
    """)
