"""Reactions as preferred terms, spelt alike in both eras."""

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_case, normalise_table

QUERY = "select preferred_term, is_recurring, line_count from typed.faers_reaction"


def test_terms_keep_their_commas_and_lose_their_capitals(ask: Ask) -> None:
    """Legacy files shout; a comma is part of the term; a term listed twice is one; one came back on rechallenge."""
    world = make_case(
        "drugname | role_cod\nKETALAR | PS",
        "pt | drug_rec_act\nHALLUCINATION, VISUAL |\nHallucination, visual | Y\nCHARLES BONNET SYNDROME |\nCOUGH |",
    )
    assert ask(QUERY, world) == normalise_table("""
        Hallucination, visual | True | 2
        Charles Bonnet syndrome | False | 1
        Cough | False | 1
    """)


def test_blanks_are_no_part_of_a_term(ask: Ask) -> None:
    """Two blanks after a comma, or a blank that does not break the line, are the same term."""
    world = make_case("drugname | role_cod\nKETALAR | PS", "pt\nHallucination,  visual\nNAUSEA\u00a0\nNausea")
    assert ask(QUERY, world) == normalise_table("Hallucination, visual | False | 1\nNausea | False | 2")
