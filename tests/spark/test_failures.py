"""Where Spark cannot make a table there is none, and the error says which and why."""

import os
import signal
import threading
from pathlib import Path

import duckdb
import psutil
import pytest

from pipeline import warehouse
from pipeline.engines import open_engine
from pipeline.errors import NightvigilError
from pipeline.models import Model
from tests.small_disks import MakeDisk
from tests.spark.conftest import describe_spark, started_spark

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]


def list_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in connection.execute("select table_name from duckdb_tables() order by all").fetchall()]


def test_full_disk_is_an_error_and_no_part_of_a_table(disk: MakeDisk) -> None:
    """The first table fits, the second does not; the candidate has the first alone."""
    connection = duckdb.connect()
    connection.execute("create schema events; create table events.number as select i from range(400000) as every (i)")
    fits = Model("events", "fits", "select i from events.number where i < 10", Path("invented"))
    too_large = Model(
        "events",
        "too_large",
        "select i, md5(i::varchar) as a, md5((i + 1)::varchar) as b from events.number",
        Path("x"),
    )
    with started_spark(disk("size=12m")) as spark, pytest.raises(NightvigilError) as failed:
        warehouse.run_models(connection, [fits, too_large], engine=spark)
    assert list_tables(connection) == ["fits", "number"]
    assert failed.value.where == "events.too_large"
    assert "No space left" in failed.value.what and "Free what ran out" in failed.value.todo


def test_statement_that_spark_refuses_names_its_table(tmp_path: Path) -> None:
    connection = duckdb.connect()
    connection.execute("create schema events; create table events.number as select 1 as i")
    model = Model(
        "events", "unknown", "select damerau_levenshtein(i::varchar, '2') as f from events.number", Path("invented")
    )
    with started_spark(tmp_path) as spark, pytest.raises(NightvigilError) as failed:
        warehouse.run_models(connection, [model], engine=spark)
    assert failed.value.where == "events.unknown" and "UNRESOLVED_ROUTINE" in failed.value.what
    assert list_tables(connection) == ["number"]


@pytest.mark.parametrize("master", ["nonsense", "spark://127.0.0.1"])
def test_address_that_is_no_master_is_named(tmp_path: Path, master: str) -> None:
    with pytest.raises(NightvigilError) as failed, open_engine(describe_spark(tmp_path, master)):
        pass
    assert "Spark did not start" in failed.value.what and master in failed.value.where
    assert "NIGHTVIGIL_SPARK_MASTER" in failed.value.where and not list((tmp_path / "cache" / "spark").iterdir())


def test_machine_of_java_that_is_killed_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    connection = duckdb.connect()
    connection.execute("create schema events; create table events.number as select 1 as i")
    model = Model("events", "late", "select i from events.number", Path("invented"))
    with pytest.raises(NightvigilError) as failed, started_spark(tmp_path) as spark:
        for process in psutil.Process().children(recursive=True):
            if process.name() == "java":
                process.kill()
                process.wait()
        warehouse.run_models(connection, [model], engine=spark)
    assert failed.value.where == "events.late" and list_tables(connection) == ["number"]
    assert not list((tmp_path / "cache" / "spark").iterdir())
    with started_spark(tmp_path) as spark:
        warehouse.run_models(connection, [model], engine=spark)
    assert list_tables(connection) == ["late", "number"]


def test_ctrl_c_is_left_to_the_command_line(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    with started_spark(tmp_path):
        assert signal.getsignal(signal.SIGINT) is before


def test_interruption_ends_spark_and_its_machine(tmp_path: Path) -> None:
    """The build is left while Spark works; what it was asked is not awaited."""
    connection = duckdb.connect()
    connection.execute("create schema events; create table events.number as select i from range(100) as every (i)")
    slow = (
        "select count(*) as n from events.number as a, events.number as b, events.number as c, events.number as d, "
    )
    model = Model("events", "slow", f"{slow} events.number as e, events.number as f", Path("invented"))
    interruption = threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt), started_spark(tmp_path) as spark:
        interruption.start()  # a count of 10 ** 12 rows does not end before it
        warehouse.run_models(connection, [model], engine=spark)
    assert list_tables(connection) == ["number"]
    assert not [each for each in psutil.Process().children(recursive=True) if each.name() == "java"]
    assert not list((tmp_path / "cache" / "spark").iterdir())
