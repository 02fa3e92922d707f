"""Reactions as preferred terms, spelt alike in both eras."""

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_case, normalise_table

QUERY = "select preferred_term, is_recurring, line_count from typed.faers_reaction"


def test_preferred_terms_are_spelt_alike_in_both_eras(ask: Ask) -> None:
    """Legacy files use capitals; a comma is part of the term; a term listed twice is one; one recurred on
    rechallenge."""
    world = make_case(
        "drugname | role_cod\nKETALAR | PS",
        "pt | drug_rec_act\nHALLUCINATION, VISUAL |\nHallucination, visual | Y\nCHARLES BONNET SYNDROME |\nCOUGH |",
    )
    assert ask(QUERY, world) == normalise_table("""
        Hallucination, visual | True | 2
        Charles Bonnet syndrome | False | 1
        Cough | False | 1
    """)


def test_repeated_and_non_breaking_blanks_do_not_change_a_term(ask: Ask) -> None:
    """Two blanks after a comma, or a non-breaking blank, give the same term."""
    world = make_case("drugname | role_cod\nKETALAR | PS", "pt\nHallucination,  visual\nNAUSEA\u00a0\nNausea")
    assert ask(QUERY, world) == normalise_table("Hallucination, visual | False | 1\nNausea | False | 2")
