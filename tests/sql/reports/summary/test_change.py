"""What changed since the live snapshot: exactly the cases, counts and flags that differ, each with its reason."""

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.sql.reports.changed import build_pair
from tests.sql.reports.database import SQL, Delivery, fetch
from tests.sql.reports.text_tables import make_quarter

pytestmark = pytest.mark.slow

DEMO = "primaryid | caseid | caseversion | fda_dt | init_fda_dt\n"
DRUG = "primaryid | caseid | drug_seq | role_cod | drugname | prod_ai | route\n"
REAC = "primaryid | caseid | pt\n"
HEADLINE = "route = 'any' and drug = 'ketamine' and coalesce(definition, 'narrow') = 'narrow'"


def make_first_quarter() -> Delivery:
    """Five cases: 1 to 3 hallucinated after ketamine, 4 was sick after it; 5 took aspirin."""
    return make_quarter(
        "2024Q1",
        demo=DEMO + "\n".join(f"{case}1 | {case} | 1 | 20240210 | 20240210" for case in range(1, 6)),
        drug=DRUG
        + "\n".join(f"{case}1 | {case} | 1 | PS | KETALAR | KETAMINE | Intravenous" for case in range(1, 5))
        + "\n51 | 5 | 1 | PS | ASPIRIN | ASPIRIN | Oral",
        reac=REAC
        + "\n".join(f"{case}1 | {case} | Hallucination" for case in range(1, 4))
        + "\n41 | 4 | Nausea\n51 | 5 | Nausea",
        outc="primaryid | caseid | outc_cod\n11 | 1 | HO",
    )


def make_second_quarter() -> Delivery:
    """A follow-up of case 1 takes the reaction back, case 2 is deleted, case 6 is new and fatal."""
    return make_quarter(
        "2024Q2",
        demo=DEMO + "12 | 1 | 2 | 20240410 | 20240210\n61 | 6 | 1 | 20240411 | 20240411",
        drug=DRUG
        + "12 | 1 | 1 | PS | KETALAR | KETAMINE | Intravenous\n61 | 6 | 1 | PS | KETALAR | KETAMINE | Intravenous",
        reac=REAC + "12 | 1 | Headache\n61 | 6 | Hallucination",
        outc="primaryid | caseid | outc_cod\n61 | 6 | DE",
        deleted="caseid\n2",
    )


def read_cases(connection: Any, where: str = HEADLINE) -> list[tuple[Any, ...]]:
    return fetch(
        connection,
        "select column_name, coalesce(reaction, ''), case_id, change, reason from events.changed_case "
        f"where {where} order by all",
    )


def read_counts(connection: Any, where: str = HEADLINE) -> list[tuple[Any, ...]]:
    return fetch(
        connection,
        "select column_name, coalesce(reaction, ''), count_before, count_now, gained_count, lost_count, reason, "
        f"all_reasons from summary.change where {where} order by all",
    )


def test_first_snapshot_states_no_change(tmp_path: Path) -> None:
    """There is nothing to compare with, so that every number is as it is and none is new."""
    connection = build_pair(tmp_path, [], [make_first_quarter()], snapshot_before=(), with_statistics=False)
    assert read_counts(connection) != []  # beside an empty snapshot every count is new
    alone = build_pair(tmp_path, [], [make_first_quarter()], has_parent=False, with_statistics=False)
    assert fetch(alone, "select count(*) from summary.change") == [(0,)]
    assert fetch(alone, "select count(*) from events.changed_case") == [(0,)]


def test_quarter_with_follow_up_deletion_and_new_case_gives_exactly_those_changes(tmp_path: Path) -> None:
    first = make_first_quarter()
    connection = build_pair(tmp_path, [first], [first, make_second_quarter()], with_statistics=False)
    assert read_cases(connection) == [
        ("case_count", "hallucination", "1", "lost", "new_version"),
        ("case_count", "hallucination", "2", "lost", "deletion"),
        ("case_count", "hallucination", "6", "gained", "new_case"),
        ("drug_route_case_count", "", "2", "lost", "deletion"),
        ("drug_route_case_count", "", "6", "gained", "new_case"),
        ("fatal_case_count", "hallucination", "6", "gained", "new_case"),
        ("serious_case_count", "hallucination", "1", "lost", "new_version"),
        ("serious_case_count", "hallucination", "6", "gained", "new_case"),
    ]
    every = "deletion new_case new_version"
    assert read_counts(connection) == [
        ("case_count", "hallucination", 3, 2, 1, 2, "deletion", every),
        ("drug_route_case_count", "", 4, 4, 1, 1, "deletion", "deletion new_case"),
        ("fatal_case_count", "hallucination", 0, 1, 1, 0, "new_case", "new_case"),
        ("serious_case_count", "hallucination", 1, 1, 1, 1, "new_case", "new_case new_version"),
    ]
    assert fetch(
        connection, "select count(*) from summary.change where drug not in ('ketamine', 'ketamine_any')"
    ) == [(0,)]


@pytest.mark.proof
def test_same_deliveries_and_code_change_nothing(tmp_path: Path) -> None:
    both = [make_first_quarter(), make_second_quarter()]
    connection = build_pair(tmp_path, both, both, with_statistics=False)
    assert read_cases(connection, "true") == []
    assert read_counts(connection, "true") == []


def test_re_issue_that_states_another_route_is_the_reason(tmp_path: Path) -> None:
    """The same version of case 3 names a route that the first issue left blank."""
    blank = make_first_quarter()
    blank.tables["drug"][2]["route"] = ""
    connection = build_pair(tmp_path, [blank], [make_first_quarter()], with_statistics=False)
    assert read_cases(connection, "drug = 'ketamine' and reaction is null") == [
        ("drug_route_case_count", "", "3", "gained", "reissue"),
        ("drug_route_case_count", "", "3", "lost", "reissue"),
    ]
    rows = fetch(
        connection,
        "select route, change, count_before, count_now from summary.change where drug = 'ketamine' and "
        "reaction is null order by route",
    )
    assert rows == [("intravenous", "moved", 3, 4), ("unknown", "lost", 1, None)]


def test_edit_of_a_name_is_a_code_list_and_the_case_is_the_one_that_bears_it(tmp_path: Path) -> None:
    """Case 4 names its drug by a brand only, which the live snapshot's list did not have."""
    quarter = make_first_quarter()
    quarter.tables["drug"][3] |= {"prod_ai": "", "drugname": "KETALAR"}
    connection = build_pair(
        tmp_path,
        [quarter],
        [quarter],
        lists_before=[
            "delete from codes.watched_name where upper(name) = 'KETALAR'",
            "delete from codes.drug_name where name = 'KETALAR'",
            "delete from codes.name_phrase where words = ['KETALAR']",
        ],
        with_statistics=False,
    )
    assert read_cases(connection, f"{HEADLINE} and column_name = 'case_count'") == [
        ("case_count", "nausea", "4", "gained", "code_list"),
        ("case_count", "nausea_or_vomiting", "4", "gained", "code_list"),
    ]
    assert {row[-1] for row in read_counts(connection, "true")} == {"code_list"}


def test_edit_of_the_arithmetic_is_code(tmp_path: Path) -> None:
    """The live snapshot was built by SQL that counted suspect drugs given intravenously under other routes."""
    quarter = make_first_quarter()
    connection = build_pair(
        tmp_path,
        [quarter],
        [quarter],
        models_before=[
            ("intermediate.analysis_exposure", "else exposure.is_suspect\n", "else exposure.case_id <> '3'\n")
        ],
        is_other_code=True,
        with_statistics=False,
    )
    assert read_cases(connection, f"{HEADLINE} and column_name = 'case_count'") == [
        ("case_count", "hallucination", "3", "gained", "code"),
    ]


@pytest.mark.proof
def test_new_data_on_a_night_of_new_code_names_both(tmp_path: Path) -> None:
    """Nothing tells them apart for a case that arrived: the first is what arrived, and the others stand beside it."""
    first = make_first_quarter()
    connection = build_pair(
        tmp_path, [first], [first, make_second_quarter()], is_other_code=True, with_statistics=False
    )
    reasons = fetch(connection, "select distinct case_id, all_reasons from events.changed_case order by all")
    assert reasons == [("1", "new_version code"), ("2", "deletion code"), ("6", "new_case code")]


def test_number_that_moves_without_any_cause_is_unexplained(tmp_path: Path) -> None:
    """Neither data nor lists nor code are others, and yet a case is gone from the live snapshot: a fault."""
    quarter = make_first_quarter()
    connection = build_pair(
        tmp_path,
        [quarter],
        [quarter],
        snapshot_before=["delete from events.reported where case_id = '3'"],
        with_statistics=False,
    )
    assert {row[4] for row in read_cases(connection)} == {"unexplained"}
    assert fetch(connection, "select count(*) > 0 from verify.change_closes") == [(True,)]


@pytest.mark.proof
def test_report_that_a_later_quarter_lists_under_another_case_number_moves_to_that_case(tmp_path: Path) -> None:
    """One legacy report (ISR) under two case numbers is one report, of the case that the later quarter names."""
    legacy = [
        make_quarter(
            period,
            demo=f"primaryid | caseid | foll_seq | fda_dt\n4000001 | {case} | | 20110801",
            drug="primaryid | drug_seq | role_cod | drugname | route\n4000001 | 1 | PS | KETALAR | Oral",
            reac="primaryid | pt\n4000001 | Hallucination",
        )
        for period, case in (("2011Q3", 7), ("2012Q1", 8))
    ]
    connection = build_pair(tmp_path, legacy[:1], legacy, with_statistics=False)
    assert read_cases(connection, f"{HEADLINE} and column_name = 'case_count'") == [
        ("case_count", "hallucination", "7", "lost", "other_case_number"),
        ("case_count", "hallucination", "8", "gained", "new_case"),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "alter table events.case drop column case_id",
        *(
            pytest.param(f"drop table {table}", marks=pytest.mark.proof)
            for table in ("summary.reported_by_drug_route", "events.exposed_case", "meta.delivery")
        ),
    ],
)
def test_table_or_key_that_the_live_snapshot_lacks_is_no_change(tmp_path: Path, statement: str) -> None:
    """An upgrade adds a table, or a column to its key: nothing can be compared with it, and nothing is."""
    quarter = make_first_quarter()
    connection = build_pair(
        tmp_path, [quarter], [quarter], snapshot_before=[statement], is_other_code=True, with_statistics=False
    )
    assert read_cases(connection, "true") == []
    assert read_counts(connection, "true") == []


def make_signal_quarters() -> list[Delivery]:
    """First a universe of 60 other reports and one of ketamine with hallucination; then five more of these."""
    others = range(100, 160)
    cases = range(1, 7)

    def write(period: str, numbers: list[int], drug: str, term: str, day: str) -> Delivery:
        return make_quarter(
            period,
            demo=DEMO + "\n".join(f"{n}1 | {n} | 1 | {day} | {day}" for n in numbers),
            drug=DRUG + "\n".join(f"{n}1 | {n} | 1 | PS | {drug} | {drug} | Oral" for n in numbers),
            reac=REAC + "\n".join(f"{n}1 | {n} | {term}" for n in numbers),
        )

    first = write("2024Q1", [*others], "ASPIRIN", "Headache", "20240210")
    mixed = write("2024Q1", [cases[0]], "KETAMINE", "Hallucination", "20240210")
    control = write("2024Q1", [*range(200, 205)], "KETAMINE", "Headache", "20240210")
    more = write("2024Q1", [*range(210, 212)], "ASPIRIN", "Hallucination", "20240210")
    for part in (mixed, control, more):
        for table, rows in part.tables.items():
            first.tables[table] = [*first.tables[table], *rows]
    return [first, write("2024Q2", [*cases[1:]], "KETAMINE", "Hallucination", "20240410")]


@pytest.mark.proof
def test_flag_that_is_raised_states_its_new_cases(tmp_path: Path) -> None:
    """Five more cases raise flags of drug and route and of the pair; no flag is lost, and each states who came."""
    first, second = make_signal_quarters()
    connection = build_pair(tmp_path, [first], [first, second])
    rows = fetch(
        connection,
        "select table_name, column_name, change, text_before, text_now, count_before, count_now, gained_count, "
        "reason, all_reasons from summary.change where contains(table_name, 'signal') and drug = 'ketamine' "
        "and (row_key in ('faers | ketamine | oral | hallucination | narrow | primary | all_other_cases | all', "
        "'faers | KETAMINE | Hallucination')) order by all",
    )
    raised = "gained", "not raised", "raised", 1, 6, 5, "new_case", "new_case other_records"
    assert rows == [
        (f"summary.{table}", criterion, *raised)
        for table in ("signal", "signal_any_drug")
        for criterion in ("is_eudravigilance", "is_evans", "is_ic025")
    ]
    ids = fetch(
        connection,
        "select list(case_id order by case_id) from events.changed_case where column_name = 'is_evans' and row_key = "
        "'faers | KETAMINE | Hallucination'",
    )
    assert ids == [(["2", "3", "4", "5", "6"],)]
    assert fetch(connection, "select count(*) from verify.change_closes") == [(0,)]
    reverse = build_pair(tmp_path, [first, second], [first])
    lowered = fetch(
        reverse,
        "select distinct change, text_now, count_now, lost_count, reason from summary.change where row_key = "
        "'faers | KETAMINE | Hallucination'",
    )
    assert lowered == [("lost", "not raised", 1, 5, "reissue")]
    assert fetch(reverse, "select count(*) from verify.change_closes") == [(0,)]


@pytest.mark.proof
def test_flag_of_an_unwatched_ingredient_is_no_row(tmp_path: Path) -> None:
    """Only the watched drugs are listed, although every pair of the database is judged."""
    first, second = make_signal_quarters()
    swapped = copy.deepcopy(second)
    for row in swapped.tables["drug"]:
        row |= {"drugname": "IBUPROFEN", "prod_ai": "IBUPROFEN"}
    connection = build_pair(tmp_path, [first], [first, swapped])
    assert fetch(connection, "select count(*) from summary.change where contains(row_key, 'IBUPROFEN')") == [(0,)]


def test_answer_says_what_changed_in_one_line_each(tmp_path: Path) -> None:
    """The SELECT of `answer.what_changed`: a sentence with its reasons, the ids, and a caveat in each row."""
    first = make_first_quarter()
    connection = build_pair(tmp_path, [first], [first, make_second_quarter()], with_statistics=False)
    view = (SQL / "answer" / "what_changed.sql").read_text()
    rows = fetch(
        connection,
        f"select line_text, gained_case_ids, lost_case_ids from ({view}) where is_headline and drug = 'ketamine' "
        "and route = 'any' order by line_text",
    )
    assert rows == [
        (
            "ketamine, any, hallucination, narrow: cases 3 before, 2 now (1 gained, 2 lost), because: deletion, new "
            "case, new version",
            "6",
            "1 2",
        ),
        (
            "ketamine, any, hallucination, narrow: cases that list death 0 before, 1 now (1 gained, 0 lost), "
            "because: new case",
            "6",
            None,
        ),
        (
            "ketamine, any, hallucination, narrow: serious cases 1 before, 1 now (1 gained, 1 lost), because: new "
            "case, new version",
            "6",
            "1",
        ),
        (
            "ketamine, any: cases with the drug 4 before, 4 now (1 gained, 1 lost), because: deletion, new case",
            "6",
            "2",
        ),
    ]
    counts = f"select count(*), count(line_text), count(caveat), count(is_headline) from ({view})"
    [(every, *stated)] = fetch(connection, counts)
    assert set(stated) == {every}
