"""Which cases are probably duplicates of one patient's report, and which only resemble each other."""

import pytest

from tests.sql.reports.conftest import Ask
from tests.sql.reports.database import Delivery
from tests.sql.reports.text_tables import make_quarter, normalise_table

pytestmark = pytest.mark.slow

QUERY = "select case_id, kept_case_id, rule from events.duplicate"
DEMO = "primaryid | caseid | caseversion | fda_dt | mfr_sndr | mfr_num | auth_num | event_dt | age | age_cod | sex"
EVENT = "20170309 | 44 | YR | F"


def make_reports(*demos: str, country: str = "US") -> Delivery:
    """A quarter of cases 1, 2, ... that are alike except for the given date, sender, numbers, day, age and sex."""
    rows, drug, reac = [], [], []
    for number, demo in enumerate(demos, start=1):
        rows.append(f"{number}1 | {number} | 1 | {demo} | {country}")
        drug += [
            f"{number}1 | {number} | 1 | PS | KETALAR | KETAMINE",
            f"{number}1 | {number} | 2 | C | TONIC | IRON",
        ]
        reac += [f"{number}1 | {number} | {term}" for term in ("Nausea", "Rash")[:: 1 if number % 2 else -1]]
    return make_quarter(
        "2017Q2",
        demo="\n".join([f"{DEMO} | occr_country", *rows]),
        drug="\n".join(["primaryid | caseid | drug_seq | role_cod | drugname | prod_ai", *drug]),
        reac="\n".join(["primaryid | caseid | pt", *reac]),
    )


@pytest.mark.parametrize(
    ("first", "second", "meant"),
    [
        ("PFIZER | US-77 | | | 44 | YR | F", "Pfizer | us-77 | | | 46 | YR |", "1 | 2 | R0"),
        ("PFIZER | US-77 | | | 44 | YR | F", "PFIZER | US-77 | | | 44 | YR | M", ""),
        ("PFIZER | US-77 | | | 44 | YR | F", "PFIZER | US-77 | | | 47 | YR | F", ""),
        ("PFIZER | US-77 | | | 18 | MON |", "PFIZER | US-77 | | | 2 | YR |", "1 | 2 | R0"),
        ("PFIZER | US-77 | | | 44 | YR | F", "JANSSEN | US-77 | | | 44 | YR | F", ""),
        (" | US-77 | | | 44 | YR | F", " | US-77 | | | 44 | YR | F", ""),
        ("PFIZER | | | | 44 | YR | F", "PFIZER | | | | 44 | YR | F", ""),
        ("PFIZER | UNKNOWN | | | 44 | YR | F", "PFIZER | UNKNOWN | | | 44 | YR | F", ""),
        ("PFIZER | 0000 | | | 44 | YR | F", "PFIZER | 0000 | | | 44 | YR | F", ""),
        ("PFIZER | A1 | GB-MHRA-9 | | 44 | YR | F", "TEVA | B2 | GB-MHRA-9 | | | | F", "1 | 2 | R0"),
        ("PFIZER | US-7 | GB-MHRA-9 | | 44 | YR | F", "TEVA | B2 | GB-MHRA-9 | | | | M", ""),
    ],
)
def test_shared_report_number_links_cases_unless_sex_or_age_differs(
    ask: Ask, first: str, second: str, meant: str
) -> None:
    """Two reports under one number are of one patient, unless sex or age differs or the number is a placeholder."""
    world = make_reports(f"20170405 | {first}", f"20170406 | {second}")
    assert ask(QUERY, world) == normalise_table(meant)


def test_duplicate_received_last_is_kept_then_the_higher_case_number(ask: Ask) -> None:
    """Three reports under one number: cases 9 and 10 arrived on one day, and 10 is higher as a number, not as
    text."""
    unrelated = [f"20170409 | PFIZER | OF-{number} | | | | |" for number in range(10, 17)]
    first, *last = (f"201704{day} | PFIZER | US-77 | | | | |" for day in ("01", "03", "03"))
    assert ask(QUERY, make_reports(unrelated[0], first, *unrelated[1:], *last)) == normalise_table(
        "2 | 10 | R0\n9 | 10 | R0"
    )


@pytest.mark.parametrize(
    ("second", "meant"),
    [
        (EVENT, "1 | 2 | R1"),
        ("20170310 | 44 | YR | F", ""),
        ("20170309 | 45 | YR | F", ""),
        ("20170309 | 528 | MON | F", "1 | 2 | R1"),
        ("20170309 | 44 | YR | M", ""),
        ("20170309 | 44 | YR |", ""),
        ("201703 | 44 | YR | F", ""),
    ],
)
def test_cases_with_equal_event_facts_are_duplicates(ask: Ask, second: str, meant: str) -> None:
    """Two companies report one patient, drugs and terms in another order; if one fact differs, both cases are
    kept."""
    world = make_reports(f"20170405 | PFIZER | A-11 | | {EVENT}", f"20170406 | TEVA | B-22 | | {second}")
    assert ask(QUERY, world) == normalise_table(meant)


@pytest.mark.parametrize("unknown", ["country", "day", "age", "drug", "day filled up to the first of January"])
def test_cases_that_lack_the_same_fact_are_not_duplicates(ask: Ask, unknown: str) -> None:
    """Two reports that agree in every stated fact but lack the same fact are not duplicates."""
    event = {
        "day": " | 44 | YR | F",
        "age": "20170309 | | | F",
        "day filled up to the first of January": "20170101 | 44 | YR | F",
    }.get(unknown, EVENT)
    world = make_reports(
        f"20170405 | PFIZER | A-11 | | {event}",
        f"20170406 | TEVA | B-22 | | {event}",
        country="" if unknown == "country" else "US",
    )
    if unknown == "drug":
        for row in world.tables["drug"]:
            row["drugname"], row["prod_ai"] = "SOME TONIC", ""
    assert ask(QUERY, world) == ""


def test_one_additional_drug_or_term_prevents_a_duplicate(ask: Ask) -> None:
    demos = (f"20170405 | PFIZER | A-11 | | {EVENT}", f"20170406 | TEVA | B-22 | | {EVENT}")
    for table, extra in (("drug", {"role_cod": "C", "prod_ai": "ASPIRIN"}), ("reac", {"pt": "Fall"})):
        world = make_reports(*demos)
        world.tables[table].append({**world.tables[table][-1], **extra})
        assert ask(QUERY, world) == "", table


def test_linked_duplicates_keep_one_case(ask: Ask) -> None:
    """A number links 1 and 2, an authority's number 2 and 3, the event 3 and 4: one person, and case 4 is kept."""
    world = make_reports(
        "20170405 | PFIZER | US-77 | | | | | F",
        "20170406 | PFIZER | US-77 | GB-MHRA-9 | | | | F",
        f"20170407 | TEVA | B-22 | GB-MHRA-9 | {EVENT}",
        f"20170408 | SANDOZ | C-33 | | {EVENT}",
    )
    assert ask(QUERY, world) == normalise_table("1 | 4 | R0\n2 | 4 | R0\n3 | 4 | R0")


def test_chain_of_links_does_not_join_cases_whose_ages_differ(ask: Ask) -> None:
    """Ages 44, 46 and 48 along a chain of numbers: neighbours may be one person, its ends may not, so only one is set
    aside."""
    world = make_reports(
        "20170405 | PFIZER | US-77 | | | 44 | YR | F",
        "20170406 | PFIZER | US-77 | GB-MHRA-9 | | 46 | YR | F",
        "20170407 | TEVA | B-22 | GB-MHRA-9 | | 48 | YR | F",
    )
    assert ask(QUERY, world) == normalise_table("2 | 3 | R0")


def test_authority_number_of_digits_alone_links_within_one_country(ask: Ask) -> None:
    """Number 12345 of authorities in two countries is two reports; in one country it is one."""
    world = make_reports("20170405 | A | | 12345 | | | |", "20170406 | B | | 12345 | | | |", country="GB")
    assert ask(QUERY, world) == "1 | 2 | R0"
    world.tables["demo"][0]["occr_country"] = "FR"
    assert ask(QUERY, world) == ""


def test_count_without_duplicates_counts_a_linked_pair_once(ask: Ask) -> None:
    """Two reports of one patient with nausea are two cases, and one when duplicates are set aside."""
    world = make_reports(f"20170405 | PFIZER | A-11 | | {EVENT}", f"20170406 | TEVA | B-22 | | {EVENT}")
    query = """
        select reaction, case_count, case_count_deduplicated from summary.reported_by_drug_route
        where drug = 'ketamine' and route = 'any' and definition = 'narrow' and case_count > 0
    """
    assert ask(query, world) == normalise_table("nausea | 2 | 1\nnausea_or_vomiting | 2 | 1")


@pytest.mark.parametrize(
    ("first", "second", "is_linked"),
    [
        ("ATLANTIS", " atlantis ", True),
        ("ATLANTIS", "NEW ATLANTIS", False),
        ("ATLANTIS", "US", False),
        ("UNKNOWN", "UNKNOWN", False),
        ("EU", "European Union", True),
    ],
)
def test_country_that_no_list_knows_is_compared_by_its_text(
    ask: Ask, first: str, second: str, is_linked: bool
) -> None:
    """By its event a case is linked to another of the same country, and by an authority's bare number too."""
    by_event = make_reports(*2 * [f"20170405 | | | | {EVENT}"])
    by_number = make_reports(*2 * ["20170405 | | | 4711 | | | |"])
    for world in (by_event, by_number):
        for demo, country in zip(world.tables["demo"], (first, second), strict=True):
            demo["occr_country"] = country
    assert ask(QUERY, by_event) == ("1 | 2 | R1" if is_linked else "")
    assert ask(QUERY, by_number) == ("1 | 2 | R0" if is_linked or first == "UNKNOWN" else "")
