"""The fields of a report, typed: ages in years, dates as precise as stated, coded people and places."""

import pytest

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_quarter

pytestmark = pytest.mark.slow


def make_version(**fields: str) -> object:
    values = {"primaryid": "101", "caseid": "10", "caseversion": "1", "fda_dt": "20170405", **fields}
    return make_quarter("2017Q2", demo=" | ".join(values) + "\n" + " | ".join(values.values()))


@pytest.mark.parametrize(
    ("age", "unit", "years"),
    [
        ("42", "YR", "42.0"),
        ("4", "DEC", "40.0"),
        ("216", "MON", "18.0"),
        ("521.775", "WK", "10.0"),
        ("3652.5", "DY", "10.0"),
        ("87660", "HR", "10.0"),
        ("120", "YR", "120.0"),
        ("121", "YR", ""),
        ("-1", "YR", ""),
        ("42", "", ""),
        ("42", "MIN", ""),
        ("about 40", "YR", ""),
        ("", "YR", ""),
    ],
)
def test_age_is_converted_to_years(ask: Ask, age: str, unit: str, years: str) -> None:
    """Decades are tens of years and months twelfths; what cannot be an age, or has no unit, is absent."""
    world = make_version(age=age, age_cod=unit)
    assert ask("select round(age_years, 9) from typed.faers_case_version", world) == years


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        ("20160229", "day | 2016-02-29 | 2016-02-29"),
        ("201602", "month | 2016-02-01 | 2016-02-29"),
        ("2016", "year | 2016-01-01 | 2016-12-31"),
        ("20110501", "month | 2011-05-01 | 2011-05-31"),
        ("20160230", " |  | "),
        ("infinity", " |  | "),
        ("2016-02-29", "day | 2016-02-29 | 2016-02-29"),
        ("2016-02", "month | 2016-02-01 | 2016-02-29"),
        ("2026-10-05T23:30:00-05:00", "day | 2026-10-05 | 2026-10-05"),
        ("20261005233000-0500", "day | 2026-10-05 | 2026-10-05"),
        ("202610052330", "day | 2026-10-05 | 2026-10-05"),
        ("2016-02-30", " |  | "),
        ("2016-2-9", " |  | "),
        ("20160229$", " |  | "),
        ("", " |  | "),
    ],
)
def test_partial_date_is_kept_as_a_range_of_days(ask: Ask, stated: str, meant: str) -> None:
    """The event was 'in 2016': the earliest and latest day it can mean are kept, and no day is invented."""
    query = "select event_date_precision, event_earliest_date, event_latest_date from typed.faers_case_version"
    assert ask(query, make_version(event_dt=stated)) == meant


def test_country_sex_and_reporter_are_coded(ask: Ask) -> None:
    """NA is Namibia, UNK is unknown, a reporter code outside the list is not coded, a blank is absent."""
    world = make_version(
        sex="UNK", occp_cod="SALES", reporter_country="NA", occr_country="", wt="220.462", wt_cod="LBS"
    )
    query = """
        select sex, reporter_type, reporter_country, occurrence_country, round(weight_kg)
        from typed.faers_case_version
    """
    assert ask(query, world) == "unknown | not coded | NA |  | 100.0"


def test_legacy_country_name_is_coded_and_version_counts_follow_ups(ask: Ask) -> None:
    """Before 2012 countries were written out, and the version is the number of follow-ups plus one."""
    header = "primaryid | caseid | foll_seq | fda_dt | reporter_country\n"
    world = make_quarter("2011Q3", demo=header + "4263742 | 4061110 | 2 | 20110801 | VIET NAM")
    assert ask("select version_number, reporter_country from typed.faers_case_version", world) == "3 | VN"


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        ("20170405", "2017-04-05 | 2017Q2"),
        ("201501", " | 2015Q1"),
        ("20150231", " | 2015Q1"),
        ("2015", " | "),
        ("00170405", " | "),
        ("19670101", " | "),
        ("20180630", "2018-06-30 | 2018Q2"),
        ("20180701", " | "),
        ("29990101", " | "),
        ("299901", " | "),
        ("", " | "),
    ],
)
def test_implausible_date_of_receipt_is_absent(ask: Ask, stated: str, meant: str) -> None:
    """A typing error in the year of receipt is no date; a month without a day still gives the quarter."""
    received = "select received_date, received_quarter from typed.faers_case_version"
    assert ask(received, make_version(fda_dt=stated)) == meant
    first = "select first_received_date, first_received_quarter from typed.faers_case_version"
    assert ask(first, make_version(init_fda_dt=stated)) == meant


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("CROATIA (local name: Hrvatska)", "HR"),
        ("Slovakia  (Slovak Republic)", "SK"),
        ("SERBIA AND MONTENEGRO (see individual countries)", "CS"),
        ("NETHERLANDS ANTILLES (retired code)", "AN"),
        ("YUGOSLAVIA", "YU"),
        ("USSR", "SU"),
        ("ZAIRE", "CD"),
        ("TP", "TL"),
        ("HOLY SEE (VATICAN CITY STATE)", "VA"),
        ("Réunion", "RE"),
        ("CÔTE D'IVOIRE", "CI"),
        ("ST. KITTS AND NEVIS", "KN"),
        ("MOZAMBIQUE", "MZ"),
        ("Guinea", "GN"),
        ("KOREA, DEMOCRATIC PEOPLE'S REPUBLIC OF", "KP"),
        ("TÜRKIYE", "TR"),
        ("DEU", "DE"),
        ("NAM", "NA"),
        ("EU", "EU"),
        ("European Union", "EU"),
        ("XK", "XK"),
        ("QZ", "unknown"),
        ("VIRGIN ISLANDS", "unknown"),
        ("ATLANTIS", "not coded"),
    ],
)
def test_country_texts_of_the_old_and_the_present_files_are_coded(ask: Ask, text: str, country: str) -> None:
    assert (
        ask("select reporter_country from typed.faers_case_version", make_version(reporter_country=text)) == country
    )
