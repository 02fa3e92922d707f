"""Rows that estimates keep of the live snapshot are those of estimating anew; faults in the choice are caught."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import duckdb
import pytest

from pipeline import estimates
from pipeline.estimates import _effects, _unchanged, trial_effect
from tests.bench.registry_pages import invent_study
from tests.faulty_modules import load_with_fault
from tests.sql.trials.study_records import Register, estimate_table, open_register

pytestmark = pytest.mark.slow

TABLES = ("summary.trial_effect", "summary.finding", "summary.trial_subgroup")
READ = ("events.trial_comparison", "intermediate.trial_posting")
NAMES = ", ".join(_unchanged.CELL)
CELLS = f"select distinct {NAMES} from events.trial_comparison"


def make_register(numbers: range) -> Register:
    """Invented trials with everything the three tables are estimated from."""
    session = open_register([invent_study(number) for number in numbers])
    for table in READ:
        session.execute(f"select * from {table}").fetchall()
    return session


def show_as_earlier(session: duckdb.DuckDBPyConnection, tables: dict[str, Any]) -> None:
    """Attach a live snapshot with these tables."""
    session.execute("attach if not exists ':memory:' as earlier")
    for table, rows in tables.items():
        session.execute(f"create schema if not exists earlier.{table.split('.')[0]}")
        session.register("shown", rows)
        session.execute(f"create or replace table earlier.{table} as from shown")
        session.unregister("shown")


@pytest.fixture(scope="module")
def register() -> Iterator[Register]:
    """Six trials now, of which the live snapshot knew five."""
    before = make_register(range(1, 6))
    for table in TABLES:
        estimate_table(before, table.split(".")[1])
    known = {table: before.connection.execute(f"from {table}").to_arrow_table() for table in (*READ, *TABLES)}
    session = make_register(range(1, 7))
    show_as_earlier(session.connection, known)
    yield session


@pytest.mark.parametrize("table", TABLES)
def test_rows_kept_are_those_of_estimating_anew(register: Register, table: str) -> None:
    session, name = register.connection, table.split(".")[1]
    estimate_table(register, name)
    anew = session.execute(f"select * from {table} order by all").fetchall()
    session.execute(f"drop table {table}")
    estimates.create_table(session, name, earlier="earlier")
    assert session.execute(f"select * from {table} order by all").fetchall() == anew
    (changed,) = session.execute("select count(*) from changed_cell").fetchone()
    (cells,) = session.execute(f"select count(*) from ({CELLS})").fetchone()
    assert 0 < changed < cells, "a trial more changes some cells and leaves others"


def test_cells_of_the_live_snapshot_are_not_estimated_again(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is published of an unchanged cell is what the live snapshot says."""
    session = register.connection
    pooled: list[tuple[str, ...]] = []
    estimate = trial_effect._effects

    def note(cell: dict[str, Any], judge: Any) -> Any:
        pooled.append(tuple(cell[name] for name in _unchanged.CELL))
        return estimate(cell, judge)

    monkeypatch.setattr(trial_effect, "_effects", note)
    session.execute("drop table if exists summary.trial_effect")
    estimates.create_table(session, "trial_effect", earlier="earlier")
    marked = session.execute("from changed_cell").fetchall()
    assert set(pooled) == set(marked)


CELL = {
    "drug": "ketamine", "route": "any", "reaction": "nausea", "definition": "narrow", "population": "any",
    "comparator": "placebo", "bound": "lower",
}  # fmt: skip


def make_live(catalog: str, rows: list[dict[str, Any]], unposted_trial_count: int) -> list[tuple[str, list[Any]]]:
    """Statements that fill a catalog with rows of cells, and with one share of unposted trials."""
    listed = ", ".join(f"{name} varchar" for name in (*CELL, "trial_id"))
    marks = ", ".join("?" * (len(CELL) + 2))
    return [
        (f"create schema if not exists {catalog}.events", []),
        (f"create schema if not exists {catalog}.intermediate", []),
        (f"create or replace table {catalog}.events.trial_comparison ({listed}, affected bigint)", []),
        *((f"insert into {catalog}.events.trial_comparison values ({marks})", list(row.values())) for row in rows),
        (
            f"create or replace table {catalog}.intermediate.trial_posting as select 'ketamine' as drug, "
            f"'any' as population, '{catalog}' as data_date, 10 as ended_trial_count, ? as unposted_trial_count",
            [unposted_trial_count],
        ),
    ]


def check_marks(marking: ModuleType, effects: ModuleType) -> None:
    """A trial that came, went or counts otherwise changes its cell at that bound; a share those of its population."""
    session = duckdb.connect()
    session.execute("attach ':memory:' as earlier")

    def find_changed(
        now: list[dict[str, Any]], before: list[dict[str, Any]], shares: tuple[int, int] = (3, 3)
    ) -> list[tuple[str, ...]]:
        for statement, values in (*make_live("memory", now, shares[0]), *make_live("earlier", before, shares[1])):
            session.execute(statement, values)
        marking.mark_changed(session, "earlier")
        effects.mark_moved_shares(session, "earlier")
        return sorted(session.execute("from changed_cell").fetchall())

    one = {**CELL, "trial_id": "NCT1", "affected": 2}
    other, upper = one | {"trial_id": "NCT2"}, one | {"bound": "upper"}
    depression, elsewhere = one | {"population": "depression"}, one | {"comparator": "active"}
    cell, cell_above = tuple(CELL.values()), (*tuple(CELL.values())[:-1], "upper")
    assert find_changed([one, upper], [upper, one]) == []
    assert find_changed([one, upper, other], [one, upper]) == [cell]
    assert find_changed([one, upper], [one, upper, other]) == [cell]
    assert find_changed([one | {"affected": 3}, upper], [one, upper]) == [cell]
    assert find_changed([one, upper | {"affected": 3}], [one, upper]) == [cell_above]
    assert find_changed([elsewhere], [one]) == sorted([cell, (*cell[:-2], "active", "lower")])
    for shares in ((3, 4), (4, 3)):
        assert find_changed([one, upper, depression], [one, upper, depression], shares) == [cell, cell_above]
    assert find_changed([one, other], [one], (3, 4)) == [cell]


def test_changed_cells_are_marked() -> None:
    check_marks(_unchanged, _effects)


FAULTS = {
    "trials that came": (_unchanged, "(from now except from before) union all (", "("),
    "trials that went": (_unchanged, ") union all (from before except from now)", ")"),
    "both bounds at once": (_unchanged, 'NAMES = ", ".join(CELL)', 'NAMES = ", ".join((*KEY, "\'lower\' as bound"))'),
    "shares that moved": (
        _effects,
        "where (drug, population) in (select (drug, population) from moved)",
        "where false",
    ),
    "the population of a share": (
        _effects,
        "(drug, population) in (select (drug, population) from moved)",
        "drug in (select drug from moved)",
    ),
    "cells marked twice": (_effects, "    except\n    from changed_cell\n", ""),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_in_the_marks_is_caught(fault: str) -> None:
    module, right, wrong = FAULTS[fault]
    faulty = load_with_fault(module, right, wrong)
    with pytest.raises(AssertionError):
        check_marks(*(faulty if each is module else each for each in (_unchanged, _effects)))
