"""Each command leaves with the exit code of the contract; data on standard output, words on standard error."""

import csv
import io
import json
import subprocess
import sys

import duckdb
import pyarrow.parquet
import pytest

from pipeline import publishing
from tests.cli.conftest import Command
from tests.publishing.conftest import CELLS, House
from tests.publishing.test_publish import flip

TALLY = "select drug, route, reaction, case_count from summary.reported order by all"
COMMANDS = ("nightly", "land", "build", "check", "publish", "rollback", "release", "status", "sql", "diff", "doctor")


def test_help_is_there_at_once_and_loads_nothing_heavy(nightvigil: Command) -> None:
    """How long it takes is measured by `make bench`."""
    shown = nightvigil("--help")
    assert shown.returncode == 0
    assert all(command in shown.stdout.decode() for command in COMMANDS)
    loaded = subprocess.run(
        [sys.executable, "-c", "import pipeline.cli, sys; print(*sys.modules)"], capture_output=True, check=True
    ).stdout.decode()
    assert not {"duckdb", "pyarrow", "pandas", "airflow", "great_expectations"} & set(loaded.split())


def test_later_commands_are_absent_and_usage_errors_leave_with_2(nightvigil: Command) -> None:
    assert nightvigil("report").returncode == 2
    assert nightvigil("sql").returncode == 2
    assert nightvigil("status", "--format", "xml").returncode == 2
    assert nightvigil("land", "elsewhere").returncode == 2
    assert nightvigil("status", NIGHTVIGIL_THREADS="many").returncode == 2


@pytest.mark.parametrize("arguments", [("sql", "select 1"), ("diff", "a", "b"), ("check",), ("publish",)])
def test_an_empty_house_says_what_to_do(nightvigil: Command, arguments: tuple[str, ...]) -> None:
    done = nightvigil(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"nightvigil:" in done.stderr and b"do:" in done.stderr


def test_a_house_that_never_got_anything_has_nothing_new(nightvigil: Command) -> None:
    assert nightvigil("nightly").returncode == 6
    assert nightvigil("build").returncode == 6


def test_sql_asks_the_live_snapshot_in_every_format(house: House, nightvigil: Command) -> None:
    house.publish()
    rows = sorted(CELLS)
    found = json.loads(nightvigil("sql", TALLY, "--format", "json").stdout)
    assert [tuple(row.values()) for row in found] == rows
    text = nightvigil("sql", TALLY, "--format", "csv").stdout.decode()
    assert [(*row[:3], int(row[3])) for row in list(csv.reader(io.StringIO(text)))[1:]] == rows
    table = pyarrow.parquet.read_table(io.BytesIO(nightvigil("sql", TALLY, "--format", "parquet").stdout))
    assert [tuple(row.values()) for row in table.to_pylist()] == rows
    assert "intravenous" in nightvigil("sql", TALLY).stdout.decode()


def test_sql_can_ask_an_earlier_snapshot(house: House, nightvigil: Command) -> None:
    first = house.publish()
    house.publish(cells=(("ketamine", "any", "nausea", 1),))
    done = nightvigil("sql", "select count(*) as rows from summary.reported", "--snapshot", first, "--format", "csv")
    assert done.stdout == b"rows\n3\n"
    assert nightvigil("sql", "select 1", "--snapshot", "no-such").returncode == 2


def test_a_query_that_takes_too_long_is_stopped(house: House, nightvigil: Command) -> None:
    house.publish()
    endless = "select count(*) from range(10000000) as a, range(10000000) as b"
    done = nightvigil("sql", endless, "--timeout", "0.5")
    assert done.returncode == 1 and b"stopped after 0.5 s" in done.stderr


def test_a_result_is_never_cut_short_silently(house: House, nightvigil: Command) -> None:
    house.publish()
    done = nightvigil("sql", "from range(11)", "--max-rows", "10")
    assert (done.returncode, done.stdout) == (2, b"")
    assert nightvigil("sql", "from range(10)", "--max-rows", "10").returncode == 0


def test_a_reader_that_goes_away_is_no_error_with_a_traceback(house: House) -> None:
    house.publish()
    command = f"{sys.executable} -m pipeline.cli sql 'from range(300000)' --format csv"
    script = f"NIGHTVIGIL_HOME={house.settings.home} {command}"
    done = subprocess.run(["bash", "-c", f"{script} | head -1"], capture_output=True, check=True, timeout=120)
    assert done.stdout == b"range\n"
    assert b"Traceback" not in done.stderr


def test_status_shows_what_is_live_and_how_old(house: House, nightvigil: Command) -> None:
    assert json.loads(nightvigil("status", "--format", "json").stdout)["snapshot"] is None
    live = house.publish()
    found = json.loads(nightvigil("status", "--format", "json").stdout)
    assert found["snapshot"]["snapshot_id"] == live
    (source,) = found["sources"]
    assert source["source"] == "faers" and source["age_hours"] > 0
    rows = list(csv.DictReader(io.StringIO(nightvigil("status", "--format", "csv").stdout.decode())))
    assert {"about": "snapshot", "fact": "snapshot_id", "value": live} in rows


def test_rollback_holds_until_release(house: House, nightvigil: Command) -> None:
    first = house.publish()
    house.publish()
    assert nightvigil("rollback", "--reason", "doubled counts").returncode == 0
    assert publishing.current_snapshot(house.settings) == first
    held = nightvigil("build")
    assert held.returncode == 5 and b"doubled counts" in held.stderr
    assert nightvigil("release").returncode == 0
    assert publishing.read_hold(house.settings) is None
    assert nightvigil("rollback", first).returncode == 0
    assert nightvigil("rollback").returncode == 5, "there is nothing before the first"


def test_diff_names_each_cell_that_moved(house: House, nightvigil: Command) -> None:
    """One count went up, one row left, one came."""
    a = house.publish()
    b = house.publish(
        cells=(*CELLS[:1], ("ketamine", "any", "hallucination", 10), ("memantine", "oral", "nausea", 1))
    )
    found = json.loads(nightvigil("diff", a, "current", "--format", "json").stdout)
    assert {line["table_name"] for line in found} == {"reported"}
    assert (
        nightvigil("diff", a, b, "--format", "json").stdout
        == nightvigil("diff", a, "current", "--format", "json").stdout
    )
    assert json.loads(nightvigil("diff", b, b, "--format", "json").stdout) == []


def test_doctor_finds_a_changed_snapshot(house: House, nightvigil: Command) -> None:
    live = house.publish()
    sound = nightvigil("doctor", "--format", "json")
    assert sound.returncode == 0, sound.stderr
    assert {"snapshot " + live, "duckdb", "free space", "hold"} <= {
        each["check"] for each in json.loads(sound.stdout)
    }
    flip(publishing.database_path(house.settings, live))
    hurt = nightvigil("doctor", "--format", "json")
    assert hurt.returncode == 1
    (wrong,) = [each for each in json.loads(hurt.stdout) if each["outcome"] == "wrong"]
    assert wrong["check"] == f"snapshot {live}"


def test_diff_reads_the_key_from_the_comment_of_the_table() -> None:
    """With a key, a changed count is one cell; without one, a row that left and a row that came."""
    from pipeline.command_line.comparison import key_columns

    columns = ["drug", "route", "case_count"]
    assert key_columns("How many\ngrain one row per drug\nkey drug, route\nnot a rate", columns) == ["drug", "route"]
    assert key_columns("key drug, gone", columns) == columns
    assert key_columns(None, columns) == columns


def test_diff_shows_a_cell_with_both_values(tmp_path, settings) -> None:
    from pipeline.command_line.comparison import compare

    for name, count in (("a", 7), ("b", 8)):
        with duckdb.connect(str(tmp_path / name)) as connection:
            connection.execute("create schema summary")
            connection.execute(
                f"create table summary.reported as select 'ketamine' as drug, null as route, {count} as n"
            )
            connection.execute("comment on table summary.reported is 'Tally\nkey drug, route'")
    found = compare(settings, tmp_path / "a", tmp_path / "b")
    assert found.rows == [("reported", "ketamine | ", "n", "7", "8")]
