"""Rows that estimates keep of the live snapshot are those of estimating anew; faults in the choice are caught."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from pipeline import estimates
from pipeline.estimates import _unchanged, trial_effect
from tests.bench.registry_pages import invent_study
from tests.sql.trials.study_records import Register, estimate_table, open_register

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


def check_marks(module: ModuleType) -> None:
    """A trial that came, went or counts otherwise changes its cell at that bound; a share those of its population."""
    session = duckdb.connect()

    def find_changed(now: list[dict[str, Any]], before: list[dict[str, Any]], **posting: Any) -> set[tuple[str, ...]]:
        for catalog, rows in (("memory", now), ("earlier", before)):
            session.execute("attach if not exists ':memory:' as earlier")
            session.execute(f"create schema if not exists {catalog}.events")
            session.execute(f"create schema if not exists {catalog}.intermediate")
            named = ", ".join(f"{name} varchar" for name in (*CELL, "trial_id"))
            session.execute(f"create or replace table {catalog}.events.trial_comparison ({named}, affected bigint)")
            for row in rows:
                values = [*(row[name] for name in (*CELL, "trial_id")), row["affected"]]
                session.execute(
                    f"insert into {catalog}.events.trial_comparison values ({', '.join('?' * 9)})", values
                )
            session.execute(
                f"create or replace table {catalog}.intermediate.trial_posting as select 'ketamine' as drug, "
                f"'any' as population, date '2026-11-01' + {len(catalog)} as data_date, 10 as ended_trial_count, "
                f"{posting.get(catalog, 3)} as unposted_trial_count where {posting.get('is_stated', True)}"
            )
        module.mark_changed(session, "earlier")
        return set(session.execute(f"select {NAMES} from changed_cell").fetchall())

    one = {**CELL, "trial_id": "NCT1", "affected": 2}
    other, upper = one | {"trial_id": "NCT2"}, one | {"bound": "upper"}
    placebo, active = tuple(CELL.values()), (*tuple(CELL.values())[:-2], "active", "lower")
    assert find_changed([one, upper], [upper, one]) == set()
    assert find_changed([one, upper, other], [one, upper]) == {placebo}
    assert find_changed([one, upper], [one, upper, other]) == {placebo}
    assert find_changed([one | {"affected": 3}, upper], [one, upper]) == {placebo}
    assert find_changed([one | {"comparator": "active"}], [one]) == {placebo, active}
    assert find_changed([one], [one], memory=4) == {placebo}
    assert find_changed([one], [one], earlier=4) == {placebo}
    assert find_changed([one | {"population": "depression"}], [one | {"population": "depression"}], memory=4) == set()


def test_changed_cells_are_marked() -> None:
    check_marks(_unchanged)


FAULTS = {
    "trials that came": ("(from now except from before) union all (", "("),
    "trials that went": (") union all (from before except from now)", ")"),
    "shares that moved": (
        "where (drug, population) in (select (drug, population) from moved_posting)",
        "where false",
    ),
    "the population of a share": (
        "(drug, population) in (select (drug, population) from moved_posting)",
        "drug in (select drug from moved_posting)",
    ),
    "both bounds at once": ('CELL = (*KEY, "bound")', "CELL = KEY"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_in_the_marks_is_caught(fault: str) -> None:
    right, wrong = FAULTS[fault]
    path = Path(_unchanged.__file__)
    assert path.read_text().count(right) == 1
    module = ModuleType(f"{_unchanged.__name__}_with_a_fault")
    exec(compile(path.read_text().replace(right, wrong), path.name, "exec"), module.__dict__)  # noqa: S102 - our own
    with pytest.raises((AssertionError, duckdb.Error)):
        check_marks(module)
