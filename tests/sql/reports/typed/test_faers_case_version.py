"""The fields of a report, typed: ages in years, dates no fuller than told, people and places by one name."""

import pytest

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_quarter


def version(**fields: str) -> object:
    given = {"primaryid": "101", "caseid": "10", "caseversion": "1", "fda_dt": "20170405", **fields}
    return make_quarter("2017Q2", demo=" | ".join(given) + "\n" + " | ".join(given.values()))


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
def test_ages_become_years(ask: Ask, age: str, unit: str, years: str) -> None:
    """Decades are tens of years and months twelfths; what cannot be an age, or has no unit, is absent."""
    world = version(age=age, age_cod=unit)
    assert ask("select round(age_years, 9) from typed.faers_case_version", world) == years


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("20160229", "day | 2016-02-29 | 2016-02-29"),
        ("201602", "month | 2016-02-01 | 2016-02-29"),
        ("2016", "year | 2016-01-01 | 2016-12-31"),
        ("20110501", "month | 2011-05-01 | 2011-05-31"),
        ("20160230", " |  | "),
        ("2016-02-29", " |  | "),
        ("", " |  | "),
    ],
)
def test_a_partial_date_is_not_filled_up(ask: Ask, told: str, meant: str) -> None:
    """The event was 'in 2016': the earliest and latest day it can mean are kept, and no day is made up."""
    query = "select event_date_precision, event_earliest_date, event_latest_date from typed.faers_case_version"
    assert ask(query, version(event_dt=told)) == meant


def test_people_and_places_have_one_name(ask: Ask) -> None:
    """NA is Namibia, UNK is told to be unknown, a reporter code nobody knows is not coded, a blank is absent."""
    world = version(sex="UNK", occp_cod="SALES", reporter_country="NA", occr_country="", wt="220.462", wt_cod="LBS")
    query = """
        select sex, reporter_type, reporter_country, occurrence_country, round(weight_kg)
        from typed.faers_case_version
    """
    assert ask(query, world) == "unknown | not coded | NA |  | 100.0"


def test_a_legacy_country_is_a_name(ask: Ask) -> None:
    """Before 2012 countries were written out, and the version is the number of follow-ups plus one."""
    header = "primaryid | caseid | foll_seq | fda_dt | reporter_country\n"
    world = make_quarter("2011Q3", demo=header + "4263742 | 4061110 | 2 | 20110801 | VIET NAM")
    assert ask("select version_number, reporter_country from typed.faers_case_version", world) == "3 | VN"


@pytest.mark.parametrize(
    ("told", "meant"),
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
def test_a_receipt_is_plausible_or_absent(ask: Ask, told: str, meant: str) -> None:
    """A slip of the key in the year of receipt is no date; a month without its day still tells the quarter."""
    received = "select received_date, received_quarter from typed.faers_case_version"
    assert ask(received, version(fda_dt=told)) == meant
    first = "select first_received_date, first_received_quarter from typed.faers_case_version"
    assert ask(first, version(init_fda_dt=told)) == meant
