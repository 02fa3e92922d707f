"""The tally by calendar quarter of first receipt."""

from tests.sql.reports.conftest import Ask
from tests.sql.reports.summary.test_reported_by_drug_route import clinic
from tests.sql.reports.text_tables import normalise_table


def test_a_case_belongs_to_the_quarter_it_was_first_received_in(ask: Ask) -> None:
    """All three letters are in the file of spring 2017, but two cases were first heard of before."""
    query = """
        select quarter, route, case_count, drug_route_case_count, route_unknown_case_count
        from summary.reported_by_drug_route_quarter
        where drug = 'ketamine' and reaction = 'nausea' and definition = 'broad'
    """
    assert ask(query, clinic()) == normalise_table("""
        2016Q1 | any | 1 | 1 | 0
        2016Q1 | intravenous | 1 | 1 | 0
        2016Q1 | oral | 1 | 1 | 0
        2017Q1 | any | 1 | 1 | 1
        2017Q1 | unknown | 1 | 1 | 1
        2017Q2 | any | 0 | 1 | 0
        2017Q2 | intravenous | 0 | 1 | 0
    """)
