"""Parts of a task that processes share are answered in order, and what fails in one ends the task."""

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import duckdb
import psutil
import pyarrow as pa
import pytest

from pipeline import estimates, processes
from pipeline.errors import ResourcesExhausted
from pipeline.estimates import _comparisons, finding, trial_effect, trial_subgroup
from pipeline.processes import map_parts

PROJECT = Path(__file__).resolve().parents[1]


def square(part: int, seconds: float) -> tuple[int, int]:
    """An answer that takes longer for the first parts, and the process it comes from."""
    time.sleep(seconds if part < 2 else 0)
    return part * part, os.getpid()


def refuse_three(part: int) -> int:
    if part == 3:
        raise ValueError("three is refused")
    return part


def end_at_three(part: int) -> int:
    if part == 3:
        os._exit(7)
    return part


def end_within_an_answer(part: int) -> int:
    if part == 3:
        os.write(sys.stdout.fileno(), pickle.dumps(("a long answer", None))[:-8])
        os._exit(7)
    return part


def wait_long(part: int) -> int:
    time.sleep(600 if part else 0)
    return part


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    """Whatever happened, the processes of the task have ended. Other tests may have left some of their own."""
    before = set(psutil.Process().children())
    yield
    assert not set(psutil.Process().children()) - before


def test_answers_come_in_order_from_so_many_processes() -> None:
    answers = list(map_parts(square, range(12), 0.3, processes=2))
    assert [answer for answer, _ in answers] == [part * part for part in range(12)]
    assert len({process for _, process in answers} - {os.getpid()}) == 2


@pytest.mark.parametrize(("count", "processes"), [(1, 4), (5, 1), (0, 4)])
def test_one_part_or_one_processor_is_answered_here(count: int, processes: int) -> None:
    answers = list(map_parts(square, range(count), 0, processes=processes))
    assert answers == [(part * part, os.getpid()) for part in range(count)]


def test_parts_are_asked_for_as_processes_become_free() -> None:
    """A whole registry need not fit in memory."""
    given = []

    def give() -> Iterator[int]:
        for part in range(50):
            given.append(part)
            yield part

    answers = map_parts(square, give(), 0, processes=2)
    next(answers)
    assert len(given) <= 5
    assert len(list(answers)) == 49


def test_what_a_part_raises_is_raised_and_the_processes_end() -> None:
    with pytest.raises(ValueError, match="three is refused"):
        list(map_parts(refuse_three, range(30), processes=2))


@pytest.mark.parametrize("function", [end_at_three, end_within_an_answer])
def test_process_that_ends_is_an_error_that_says_so(function: Callable[[int], int]) -> None:
    with pytest.raises(ResourcesExhausted, match=r"ended with 7 .*test_processes.* NIGHTVIGIL_THREADS"):
        list(map_parts(function, range(30), processes=2))


def test_task_that_is_given_up_does_not_wait_for_its_processes() -> None:
    answers = map_parts(wait_long, range(30), processes=2)
    assert next(answers) == 0
    answers.close()


def test_killed_process_leaves_no_worker() -> None:
    """Not even one that has a part to answer."""
    code = f"from {__name__} import wait_long; from pipeline.processes import map_parts; import sys; "
    code += "answers = map_parts(wait_long, range(30), processes=2); print(next(answers), flush=True); next(answers)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=PROJECT) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"0\n"
        workers = psutil.Process(killed.pid).children()
        killed.kill()
    assert len(workers) == 2
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert not alive


def test_worker_ends_when_what_started_it_is_gone() -> None:
    """A killed build leaves no process behind: the end of its standard input is the end of a worker."""
    command = [sys.executable, "-m", processes.__name__]
    work = pickle.dumps((square, (0,)))
    assert subprocess.run(command, input=work, timeout=60, check=True).stdout is None


@pytest.mark.parametrize(
    "module",
    [pytest.param(trial_effect, marks=pytest.mark.proof), finding, trial_subgroup],
    ids=lambda module: module.__name__,
)
def test_processes_estimate_what_one_estimates(
    module: ModuleType, built: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row and digit, in the same order."""
    for each in (_comparisons, trial_subgroup):
        monkeypatch.setattr(each, "CELLS_AT_A_TIME", 40)
    tables = []
    for count in (1, 2):
        monkeypatch.setattr(estimates, "count_threads", lambda connection, count=count: count)
        tables.append(pa.concat_tables(module.estimate(built)))
    assert tables[0].num_rows > 200
    assert tables[0].equals(tables[1])


def test_threads_of_a_session_are_counted() -> None:
    with duckdb.connect(config={"threads": 3}) as connection:
        assert estimates.count_threads(connection) == 3
