"""Product names are coded by whole ingredients, never by a part of a word."""

import duckdb
import pytest

from tests.sql.reports.database import fetch, load_deliveries
from tests.sql.reports.text_tables import make_case

MEANT = {
    # as the agency codes it
    ("KETALAR", "KETAMINE HYDROCHLORIDE"): "KETAMINE",
    ("SPRAVATO", "ESKETAMINE HYDROCHLORIDE"): "ESKETAMINE",
    ("KETALAR", "ESKETAMINE"): "ESKETAMINE",
    ("NAMZARIC", "DONEPEZIL HYDROCHLORIDE\\MEMANTINE HYDROCHLORIDE"): "DONEPEZIL + MEMANTINE",
    ("X", "BROMPHENIRAMINE MALEATE\\DEXTROMETHORPHAN HYDROBROMIDE"): "BROMPHENIRAMINE + DEXTROMETHORPHAN",
    ("X", "DEXTROMETHORPHAN HYDROBROMIDE MONOHYDRATE"): "DEXTROMETHORPHAN",
    ("X", "DEXTROMETHORPHAN POLISTIREX"): "DEXTROMETHORPHAN",
    ("X", "AMANTADINE SULFATE."): "AMANTADINE",
    ("NEXIUM", "ESOMEPRAZOLE MAGNESIUM"): "ESOMEPRAZOLE",
    ("X", "SODIUM CHLORIDE"): "SODIUM CHLORIDE",
    ("X", "MAGNESIUM ACETATE"): "MAGNESIUM ACETATE",
    ("X", "UNSPECIFIED INGREDIENT"): "unknown",
    # as reported, where the agency gives no ingredient
    ("KETAMINE", ""): "KETAMINE",
    ("ketamine hcl", ""): "KETAMINE",
    ("KETAMINE (PFIZER)", ""): "KETAMINE",
    ("KETAMINE HYDROCHLORIDE INJECTION, USP", ""): "KETAMINE",
    ("Ketamine 50 mg/ml", ""): "KETAMINE",
    ("KETALAR (KETAMINE HYDROCHLORIDE)", ""): "KETAMINE",
    ("AMANTADINE.", ""): "AMANTADINE",
    ("NAMENDA XR", ""): "MEMANTINE",
    ("NAMENDA (10 MG, TABLETS) (MEMANTINE HYDROCHLORIDE)", ""): "MEMANTINE",
    ("NUEDEXTA", ""): "DEXTROMETHORPHAN + QUINIDINE",
    ("KETAMINE/PROPOFOL", ""): "KETAMINE + not coded",
    ("GUAIFENESIN W/ DEXTROMETHORPHAN", ""): "DEXTROMETHORPHAN + GUAIFENESIN",
    ("DEXTROMETORPHAN", ""): "DEXTROMETHORPHAN",
    ("MAGNESIUM SULFATE INJECTION", ""): "MAGNESIUM SULFATE",
    ("SLO-MAG (MAGNESIUM CHLORIDE ANHYDROUS)", ""): "MAGNESIUM CHLORIDE",
    # look-alikes
    ("KETANEST S", ""): "ESKETAMINE",
    ("(S)-KETAMINE", ""): "ESKETAMINE",
    ("S(+)-KETAMINE HYDROCHLORIDE", ""): "ESKETAMINE",
    ("(R)-KETAMINE", ""): "ARKETAMINE",
    ("KETAMINE HYDROCHLORIDE (S)", ""): "not coded",
    ("NORKETAMINE", ""): "NORKETAMINE",
    ("KETOROLAC", ""): "KETOROLAC",
    ("FLUMADINE", ""): "RIMANTADINE",
    ("ROBITUSSIN", ""): "not coded",
    ("ROBITUSSIN DM", ""): "DEXTROMETHORPHAN + GUAIFENESIN",
    ("AVP-786", ""): "DEUDEXTROMETHORPHAN + QUINIDINE",
    ("MG", ""): "not coded",
    ("ASPIRIN 100 MG", ""): "not coded",
    ("", ""): None,
    # a plural S after a dose form is not S-ketamine
    ("KETAMINE INJECTION(S)", ""): "KETAMINE",
    ("KETAMINE VIAL(S)", ""): "KETAMINE",
    ("KETAMINE AMPOULE (S)", ""): "KETAMINE",
    ("MEMANTINE TABLET(S)", ""): "MEMANTINE",
    ("MAGNESIUM TABLET(S)", ""): "MAGNESIUM",
    ("KETAMINE (S)", ""): "ESKETAMINE",
    # a form, a strength or a salt beside a mark of the enantiomer does not change it
    ("(S)-KETAMINE VIAL", ""): "ESKETAMINE",
    ("(S)-KETAMINE 25 MG/ML AMPOULE", ""): "ESKETAMINE",
    ("(S)-KETAMINE INJECTION, 5 MG/ML", ""): "ESKETAMINE",
    ("(S)-KETAMINE HCL VIAL (25 MG/ML)", ""): "ESKETAMINE",
    ("KETAMINE (S) VIAL", ""): "ESKETAMINE",
    ("S(+)-KETAMINE VIAL", ""): "ESKETAMINE",
    ("(R)-KETAMINE VIAL", ""): "ARKETAMINE",
    ("(R,S)-KETAMINE VIAL", ""): "KETAMINE",
    ("(S)-KETAMINE/PROPOFOL VIAL", ""): "not coded",
    # an ingredient field that names nothing does not hide the product name
    ("KETALAR", "--"): "KETAMINE",
    ("KETALAR", "."): "KETAMINE",
    ("KETALAR", "UNKNOWN"): "KETAMINE",
    ("KETALAR", "unk"): "KETAMINE",
    ("KETALAR", "NA"): "KETAMINE",
    ("KETALAR", "N/A"): "KETAMINE",
    ("KETALAR", "N.A."): "KETAMINE",
    ("KETALAR", "Not available"): "KETAMINE",
    ("ROBITUSSIN", "--"): "not coded",
    ("", "--"): None,
    ("SODIUM", "NA"): "not coded",
    # (R) is a trade mark beside any name except ketamine itself
    ("KETALAR(R)", ""): "KETAMINE",
    ("KETALAR (R)", ""): "KETAMINE",
    ("KETALAR (R) (KETAMINE HYDROCHLORIDE)", ""): "KETAMINE",
    ("EBIXA(R)", ""): "MEMANTINE",
    ("NAMENDA (R)", ""): "MEMANTINE",
    ("Spravato (TM)", ""): "ESKETAMINE",
    ("NUEDEXTA (R)", ""): "DEXTROMETHORPHAN + QUINIDINE",
    ("SYMMETREL®", ""): "AMANTADINE",
    ("Ketalar™ 50 mg/ml", ""): "KETAMINE",
    ("KETAMINE (R)", ""): "ARKETAMINE",
    ("KETAMINE HYDROCHLORIDE (R)", ""): "not coded",
    # both enantiomers together are the racemate
    ("(R,S)-KETAMINE", ""): "KETAMINE",
    ("KETAMINE (R,S)", ""): "KETAMINE",
    ("(RS)-KETAMINE HYDROCHLORIDE", ""): "KETAMINE",
    # the agency's separator inside a name, and names in quotation marks
    ("DONEPEZIL HYDROCHLORIDE\\MEMANTINE HYDROCHLORIDE", ""): "MEMANTINE + not coded",
    ("KETAMINE\\MIDAZOLAM", ""): "KETAMINE + not coded",
    ('"KETAMINE"', ""): "KETAMINE",
    ("'KETALAR'.", ""): "KETAMINE",
    ('KETAMINE "PFIZER" INJECTION', ""): "not coded",
    ("VICKS NYQUIL", ""): "ACETAMINOPHEN + DEXTROMETHORPHAN + DOXYLAMINE",
    ("DEXTROMETHORPHAN-GUAIFENESIN", ""): "DEXTROMETHORPHAN + GUAIFENESIN",
}


@pytest.fixture(scope="module")
def coded(database: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    rows = [f"{name} | {active} | PS" for name, active in MEANT]
    load_deliveries(database, [make_case("drugname | prod_ai | role_cod\n" + "\n".join(rows))])
    query = "select drugname, prod_ai, string_agg(ingredient, ' + ' order by ingredient) "
    return {row[:2]: row[2] for row in fetch(database, query + "from typed.faers_drug_name group by all")}


@pytest.mark.parametrize("product", MEANT, ids=" / ".join)
def test_product_name_is_coded_by_whole_ingredients(
    coded: dict[tuple[str, str], str], product: tuple[str, str]
) -> None:
    """Salts, strengths, forms and companies fall away; a name that is not in the lists is left uncoded."""
    assert coded.get(product) == MEANT[product]
