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
    ("KETAMINE HYDROCHLORIDE (S)", ""): "ESKETAMINE",
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
    ("(S)-KETAMINE/PROPOFOL VIAL", ""): "ESKETAMINE + not coded",
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
    ('KETAMINE "PFIZER" INJECTION', ""): "KETAMINE",
    ("VICKS NYQUIL", ""): "ACETAMINOPHEN + DEXTROMETHORPHAN + DOXYLAMINE",
    ("DEXTROMETHORPHAN-GUAIFENESIN", ""): "DEXTROMETHORPHAN + GUAIFENESIN",
    # a whole name within a longer one: strength, flavour, pack, company, vehicle, code
    ("MUCINEX DM MAXIMUM STRENGTH", ""): "DEXTROMETHORPHAN + GUAIFENESIN",
    ("MUCINEX FAST-MAX DM MAX", ""): "DEXTROMETHORPHAN + GUAIFENESIN",
    ("MUCINEX DM", "GUAIFENESIN"): "GUAIFENESIN",
    ("ROBITUSSIN PEAK COLD DM MAX", ""): "DEXTROMETHORPHAN + GUAIFENESIN",
    ("DELSYM COUGH PLUS CHEST CONGESTION DM", ""): "DEXTROMETHORPHAN + GUAIFENESIN",
    ("DELSYM 12 HR GRAPE FLAVORED (RECKITT)", ""): "DEXTROMETHORPHAN",
    ("VICKS DAYQUIL SEVERE COLD & FLU LIQUICAPS", ""): "ACETAMINOPHEN + DEXTROMETHORPHAN + PHENYLEPHRINE + not coded",
    ("PROMETHAZINE W/DEXTROMETHORPHAN HBR", ""): "DEXTROMETHORPHAN + not coded",
    ("CITROMA", ""): "MAGNESIUM CITRATE",
    ("CITROMA MAGNESIUM CITRATE", ""): "MAGNESIUM CITRATE",
    ("MAGNESIUM CITRATE LEMON", ""): "MAGNESIUM CITRATE",
    ("MAGNESIUM CITRATE SALINE LAXATIVE", ""): "MAGNESIUM CITRATE",
    ("MAGNESIUM CITRATE ORAL CHERRY FLAVOR", ""): "MAGNESIUM CITRATE",
    ("EQUATE MAGNESIUM CITRATE 10 FL OZ GRAPE", ""): "MAGNESIUM CITRATE",
    ("MAGNESIUM SULFATE IN DEXTROSE", ""): "MAGNESIUM SULFATE",
    ("MAGNESIUM SULFATE 4% IN WATER FOR INJECTION HOSPIRA", ""): "MAGNESIUM SULFATE",
    ("MAGNESIUM SULFATE /00167001/", ""): "MAGNESIUM SULFATE",
    ("MAGNESIUM (MAGNESIUM SULFATE)", ""): "MAGNESIUM SULFATE",
    ("PHILLIPS^ MILK OF MAGNESIA", ""): "MAGNESIUM HYDROXIDE",
    ("PHILLIPS' MILK OF MAGNESIA WILD CHERRY 26 OZ", ""): "MAGNESIUM HYDROXIDE",
    ("NATURE'S BOUNTY MAGNESIUM 500MG TABLETS", ""): "MAGNESIUM",
    ("SULFATE DE MAGNÉSIUM RENAUDIN 15%", ""): "MAGNESIUM SULFATE",
    ("MAGNESIUMSULFAT-HEPTAHYDRAT B. BRAUN", ""): "MAGNESIUM SULFATE",
    ("MEMANTINE MERZ", ""): "MEMANTINE",
    ("MEMANTINE RATIOPHARM", ""): "MEMANTINE",
    ("MEMANTIN-HCL NEURAXPHARM 20 MG FILMTABLETTEN", ""): "MEMANTINE",
    ("MEMANTINE HYDROCHLORIDE EXTENDED-RELEASE LUPIN 28MG", ""): "MEMANTINE",
    ("EBIXA /01418501/", ""): "MEMANTINE",
    ("DONEPEZIL + MEMANTINE KRKA", ""): "MEMANTINE + not coded",
    ("AMANTADIN AL 100", ""): "AMANTADINE",
    ("AMANTADINE HCL SANDOZ SOFTGEL", ""): "AMANTADINE",
    ("AMANTADINE100MG", ""): "AMANTADINE",
    ("KETAMINE PANPHARMA 50 MG/ML, SOLUTION INJECTABLE", ""): "KETAMINE",
    ("COMPOUNDED KETAMINE 10% CREAM", ""): "KETAMINE",
    ("KETAMINE IN SODIUM CHLORIDE 0.9% SYRINGE QUVA", ""): "KETAMINE + SODIUM CHLORIDE",
    ("SPRAVATO 28MG NASAL SPRAY JANSSEN", ""): "ESKETAMINE",
    ("S-KETAMINE 25 MG/ML EUREKA", ""): "ESKETAMINE",
    ("KETAMINE, S-", ""): "ESKETAMINE",
    ("KETAMINE, R-", ""): "ARKETAMINE",
    ("ALUMINA/MAGNESIUM HYDROXIDE/SIMETHICONE CVS MINT", ""): "MAGNESIUM HYDROXIDE + not coded",
    ("BUFFERIN (ASPIRIN, MAGNESIUM CARBONATE)", ""): "MAGNESIUM CARBONATE + not coded",
    ("PHILLIPS MOM", ""): "MAGNESIUM HYDROXIDE",
    ("VICKS NYQUIL SINUS LIQUICAPS", ""): "not coded",
    # and never part of a word, another molecule, a counter-ion or what says that it is absent
    ("NORKETAMINE HCL STANDARD", ""): "not coded",
    ("KETAMINE ANTAGONIST", ""): "not coded",
    ("2-METHOXY KETAMINE", ""): "not coded",
    ("KETAMINE RELATED COMPOUND A", ""): "not coded",
    ("KETANSERIN TARTRATE 20MG", ""): "KETANSERIN",
    ("KETAMINE-FREE CREAM", ""): "not coded",
    ("L-KETAMINE", ""): "not coded",
    ("ADAMANTANE", ""): "not coded",
    ("RIMANTADINE HCL TEVA 100MG", ""): "not coded",
    ("DEXTROMETHORPHAN D6 QUINIDINE", ""): "not coded",
    ("INSULIN DM", ""): "not coded",
    ("TYPE 2 DM", ""): "not coded",
    ("MUCINEX D MAXIMUM STRENGTH", ""): "not coded",
    ("NEXIUM (ESOMEPRAZOLE MAGNESIUM) 24HR", ""): "ESOMEPRAZOLE",
    ("ESOMEPRAZOLE MAGNESIUM MYLAN 40 MG", ""): "not coded",
    ("PERINDOPRIL MAGNESIUM", ""): "not coded",
    ("MAGNESIUM STEARATE KOSHER FOOD GRADE", ""): "not coded",
    ("MAGNESIUM PEMOLINE", ""): "not coded",
    ("MAGNESIUM PHOSPHORICUM 6X", ""): "not coded",
    ("LOW MAGNESIUM DIALYSIS SOLUTION", ""): "not coded",
    ("MAGNEVIST 0.5 MMOL/ML", ""): "not coded",
    ("MAGNESIUM, METHYL-, BROMIDE", ""): "not coded",
    # whose companion says that it is a mixture: typed.faers_exposure counts no magnesium there
    ("PLASMA-LYTE 148 W/ MAGNESIUM CHLORIDE ELECTROLYTES", ""): "ELECTROLYTES + MAGNESIUM CHLORIDE + not coded",
    ("SPECIAL K RED BERRIES", ""): "not coded",
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


def test_name_longer_than_the_layout_allows_is_not_searched(database: duckdb.DuckDBPyConnection) -> None:
    """A broken line is one name of 200,000 words, which would take the memory of their square."""
    name = " ".join(["KETAMINE", *("WORD" for _ in range(200_000))])
    load_deliveries(database, [make_case(f"drugname | prod_ai | role_cod\n{name} | | PS\nKETAMINE MERZ | | PS")])
    query = "select length(drugname) > 500, string_agg(ingredient, ' + ') from typed.faers_drug_name group by all"
    assert sorted(fetch(database, query)) == [(False, "KETAMINE"), (True, "not coded")]
