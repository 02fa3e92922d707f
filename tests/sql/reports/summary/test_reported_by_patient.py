"""Counts by characteristics of the patient and the reporter."""

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_quarter, normalise_table


def test_missing_patient_facts_are_counted_as_not_stated(ask: Ask) -> None:
    """A physician's 15-day report of a woman of 70, and a report without any patient characteristic."""
    world = make_quarter(
        "2017Q2",
        demo="""primaryid | caseid | caseversion | fda_dt | age | age_cod | sex | occp_cod | occr_country | rept_cod
            11 | 1 | 1 | 20170405 | 7 | DEC | F | MD | GB | EXP
            21 | 2 | 1 | 20170405 | | | UNK | | COUNTRY NOT SPECIFIED |""",
        drug="""primaryid | caseid | drug_seq | role_cod | drugname | prod_ai | route
            11 | 1 | 1 | PS | NAMENDA | MEMANTINE | Oral
            21 | 2 | 1 | PS | NAMENDA | MEMANTINE | Oral""",
        reac="primaryid | caseid | pt\n11 | 1 | Confusional state\n21 | 2 | Confusional state",
    )
    query = """
        select age_band, sex, reporter_type, country, expedited, case_count, drug_route_case_count
        from summary.reported_by_patient
        where route = 'oral' and reaction = 'confusion' and definition = 'narrow'
    """
    assert ask(query, world) == normalise_table("""
        65-74 | female | physician | GB | expedited | 1 | 1
        not stated | not stated | not stated | not stated | not stated | 1 | 1
    """)
