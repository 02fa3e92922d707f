"""The current version of each case, and the detail kept with it."""

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_quarter, normalise_table

DEMO = "primaryid | caseid | caseversion | fda_dt | init_fda_dt\n"


def test_first_receipt_is_the_stated_date_else_the_earliest_landed(ask: Ask) -> None:
    """Case 1 states when it was first received; case 2 does not, and an earlier version of it was received in
    spring."""
    spring = make_quarter("2017Q1", demo=DEMO + "21 | 2 | 1 | 20170115 |")
    summer = make_quarter("2017Q2", demo=DEMO + "11 | 1 | 1 | 20170405 | 20160901\n22 | 2 | 2 | 20170406 |")
    query = "select case_id, first_received_date, received_date, stands_because from clean.faers_case"
    assert ask(query, spring, summer) == normalise_table("""
        1 | 2016-09-01 | 2017-04-05 | latest version
        2 | 2017-01-15 | 2017-04-06 | latest version
    """)


def test_first_receipt_known_to_the_month_gives_a_quarter_but_no_day(ask: Ask) -> None:
    """Case 1 was first received in January 2015, the day unknown; of case 2 only March 2016 is known, and a follow-up
    in May with its day; of case 3 no date can be read. No day is invented, and no later quarter is used."""
    spring = make_quarter(
        "2016Q1", demo=DEMO + "11 | 1 | 1 | 20160105 | 201501\n21 | 2 | 1 | 201603 |\n31 | 3 | 1 | |"
    )
    summer = make_quarter("2016Q2", demo=DEMO + "22 | 2 | 2 | 20160509 |")
    query = """
        select case_id, first.first_received_date, cases.first_received_quarter, first.received_date
        from clean.faers_case as first inner join events.case as cases using (case_id)
    """
    assert ask(query, spring, summer) == normalise_table("""
        1 | | 2015Q1 | 2016-01-05
        2 | | 2016Q1 | 2016-05-09
        3 | | not stated |
    """)


def test_first_receipt_known_to_the_year_gives_no_quarter(ask: Ask) -> None:
    """Case 1 was first received some time in 2015 and landed in spring 2016: neither day nor quarter comes
    from the later receipt. The year of case 2 is a typing error and treated as blank."""
    world = make_quarter("2016Q1", demo=DEMO + "11 | 1 | 1 | 20160105 | 2015\n21 | 2 | 1 | 20160105 | 2999")
    query = """
        select case_id, first.first_received_date, cases.first_received_quarter
        from clean.faers_case as first inner join events.case as cases using (case_id)
    """
    assert ask(query, world) == normalise_table("""
        1 | | not stated
        2 | 2016-01-05 | 2016Q1
    """)


def test_detail_is_kept_for_cases_of_watched_drugs_only(ask: Ask) -> None:
    """Two cases: one names ketamine beside aspirin, one aspirin alone. The detail of the second is not kept."""
    world = make_quarter(
        "2017Q2",
        demo=DEMO + "11 | 1 | 1 | 20170405 |\n21 | 2 | 1 | 20170405 |",
        drug="""primaryid | caseid | drug_seq | role_cod | drugname | prod_ai | dose_vbm
            11 | 1 | 1 | PS | KETALAR | KETAMINE | 50 MG
            11 | 1 | 2 | C | ASPIRIN | ASPIRIN | 100 MG
            21 | 2 | 1 | PS | ASPIRIN | ASPIRIN | 100 MG""",
        reac="primaryid | caseid | pt\n11 | 1 | Nausea\n21 | 2 | Nausea",
        outc="primaryid | caseid | outc_cod\n11 | 1 | HO\n21 | 2 | DE",
        rpsr="primaryid | caseid | rpsr_cod\n11 | 1 | HP\n21 | 2 | HP",
        ther="primaryid | caseid | dsg_drug_seq | start_dt | end_dt\n11 | 1 | 1 | 201704 | 20170405\n21 | 2 | 1 | |",
        indi="primaryid | caseid | indi_drug_seq | indi_pt\n11 | 1 | 1 | PAIN\n21 | 2 | 1 | PAIN",
    )
    query = """
        select 'case', case_id, has_watch_list_drug::varchar from clean.faers_case
        union all select 'drug', case_id, name_text || ', ' || dose_text from clean.faers_drug
        union all select 'reaction', case_id, preferred_term from clean.faers_reaction
        union all select 'outcome', case_id, outcome_code from clean.faers_outcome
        union all select 'source', case_id, report_source_code from clean.faers_report_source
        union all select 'therapy', case_id, start_date_precision || ' to ' || end_date_precision
            from clean.faers_therapy
        union all select 'indication', case_id, preferred_term from clean.faers_indication
    """
    assert ask(query, world) == normalise_table("""
        case | 1 | true
        case | 2 | false
        drug | 1 | KETALAR, 50 MG
        reaction | 1 | Nausea
        outcome | 1 | HO
        source | 1 | HP
        therapy | 1 | month to day
        indication | 1 | Pain
    """)
