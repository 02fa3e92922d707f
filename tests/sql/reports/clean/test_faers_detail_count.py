"""How many rows of the detail tables have no report in their delivery."""

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_quarter, normalise_table

QUERY = """
    select period, table_name, report_row_count, row_count, orphan_row_count, orphan_report_count
    from clean.faers_detail_count where table_name in ('outc', 'drug')
"""
OUTCOMES = "primaryid | caseid | outc_cod\n"


def test_rows_are_orphans_where_their_own_delivery_lacks_the_report_or_the_case(ask: Ask) -> None:
    """Report 111 is in the other quarter only; report 101 is there under case 10 and not under case 11."""
    demo = "primaryid | caseid | caseversion | fda_dt\n"
    spring = make_quarter("2017Q1", demo=demo + "111 | 11 | 1 | 20170105", outc=OUTCOMES + "0111 | 11 | HO")
    summer = make_quarter(
        "2017Q2",
        demo=demo + "101 | 10 | 1 | 20170405",
        outc=OUTCOMES + "101 | 10 | HO\n101 | 11 | HO\n111 | 11 | HO\n111 | 11 | DE\n | | OT",
    )
    assert ask(QUERY, spring, summer) == normalise_table("""
        2017Q1 | drug | 1 | 0 | 0 | 0
        2017Q1 | outc | 1 | 1 | 0 | 0
        2017Q2 | drug | 1 | 0 | 0 | 0
        2017Q2 | outc | 1 | 5 | 4 | 3
    """)
    left = "select rows_left from summary.attrition where step = 'records'"
    assert ask(left, spring, summer) == "4"
    assert ask("select count(*) from verify.attrition_closes", spring, summer) == "0"


def test_report_without_a_row_in_a_table_is_bare_there_also_where_its_lines_repeat(ask: Ask) -> None:
    """Two reports, one of them sent twice; the outcomes were cut after the first line."""
    world = make_quarter(
        "2017Q1",
        demo="primaryid | caseid | caseversion | fda_dt\n111 | 11 | 1 | 20170105\n111 | 11 | 1 | 20170105\n"
        "121 | 12 | 1 | 20170105",
        outc=OUTCOMES + "111 | 11 | HO\n111 | 11 | DE\n131 | 13 | DE",
    )
    bare = "select table_name, bare_report_count from clean.faers_detail_count where table_name in ('outc', 'drug')"
    assert ask(bare, world) == normalise_table("drug | 2 \n outc | 1")


def test_rows_of_the_legacy_era_are_joined_by_the_report_alone(ask: Ask) -> None:
    """Its detail tables have no case number."""
    world = make_quarter(
        "2010Q1",
        demo="primaryid | caseid | foll_seq | fda_dt\n700 | 60 | | 20100115",
        outc="primaryid | outc_cod\n700 | HO\n701 | HO",
    )
    assert ask(QUERY, world) == normalise_table("2010Q1 | drug | 1 | 0 | 0 | 0 \n 2010Q1 | outc | 1 | 2 | 1 | 1")
