"""What one drug line states: the route, stated or inferred, and the kind of magnesium."""

import pytest

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_case, normalise_table

pytestmark = pytest.mark.slow

ROUTE = "select drug_sequence, route, route_detail, route_basis, inferred_route from typed.faers_exposure"


def test_route_is_stated_inferred_or_unknown(ask: Ask) -> None:
    """Only the route field states a route; a route inferred from dose text or form never counts as stated."""
    world = make_case("""drugname | role_cod | route | dose_vbm | dose_form
        KETALAR | PS | Intravenous drip | |
        KETALAR | PS | ORAL | 50 MG IV |
        KETALAR | PS | | 50 mg i.v. bolus | TABLET
        KETALAR | PS | Unknown | | NASAL SPRAY
        KETALAR | PS | | 50 MG |
        KETALAR | PS | By carrier pigeon | |
        KETALAR | PS | Other | |
        KETALAR | PS | Transplacental | |
        KETALAR | PS | Intradiscal (intraspinal) | |
        ASPIRIN | C | | 100 MG BY MOUTH | TABLET""")
    assert ask(ROUTE, world) == normalise_table("""
        1 | intravenous | | stated |
        2 | oral | | stated |
        3 | | | inferred_text | intravenous
        4 | unknown | | inferred_form | intranasal
        5 | | | none |
        6 | not coded | | stated |
        7 | other | literal_other | stated |
        8 | other | indirect | stated |
        9 | other | neuraxial | stated |
        10 | | | none |
    """)


@pytest.mark.parametrize(
    ("said", "route"),
    [
        ("I.V. DRIP", "intravenous"),
        ("IV.", "intravenous"),
        ("Intra-venous", "intravenous"),
        ("intravenous (iv) drip", "intravenous"),
        ("Intra-muscular injection", "intramuscular"),
        ("nasal spray", "intranasal"),
        ("IV; injection", "intravenous"),
        ("by injection", "parenteral_unspecified"),
        ("Oral, unknown", "oral"),
        ("By carrier pigeon", "not coded"),
    ],
)
def test_route_text_outside_the_list_is_read_by_its_words(ask: Ask, said: str, route: str) -> None:
    """The reporter wrote the route in their own words: it counts as stated."""
    world = make_case(f"drugname | role_cod | route\nKETALAR | PS | {said}")
    assert ask("select route, route_basis from typed.faers_exposure", world) == f"{route} | stated"


@pytest.mark.parametrize(
    ("said", "routes"),
    [
        ("Oral; Intravenous", "intravenous oral"),
        ("IV/IM", "intramuscular intravenous"),
        ("Oral and nasal", "intranasal oral"),
        ("Intravenous use; Oral use; Oral use", "intravenous oral"),
        ("20045000;20053000", "intravenous oral"),
        ("Oral; by carrier pigeon", "oral"),
        ("Injection; intravenous", "intravenous"),
    ],
)
def test_each_route_of_a_field_is_stated(ask: Ask, said: str, routes: str) -> None:
    """E2B(R3) reports several routes of one drug: the line has a row for each, and the line is typed once."""
    world = make_case(f"drugname | role_cod | route\nKETALAR | PS | {said}")
    rows = normalise_table("\n".join(f"{number} | {route}" for number, route in enumerate(routes.split(), start=1)))
    assert ask("select route_number, route from typed.faers_exposure order by route_number", world) == rows
    assert ask("select * from verify.record_is_typed_once", world) == ""


@pytest.mark.parametrize(
    ("said", "route", "detail"),
    [
        ("Intravenous use", "intravenous", ""),
        ("Gastric use", "oral", ""),
        ("Gastroenteral use", "oral", ""),
        ("Intestinal use", "oral", ""),
        ("Enteral use", "oral", ""),
        ("Intraosseous use", "other", ""),
        ("Perineural use", "other", ""),
        ("Intradermal use", "other", ""),
        ("Nasal use", "intranasal", ""),
        ("Oromucosal use", "sublingual_buccal", ""),
        ("Endotracheopulmonary use", "other", "airway"),
        ("Route of administration not applicable", "other", "literal_other"),
        ("20045000", "intravenous", ""),
        ("20013500", "oral", ""),
        ("Gastric use (20013500)", "oral", ""),
        ("20036500 - Intraosseous use", "other", ""),
        ("20049000 Nasal use", "intranasal", ""),
        ("100000073611", "intravenous", ""),
        ("100000075271", "intravenous", ""),
        ("042", "intravenous", ""),
        ("048", "oral", ""),
        ("20099999", "not coded", ""),
    ],
)
def test_standard_terms_and_their_codes_are_routes(ask: Ask, said: str, route: str, detail: str) -> None:
    """What E2B(R3) uses: EDQM names and TermIDs, EMA terms, and the three-digit codes of E2B(R2)."""
    world = make_case(f"drugname | role_cod | route\nKETALAR | PS | {said}")
    rows = normalise_table(f"{route} | {detail}")
    assert ask("select route, route_detail from typed.faers_exposure", world) == rows


@pytest.mark.parametrize(
    ("active", "route", "form", "meant"),
    [
        ("MAGNESIUM SULFATE", "Intravenous bolus", "", "magnesium magnesium_parenteral"),
        ("MAGNESIUM SULFATE", "", "SOLUTION FOR INJECTION", "magnesium magnesium_parenteral"),
        ("MAGNESIUM SULFATE", "Oral", "", "magnesium magnesium_oral"),
        ("MAGNESIUM SULFATE", "", "", "magnesium"),
        ("MAGNESIUM SULFATE\\POTASSIUM SULFATE\\SODIUM SULFATE", "Oral", "", "magnesium magnesium_gastrointestinal"),
        ("MAGNESIUM CHLORIDE", "Intramuscular", "", "magnesium magnesium_parenteral"),
        ("MAGNESIUM OXIDE", "", "", "magnesium magnesium_oral"),
        ("MAGNESIUM", "Unknown", "", "magnesium magnesium_oral"),
        ("CITRIC ACID\\MAGNESIUM OXIDE\\SODIUM PICOSULFATE", "Oral", "", "magnesium magnesium_gastrointestinal"),
        ("ALUMINUM HYDROXIDE\\MAGNESIUM HYDROXIDE", "Oral", "", "magnesium magnesium_gastrointestinal"),
        ("ESOMEPRAZOLE MAGNESIUM", "Oral", "", ""),
        ("MAGNESIUM STEARATE", "Oral", "", ""),
        ("MAGNESIUM VALPROATE", "Oral", "", ""),
        ("CALCIUM CHLORIDE\\MAGNESIUM CHLORIDE\\SODIUM CHLORIDE", "Intravenous drip", "", ""),
        ("ASCORBIC ACID\\MAGNESIUM OXIDE\\ZINC OXIDE", "Oral", "", ""),
    ],
)
def test_magnesium_subclass_follows_from_salt_companion_and_route(
    ask: Ask, active: str, route: str, form: str, meant: str
) -> None:
    """Magnesium by injection, as supplement, antacid or laxative; never a counter-ion or a mineral mixture."""
    world = make_case(f"drugname | prod_ai | role_cod | route | dose_form\nX | {active} | PS | {route} | {form}")
    found = ask("select drug, drug_subclass from typed.faers_exposure where drug is not null", world)
    assert found.replace(" |", "").strip() == meant


@pytest.mark.parametrize(
    ("name", "active", "meant"),
    [
        ("SODIUM CHLORIDE/POTASSIUM CHLORIDE/MAGNESIUM CHLORIDE", "", ""),
        ("CALCIUM/MAGNESIUM/ZINC", "", ""),
        ("CALCIUM + MAGNESIUM", "", ""),
        ("MULTIVITAMIN WITH MAGNESIUM", "", ""),
        ("VITAMIN D AND MAGNESIUM", "", ""),
        ("ALUMINUM HYDROXIDE/MAGNESIUM CARBONATE", "", "magnesium magnesium_gastrointestinal"),
        ("SODIUM PICOSULFATE/MAGNESIUM OXIDE/CITRIC ACID", "", "magnesium magnesium_gastrointestinal"),
        ("MAGNESIUM SULFATE/MIDAZOLAM", "", "magnesium magnesium_parenteral"),
        ("X", "CALCIUM CHLORIDE DIHYDRATE\\MAGNESIUM CHLORIDE HEXAHYDRATE", ""),
        ("X", "CALCIUM GLUCONATE MONOHYDRATE\\MAGNESIUM SULFATE", ""),
        ("X", "MAGNESIUM SULFATE HEPTAHYDRATE\\ZINC SULFATE HEPTAHYDRATE", ""),
        ("X", "CUPRIC SULFATE\\MAGNESIUM SULFATE", ""),
        ("X", "FERROUS FUMARATE\\FERROUS GLUCONATE\\MAGNESIUM SULFATE", ""),
    ],
)
def test_mixture_is_classified_by_the_companions_of_magnesium(ask: Ask, name: str, active: str, meant: str) -> None:
    """A mixture written as a name, or with water of crystallisation, given by infusion: the companions decide its
    kind,
    although only magnesium is a watched ingredient."""
    world = make_case(f"drugname | prod_ai | role_cod | route\n{name} | {active} | PS | Intravenous drip")
    found = ask("select drug, drug_subclass from typed.faers_exposure where drug is not null", world)
    assert found.replace(" |", "").strip() == meant


def test_combination_product_is_not_single_ingredient(ask: Ask) -> None:
    """Nuedexta counts for dextromethorphan; an analysis of single ingredients can leave it out."""
    world = make_case("drugname | prod_ai | role_cod\nNUEDEXTA | | PS\nDELSYM | DEXTROMETHORPHAN POLISTIREX | PS")
    query = "select drug_sequence, ingredient, drug, is_single_ingredient, ingredient_basis from typed.faers_exposure"
    assert ask(query, world) == normalise_table("""
        1 | DEXTROMETHORPHAN | dextromethorphan | False | name
        1 | QUINIDINE | | False | name
        2 | DEXTROMETHORPHAN | dextromethorphan | True | prod_ai
    """)


def test_unknown_role_code_is_not_suspect(ask: Ask) -> None:
    """A file holds a role code outside the list; it differs from a blank one, and neither makes the drug suspect."""
    world = make_case("drugname | role_cod\nKETALAR | XX\nKETALAR |\nKETALAR | ps")
    query = "select drug_sequence, role_code, is_suspect from events.exposure"
    assert ask(query, world) == normalise_table("1 | not coded | False\n2 | | False\n3 | PS | True")


def test_verbatim_dose_is_kept_for_watched_drugs_only(ask: Ask) -> None:
    """The dose of ketamine is kept as written; that of aspirin is left in raw."""
    world = make_case("""drugname | role_cod | dose_vbm | dose_amt | dose_unit | dechal | lot_num
        Ketalar | PS | 50 mg, once | 50 | MG | y | A1
        Aspirin | C | 100 mg | 100 | MG | Y | B2""")
    query = "select name_text, dose_text, dose_amount_text, dechallenge_code, lot_text from typed.faers_exposure"
    assert ask(query, world) == normalise_table("| | | | \n Ketalar | 50 mg, once | 50 | Y | A1")
