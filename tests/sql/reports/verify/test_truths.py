"""Every verify query is empty for sound tables and returns the offending rows for broken ones."""

import duckdb
import pytest

from tests.sql.reports.database import fetch, load_deliveries, load_report_models, open_database
from tests.sql.reports.summary.test_reported_by_drug_route import make_three_ketamine_cases
from tests.sql.reports.text_tables import make_quarter

pytestmark = pytest.mark.slow

VERIFY_QUERIES = {model.name: model for model in load_report_models() if model.layer == "verify"}
BROKEN = {
    "change_closes": "insert into summary.change (wing, table_name, row_key, column_name, count_before, count_now, "
    "gained_count, lost_count) values ('reports', 'a table', 'a row', 'case_count', 1, 3, 1, 0)",
    "changed_case_is_behind_its_count": "insert into events.changed_case (table_name, row_key, column_name, source, "
    "case_id, change) values ('summary.reported_by_drug_route', 'a cell', 'case_count', 'faers', '9', 'gained')",
    "code_has_one_meaning": "insert into codes.route values ('ORAL', 'topical', null, 'a slip')",
    "period_has_one_current_delivery": "insert into meta.delivery (source, period, is_current) "
    "values ('faers', '2017Q2', true)",
    "line_has_one_disposition": "update meta.delivery_table set quarantined_line_count = 1 where table_name = 'drug'",
    "record_is_typed_once": "delete from typed.faers_outcome",
    "latest_version_is_current": "update clean.faers_case set version_number = 0 where case_id = '1'",
    "deleted_case_is_not_counted": "insert into typed.faers_deletion values ('2017Q2', '1', 1)",
    "counted_case_is_current": "delete from events.case where case_id = '2'",
    "kept_case_is_current": "insert into events.duplicate "
    "values ('faers', '1', '2', 'R0'), ('faers', '2', '3', 'R0')",
    "any_contains_every_route": "delete from events.exposed_case where case_id = '1' and route = 'any'",
    "stated_routes_are_consistent": "update events.exposed_case set route = 'unknown' where route = 'oral'",
    "rollup_is_the_union": "delete from events.reported where case_id = '3' and reaction = 'nausea_or_vomiting'",
    "narrow_is_within_broad": "delete from events.reported where case_id = '3' and definition = 'broad'",
    "count_is_bounded": "update summary.reported_by_drug_route set case_count = drug_route_case_count + 1",
    "published_count_matches_cases": "update summary.reported_by_drug_route set case_count = 9 where route = 'oral'",
    "quarters_add_up": "update summary.reported_by_drug_route_quarter set case_count = 0 where quarter = '2017Q1'",
    "patients_add_up": "delete from summary.reported_by_patient where route = 'oral'",
    "indications_add_up": "update summary.reported_by_indication set case_count = 0 where label_status = 'unknown'",
    "indication_is_of_its_case": "delete from events.indicated_case where case_id = '1' and population = 'any'",
    "route_without_product_is_apart": "update summary.reported_by_drug_route set route_has_product = 'no'",
    "onset_adds_up": "update summary.time_to_onset set no_start_date_case_count = 0 where route = 'oral'",
    "reported_dose_bands_add_up": "delete from summary.reported_by_dose_band where route = 'oral'",
    "signal_matches_published_count": (
        "update intermediate.signal_count set neither_count = 0 where analysis = 'any_role'"
    ),
    "analyses_are_nested": "delete from intermediate.signal_count where analysis = 'any_role'",
    "strata_add_up": "delete from intermediate.signal_stratum_count where stratum_kind = 'report_length'",
    "quarters_accumulate_to_total": "delete from intermediate.signal_quarter_count where quarter = '2017Q2'",
    "new_case_is_of_its_quarter": "insert into events.new_case values ('faers', '2017Q1', '9', '91')",
    "route_contrast_sides_share_no_case": "insert into intermediate.route_contrast_count "
    "(source, drug, stratum_kind) values ('faers', 'magnesium', 'all')",
    "adjusted_contrast_matches_its_cases": "insert into intermediate.route_contrast_case "
    "(source, drug, case_id, is_intravenous) values ('faers', 'ketamine', '99', true)",
    "attrition_closes": "update summary.attrition set rows_left = rows_left - 1 where step = 'cases'",
}


@pytest.fixture(scope="module")
def world() -> duckdb.DuckDBPyConnection:
    """Sound tables of two quarters, which each test leaves as they are."""
    database = open_database()
    follow_up = "primaryid | caseid | caseversion | fda_dt\n10 | 1 | 0 | 20170101"
    load_deliveries(database, [make_quarter("2017Q1", demo=follow_up), make_three_ketamine_cases()])
    return database


def test_every_verify_query_has_a_planted_fault() -> None:
    assert BROKEN.keys() == VERIFY_QUERIES.keys()


@pytest.mark.parametrize("query", BROKEN)
def test_verify_query_is_empty_until_a_fault_is_planted(world: duckdb.DuckDBPyConnection, query: str) -> None:
    """It is empty for sound tables, and not after one row is removed, changed or added."""
    assert fetch(world, f"select * from verify.{query}") == []
    world.execute("begin")
    world.execute(BROKEN[query])
    offenders = fetch(world, VERIFY_QUERIES[query].sql)
    world.execute("rollback")
    assert offenders, f"verify.{query} did not see: {BROKEN[query]}"


def test_implausible_reported_dates_break_no_verify_query(database: duckdb.DuckDBPyConnection) -> None:
    """The one case of nausea was received before it was first received, another has no date, a third has one of the
    next millennium: errors of reporters are no fault of the tables, and must not close the gate."""
    world = make_three_ketamine_cases()
    for row, dates in zip(world.tables["demo"], (("20170405", "20170501"), ("", ""), ("29990407", "")), strict=True):
        row["fda_dt"], row["init_fda_dt"] = dates
    load_deliveries(database, [world])
    assert {name: fetch(database, f"select * from verify.{name}") for name in VERIFY_QUERIES} == {
        name: [] for name in VERIFY_QUERIES
    }
