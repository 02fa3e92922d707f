"""Cases by dose band: each in one band of a drug and route, or several, not coded, or unknown with its reason."""

import pytest

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_quarter, normalise_table

pytestmark = pytest.mark.slow

REASONS = ", ".join(
    f"dose_{reason}_case_count"
    for reason in ("structured", "text", "in_doubt", "other_unit", "not_stated", "without_route", "implausible")
)
FIELDS = "dose_vbm | dose_amt | dose_unit | dose_freq"
DRUG = f"primaryid | caseid | drug_seq | role_cod | drugname | prod_ai | route | {FIELDS}"


def ask_bands(ask: Ask, drugs: str, drug: str, route: str) -> str:
    """Band, cases, reasons, cases of the band and share unknown of reports of nausea with these drug lines."""
    numbers = sorted({line.split("|")[1].strip() for line in drugs.strip().splitlines()})
    world = make_quarter(
        "2017Q2",
        demo="primaryid | caseid | caseversion | fda_dt\n" + "\n".join(f"{n}1 | {n} | 1 | 20170405" for n in numbers),
        drug=f"{DRUG}\n{drugs.strip()}",
        reac="primaryid | caseid | pt\n" + "\n".join(f"{n}1 | {n} | Nausea" for n in numbers),
    )
    query = f"""
        select dose_band, case_count, {REASONS}, drug_route_band_case_count, dose_unknown_share
        from summary.reported_by_dose_band
        where drug = '{drug}' and route = '{route}' and reaction = 'nausea' and definition = 'narrow'
    """
    return ask(query, world)


def test_infusions_are_banded_by_weight_and_what_is_not_read_has_its_reason(ask: Ask) -> None:
    """Intravenous ketamine: 0.5 mg/kg by fields, the same by text, 20 mg/kg (no one's dose, kept in its band), a
    range, millilitres, and no dose."""
    assert ask_bands(
        ask,
        """11 | 1 | 1 | PS | KETALAR | KETAMINE | Intravenous drip | | 0.5 | MG/KG |
           21 | 2 | 1 | PS | KETALAR | KETAMINE | Intravenous drip | 500 UG/KG OVER 40 MIN | | |
           31 | 3 | 1 | PS | KETALAR | KETAMINE | Intravenous drip | | 20 | MG/KG |
           41 | 4 | 1 | PS | KETALAR | KETAMINE | Intravenous drip | 0.3-0.5 MG/KG | | |
           51 | 5 | 1 | PS | KETALAR | KETAMINE | Intravenous drip | | 5 | ML |
           61 | 6 | 1 | PS | KETALAR | KETAMINE | Intravenous drip | UNK | | | QD""",
        "ketamine",
        "intravenous",
    ) == normalise_table("""
        intravenous 0.35 to <0.75 mg/kg | 2 | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 2 | 0.5
        intravenous 1 mg/kg or more | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 1 | 1 | 0.5
        unknown | 3 | 0 | 0 | 1 | 1 | 1 | 0 | 0 | 3 | 0.5
    """)


def test_tablets_are_banded_by_the_day(ask: Ask) -> None:
    """Memantine 10 mg twice a day and 20 mg daily are one band; 10 mg without a frequency has no band; a day of
    280 mg is counted and flagged."""
    assert ask_bands(
        ask,
        """11 | 1 | 1 | PS | NAMENDA | MEMANTINE | Oral | | 10 | MG | BID
           21 | 2 | 1 | PS | NAMENDA | MEMANTINE | Oral | 20 MG DAILY | | |
           31 | 3 | 1 | PS | NAMENDA | MEMANTINE | Oral | | 10 | MG |
           41 | 4 | 1 | PS | NAMENDA | MEMANTINE | Oral | | 280 | MG | QD""",
        "memantine",
        "oral",
    ) == normalise_table("""
        oral >10 to 20 mg daily | 2 | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 2 | 0.25
        oral >20 mg daily | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 1 | 1 | 0.25
        unknown | 1 | 0 | 0 | 0 | 1 | 0 | 0 | 0 | 1 | 0.25
    """)


def test_case_with_two_doses_counts_once(ask: Ask) -> None:
    """Esketamine 56 mg then, on a second line, 84 mg: several. The same dose twice, or beside a line without one: its
    band. Beside a line in doubt: unknown."""
    spray = "PS | SPRAVATO | ESKETAMINE | Nasal"
    assert ask_bands(
        ask,
        f"""11 | 1 | 1 | {spray} | | 56 | MG |
            11 | 1 | 2 | {spray} | | 84 | MG |
            21 | 2 | 1 | {spray} | | 56 | MG |
            21 | 2 | 2 | {spray} | 56 MG | | |
            31 | 3 | 1 | {spray} | | 56 | MG |
            31 | 3 | 2 | {spray} | | | |
            41 | 4 | 1 | {spray} | | 56 | MG |
            41 | 4 | 2 | {spray} | 56 MG THEN 84 MG | | |""",
        "esketamine",
        "intranasal",
    ) == normalise_table("""
        intranasal >28 to 56 mg | 2 | 2 | 0 | 0 | 0 | 0 | 0 | 0 | 2 | 0.25
        several | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 1 | 0.25
        unknown | 1 | 0 | 0 | 1 | 0 | 0 | 0 | 0 | 1 | 0.25
    """)


def test_dose_counts_for_its_own_route(ask: Ask) -> None:
    """Ketamine intravenously with a dose and by mouth without: any has the dose, oral has none; one line with two
    routes and one dose is in doubt by either."""
    drugs = """11 | 1 | 1 | PS | KETALAR | KETAMINE | Intravenous drip | | 0.5 | MG/KG |
               11 | 1 | 2 | SS | KETALAR | KETAMINE | Oral | | | |"""
    assert ask_bands(ask, drugs, "ketamine", "any").startswith("intravenous 0.35 to <0.75 mg/kg | 1 | 1")
    assert ask_bands(ask, drugs, "ketamine", "oral").startswith("unknown | 1 | 0 | 0 | 0 | 0 | 1")
    both = "11 | 1 | 1 | PS | KETALAR | KETAMINE | Oral; Intravenous drip | | 0.5 | MG/KG |"
    assert ask_bands(ask, both, "ketamine", "oral").startswith("unknown | 1 | 0 | 0 | 1 | 0")
    twice = "11 | 1 | 1 | PS | KETALAR | KETAMINE | Oral; Oral use | | 0.5 | MG/KG |"
    assert ask_bands(ask, twice, "ketamine", "oral").startswith("oral 0.5 to 1 mg/kg | 1 | 1")


def test_route_without_bands_is_not_coded_and_route_not_stated_is_unknown(ask: Ask) -> None:
    """Ketamine cream has no bands; a dose without a route is of no band."""
    cream = "11 | 1 | 1 | PS | KETALAR | KETAMINE | Topical | | 50 | MG |"
    assert ask_bands(ask, cream, "ketamine", "topical").startswith("not coded | 1 | 0 | 0 | 0 | 0 | 0 | 0")
    blank = "11 | 1 | 1 | PS | KETALAR | KETAMINE | | | 50 | MG |"
    assert ask_bands(ask, blank, "ketamine", "unknown").startswith("unknown | 1 | 0 | 0 | 0 | 0 | 0 | 1")
    assert ask_bands(ask, blank, "ketamine_any", "any") == ""


def test_magnesium_subclass_has_the_bands_of_magnesium(ask: Ask) -> None:
    """Four grams of magnesium sulfate intravenously are parenteral magnesium of 2 to 4 g."""
    sulfate = "11 | 1 | 1 | PS | MAGNESIUM SULFATE | MAGNESIUM SULFATE | Intravenous drip | | 4 | GM |"
    for drug in ("magnesium", "magnesium_parenteral"):
        assert ask_bands(ask, sulfate, drug, "intravenous").startswith("intravenous 2 to 4 g | 1 | 1")
