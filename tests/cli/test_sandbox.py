"""A question can read the snapshot and nothing else: no file, no network, no setting, no second statement."""

import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from pipeline import publishing
from pipeline.command_line.question import open_sandbox
from pipeline.command_line.sandbox import count_bytes, query
from pipeline.errors import NightvigilError
from tests.publishing.conftest import Publisher
from tests.slow_cases import mark_later_cases_slow

pytestmark = pytest.mark.slow

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
def database(tmp_path_factory: pytest.TempPathFactory) -> tuple[Publisher, Path]:
    from pipeline.settings import Settings

    publisher = Publisher(Settings(home=tmp_path_factory.mktemp("sandbox") / "data"))
    return publisher, publishing.database_path(publisher.settings, publisher.publish())


@pytest.mark.parametrize("question", ALLOWED)
def test_reading_query_is_answered(database: tuple[Publisher, Path], question: str) -> None:
    publisher, path = database
    assert query(publisher.settings, path, question, seconds=20, max_rows=1000).columns


@pytest.mark.parametrize("question", REFUSED)
def test_other_statement_is_refused_without_effect(
    database: tuple[Publisher, Path], question: str, tmp_path: Path
) -> None:
    publisher, path = database
    secret_frame = [1]
    secret, target = tmp_path / "secret.csv", tmp_path / "written"
    secret.write_text("canary\n1\n")
    before = path.read_bytes()
    with pytest.raises(NightvigilError) as caught:
        query(publisher.settings, path, question.format(file=secret, target=target), seconds=20, max_rows=1000)
    assert "canary" not in str(caught.value) and secret_frame
    assert not target.exists()
    assert path.read_bytes() == before


LIMITED = [
    "select repeat('x', 2000000000)",
    "select length(repeat('x', 2000000000))",
    "select length(repeat(repeat('x', 1000000), 2000))",
    "select list(repeat('x', 1000) || range) from range(10000000)",
    "select count(distinct x) from (select random() as x from range(30000000))",
    "select repeat('x', 1000000) from range(1000)",
]


@pytest.mark.parametrize("question", mark_later_cases_slow(LIMITED))
def test_query_is_stopped_within_its_limit_of_memory(database: tuple[Publisher, Path], question: str) -> None:
    """`repeat('x', 2000000000)` once took 3.3 GB at a limit of 600 MB: DuckDB does not count one long text."""
    publisher, path = database
    settings = publisher.settings.model_copy(update={"memory_limit": "200MB"})
    with pytest.raises(NightvigilError, match="needs more memory than the limit of 200MB"):
        query(settings, path, question, seconds=60, max_rows=1000)


def test_peak_of_a_query_is_bounded(database: tuple[Publisher, Path]) -> None:
    """In a process of its own, as the peak of a child that ended is known of the largest only."""
    _, path = database
    script = """
import resource, sys
from pathlib import Path
from pipeline.command_line.sandbox import query
from pipeline.errors import NightvigilError
from pipeline.settings import Settings
for question in sys.argv[2:]:
    try:
        query(Settings(memory_limit="200MB"), Path(sys.argv[1]), question, seconds=60, max_rows=1000)
    except NightvigilError:
        pass
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""
    done = subprocess.run([sys.executable, "-c", script, str(path), *LIMITED], capture_output=True, check=True)
    assert int(done.stdout) < 200 + 256 + 2 * 16 + 100, "the limit, what is allowed beside it, and the process itself"


@pytest.mark.parametrize(
    "endless",
    [
        "select count(*) from range(10000000) as a, range(10000000) as b",
        "select sleep_ms(20000)",
        "with recursive t as (select 1 as n union all select n + 1 from t) select max(n) from t",
    ],
)
def test_query_is_killed_when_its_time_is_over(database: tuple[Publisher, Path], endless: str) -> None:
    """A function that DuckDB does not interrupt once ran 9.6 s at a limit of 4."""
    publisher, path = database
    begun = time.monotonic()
    with pytest.raises(NightvigilError, match=r"stopped after 0\.5 s|needs more memory"):
        query(publisher.settings, path, endless, seconds=0.5, max_rows=1000)
    assert time.monotonic() - begun < 15, "left alone, none of them ends within 20 s"


def test_many_threads_do_not_use_up_the_memory_of_a_query(database: tuple[Publisher, Path]) -> None:
    publisher, path = database
    settings = publisher.settings.model_copy(update={"threads": 48, "memory_limit": "100MB"})
    found = query(settings, path, "select count(*) from range(5000000) where range % 7 = 0", seconds=60, max_rows=10)
    assert found.rows == [(714286,)]


def test_result_larger_than_the_limit_is_refused(database: tuple[Publisher, Path]) -> None:
    publisher, path = database
    settings = publisher.settings.model_copy(update={"memory_limit": "20MB"})
    with pytest.raises(NightvigilError, match=r"larger than the limit|more memory"):
        query(settings, path, "select repeat('x', 100000) from range(500)", seconds=20, max_rows=1000)


@pytest.mark.parametrize(
    ("size", "count"), [("600MB", 600_000_000), ("1.5 GiB", 3 << 29), ("512kb", 512_000), ("2TB", 2 * 10**12)]
)
def test_size_of_memory_is_read_as_duckdb_reads_it(size: str, count: int) -> None:
    assert count_bytes(size) == count


def test_values_of_every_type_arrive_as_duckdb_returns_them(database: tuple[Publisher, Path]) -> None:
    publisher, path = database
    question = """
        select 1::hugeint as a, 1.5::decimal(5, 2) as b, date '2020-01-02' as c, timestamp '2020-01-02 03:04:05' as d,
            time '01:02:03' as e, interval 3 day as f, 'x'::blob as g, [1, null] as h, {'i': 'ä'} as i,
            'nan'::float as j, '00000000-0000-0000-0000-000000000001'::uuid as k,
            map {'a': 1} as l, null as m, true as n
    """
    found = query(publisher.settings, path, question, seconds=20, max_rows=10)
    with duckdb.connect() as connection:
        cursor = connection.execute(question)
        assert repr([tuple(row) for row in found.rows]) == repr(cursor.fetchall())
        assert found.types == [str(column[1]) for column in cursor.description]


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
def test_connection_refuses_statements_without_prior_check(
    database: tuple[Publisher, Path], statement: str, tmp_path: Path
) -> None:
    """Two walls: what is left out here ends with the connection and touches no file."""
    _, path = database
    target = tmp_path / "written"
    with open_sandbox(path, memory_limit="600MB", threads=2) as connection, pytest.raises(duckdb.Error):
        connection.execute(statement.format(file=tmp_path / "secret.csv", target=target)).fetchall()
    assert not target.exists()
