"""The macros that return the case ids behind a published count, in a published file opened read-only."""

import re
from pathlib import Path

import duckdb
import pytest

from tests.repetitions import choose_some
from tests.sql.macros import SQL, create_macros
from tests.sql.reports.database import (
    fetch,
    load_deliveries,
    load_report_models,
    open_database,
    select_models,
)
from tests.sql.reports.random_worlds import draw_world
from tests.sql.reports.recount import recount
from tests.sql.reports.summary.test_reported_by_drug_route import make_three_ketamine_cases

pytestmark = pytest.mark.slow

MACROS = ("cases_behind", "cases_exposed")
READ = ("events.case", "intermediate.analysis_exposure", "intermediate.reacting_case", "intermediate.listed_case",
        "intermediate.signal_count", "meta.vocabulary")  # fmt: skip
SIGNALS = """
    select drug, route, reaction, definition, analysis, with_both_count
    from intermediate.signal_count
    where comparator = 'all_other_cases'
"""


@pytest.fixture(scope="module")
def opened() -> duckdb.DuckDBPyConnection:
    """Three cases of ketamine, which tests only read."""
    return load(open_database(), [make_three_ketamine_cases()])


def load(connection: duckdb.DuckDBPyConnection, deliveries) -> duckdb.DuckDBPyConnection:
    tables = f"{(SQL / 'macros.sql').read_text()} summary.reported_by_drug_route"
    load_deliveries(connection, deliveries, ordered=select_models(tables, load_report_models()))
    create_macros(connection, *MACROS)
    return connection


@pytest.mark.parametrize(
    ("arguments", "cases"),
    [
        ("'ketamine', 'any', 'nausea', 'narrow'", ["1", "3"]),
        ("'ketamine', 'intravenous', 'nausea', 'narrow'", ["1"]),
        ("'ketamine', 'any', 'nausea', 'narrow', '2017Q1'", ["3"]),
        ("'ketamine', 'any', 'nausea', 'narrow', quarter := '2016Q1'", ["1"]),
        ("'ketamine', 'any', 'nausea', 'narrow', null", ["1", "3"]),
        ("'ketamine', 'any', 'nausea', 'narrow', analysis := 'any_role'", ["1", "3"]),
        ("'memantine', 'any', 'nausea', 'narrow'", []),
    ],
)
def test_macro_returns_the_cases_behind_a_count(
    opened: duckdb.DuckDBPyConnection, arguments: str, cases: list[str]
) -> None:
    """The arguments choose the cell; an argument of the same name as a column does not match everything."""
    assert [row[0] for row in fetch(opened, f"select case_id from cases_behind({arguments})")] == cases


def test_macro_returns_the_cases_behind_a_denominator(opened: duckdb.DuckDBPyConnection) -> None:
    """Cases of a drug by a route, whatever the reaction."""
    query = "select case_id from cases_exposed('ketamine', 'intravenous')"
    assert [row[0] for row in fetch(opened, query)] == ["1", "2"]


def test_macro_returns_as_many_cases_as_each_published_cell_counts(opened: duckdb.DuckDBPyConnection) -> None:
    """For each cell with cases, the macro returns as many cases as the cell counts."""
    cells = fetch(
        opened,
        "select drug, route, reaction, definition, case_count from summary.reported_by_drug_route "
        "where case_count > 0",
    )
    assert cells
    for drug, route, reaction, definition, count in cells:
        behind = f"select count(*) from cases_behind('{drug}', '{route}', '{reaction}', '{definition}')"
        assert fetch(opened, behind) == [(count,)]


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("cases_behind('ketamine', 'iv', 'nausea', 'narrow')", 'no route "iv": use one of any, epidural'),
        ("cases_behind('ketamin', 'any', 'nausea', 'narrow')", 'no drug "ketamin": use one of amantadine, dext'),
        ("cases_behind('ketamine', 'any', 'sedation', 'narrow')", 'no reaction "sedation": use one of confusion'),
        ("cases_behind('ketamine', 'any', 'nausea', 'Narrow')", 'no definition "Narrow": use one of broad, narrow'),
        ("cases_behind('ketamine', 'any', 'nausea', 'narrow', analysis := 'x')", 'no analysis "x": use one of any_'),
        ("cases_behind(null, 'any', 'nausea', 'narrow')", "no drug null: use one of"),
        ("cases_behind('memantine', 'iv', 'nausea', 'narrow')", 'no route "iv"'),
        ("cases_behind('ketamine', 'iv', 'nausea', 'narrow') where case_id = '1' limit 1", 'no route "iv"'),
        ("cases_behind('ketamine', 'iv', 'nausea', 'narrow') where is_serious and source = 'x'", 'no route "iv"'),
        ("cases_exposed('ketamin', 'any')", 'no drug "ketamin"'),
        ("cases_exposed('ketamine', 'any', analysis := 'without_dominating_drug')", 'no analysis "without_dom'),
    ],
)
def test_word_that_no_vocabulary_holds_is_an_error_that_lists_those_it_does(
    opened: duckdb.DuckDBPyConnection, query: str, refusal: str
) -> None:
    """An analyst writes `iv`: an empty table would read as no case. The error comes whatever filter leaves no row,
    and names each wrong word."""
    for select in (f"select * from {query}", f"select count(*) from (from {query})"):
        with pytest.raises(duckdb.Error, match=refusal):
            fetch(opened, select)


def test_every_wrong_word_is_named_at_once(opened: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.Error, match=r'no drug "x".*no route "y"'):
        fetch(opened, "select * from cases_behind('x', 'y', 'nausea', 'narrow')")


def compare_cells(seed: int, *, zeros_apart: int) -> set[str]:
    """Open the counts of `signal` of a random world by the macro: all that have cases, and one in so many zeros.

    The counts themselves are those of an independent recount. Returns the analyses with cases.
    """
    connection = open_database()
    world = draw_world(seed)
    load(connection, world)
    recounted = recount(world)["cells"].items()
    expected = {key[:5]: four[0] for key, four in recounted if key[5] == "all_other_cases"}
    cells = fetch(connection, SIGNALS)
    assert {cell[:5]: cell[5] for cell in cells} == expected
    for place, (drug, route, reaction, definition, analysis, count) in enumerate(cells):
        if count or place % zeros_apart == 0:
            arguments = f"'{drug}', '{route}', '{reaction}', '{definition}', analysis := '{analysis}'"
            query = f"select count(*), count(distinct (source, case_id)) from cases_behind({arguments})"
            assert fetch(connection, query) == [(count, count)], (seed, arguments)
    return {cell[4] for cell in cells if cell[5]}


ANALYSES = {
    "primary", "primary_suspect_only", "any_role", "single_ingredient_only", "inferred_route",
    "without_duplicates", "without_misuse_or_overdose", "without_dominating_drug",
}  # fmt: skip


def test_macro_opens_the_counts_of_every_analysis_in_a_random_world() -> None:
    """Sensitivities by role, product and route, cases set aside, and the dominating drug set aside."""
    assert compare_cells(3, zeros_apart=40) == ANALYSES


@pytest.mark.proof
@pytest.mark.timeout(2400)
def test_macro_opens_every_count_of_every_analysis_in_random_worlds() -> None:
    """Zeros too: a macro that returned a case for a cell without one would show."""
    worlds = choose_some((12, 10, 11), 1)  # the first has every analysis
    assert set.union(*(compare_cells(seed, zeros_apart=1) for seed in worlds)) == ANALYSES


def test_macros_hold_no_common_table_expression() -> None:
    """DuckDB 1.4.0, which may read a published file, did not find one in a macro that 1.5 had stored."""
    lines = [line.split("--")[0] for line in (SQL / "macros.sql").read_text().splitlines()]
    assert not re.search(r"\bwith\b", "\n".join(lines))


def test_macros_are_stored_in_the_published_file(opened: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """A reader of the published file has the macros without loading anything."""
    target = tmp_path / "snapshot.duckdb"
    opened.execute(f"attach '{target}' as snapshot")
    for table in READ:
        opened.execute(f"create schema if not exists snapshot.{table.split('.')[0]}")
        opened.execute(f"create table snapshot.{table} as select * from {table}")
    opened.execute("detach snapshot")
    with duckdb.connect(str(target)) as writer:
        create_macros(writer, *MACROS)
    with duckdb.connect(str(target), read_only=True) as reader:
        assert len(fetch(reader, "select * from cases_behind('ketamine', 'any', 'nausea', 'narrow')")) == 2
        with pytest.raises(duckdb.Error, match='there is no route "iv"'):
            fetch(reader, "select * from cases_behind('ketamine', 'iv', 'nausea', 'narrow')")
