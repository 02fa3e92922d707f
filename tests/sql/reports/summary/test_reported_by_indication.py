"""Counts by what the drug was given for, and whether a label names it."""

import pytest

from tests.sql.reports.conftest import Ask
from tests.sql.reports.database import Delivery
from tests.sql.reports.text_tables import make_quarter, normalise_table

pytestmark = pytest.mark.slow

PLACED = """
    select case_id, population, label_status from events.indicated_case
    where drug = '{drug}' and route = '{route}' and label_status <> 'any' and population <> 'any'
    order by case_id, population, label_status
"""


def make_reports(*lines: str, country: str = "US", day: str = "20200405") -> Delivery:
    """Reports of 2020Q2, one for each line: drug | route | what it was given for, terms separated by a comma."""
    demo = ["primaryid | caseid | caseversion | fda_dt | init_fda_dt | occr_country"]
    drug = ["primaryid | caseid | drug_seq | role_cod | drugname | prod_ai | route"]
    indi = ["primaryid | caseid | indi_drug_seq | indi_pt"]
    reac = ["primaryid | caseid | pt"]
    for number, line in enumerate(lines, 1):
        name, route, terms = (cell.strip() for cell in line.split("|"))
        demo.append(f"{number}1 | {number} | 1 | {day} | {day} | {country}")
        drug.append(f"{number}1 | {number} | 1 | PS | {name} | {name} | {route}")
        indi += [f"{number}1 | {number} | 1 | {term.strip()}" for term in terms.split(",") if term.strip()]
        reac.append(f"{number}1 | {number} | Hallucination")
    tables = {"demo": demo, "drug": drug, "indi": indi, "reac": reac}
    return make_quarter("2020Q2", **{name: "\n".join(rows) for name, rows in tables.items()})


def test_case_with_two_indications_is_once_in_each_and_once_in_any(ask: Ask) -> None:
    """Ketamine given in one report for neuralgia and depression, in one for neuralgia alone, in one for nobody knows
    what: three cases, two with chronic pain, one with depression, one unknown."""
    world = make_reports(
        "KETAMINE | Intravenous drip | Neuralgia, Depression", "KETAMINE | Intravenous drip | NEURALGIA",
        "KETAMINE | Intravenous drip | Product used for unknown indication",
    )  # fmt: skip
    query = """
        select population, case_count, population_case_count, drug_route_case_count, indication_unknown_case_count
        from summary.reported_by_indication
        where drug = 'ketamine' and route = 'intravenous' and reaction = 'hallucination' and definition = 'narrow'
            and label_status = 'any'
        order by population
    """
    assert ask(query, world) == normalise_table("""
        any              | 3 | 3 | 3 | 1
        chronic_pain     | 2 | 2 | 3 | 1
        depression       | 1 | 1 | 3 | 1
        neuropathic_pain | 2 | 2 | 3 | 1
        unknown          | 1 | 1 | 3 | 1
    """)


def test_population_with_a_case_has_a_row_of_zeros_where_the_reaction_is_not_reported(ask: Ask) -> None:
    """The one report names a hallucination; its population is asked for vomiting and answers 0."""
    query = """
        select population, case_count, population_case_count from summary.reported_by_indication
        where drug = 'ketamine' and route = 'any' and reaction = 'vomiting' and definition = 'broad'
            and label_status = 'any' order by population
    """
    found = ask(query, make_reports("KETAMINE | Intravenous drip | Anaesthesia"))
    assert found == normalise_table("any | 0 | 1\nanaesthesia_sedation | 0 | 1")


def test_term_belongs_to_the_drug_line_of_its_number(ask: Ask) -> None:
    """Memantine for dementia beside ketamine for pain: neither drug is given for both."""
    world = make_quarter(
        "2020Q2",
        demo="primaryid | caseid | caseversion | fda_dt\n11 | 1 | 1 | 20200405",
        drug="""primaryid | caseid | drug_seq | role_cod | drugname | prod_ai | route
            11 | 1 | 1 | PS | KETALAR | KETAMINE | Intravenous drip
            11 | 1 | 2 | SS | NAMENDA | MEMANTINE | Oral""",
        indi="""primaryid | caseid | indi_drug_seq | indi_pt
            11 | 1 | 1 | Pain
            11 | 1 | 2 | Dementia Alzheimer's type""",
        reac="primaryid | caseid | pt\n11 | 1 | Confusional state",
    )
    query = """
        select drug, population from events.indicated_case
        where route = 'any' and label_status = 'any' and population not in ('any', 'chronic_pain')
            and drug <> 'ketamine_any'
        order by drug
    """
    assert ask(query, world) == normalise_table("ketamine | pain_not_specified\nmemantine | dementia")


def test_label_is_that_of_drug_route_country_and_term(ask: Ask) -> None:
    """An operation does not say that ketamine was its anaesthetic; an unknown route leaves open what some route is
    labelled for; labels of single states were not read, but one of the whole Union was."""
    lines = {
        ("KETAMINE | Intravenous drip | Anaesthesia", "US"): "labelled",
        ("KETAMINE | Intravenous drip | Neuralgia", "US"): "not_labelled",
        ("KETAMINE | Intravenous drip | Knee operation", "US"): "unknown",
        ("KETAMINE | Nasal | Depression", "US"): "not_labelled",
        ("KETAMINE | | Anaesthesia", "US"): "unknown",
        ("KETAMINE | | Neuralgia", "US"): "not_labelled",
        ("KETAMINE | Intravenous drip | Anaesthesia", "FR"): "unknown",
        ("KETAMINE | Intravenous drip | Anaesthesia", ""): "unknown",
        ("KETAMINE | Intravenous drip | Off label use", "US"): "unknown",
        ("ESKETAMINE | Nasal | Treatment resistant depression", "US"): "labelled",
        ("ESKETAMINE | Nasal | Treatment resistant depression", "DE"): "labelled",
        ("ESKETAMINE | Nasal | Depression", "US"): "unknown",
        ("ESKETAMINE | Intravenous drip | Anaesthesia", "DE"): "unknown",
        ("MEMANTINE | Oral | Neuralgia", "US"): "not_labelled",
        ("MAGNESIUM SULFATE | Intravenous drip | Pre-eclampsia", "US"): "labelled",
        ("MAGNESIUM SULFATE | Oral | Constipation", "US"): "unknown",
    }
    world = make_reports(*(line for line, _ in lines))
    for demo, (_, country) in zip(world.tables["demo"], lines, strict=True):
        demo["occr_country"] = country
    query = """
        select distinct case_id, label_status from events.indicated_case
        where route = 'any' and population = 'any' and label_status <> 'any'
    """
    meant = "\n".join(f"{number} | {status}" for number, status in enumerate(lines.values(), 1))
    assert ask(query, world) == normalise_table(meant)


def test_label_holds_from_its_day(ask: Ask) -> None:
    """Nasal esketamine for depression that resists treatment, reported three months before its approval in the US."""
    world = make_reports("ESKETAMINE | Nasal | Treatment resistant depression", day="20181210")
    query = PLACED.format(drug="esketamine", route="intranasal")
    assert ask(query, world) == normalise_table("1 | depression | not_labelled")


def test_reaction_that_is_the_indication_is_counted_apart(ask: Ask) -> None:
    """Magnesium given for a hallucination and for pain, each with a hallucination reported: one of the two may be the
    illness. Off-label use, named as a reaction, is counted whatever the label says."""
    world = make_reports(
        "MAGNESIUM SULFATE | Intravenous drip | Hallucination, visual", "MAGNESIUM SULFATE | Intravenous drip | Pain"
    )
    world.tables["reac"].append({"primaryid": "21", "caseid": "2", "pt": "Off label use"})
    query = """
        select case_count, reaction_is_indication_case_count, reaction_is_not_indication_case_count,
            off_label_term_case_count
        from summary.reported_by_indication
        where drug = 'magnesium' and route = 'intravenous' and reaction = 'hallucination' and definition = 'broad'
            and population = 'any' and label_status = 'any'
    """
    assert ask(query, world) == normalise_table("2 | 1 | 1 | 1")


def test_off_label_use_as_the_indication_is_counted_for_its_own_drug_and_is_no_population(ask: Ask) -> None:
    """ "Off label use" in place of an indication does not say what ketamine was given for."""
    query = """
        select population, label_status, off_label_term_case_count from summary.reported_by_indication
        where drug = 'ketamine' and route = 'any' and reaction = 'hallucination' and definition = 'narrow'
            and label_status <> 'any' and population <> 'any'
    """
    found = ask(query, make_reports("KETAMINE | Intravenous drip | Off label use"))
    assert found == normalise_table("unknown | unknown | 1")


def test_route_without_a_product_is_marked_and_counted_apart(ask: Ask) -> None:
    """Memantine into a vein, which nobody sells, beside memantine by mouth: the row of all routes tells one."""
    world = make_reports("MEMANTINE | Intravenous drip | Dementia", "MEMANTINE | Oral | Dementia")
    query = """
        select route, route_has_product, case_count, no_product_route_case_count from summary.reported_by_drug_route
        where drug = 'memantine' and reaction = 'hallucination' and definition = 'narrow' order by route
    """
    assert ask(query, world) == normalise_table("""
        any             | yes | 2 | 1
        intravenous     | no  | 1 | 1
        not_intravenous | yes | 1 | 0
        oral            | yes | 1 | 0
    """)


def test_both_ketamines_lack_a_product_only_where_each_does(ask: Ask) -> None:
    """No esketamine for the rectum is known; of ketamine the list does not say."""
    query = """
        select drug, route_has_product from summary.reported_by_drug_route
        where route = 'rectal' and reaction = 'hallucination' and definition = 'narrow' order by drug
    """
    found = ask(query, make_reports("KETAMINE | Rectal | Pain", "ESKETAMINE | Rectal | Pain"))
    assert found == normalise_table("esketamine | no\nketamine | unknown\nketamine_any | unknown")


def test_signal_has_the_cells_within_each_indication(ask: Ask) -> None:
    """Ketamine for pain, memantine for pain and for dementia, ketamine for nobody knows what: within chronic pain the
    one case of ketamine stands beside the one of memantine; another indication has no case of ketamine and no row."""
    world = make_reports(
        "KETAMINE | Intravenous drip | Pain", "MEMANTINE | Oral | Pain", "MEMANTINE | Oral | Dementia",
        "KETAMINE | Intravenous drip |",
    )  # fmt: skip
    query = """
        select stratum, with_both_count, drug_only_count, reaction_only_count, neither_count, universe_count,
            stratum_count
        from summary.signal
        where analysis = 'primary' and comparator = 'all_other_cases' and drug = 'ketamine' and route = 'any'
            and reaction = 'hallucination' and definition = 'narrow' and starts_with(stratum, 'indication')
        order by stratum
    """
    assert ask(query, world) == normalise_table("""
        indication              | 2 | 0 | 2 | 0 | 4 | 2
        indication chronic_pain | 1 | 0 | 1 | 0 | 2 | 1
        indication unknown      | 1 | 0 | 0 | 0 | 1 | 1
    """)


def test_concomitant_drug_decides_no_stratum(ask: Ask) -> None:
    """Ibuprofen for a back, taken beside ketamine for anaesthesia, does not make the case one of chronic pain."""
    world = make_reports("KETAMINE | Intravenous drip | Anaesthesia")
    keys = {"primaryid": "11", "caseid": "1"}
    world.tables["drug"].append(
        keys | {"drug_seq": "2", "role_cod": "C", "drugname": "IBUPROFEN", "prod_ai": "IBUPROFEN", "route": "Oral"}
    )
    world.tables["indi"].append(keys | {"indi_drug_seq": "2", "indi_pt": "Back pain"})
    found = ask("select case_id, indication_stratum from events.case_indication", world)
    assert found == normalise_table("1 | other")


def test_label_of_a_reaction_says_whether_anybody_read_it(ask: Ask) -> None:
    """What comes from memory is published as not verified, in the list and beside the signal."""
    world = make_reports("ESKETAMINE | Nasal | Depression")
    query = """
        select reaction, is_verified, source_text = 'from memory' as is_from_memory
        from summary.reaction_label_status
        where drug = 'esketamine' and reaction in ('dissociation', 'hallucination')
    """
    assert ask(query, world) == normalise_table("dissociation | True | False\nhallucination | False | True")
    beside = """
        select distinct reaction_label_status, reaction_label_source, is_reaction_label_verified from summary.signal
        where drug = 'esketamine' and reaction in ('hallucination', 'paranoia')
    """
    assert ask(beside, world) == normalise_table("""
        labelled | EU product information, Spravato: 4.8 | False
        unknown | |
    """)
