"""The universe of cases, and the facts counted of each."""

import pytest

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_quarter, normalise_table

DEMO = "primaryid | caseid | caseversion | fda_dt"


@pytest.mark.parametrize(
    ("age", "band"),
    [("17.99", "0-17"), ("18", "18-44"), ("45", "45-64"), ("65", "65-74"), ("75", "75+"), ("", "not stated")],
)
def test_age_band_changes_on_the_birthday(ask: Ask, age: str, band: str) -> None:
    """At 18 years a patient leaves the band of children."""
    world = make_quarter("2017Q2", demo=f"{DEMO} | age | age_cod\n101 | 10 | 1 | 20170405 | {age} | YR")
    assert ask("select age_band from events.case", world) == band


def test_seriousness_is_taken_from_the_current_version(ask: Ask) -> None:
    """A case was first reported as fatal; the follow-up withdrew that. Another lists death and hospitalisation."""
    world = make_quarter(
        "2017Q2",
        demo=DEMO
        + "\n101 | 10 | 1 | 20170405\n102 | 10 | 2 | 20170406\n201 | 20 | 1 | 20170405\n301 | 30 | 1 | 20170405",
        outc="""primaryid | caseid | outc_cod
            101 | 10 | DE
            102 | 10 | OT
            201 | 20 | DE
            201 | 20 | HO""",
    )
    assert ask("select case_id, is_serious, is_fatal from events.case", world) == normalise_table("""
        10 | True | False
        20 | True | True
        30 | False | False
    """)


def test_two_cases_with_one_report_id_stay_separate(ask: Ask) -> None:
    """Case 1018912 version 12 and case 10189121 version 2 share a report id: the case number distinguishes them."""
    world = make_quarter(
        "2017Q2",
        demo=DEMO + "\n101891212 | 1018912 | 12 | 20170405\n101891212 | 10189121 | 2 | 20170405",
        drug="""primaryid | caseid | drug_seq | role_cod | drugname | prod_ai
            101891212 | 1018912 | 1 | PS | KETALAR | KETAMINE
            101891212 | 10189121 | 1 | PS | ASPIRIN | ASPIRIN""",
        outc="primaryid | caseid | outc_cod\n101891212 | 10189121 | DE",
    )
    query = """
        select case_id, is_fatal, ingredient from events.case inner join events.exposure using (source, case_id)
    """
    assert ask(query, world) == normalise_table("1018912 | False | KETAMINE\n10189121 | True | ASPIRIN")


def test_country_and_expedited_status_of_a_case(ask: Ask) -> None:
    """The country is where the event occurred, else where the reporter is; a 15-day report is expedited."""
    world = make_quarter(
        "2017Q2",
        demo=DEMO
        + """ | occr_country | reporter_country | rept_cod | occp_cod
            11 | 1 | 1 | 20170405 | GB | US | EXP | MD
            21 | 2 | 1 | 20170405 | | US | PER | CN
            31 | 3 | 1 | 20170405 | | | |""",
    )
    query = "select case_id, country, is_expedited, reporter_type from events.case"
    assert ask(query, world) == normalise_table("1 | GB | True | physician\n2 | US | False | consumer\n3 | | |")
