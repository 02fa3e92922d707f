"""A question can read the snapshot and nothing else: no file, no network, no setting, no second statement."""

from pathlib import Path

import duckdb
import pytest

from pipeline import publishing
from pipeline.command_line.sandbox import open_sandbox, query
from pipeline.errors import NightvigilError
from tests.publishing.conftest import House

ALLOWED = [
    "select count(*) from summary.reported",
    "with a as (select 1 as x) select x from a",
    "describe summary.reported",
    "show all tables",
    "values (1), (2)",
    "from summary.steady",
    "explain select 1",
    "summarize summary.steady",
]
REFUSED = [
    "",
    "select 1; select 2",
    "select",
    "select * from no_such_table",
    "select * from read_csv('{file}')",
    "select * from read_text('{file}')",
    "select * from read_blob('{file}')",
    "select * from '{file}'",
    "select * from glob('/etc/*')",
    "select * from read_parquet('{file}')",
    "select * from read_json('{file}')",
    "select * from sniff_csv('{file}')",
    "select * from parquet_metadata('{file}')",
    "select * from query('copy (select 1) to ''{target}''')",
    "copy summary.reported to '{target}'",
    "copy (select 1) to '{target}'",
    "export database '{target}'",
    "import database '{target}'",
    "attach '{target}' as other",
    "attach ':memory:' as other",
    "detach nightvigil",
    "install httpfs",
    "load httpfs",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "set threads = 64",
    "reset memory_limit",
    "pragma enable_profiling",
    "pragma profiling_output = '{target}'",
    "create table summary.more as select 1",
    "create temp table more as select 1",
    "insert into summary.reported values ('a', 'b', 'c', 1)",
    "update summary.reported set case_count = 0",
    "delete from summary.reported",
    "drop table summary.reported",
    "alter table summary.reported add column x int",
    "create macro f(x) as x",
    "begin",
    "checkpoint",
    "vacuum",
    "call pragma_version()",
    "use memory",
    "select getenv('HOME')",
    "select * from secret_frame",
    "explain analyze copy (select 1) to '{target}'",
]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, Path]:
    from pipeline.settings import Settings

    house = House(Settings(home=tmp_path_factory.mktemp("sandbox") / "data"))
    return house, publishing.database_path(house.settings, house.publish())


@pytest.mark.parametrize("question", ALLOWED)
def test_a_question_that_reads_is_answered(database: tuple[House, Path], question: str) -> None:
    house, path = database
    assert query(house.settings, path, question, seconds=20, max_rows=1000).columns


@pytest.mark.parametrize("question", REFUSED)
def test_anything_else_is_refused_and_leaves_no_trace(
    database: tuple[House, Path], question: str, tmp_path: Path
) -> None:
    house, path = database
    secret_frame = [1]
    secret, target = tmp_path / "secret.csv", tmp_path / "written"
    secret.write_text("canary\n1\n")
    before = path.read_bytes()
    with pytest.raises(NightvigilError) as caught:
        query(house.settings, path, question.format(file=secret, target=target), seconds=20, max_rows=1000)
    assert "canary" not in str(caught.value) and secret_frame
    assert not target.exists()
    assert path.read_bytes() == before


HARMLESS = (
    "temp table",
    "begin",
    "call pragma_version()",
    "use memory",
    "detach",
    "checkpoint",
    "vacuum",
    "enable_profiling",
)


@pytest.mark.parametrize("statement", [each for each in REFUSED[4:] if not any(word in each for word in HARMLESS)])
def test_the_connection_refuses_even_where_nobody_looked_at_the_statement(
    database: tuple[House, Path], statement: str, tmp_path: Path
) -> None:
    """Two walls: what is left out here ends with the connection and touches no file."""
    house, path = database
    target = tmp_path / "written"
    with open_sandbox(house.settings, path) as connection, pytest.raises(duckdb.Error):
        connection.execute(statement.format(file=tmp_path / "secret.csv", target=target)).fetchall()
    assert not target.exists()
