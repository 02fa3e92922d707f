"""What changed among trials since the live snapshot: effects and findings that moved, with the trials behind them."""

import copy
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipeline import warehouse
from pipeline.candidate_file import META_TABLES
from pipeline.contract import load_contract
from pipeline.models import Model, load_models
from pipeline.parent_views import Parent, close_parent, view_parent
from tests.sql.trials.study_records import SQL, Study, estimate_table
from tests.sql.trials.test_cells import make_two_arm_trial

READ = ("events.trial_comparison", "clean.trial", "clean.study", "summary.trial_effect", "summary.finding")
CHANGES = ("intermediate.changed_effect", "events.changed_trial", "summary.change", "verify.change_closes")
OF_REPORTS = ("intermediate.changed_count", "intermediate.changed_flag", "events.changed_case")
CELL = (
    "ketamine | intravenous | nausea | narrow | chronic_pain | placebo | lower | all | primary | rr | mh | score",
    "ketamine | intravenous | nausea | chronic_pain | placebo | lower | all",
)
Build = Callable[..., duckdb.DuckDBPyConnection]


@pytest.fixture
def build(register: Callable[..., duckdb.DuckDBPyConnection], tmp_path: Path) -> Build:
    """The changes of a register beside an earlier one: `build(earlier studies, later studies)`."""

    def run(
        before: list[Study], now: list[Study], *, is_other_code: bool = False, edit: str = ""
    ) -> duckdb.DuckDBPyConnection:
        path = tmp_path / "before.duckdb"
        path.unlink(missing_ok=True)
        session = _fill(register, before)
        session.execute(f"attach '{path}' as saved")
        for table in (*READ, "meta.delivery"):
            session.execute(f"create schema if not exists saved.{table.split('.')[0]}")
            session.execute(f"create table saved.{table} as from {table}")
        session.execute("create schema saved.codes")
        session.execute("create table saved.codes.trial_reaction as from codes.trial_reaction")
        for statement in filter(None, [edit]):
            session.execute(statement)
        session.execute("detach saved")
        session = _fill(register, now)
        return _compare(session, Parent(path, is_other_code))

    return run


def _fill(register: Callable[..., duckdb.DuckDBPyConnection], studies: list[Study]) -> duckdb.DuckDBPyConnection:
    """A register with its effects, findings and the account of its one delivery."""
    session = register(*studies)
    for table in ("events.trial_comparison", "clean.trial", "clean.study"):
        session.execute(f"select count(*) from {table}")
    for name in ("trial_effect", "finding"):
        estimate_table(session, name)
    session.execute("drop schema if exists meta cascade; create schema meta")
    session.execute(META_TABLES.read_text())
    session.execute(
        "insert into meta.delivery (source, delivery_id, content_sha256, is_current) "
        "select distinct 'clinicaltrials', delivery_id, ?, true from clean.trial",
        [repr(studies)],
    )
    return session


def _compare(session: duckdb.DuckDBPyConnection, parent: Parent) -> duckdb.DuckDBPyConnection:
    contract = load_contract(SQL)
    ordered = [model for model in load_models(SQL) if isinstance(model, Model)]
    wanted = [model for model in ordered if model.table in (*CHANGES, "intermediate.changed_delivery")]
    for table in (*CHANGES, *OF_REPORTS, "intermediate.changed_delivery"):
        session.execute(f"drop table if exists {table}")
    for table in OF_REPORTS:
        columns = ", ".join(f'"{column.name}" {column.type}' for column in contract.columns[table])
        session.execute(f"create table {table} ({columns})")
    view_parent(session, contract, wanted, parent)
    warehouse.run_models(session, wanted)
    close_parent(session)
    return session


def read_effects(session: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return session.execute(
        "select column_name, change, count_before, count_now, gained_count, lost_count, moved_count, "
        "estimate_before is not null, estimate_now is not null, all_reasons from summary.change "
        "where row_key in (?, ?) order by all",
        CELL,
    ).fetchall()


def read_trials(session: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return session.execute(
        "select distinct trial_id, change, reason from events.changed_trial where row_key in (?, ?) order by all",
        CELL,
    ).fetchall()


FIRST = make_two_arm_trial(1, (9, 3), (40, 41))
SECOND = make_two_arm_trial(2, (11, 4), (50, 52))


def test_new_trial_moves_effect_and_finding(build: Build) -> None:
    session = build([FIRST], [FIRST, SECOND])
    assert read_trials(session) == [("NCT00000002", "gained", "new_trial")]
    assert read_effects(session) == [
        ("estimate", "moved", 1, 2, 1, 0, 0, True, True, "new_trial other_records"),
        ("sentence_text", "moved", 1, 2, 1, 0, 0, False, False, "new_trial other_records"),
    ]
    assert session.execute("from verify.change_closes").fetchall() == []
    sentences = session.execute(
        "select text_before <> text_now from summary.change where row_key = ?", [CELL[1]]
    ).fetchall()
    assert sentences == [(True,)]


@pytest.mark.proof
def test_first_trial_of_a_cell_is_gained_and_its_withdrawal_is_lost(build: Build) -> None:
    assert ("estimate", "gained", None, 1, 1, 0, 0, False, True, "new_trial other_records") in read_effects(
        build([], [FIRST])
    )
    session = build([FIRST], [])
    assert read_trials(session) == [("NCT00000001", "lost", "reissue")]
    assert ("estimate", "lost", 1, None, 0, 1, 0, True, False, "reissue other_records") in read_effects(session)


def test_newer_record_with_other_counts_is_a_trial_that_moved(build: Build) -> None:
    corrected = copy.deepcopy(make_two_arm_trial(1, (12, 3), (40, 41)))
    session = build([FIRST, SECOND], [SECOND, corrected])
    assert read_trials(session) == [("NCT00000001", "moved", "new_record")]
    assert {row[6] for row in read_effects(session)} == {1}


@pytest.mark.proof
def test_same_register_and_code_change_nothing(build: Build) -> None:
    session = build([FIRST, SECOND], [FIRST, SECOND])
    assert session.execute("select count(*) from summary.change").fetchall() == [(0,)]


@pytest.mark.proof
def test_another_arithmetic_is_code_and_no_trial_moved(build: Build) -> None:
    """The live snapshot's estimates were a tenth higher, from the same trials."""
    edit = "update saved.summary.trial_effect set estimate = estimate * 1.1"
    session = build([FIRST], [FIRST], is_other_code=True, edit=edit)
    assert read_trials(session) == []
    assert read_effects(session) == [("estimate", "moved", 1, 1, 0, 0, 0, True, True, "code")]


@pytest.mark.proof
@pytest.mark.parametrize("table", ["summary.trial_effect drop column is_headline", "events.trial_comparison"])
def test_effects_of_a_live_snapshot_of_another_shape_are_no_change(build: Build, table: str) -> None:
    name, _, drop = table.partition(" ")
    edit = f"alter table saved.{name} {drop}" if drop else f"drop table saved.{name}"
    session = build([FIRST], [FIRST, SECOND], is_other_code=True, edit=edit)
    others = "" if name == "events.trial_comparison" else " where table_name = 'summary.trial_effect'"
    assert session.execute(f"select count(*) from summary.change{others}").fetchall() == [(0,)]
