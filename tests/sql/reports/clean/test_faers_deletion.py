"""The effect of each listing of a deleted case."""

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_quarter, normalise_table

DEMO = "primaryid | caseid | caseversion | fda_dt\n"


def test_each_deletion_listing_states_its_effect(ask: Ask) -> None:
    """Four numbers on a list: one removed, one sent again later, one only ever sent later, one never received."""
    before = make_quarter("2018Q4", demo=DEMO + "11 | 1 | 1 | 20181105\n21 | 2 | 1 | 20181105")
    listed = make_quarter("2019Q1", deleted="caseid\n1\n2\n3\n4")
    after = make_quarter("2019Q3", demo=DEMO + "22 | 2 | 2 | 20190705\n31 | 3 | 1 | 20190705")
    assert ask("select case_id, effect from clean.faers_deletion", before, listed, after) == normalise_table("""
        1 | removed
        2 | removed, later version landed
        3 | only later versions landed
        4 | case not landed
    """)
