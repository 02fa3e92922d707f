"""By which routes a drug is suspected in a case, the roll-ups included."""

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
def test_routes_of_one_drug_in_one_case_and_their_roll_ups(ask: Ask, routes: list[str], meant: str) -> None:
    """not_intravenous needs every stated route to be known and none intravenous; a blank beside them is allowed."""
    drugs = "\n".join(f"MEMANTINE | MEMANTINE | PS | {route}" for route in routes)
    world = make_case(f"drugname | prod_ai | role_cod | route\n{drugs}")
    assert ask(QUERY, world) == normalise_table("\n".join(f"memantine | {route}" for route in meant.split()))


def test_only_suspect_and_interacting_roles_are_exposures(ask: Ask) -> None:
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


def test_ketamine_and_esketamine_in_one_case_count_once_in_ketamine_any(ask: Ask) -> None:
    """A patient had intravenous ketamine and intranasal esketamine: two drugs, and one case of ketamine_any."""
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


def test_magnesium_subclasses_have_separate_rows(ask: Ask) -> None:
    """Intravenous magnesium and an antacid in one case: three drugs, each with its own routes."""
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
