"""By which routes a case suspects a drug, the roll-ups included."""

import pytest

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_case, normalise_table

QUERY = "select drug, route from events.exposed_case"


@pytest.mark.parametrize(
    ("routes", "meant"),
    [
        (["Oral"], "any oral not_intravenous"),
        (["Oral", ""], "any oral not_intravenous"),
        (["Oral", "Unknown"], "any oral not_intravenous"),
        (["Oral", "Intravenous drip"], "any oral intravenous"),
        (["Intravenous bolus", "Intravenous drip"], "any intravenous"),
        (["Intra-articular"], "any other not_intravenous"),
        (["Other"], "any other"),
        (["Oral", "Other"], "any oral other"),
        (["Oral", "Transplacental"], "any oral other"),
        (["Parenteral"], "any parenteral_unspecified"),
        (["Oral", "By carrier pigeon"], "any oral"),
        (["By carrier pigeon"], "any"),
        ([""], "any unknown"),
        (["Unknown", ""], "any unknown"),
    ],
    ids=" and ".join,
)
def test_the_routes_of_one_drug_in_one_case(ask: Ask, routes: list[str], meant: str) -> None:
    """The contrast asks for routes that are all named and known, none intravenous; a blank beside them is no bar."""
    drugs = "\n".join(f"MEMANTINE | MEMANTINE | PS | {route}" for route in routes)
    world = make_case(f"drugname | prod_ai | role_cod | route\n{drugs}")
    assert ask(QUERY, world) == normalise_table("\n".join(f"memantine | {route}" for route in meant.split()))


def test_only_suspect_roles_expose(ask: Ask) -> None:
    """Suspect, second suspect and interacting count; a concomitant and a drug never given do not."""
    world = make_case("""drugname | prod_ai | role_cod | route
        A | AMANTADINE | PS | Oral
        B | MEMANTINE | SS | Oral
        C | DEXTROMETHORPHAN | I | Oral
        D | KETAMINE | C | Oral
        E | ESKETAMINE | DN | Nasal""")
    assert ask("select drug from events.exposed_case where route = 'any'", world) == normalise_table(
        "amantadine\ndextromethorphan\nmemantine"
    )


def test_both_ketamines_roll_up_once(ask: Ask) -> None:
    """A patient had ketamine by vein and esketamine by nose: each is its own drug, and ketamine_any is one case."""
    world = make_case("""drugname | prod_ai | role_cod | route
        KETALAR | KETAMINE | PS | Intravenous drip
        SPRAVATO | ESKETAMINE HYDROCHLORIDE | SS | Nasal""")
    assert ask(QUERY, world) == normalise_table("""
        ketamine | any
        ketamine | intravenous
        esketamine | any
        esketamine | intranasal
        esketamine | not_intravenous
        ketamine_any | any
        ketamine_any | intravenous
        ketamine_any | intranasal
    """)


def test_subclasses_of_magnesium_have_rows_of_their_own(ask: Ask) -> None:
    """Magnesium by vein and an antacid in one case: three rows of drugs, each with its own routes."""
    world = make_case("""drugname | prod_ai | role_cod | route
        X | MAGNESIUM SULFATE | PS | Intravenous drip
        Y | MAGNESIUM HYDROXIDE | SS | Oral""")
    assert ask(QUERY, world) == normalise_table("""
        magnesium | any
        magnesium | intravenous
        magnesium | oral
        magnesium_parenteral | any
        magnesium_parenteral | intravenous
        magnesium_gastrointestinal | any
        magnesium_gastrointestinal | oral
        magnesium_gastrointestinal | not_intravenous
    """)
