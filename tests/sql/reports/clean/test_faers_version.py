"""Which version of a case is current, and why the others are not."""

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_quarter, normalise_table

DISPOSITIONS = "select period, report_id, disposition from clean.faers_version"
DEMO = "primaryid | caseid | caseversion | fda_dt\n"


def test_latest_version_wins_over_text_order(ask: Ask) -> None:
    """A company followed its case up ten times; sorted as text, version 9 would be current."""
    world = make_quarter("2017Q2", demo=DEMO + "70099 | 7009 | 9 | 20170405\n700910 | 7009 | 10 | 20170401")
    assert ask(DISPOSITIONS, world) == normalise_table("2017Q2 | 700910 | current \n 2017Q2 | 70099 | superseded")


def test_version_number_wins_over_date_of_receipt(ask: Ask) -> None:
    """An older version carries a later date of receipt: the version decides, and the case is marked as disputed."""
    world = make_quarter("2017Q2", demo=DEMO + "101 | 10 | 1 | 20170630\n102 | 10 | 2 | 20170405")
    query = "select report_id, disposition, is_disputed from clean.faers_version"
    assert ask(query, world) == normalise_table("101 | superseded | False \n 102 | current | True")


def test_equal_versions_are_ordered_by_date_then_quarter_then_report_id(ask: Ask) -> None:
    """A version came in several quarters: the latest receipt is current, then the latest quarter, then the higher
    report number."""
    spring = make_quarter("2017Q1", demo=DEMO + "11 | 1 | 1 | 20170301\n21 | 2 | 1 | 20170301")
    summer = make_quarter("2017Q2", demo=DEMO + "11 | 1 | 1 | 20170201\n21 | 2 | 1 | 20170301")
    autumn = make_quarter("2017Q3", demo=DEMO + "9 | 3 | 1 | 20170801\n10 | 3 | 1 | 20170801")
    assert ask(DISPOSITIONS + " where disposition = 'current'", spring, summer, autumn) == normalise_table("""
        2017Q1 | 11 | current
        2017Q2 | 21 | current
        2017Q3 | 10 | current
    """)


def test_faers_era_wins_over_legacy_era(ask: Ask) -> None:
    """A case with eight follow-ups was moved to the new layout as version 1; its old number has leading zeros."""
    old = make_quarter("2012Q2", demo="primaryid | caseid | foll_seq | fda_dt\n4263742 | 0004061110 | 8 | 20120401")
    new = make_quarter("2013Q1", demo=DEMO + "40611101 | 4061110 | 1 | 20130105")
    assert ask(DISPOSITIONS, old, new) == normalise_table(
        "2012Q2 | 4263742 | superseded \n 2013Q1 | 40611101 | current"
    )


def test_deletion_removes_earlier_versions_and_not_later_ones(ask: Ask) -> None:
    """The agency deletes a case; two quarters later the company sends it again, at a lower version: it returns."""
    before = make_quarter("2018Q4", demo=DEMO + "103 | 10 | 3 | 20181105\n201 | 20 | 1 | 20181105")
    listed = make_quarter("2019Q1", demo=DEMO + "104 | 10 | 4 | 20190105", deleted="caseid\n0010\n20")
    after = make_quarter("2019Q3", demo=DEMO + "102 | 10 | 2 | 20190701")
    query = "select period, report_id, disposition, has_returned from clean.faers_version"
    assert ask(query, before, listed, after) == normalise_table("""
        2018Q4 | 103 | deleted | False
        2018Q4 | 201 | deleted | False
        2019Q1 | 104 | deleted | False
        2019Q3 | 102 | current | True
    """)


def test_report_without_case_number_is_set_aside_with_a_reason(ask: Ask) -> None:
    """A legacy report without a case number cannot be current; it is set aside with a reason."""
    world = make_quarter("2004Q1", demo="primaryid | caseid | foll_seq | fda_dt\n4263742 | | | 20040102")
    assert ask(DISPOSITIONS, world) == normalise_table("2004Q1 | 4263742 | no case number")


def test_repeated_line_in_one_file_is_one_version(ask: Ask) -> None:
    """A line occurs twice in the file; it is one version that states its number of lines."""
    world = make_quarter("2017Q2", demo=DEMO + "101 | 10 | 1 | 20170405\n101 | 10 | 1 | 20170405")
    assert ask("select report_id, disposition, line_count from clean.faers_version", world) == "101 | current | 2"


LEGACY = "primaryid | caseid | foll_seq | i_f_code | fda_dt\n"


def test_latest_report_of_a_legacy_case_is_current_whatever_its_follow_up_number(ask: Ask) -> None:
    """FOLL_SEQ is blank on most legacy rows, follow-ups among them: the date of receipt decides."""
    first = make_quarter("2010Q1", demo=LEGACY + "700 | 60 | 2 | F | 20100115\n900 | 61 | 9 | F | 20100115")
    second = make_quarter("2011Q1", demo=LEGACY + "701 | 60 | | F | 20110301\n901 | 61 | 1 | F | 20110301")
    assert ask(DISPOSITIONS + " where disposition = 'current'", first, second) == normalise_table(
        "2011Q1 | 701 | current \n 2011Q1 | 901 | current"
    )


def test_legacy_reports_of_one_day_are_ordered_by_number_and_not_as_text_or_by_quarter(ask: Ask) -> None:
    """Report 10000001 is later than 9999999, though its text sorts first and its quarter is earlier."""
    early = make_quarter("2010Q1", demo=LEGACY + "10000001 | 60 | | F | 20100115")
    late = make_quarter("2010Q2", demo=LEGACY + "9999999 | 60 | 3 | F | 20100115")
    assert ask(DISPOSITIONS + " where disposition = 'current'", early, late) == "2010Q1 | 10000001 | current"


def test_a_conflict_of_receipt_and_report_number_in_the_legacy_era_is_marked(ask: Ask) -> None:
    """The report received last has the lower number: it is current, and disputed. A report without a date is never
    later than one with a date."""
    world = make_quarter(
        "2010Q1",
        demo=LEGACY
        + "500 | 60 | | F | 20100215\n501 | 60 | | F | 20100115\n502 | 61 | | F |\n400 | 61 | | F | 20100101",
    )
    query = "select report_id, is_disputed from clean.faers_version where disposition = 'current'"
    assert ask(query, world) == normalise_table("500 | True \n 400 | True")


MERGED = "counted under another case number"


def test_one_legacy_report_under_two_case_numbers_counts_under_the_higher(ask: Ask) -> None:
    """The numbers are compared as numbers: 10 is higher than 9. The other report of case 9 stays there."""
    world = make_quarter(
        "2010Q1", demo=LEGACY + "70 | 9 | | I | 20100105\n70 | 10 | | I | 20100105\n60 | 9 | | I | 20100101"
    )
    query = "select case_id, report_id, disposition from clean.faers_version"
    assert ask(query, world) == normalise_table(f"9 | 70 | {MERGED} \n 10 | 70 | current \n 9 | 60 | current")
    assert ask("select count(*) from verify.latest_version_is_current", world) == "0"


def test_a_legacy_report_moved_to_another_case_counts_under_the_number_of_the_latest_quarter(ask: Ask) -> None:
    """The latest quarter lists it under the lower number; whichever is received first changes nothing."""
    old = make_quarter("2010Q1", demo=LEGACY + "70 | 10 | | I | 20100105")
    new = make_quarter("2010Q2", demo=LEGACY + "70 | 9 | | I | 20100105")
    query = "select period, case_id, disposition from clean.faers_version"
    right = normalise_table(f"2010Q1 | 10 | {MERGED} \n 2010Q2 | 9 | current")
    assert ask(query, old, new) == right
    assert ask(query, new, old) == right


def test_a_legacy_report_under_a_deleted_and_a_standing_case_number_stays_with_the_latter(ask: Ask) -> None:
    """The agency deletes case 10: the report is still case 9."""
    old = make_quarter("2010Q1", demo=LEGACY + "70 | 9 | | I | 20100105\n70 | 10 | | I | 20100105")
    listed = make_quarter("2019Q1", demo=DEMO + "991 | 99 | 1 | 20190105", deleted="caseid\n10")
    query = "select case_id, disposition from clean.faers_version where period = '2010Q1'"
    assert ask(query, old, listed) == normalise_table("9 | current \n 10 | deleted")


def test_equal_report_numbers_of_the_modern_era_stay_two_cases(ask: Ask) -> None:
    """Case 1018912 version 12 and case 10189121 version 2 have one primaryid by accident."""
    world = make_quarter(
        "2017Q2", demo=DEMO + "101891212 | 1018912 | 12 | 20170405\n101891212 | 10189121 | 2 | 20170405"
    )
    assert ask("select count(*) from clean.faers_case", world) == "2"
