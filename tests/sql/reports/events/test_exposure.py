"""Every ingredient of every current case."""

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_quarter, normalise_table


def test_every_ingredient_is_kept_except_drugs_not_given(ask: Ask) -> None:
    """The whole universe is kept for comparison; a drug prescribed and never given is no exposure."""
    world = make_quarter(
        "2017Q2",
        demo="primaryid | caseid | caseversion | fda_dt\n101 | 10 | 1 | 20170405\n102 | 10 | 2 | 20170406",
        drug="""primaryid | caseid | drug_seq | role_cod | drugname | prod_ai
            101 | 10 | 1 | PS | OLD | IBUPROFEN
            102 | 10 | 1 | PS | NEW | NAPROXEN SODIUM
            102 | 10 | 2 | C | X | ACETAMINOPHEN\\CODEINE PHOSPHATE
            102 | 10 | 3 | DN | KETALAR | KETAMINE
            102 | 10 | 4 | | | """,
    )
    query = "select drug_sequence, role_code, is_suspect, ingredient, is_single_ingredient from events.exposure"
    assert ask(query, world) == normalise_table("""
        1 | PS | True | NAPROXEN | True
        2 | C | False | ACETAMINOPHEN | False
        2 | C | False | CODEINE | False
        4 | | False | |
    """)


def test_legacy_drug_lines_join_by_report_id(ask: Ask) -> None:
    """Legacy drug lines carry no case number: the report number of their own delivery finds the case. One report
    under two case numbers counts once, under that of the latest quarter, with the drugs of that quarter."""
    header = "primaryid | caseid | foll_seq | fda_dt\n"
    drug = "primaryid | caseid | drug_seq | role_cod | drugname | route\n"
    spring = make_quarter(
        "2011Q1", demo=header + "700 | 10 | | 20110201", drug=drug + "700 | - | 1004 | PS | KETALAR | ORAL"
    )
    summer = make_quarter(
        "2011Q2", demo=header + "700 | 20 | | 20110501", drug=drug + "700 | - | 1005 | PS | NAMENDA | ORAL"
    )
    query = "select case_id, drug_sequence, drug, route from events.exposure"
    assert ask(query, spring, summer) == normalise_table("20 | 1005 | memantine | oral")
