"""The views of `answer` that read reports: the lines of cases, and how reporting developed."""

from typing import Any

import duckdb
import pytest

from pipeline.models import load_views
from tests.sql.macros import SQL, create_macros
from tests.sql.reports.database import (
    Delivery,
    fetch,
    load_deliveries,
    load_report_models,
    open_database,
    select_models,
)
from tests.sql.reports.random_worlds import draw_world
from tests.sql.reports.recount import recount
from tests.sql.reports.text_tables import make_quarter

CASE_VIEWS = ("case_statement", "case_source_line", "case_line")
SUSPECT = ("PS", "SS", "I")
WATCHED = {"ketamine", "esketamine", "memantine", "dextromethorphan", "amantadine", "magnesium"}
DEMO = (
    "primaryid | caseid | caseversion | fda_dt | init_fda_dt | event_dt | age | age_cod | sex | occr_country "
    "| occp_cod"
)
DRUG = (
    "primaryid | caseid | drug_seq | role_cod | drugname | prod_ai | route | dose_vbm | dose_amt | dose_unit "
    "| dechal | rechal"
)
OUTCOMES = {"DE": "Death", "HO": "Hospitalisation", "OT": "Other serious outcome"}


@pytest.fixture(scope="module")
def session() -> duckdb.DuckDBPyConnection:
    return open_database()


def load_view(connection: duckdb.DuckDBPyConnection, deliveries: list[Delivery], *names: str) -> None:
    """Build what the named views read, and create them."""
    connection.execute("drop schema if exists answer cascade")
    views = [view for view in load_views(SQL) if view.name in names]
    needed = select_models("\n".join(view.sql for view in views), load_report_models())
    load_deliveries(connection, deliveries, ordered=needed)
    create_macros(connection)
    connection.execute("create schema answer")
    for view in views:
        connection.execute(f"create view {view.table} as\n{view.sql}")


def read_rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def make_detailed_case() -> Delivery:
    """A woman of 42 given ketamine intravenously for pain and then by mouth, beside memantine and morphine; a second
    case that only names memantine beside another suspect; a third without a watched drug."""
    return make_quarter(
        "2017Q2",
        demo=f"""{DEMO}
            101 | 10 | 1 | 20170405 | 20160110 | 20160108 | 42 | YR | F | GB | MD
            201 | 20 | 1 | 20170406 | 20170406 | 201703 | | | | |
            301 | 30 | 1 | 20170407 | 20170301 | | | | | |""",
        drug=f"""{DRUG}
            101 | 10 | 1 | PS | KETALAR | KETAMINE | Intravenous drip | 50 MG IV | 50 | MG | Y | U
            101 | 10 | 2 | SS | KETALAR | KETAMINE | Oral | | | | N |
            101 | 10 | 3 | C | NAMENDA | MEMANTINE | | 10 MG | | | Y | Y
            101 | 10 | 4 | C | MORPHINE | MORPHINE | Oral | | | | |
            201 | 20 | 1 | PS | ASPIRIN | ASPIRIN | Oral | | | | |
            201 | 20 | 2 | C | NAMENDA | MEMANTINE | Oral | | | | |
            301 | 30 | 1 | PS | ASPIRIN | ASPIRIN | Oral | | | | |""",
        reac="primaryid | caseid | pt\n101 | 10 | Nausea\n101 | 10 | Hallucination\n201 | 20 | Rash\n301 | 30 | Rash",
        outc="primaryid | caseid | outc_cod\n101 | 10 | HO\n101 | 10 | DE",
        indi="""primaryid | caseid | indi_drug_seq | indi_pt
            101 | 10 | 1 | Neuralgia
            101 | 10 | 3 | Dementia""",
        ther="""primaryid | caseid | dsg_drug_seq | start_dt | end_dt | dur | dur_cod
            101 | 10 | 2 | 20160107 | | |
            101 | 10 | 1 | 20160105 | | |
            101 | 10 | 3 | 20150101 | | |""",
    )


def test_case_is_told_in_one_line(session: duckdb.DuckDBPyConnection) -> None:
    """Doses, indications and challenge are of the suspected watched drug; the earliest start counts for the onset."""
    load_view(session, [make_detailed_case()], *CASE_VIEWS)
    first, second = read_rows(session, "select * from answer.case_line order by case_id")
    told = {
        "case_id": "10", "age_years": 42.0, "sex": "female", "country": "GB", "reporter_type": "physician",
        "first_received_year": 2016, "is_fatal": True,
        "watched_suspect_drugs_text": "ketamine", "watched_other_drugs_text": "memantine",
        "other_suspect_drugs_text": None, "concomitant_drugs_text": "MORPHINE",
        "routes_text": "ketamine: intravenous; ketamine: oral", "doses_text": "ketamine: 50 MG, 50 MG IV",
        "indications_text": "ketamine: Neuralgia", "reactions_text": "Hallucination; Nausea",
        "outcomes_text": "Death; Hospitalisation", "onset_text": "ketamine: 3 days",
        "dechallenge_text": "ketamine: abated; ketamine: did not abate", "rechallenge_text": "ketamine: unknown",
        "is_duplicate": False, "delivery_id": "0",
        "source_lines_text": "demo 2; drug 2, 3, 4, 5; indi 2, 3; ther 2, 3, 4",
    }  # fmt: skip
    assert {name: first[name] for name in told} == told
    assert (second["case_id"], second["watched_suspect_drugs_text"], second["other_suspect_drugs_text"]) == (
        "20", None, "ASPIRIN",
    )  # fmt: skip
    assert "in no count" in second["caveat"] and "in no count" not in first["caveat"]


def test_onset_is_a_range_where_a_date_is_a_month(session: duckdb.DuckDBPyConnection) -> None:
    """Started on 5 January: an event in March 2016 is 56 to 86 days away, one that day 0, an earlier one below 0."""
    told = [
        ("201603", "20160105", "ketamine: 56 to 86 days"), ("20160105", "20160105", "ketamine: 0 days"),
        ("20160105", "20160110", "ketamine: -5 days"), ("", "20160105", None), ("20160105", "", None),
    ]  # fmt: skip
    rows = {
        "demo": [{"fda_dt": "20170405", "caseversion": "1", "event_dt": event} for event, _, _ in told],
        "drug": [{"drug_seq": "1", "role_cod": "PS", "drugname": "KETALAR", "prod_ai": "KETAMINE"} for _ in told],
        "ther": [{"dsg_drug_seq": "1", "start_dt": start} for _, start, _ in told],
    }
    for listed in rows.values():
        for number, row in enumerate(listed):
            row |= {"primaryid": f"1{number}1", "caseid": f"1{number}"}
    load_view(session, [Delivery("2017Q2", "faers", rows)], *CASE_VIEWS)
    found = fetch(session, "select onset_text from answer.case_line order by case_id")
    assert found == [(onset,) for _, _, onset in told]


@pytest.mark.parametrize("seed", [1, 5])
def test_lines_of_cases_agree_with_a_recount(session: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Random worlds: the cases, their drugs, routes, reactions, outcomes and duplicates, from the deliveries."""
    world = draw_world(seed)
    load_view(session, world, *CASE_VIEWS)
    found = {row["case_id"]: row for row in read_rows(session, "select * from answer.case_line")}
    expected = recount(world)
    suspected: dict[str, set[tuple[str, str]]] = {}
    for number, drug, route in expected["exposed"]:
        if drug in WATCHED and route not in ("any", "not_intravenous"):
            suspected.setdefault(number, set()).add((drug, route))
    assert {number for number, row in found.items() if row["watched_suspect_drugs_text"]} == set(suspected)
    for number, pairs in suspected.items():
        row = found[number]
        assert row["watched_suspect_drugs_text"] == "; ".join(sorted({drug for drug, _ in pairs}))
        routes = {tuple(part.split(": ")) for part in row["routes_text"].split("; ")}
        assert {pair for pair in routes if pair[1] not in ("not stated", "unknown")} == {
            pair for pair in pairs if pair[1] != "unknown"
        }
        assert row["is_duplicate"] == (number in expected["duplicates"])
        report, version, period, first, serious, fatal = expected["cases"][number]
        assert (row["report_id"], row["version_number"], row["period"]) == (report, version, period)
        assert (row["first_received_date"], row["is_serious"], row["is_fatal"]) == (first, serious, fatal)
        delivery = [each for each in world if each.is_current and each.period == period][-1]
        terms, outcomes, lines = _read_children(delivery, number, report)
        assert {term.lower() for term in row["reactions_text"].split("; ")} == terms
        assert set(filter(None, (row["outcomes_text"] or "").split("; "))) == outcomes
        assert f"demo {lines}" in row["source_lines_text"].split("; ")


def _read_children(delivery: Delivery, number: str, report: str) -> tuple[set[str], set[str], int]:
    """Terms and outcomes of a report, and the line of its demo row: the header is line 1."""

    def is_of_report(row: dict[str, Any]) -> bool:
        is_case = delivery.era == "laers" or row["caseid"].lstrip("0") == number
        return row["primaryid"].lstrip("0") == report and is_case

    terms = {row["pt"].lower() for row in delivery.rows("reac") if is_of_report(row)}
    outcomes = {OUTCOMES[row["outc_cod"]] for row in delivery.rows("outc") if is_of_report(row)}
    [line] = [
        place
        for place, row in enumerate(delivery.rows("demo"), start=2)
        if row["primaryid"].lstrip("0") == report and row["caseid"].lstrip("0") == number
    ][-1:]
    return terms, outcomes, line


def make_three_quarters() -> list[Delivery]:
    """Landed 2016Q4 and 2017Q2; a case first received in 2017Q1, which nobody landed, came with 2017Q2; of 2017Q3
    nothing is known, and 2017Q4 was landed."""
    rows = {"2016Q4": [("1", "20161010")], "2017Q2": [("2", "20170401"), ("3", "20170115")],
            "2018Q1": [("4", "20180105")]}  # fmt: skip
    return [
        make_quarter(
            period,
            demo="primaryid | caseid | caseversion | fda_dt | init_fda_dt\n"
            + "\n".join(f"{case}1 | {case} | 1 | {day} | {day}" for case, day in cases),
            drug="primaryid | caseid | drug_seq | role_cod | drugname | prod_ai | route\n"
            + "\n".join(f"{case}1 | {case} | 1 | PS | KETALAR | KETAMINE | Oral" for case, _ in cases),
            reac="primaryid | caseid | pt\n" + "\n".join(f"{case}1 | {case} | Nausea" for case, _ in cases),
        )
        for period, cases in rows.items()
    ]


def test_trend_marks_quarters_that_nobody_landed(session: duckdb.DuckDBPyConnection) -> None:
    """Each quarter from the first case to the last has a row: a missing one has no counts, and not zero."""
    load_view(session, make_three_quarters(), "trend")
    found = fetch(
        session,
        "select quarter, quarter_status, quarter_case_count, quarter_universe_count, quarter_expected_count, "
        "cumulative_case_count from answer.trend "
        "where drug = 'ketamine' and route = 'any' and reaction = 'nausea' and definition = 'narrow' "
        "order by quarter",
    )
    assert found == [
        ("2016Q4", "landed", 1, 1, 1.0, 1),
        ("2017Q1", "later_deliveries_only", 1, 1, 1.0, 2),
        ("2017Q2", "landed", 1, 1, 1.0, 3),
        ("2017Q3", "missing", None, None, None, None),
        ("2017Q4", "missing", None, None, None, None),
        ("2018Q1", "landed", 1, 1, 1.0, 4),
    ]


def test_trend_of_a_landed_quarter_without_a_case_is_zero(session: duckdb.DuckDBPyConnection) -> None:
    """A quarter that was landed and in which no case was first received: its zero is known."""
    quarters = make_three_quarters()
    late = make_quarter(
        "2017Q4",
        demo="primaryid | caseid | caseversion | fda_dt | init_fda_dt\n12 | 1 | 2 | 20171005 | 20161010",
        drug="primaryid | caseid | drug_seq | role_cod | drugname | prod_ai | route\n12|1|1|PS|KETALAR|KETAMINE|Oral",
        reac="primaryid | caseid | pt\n12 | 1 | Nausea",
    )
    load_view(session, [*quarters, late], "trend")
    query = (
        "select quarter_status, quarter_case_count, quarter_universe_count from answer.trend where drug = 'ketamine' "
        "and route = 'any' and reaction = 'nausea' and definition = 'narrow' and quarter = '2017Q4'"
    )
    assert fetch(session, query) == [("landed", 0, 0)]


def test_trend_agrees_with_the_recount_of_quarters(session: duckdb.DuckDBPyConnection) -> None:
    world = draw_world(2)
    load_view(session, world, "trend")
    expected = {key: (four[4], four[5], four[7], four[0]) for key, four in recount(world)["quarters"].items()}
    found = {
        row[:6]: row[6:]
        for row in fetch(
            session,
            "select drug, route, reaction, definition, quarter, 0, quarter_case_count, "
            "quarter_drug_route_case_count, quarter_universe_count, cumulative_case_count "
            "from answer.trend where cumulative_case_count is not null",
        )
    }
    assert {(*key, 0): value for key, value in expected.items()} == found
