"""Which cases are probably of one person, and which only seem to be."""

import pytest

from tests.sql.reports.conftest import Ask
from tests.sql.reports.database import Delivery
from tests.sql.reports.text_tables import make_quarter, normalise_table

QUERY = "select case_id, kept_case_id, rule from events.duplicate"
DEMO = "primaryid | caseid | caseversion | fda_dt | mfr_sndr | mfr_num | auth_num | event_dt | age | age_cod | sex"
STORY = "20170309 | 44 | YR | F"


def letters(*demos: str, country: str = "US") -> Delivery:
    """A quarter of cases 1, 2, ... that are alike but for what is drawn: date, sender, numbers, day, age, sex."""
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
def test_a_number_speaks_for_one_person_unless_two_people_stand_under_it(
    ask: Ask, first: str, second: str, meant: str
) -> None:
    """Two letters under one number: one patient, unless sex or age says two, or the number is none."""
    world = letters(f"20170405 | {first}", f"20170406 | {second}")
    assert ask(QUERY, world) == normalise_table(meant)


def test_the_letter_received_last_is_kept_then_the_higher_number(ask: Ask) -> None:
    """Three letters under one number: cases 9 and 10 came on one day, and 10 is the higher, though not as text."""
    strangers = [f"20170409 | PFIZER | OF-{number} | | | | |" for number in range(10, 17)]
    first, *last = (f"201704{day} | PFIZER | US-77 | | | | |" for day in ("01", "03", "03"))
    assert ask(QUERY, letters(strangers[0], first, *strangers[1:], *last)) == normalise_table(
        "2 | 10 | R0\n9 | 10 | R0"
    )


@pytest.mark.parametrize(
    ("second", "meant"),
    [
        (STORY, "1 | 2 | R1"),
        ("20170310 | 44 | YR | F", ""),
        ("20170309 | 45 | YR | F", ""),
        ("20170309 | 528 | MON | F", "1 | 2 | R1"),
        ("20170309 | 44 | YR | M", ""),
        ("20170309 | 44 | YR |", ""),
        ("201703 | 44 | YR | F", ""),
    ],
)
def test_a_story_told_twice_is_one_person(ask: Ask, second: str, meant: str) -> None:
    """Two companies tell of one patient, drugs and terms in another order; one fact that differs, and both stand."""
    world = letters(f"20170405 | PFIZER | A-11 | | {STORY}", f"20170406 | TEVA | B-22 | | {second}")
    assert ask(QUERY, world) == normalise_table(meant)


@pytest.mark.parametrize("unknown", ["country", "day", "age", "drug", "day filled up to the first of January"])
def test_what_both_leave_out_makes_nobody_one_person(ask: Ask, unknown: str) -> None:
    """Two letters that agree in everything they say, and both do not say one thing, are not called one."""
    story = {
        "day": " | 44 | YR | F",
        "age": "20170309 | | | F",
        "day filled up to the first of January": "20170101 | 44 | YR | F",
    }.get(unknown, STORY)
    world = letters(
        f"20170405 | PFIZER | A-11 | | {story}",
        f"20170406 | TEVA | B-22 | | {story}",
        country="" if unknown == "country" else "US",
    )
    if unknown == "drug":
        for row in world.tables["drug"]:
            row["drugname"], row["prod_ai"] = "SOME TONIC", ""
    assert ask(QUERY, world) == ""


def test_one_drug_or_term_more_is_another_story(ask: Ask) -> None:
    demos = (f"20170405 | PFIZER | A-11 | | {STORY}", f"20170406 | TEVA | B-22 | | {STORY}")
    for table, extra in (("drug", {"role_cod": "C", "prod_ai": "ASPIRIN"}), ("reac", {"pt": "Fall"})):
        world = letters(*demos)
        world.tables[table].append({**world.tables[table][-1], **extra})
        assert ask(QUERY, world) == "", table


def test_links_are_followed_and_one_case_is_kept(ask: Ask) -> None:
    """A number links 1 and 2, an authority's number 2 and 3, the story 3 and 4: one person, and case 4 is kept."""
    world = letters(
        "20170405 | PFIZER | US-77 | | | | | F",
        "20170406 | PFIZER | US-77 | GB-MHRA-9 | | | | F",
        f"20170407 | TEVA | B-22 | GB-MHRA-9 | {STORY}",
        f"20170408 | SANDOZ | C-33 | | {STORY}",
    )
    assert ask(QUERY, world) == normalise_table("1 | 4 | R0\n2 | 4 | R0\n3 | 4 | R0")


def test_a_chain_does_not_end_in_someone_else(ask: Ask) -> None:
    """Ages 44, 46 and 48 along a chain of numbers: neighbours may be one person, its ends may not, so one stands."""
    world = letters(
        "20170405 | PFIZER | US-77 | | | 44 | YR | F",
        "20170406 | PFIZER | US-77 | GB-MHRA-9 | | 46 | YR | F",
        "20170407 | TEVA | B-22 | GB-MHRA-9 | | 48 | YR | F",
    )
    assert ask(QUERY, world) == normalise_table("2 | 3 | R0")


def test_bare_digits_of_an_authority_count_within_its_country(ask: Ask) -> None:
    """Number 12345 of two countries' authorities is two reports; of one country's it is one."""
    world = letters("20170405 | A | | 12345 | | | |", "20170406 | B | | 12345 | | | |", country="GB")
    assert ask(QUERY, world) == "1 | 2 | R0"
    world.tables["demo"][0]["occr_country"] = "FR"
    assert ask(QUERY, world) == ""


def test_the_tally_says_what_is_left(ask: Ask) -> None:
    """Two letters of one patient with nausea are two cases, and one with duplicates set aside."""
    world = letters(f"20170405 | PFIZER | A-11 | | {STORY}", f"20170406 | TEVA | B-22 | | {STORY}")
    query = """
        select reaction, case_count, case_count_deduplicated from summary.reported_by_drug_route
        where drug = 'ketamine' and route = 'any' and definition = 'narrow' and case_count > 0
    """
    assert ask(query, world) == normalise_table("nausea | 2 | 1\nnausea_or_vomiting | 2 | 1")
