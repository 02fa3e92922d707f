"""Each command exits with the code of the contract; data on standard output, messages on standard error."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet
import pytest

from pipeline import identity, publishing, runs
from pipeline.alerts.standing import describe_standing
from pipeline.publishing import TableDifference
from tests.cli.conftest import Command
from tests.publishing.conftest import CELLS, Publisher
from tests.publishing.test_publish import flip

pytestmark = pytest.mark.slow

TALLY = "select drug, route, reaction, case_count from summary.reported order by all"
COMMANDS = ("nightly", "land", "build", "check", "publish", "accept", "rollback", "release", "status", "sql",
            "diff", "doctor", "tables", "describe", "cases", "trace", "runs", "snapshots", "quarantine")  # fmt: skip


def test_help_imports_no_heavy_library(nightvigil: Command) -> None:
    """How long it takes is measured by `make bench`."""
    shown = nightvigil("--help")
    assert shown.returncode == 0
    assert all(command in shown.stdout.decode() for command in COMMANDS)
    loaded = subprocess.run(
        [sys.executable, "-c", "import pipeline.cli, sys; print(*sys.modules)"], capture_output=True, check=True
    ).stdout.decode()
    assert not {"duckdb", "pyarrow", "pandas", "airflow", "great_expectations"} & set(loaded.split())


def test_usage_error_exits_with_2(nightvigil: Command) -> None:
    assert nightvigil("report").returncode == 2
    assert nightvigil("sql").returncode == 2
    assert nightvigil("status", "--format", "xml").returncode == 2
    assert nightvigil("land", "elsewhere").returncode == 2
    assert nightvigil("status", NIGHTVIGIL_THREADS="many").returncode == 2


@pytest.mark.parametrize(
    "arguments", [("sql", "select 1"), ("diff", "a", "b"), ("check",), ("publish",), ("accept",)]
)
def test_command_in_an_empty_home_states_what_to_do(nightvigil: Command, arguments: tuple[str, ...]) -> None:
    done = nightvigil(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"nightvigil:" in done.stderr and b"do:" in done.stderr


def test_nightly_in_an_empty_home_has_nothing_new(nightvigil: Command) -> None:
    assert nightvigil("nightly").returncode == 6
    assert nightvigil("build").returncode == 6


def test_sql_reads_the_live_snapshot_in_every_format(publisher: Publisher, nightvigil: Command) -> None:
    publisher.publish()
    rows = sorted(CELLS)
    found = json.loads(nightvigil("sql", TALLY, "--format", "json").stdout)
    assert [tuple(row.values()) for row in found] == rows
    text = nightvigil("sql", TALLY, "--format", "csv").stdout.decode()
    assert [(*row[:3], int(row[3])) for row in list(csv.reader(io.StringIO(text)))[1:]] == rows
    table = pyarrow.parquet.read_table(io.BytesIO(nightvigil("sql", TALLY, "--format", "parquet").stdout))
    assert [tuple(row.values()) for row in table.to_pylist()] == rows
    assert "intravenous" in nightvigil("sql", TALLY).stdout.decode()


def test_sql_reads_an_earlier_snapshot(publisher: Publisher, nightvigil: Command) -> None:
    first = publisher.publish()
    publisher.publish(cells=(("ketamine", "any", "nausea", 1),))
    done = nightvigil("sql", "select count(*) as rows from summary.reported", "--snapshot", first, "--format", "csv")
    assert done.stdout == b"rows\n3\n"
    assert nightvigil("sql", "select 1", "--snapshot", "no-such").returncode == 2


def test_query_over_the_time_limit_is_stopped(publisher: Publisher, nightvigil: Command) -> None:
    publisher.publish()
    endless = "select count(*) from range(10000000) as a, range(10000000) as b"
    done = nightvigil("sql", endless, "--timeout", "0.5")
    assert done.returncode == 1 and b"stopped after 0.5 s" in done.stderr


def test_truncated_result_is_reported(publisher: Publisher, nightvigil: Command) -> None:
    publisher.publish()
    done = nightvigil("sql", "from range(11)", "--max-rows", "10")
    assert (done.returncode, done.stdout) == (2, b"")
    assert nightvigil("sql", "from range(10)", "--max-rows", "10").returncode == 0


def test_closed_output_pipe_gives_no_traceback(publisher: Publisher) -> None:
    publisher.publish()
    command = f"{sys.executable} -m pipeline.cli sql 'from range(300000)' --format csv"
    script = f"NIGHTVIGIL_HOME={publisher.settings.home} {command}"
    done = subprocess.run(["bash", "-c", f"{script} | head -1"], capture_output=True, check=True, timeout=600)
    assert done.stdout == b"range\n"
    assert b"Traceback" not in done.stderr


def test_status_shows_the_live_snapshot_and_its_age(publisher: Publisher, nightvigil: Command) -> None:
    assert json.loads(nightvigil("status", "--format", "json").stdout)["snapshot"] is None
    live = publisher.publish()
    found = json.loads(nightvigil("status", "--format", "json").stdout)
    assert found["snapshot"]["snapshot_id"] == live
    (source,) = found["sources"]
    assert source["source"] == "faers" and source["age_hours"] > 0
    rows = list(csv.DictReader(io.StringIO(nightvigil("status", "--format", "csv").stdout.decode())))
    assert {"about": "snapshot", "fact": "snapshot_id", "value": live} in rows


@pytest.mark.parametrize("name", ["q.zip.part", ".q.zip", "Q.TMP"])
def test_file_named_as_unfinished_is_not_landed(nightvigil: Command, tmp_path: Path, name: str) -> None:
    """It was refused as a damaged archive, and moved away."""
    (tmp_path / name).write_bytes(b"PK")
    done = nightvigil("land", "faers", str(tmp_path / name))
    assert done.returncode == 2 and b"still being written" in done.stderr
    assert (tmp_path / name).exists()


def test_rollback_holds_until_release(publisher: Publisher, nightvigil: Command) -> None:
    first = publisher.publish()
    publisher.publish()
    assert nightvigil("rollback", "--reason", "doubled counts").returncode == 0
    assert publishing.current_snapshot(publisher.settings) == first
    held = nightvigil("build")
    assert held.returncode == 5 and b"doubled counts" in held.stderr
    assert nightvigil("release").returncode == 0
    assert publishing.read_hold(publisher.settings) is None
    assert nightvigil("rollback", first).returncode == 0
    assert nightvigil("rollback").returncode == 5, "there is nothing before the first"


def test_diff_names_each_changed_cell(publisher: Publisher, nightvigil: Command) -> None:
    """One count increased, one row was removed, one was added."""
    a = publisher.publish()
    b = publisher.publish(
        cells=(*CELLS[:1], ("ketamine", "any", "hallucination", 10), ("memantine", "oral", "nausea", 1))
    )
    found = json.loads(nightvigil("diff", a, "current", "--all", "--format", "json").stdout)
    assert {line["table_name"] for line in found} == {"reported"}
    assert json.loads(nightvigil("diff", a, b, "--table", "summary.reported", "--format", "json").stdout) == found
    assert json.loads(nightvigil("diff", b, b, "--all", "--format", "json").stdout) == []
    unknown = nightvigil("diff", a, b, "--table", "steadfast")
    assert unknown.returncode == 2
    assert b"steady" in unknown.stderr, "the tables that there are are named"


def test_diff_counts_what_differs_between_the_last_two_snapshots(publisher: Publisher, nightvigil: Command) -> None:
    """One cell of three, then all three and a new table; a single snapshot has nothing before it."""
    publisher.publish()
    alone = nightvigil("diff")
    assert alone.returncode == 2
    assert b"no two snapshots" in alone.stderr
    a = publisher.publish(cells=CELLS[:1])
    b = publisher.publish(more=["create table summary.fresh as select 1 as n"])
    found = json.loads(nightvigil("diff", "--format", "json").stdout)
    assert [tuple(line.values()) for line in found] == [
        ("fresh", "(table)", "", 1, 0, 0),
        ("reported", "(row)", "", 2, 0, 0),
    ]
    assert json.loads(nightvigil("diff", a, "--format", "json").stdout) == found
    assert json.loads(nightvigil("diff", b, a, "--format", "json").stdout)[1] == {
        "table_name": "reported", "column_name": "(row)", "reason": "", "gained": 0, "lost": 2, "moved": 0,
    }  # fmt: skip
    assert json.loads(nightvigil("diff", b, b, "--format", "json").stdout) == []


def test_doctor_detects_a_changed_snapshot(publisher: Publisher, nightvigil: Command) -> None:
    live = publishing.publish(publisher.settings, **publisher.stage() | {"receipts": []})
    sound = nightvigil("doctor", "--format", "json")
    assert sound.returncode == 0, sound.stderr
    assert {"snapshot " + live, "duckdb", "free space", "hold"} <= {
        each["check"] for each in json.loads(sound.stdout)
    }
    flip(publishing.database_path(publisher.settings, live))
    hurt = nightvigil("doctor", "--format", "json")
    assert hurt.returncode == 1
    (wrong,) = [each for each in json.loads(hurt.stdout) if each["outcome"] == "wrong"]
    assert wrong["check"] == f"snapshot {live}"


def test_diff_reads_the_key_from_the_comment_of_the_table() -> None:
    """With a key, a changed count is one cell; without one, one row is removed and one added."""
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


def test_accept_lists_what_waits_and_publishes_it_with_a_reason_and_a_name(
    publisher: Publisher, nightvigil: Command
) -> None:
    """Alone it only lists, and a blank reason is refused; status shows what waits, diff reads the candidate."""
    before = publisher.publish()
    run_id = wait_for_acceptance(publisher, cells=((*CELLS[0][:3], 70), *CELLS[1:]))
    status = json.loads(nightvigil("status", "--format", "json").stdout)
    assert status["waiting"]["run_id"] == run_id
    moved = json.loads(nightvigil("diff", "current", run_id, "--all", "--format", "json").stdout)
    assert {line["in_a"] for line in moved} == {"present", "absent"}
    listed = nightvigil("accept", "--format", "json")
    assert listed.returncode == 3 and run_id.encode() in listed.stderr
    [change] = json.loads(listed.stdout)
    assert (change["table"], change["column"], change["before"], change["after"]) == (
        "reported", "case_count", "7", "70",
    )  # fmt: skip
    reminder = describe_standing(publisher.settings, {})
    assert reminder is not None and reminder.state == "waiting"
    assert nightvigil("accept", "--by", "reviewer").returncode == 2
    assert publishing.current_snapshot(publisher.settings) == before
    done = nightvigil("accept", "--reason", "a name was missing", "--by", "reviewer")
    assert done.returncode == 0, done.stderr
    assert publishing.current_snapshot(publisher.settings) == run_id
    manifest = publishing.read_manifest(publisher.settings, run_id)
    assert manifest["code_change"]["acceptance"]["reason"] == "a name was missing"
    assert nightvigil("accept").returncode == 2
    assert describe_standing(publisher.settings, {}) is None


def wait_for_acceptance(publisher: Publisher, cells: tuple[tuple[object, ...], ...]) -> str:
    """A judged candidate on the live snapshot whose code moves a count, as a nightly run leaves it."""
    settings, staged = publisher.settings, publisher.stage(cells=cells)
    run_id = staged["run_id"]
    hashes = identity.component_hashes(settings)
    inputs = {**staged["inputs"], "deliveries": [], "made_from": hashes}
    runs.write_json(runs.run_dir(settings, run_id) / "inputs.json", inputs)
    largest = {"row": "ketamine", "column": "case_count", "before": "7", "after": "70"}
    table = TableDifference("reported", rows_changed=1, largest=[largest])
    change = {
        "before": "another", "after": identity.code_identity(hashes), "parent": inputs["parent"],
        "compared_on": "the same deliveries", "by_code": [table.to_json()], "by_data": [],
    }  # fmt: skip
    publishing.write_code_change(settings, run_id, change)
    runs.finish(settings, run_id, "waiting", message="1 published table differs")
    return str(run_id)
