"""Counts by drug and route: each case once, zeros included, and no rate."""

from tests.sql.reports.conftest import Ask
from tests.sql.reports.database import Delivery
from tests.sql.reports.text_tables import make_quarter, normalise_table

DRUG = "primaryid | caseid | drug_seq | role_cod | drugname | prod_ai | route\n"


def make_three_ketamine_cases() -> Delivery:
    """Three cases of ketamine: intravenous and oral with nausea (fatal), intravenous without, route not stated."""
    return make_quarter(
        "2017Q2",
        demo="""primaryid | caseid | caseversion | fda_dt | init_fda_dt
            11 | 1 | 1 | 20170405 | 20160110
            21 | 2 | 1 | 20170406 | 20170406
            31 | 3 | 1 | 20170407 | 20170301""",
        drug=DRUG
        + """11 | 1 | 1 | PS | KETALAR | KETAMINE | Intravenous drip
            11 | 1 | 2 | SS | KETALAR | KETAMINE | Oral
            11 | 1 | 3 | SS | KETALAR | KETAMINE | Oral
            21 | 2 | 1 | PS | KETALAR | KETAMINE | Intravenous bolus
            31 | 3 | 1 | PS | KETALAR | KETAMINE |""",
        reac="primaryid | caseid | pt\n11 | 1 | Nausea\n11 | 1 | Vomiting\n21 | 2 | Rash\n31 | 3 | Nausea",
        outc="primaryid | caseid | outc_cod\n11 | 1 | DE\n11 | 1 | HO",
    )


def test_case_is_counted_once_per_drug_and_route(ask: Ask) -> None:
    """Two tablets in one case are one oral case; a case with two routes is in both rows and once in any."""
    query = """
        select route, case_count, serious_case_count, fatal_case_count, drug_route_case_count,
            route_unknown_case_count, first_received_date, last_received_date
        from summary.reported_by_drug_route
        where drug = 'ketamine' and reaction = 'nausea' and definition = 'narrow'
    """
    assert ask(query, make_three_ketamine_cases()) == normalise_table("""
        any | 2 | 1 | 1 | 3 | 1 | 2016-01-10 | 2017-04-07
        intravenous | 1 | 1 | 1 | 2 | 1 | 2016-01-10 | 2017-04-05
        oral | 1 | 1 | 1 | 1 | 1 | 2016-01-10 | 2017-04-05
        unknown | 1 | 0 | 0 | 1 | 1 | 2017-03-01 | 2017-04-07
    """)


def test_case_with_nausea_and_vomiting_counts_once_in_the_union(ask: Ask) -> None:
    """A patient who felt sick and vomited is one case of nausea_or_vomiting, not two."""
    query = """
        select reaction, case_count from summary.reported_by_drug_route
        where drug = 'ketamine' and route = 'intravenous' and definition = 'narrow' and case_count > 0
    """
    assert ask(query, make_three_ketamine_cases()) == normalise_table(
        "nausea | 1\nvomiting | 1\nnausea_or_vomiting | 1"
    )


def test_drug_and_route_with_a_case_has_a_row_for_every_reaction(ask: Ask) -> None:
    """Nine reactions, two definitions, for each drug and route that has a case: a zero is stated, not left out."""
    query = """
        select drug, route, count(*), count(distinct reaction), count(case_count_deduplicated)
        from summary.reported_by_drug_route where drug = 'ketamine' group by all
    """
    rows = [f"ketamine | {route} | 18 | 9 | 18" for route in ("any", "intravenous", "oral", "unknown")]
    assert ask(query, make_three_ketamine_cases()) == normalise_table("\n".join(rows))


def test_no_watched_drug_gives_no_row(ask: Ask) -> None:
    """Without a watched drug the table is empty, although its cases are kept."""
    world = make_quarter("2017Q2", demo="primaryid | caseid | caseversion | fda_dt\n11 | 1 | 1 | 20170405")
    query = "select (select count(*) from summary.reported_by_drug_route), (select count(*) from events.case)"
    assert ask(query, world) == "0 | 1"
