"""Random worlds of reports and of trials give the same tables on both engines, an executor killed or not."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import psutil
import pytest

from pipeline import warehouse
from pipeline.engines import DUCKDB, Engine
from pipeline.models import Model
from pipeline.spark.engine import SparkEngine
from tests.repetitions import choose_count
from tests.spark.comparison import Comparison, compare, hash_layers
from tests.spark.conftest import TWO_EXECUTORS, started_spark
from tests.sql.reports.changed import build_pair
from tests.sql.reports.test_recount_change import draw_pair
from tests.sql.trials import recount as trials
from tests.sql.trials.study_records import load_trial_models, open_register

pytestmark = [pytest.mark.spark, pytest.mark.timeout(1800)]

WORLDS = range(2040, 2040 + choose_count(1, 20))
EXECUTOR = "CoarseGrainedExecutorBackend"


def build_reports(seed: int, engine: Engine, folder: Path) -> duckdb.DuckDBPyConnection:
    """A world beside an earlier one as its live snapshot, so that there are changes."""
    before, now, is_other_code = draw_pair(seed)
    return build_pair(folder, before, now, is_other_code=is_other_code, engine=engine)


def build_trials(seed: int, engine: Engine, _folder: Path) -> duckdb.DuckDBPyConnection:
    register = open_register(trials.write_records(trials.draw_world(seed), seed))
    register.make_typed()
    warehouse.run_models(register.connection, load_trial_models(), engine=engine)
    return register.connection


def compare_world(
    build: Callable[[int, Engine, Path], duckdb.DuckDBPyConnection], seed: int, spark: Engine, folder: Path
) -> Comparison:
    found = compare(hash_layers(build(seed, DUCKDB, folder)), hash_layers(build(seed, spark, folder)))
    print(f"{build.__name__} {seed}: {found.table_count} tables, {found.filled_count} with rows")
    return found


@pytest.mark.parametrize("seed", WORLDS)
def test_world_of_reports_is_equal_on_both_engines(tmp_path: Path, seed: int) -> None:
    with started_spark(tmp_path) as spark:
        found = compare_world(build_reports, seed, spark, tmp_path)
    assert found.differing == []
    assert found.filled_count > found.table_count / 2
    assert {"events.changed_case", "summary.change"} <= found.filled


class Killer:
    """Kills one executor while Spark makes a table: the one of that name."""

    def __init__(self, engine: SparkEngine, table: str) -> None:
        self._engine, self._table = engine, table
        self.killed: list[int] = []

    def make_table(self, connection: duckdb.DuckDBPyConnection, model: Model) -> None:
        if model.table != self._table:
            self._engine.make_table(connection, model)
            return
        before = find_executors()
        timer = threading.Timer(0.2, self._kill, [before[0]])
        timer.start()
        self._engine.make_table(connection, model)
        timer.join()

    def show_typed(self, files: object) -> None:
        raise AssertionError("these worlds have no typed files")

    def _kill(self, executor: psutil.Process) -> None:
        executor.kill()
        executor.wait()
        self.killed.append(executor.pid)


def find_executors() -> list[psutil.Process]:
    """The executors that this process's Spark started, whichever process is their parent."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any(EXECUTOR in part for part in process.cmdline()) and process.name() == "java":
                found.append(process)
    return found


@pytest.mark.parametrize("seed", WORLDS)
def test_world_of_trials_is_equal_although_an_executor_is_killed(tmp_path: Path, seed: int) -> None:
    with killing(tmp_path, "intermediate.trial_group_segment") as killer:
        found = compare_world(build_trials, seed, killer, tmp_path)
    assert killer.killed
    assert found.differing == []
    assert found.filled_count > found.table_count / 2


@contextlib.contextmanager
def killing(home: Path, table: str) -> Iterator[Killer]:
    with started_spark(home, TWO_EXECUTORS) as engine:
        yield Killer(engine, table)
