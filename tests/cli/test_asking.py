"""The commands that ask a snapshot: tables, describe, cases, runs, snapshots, quarantine and the shell."""

import json
import os
import pty
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.command_line import trace
from pipeline.command_line.cases import read_case_numbers
from pipeline.command_line.shell import make_completer
from pipeline.errors import UsageError
from pipeline.settings import Settings
from tests.landing.quarters import land, make_members
from tests.sample_database import SampleDatabase, show_as_published

pytestmark = pytest.mark.slow

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def home(sample_database: SampleDatabase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return show_as_published(sample_database, tmp_path_factory.mktemp("asked"))


@pytest.fixture
def ask(home: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Run a command in this process and return what it wrote, as JSON where that was asked for."""
    monkeypatch.setenv("NIGHTVIGIL_HOME", str(home))

    def run(*arguments: str, is_json: bool = True) -> Any:
        done = CliRunner().invoke(app, [*arguments, *(["--format", "json"] if is_json else [])])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout) if is_json else done.stdout

    return run


def test_tables_lists_what_analysts_ask_first_with_meanings(ask: Ask) -> None:
    rows = ask("tables")
    names = [row["table"] for row in rows]
    assert names[0].startswith("answer.") and "summary.signal" in names
    assert "cases_behind(drug, route, reaction, definition, quarter, analysis)" in names
    assert all(row["meaning"] and "grain" not in row["meaning"] for row in rows)
    assert {name.partition(".")[0] for name in names if "(" not in name} == {"answer", "summary", "events", "meta"}
    assert {"codes.route", "verify.code_has_one_meaning"} <= {row["table"] for row in ask("tables", "all")}
    with pytest.raises(UsageError, match="there is no schema nothing"):
        ask("tables", "nothing")


def test_describe_gives_meanings_and_vocabularies(ask: Ask) -> None:
    """`describe` of DuckDB shows no meanings."""
    told = ask("describe", "signal")
    assert told["table"] == "summary.signal" and "grain" in told["meaning"]
    columns = {row["column"]: row for row in told["columns"]}
    assert columns["with_both_count"]["meaning"] == "Cases with the drug by the route and the reaction"
    assert columns["source"]["null"] == "never" and columns["prr"]["null"] == "may be"
    words = {(row["vocabulary"].partition(":")[0], row["value"]): row["meaning"] for row in told["vocabularies"]}
    assert words["analysis", "any_role"] == "Drugs in any role, concomitant included"
    assert ("reaction", "sedation") not in words, "an outcome of trials alone"


def test_describe_of_a_macro_gives_its_arguments_and_their_words(ask: Ask) -> None:
    told = ask("describe", "cases_behind")
    assert [row["column"] for row in told["columns"]] == [
        "drug", "route", "reaction", "definition", "quarter", "analysis",
    ]  # fmt: skip
    assert {"intravenous", "without_dominating_drug"} <= {row["value"] for row in told["vocabularies"]}


def test_describe_of_an_unknown_table_names_what_is_near(ask: Ask) -> None:
    with pytest.raises(UsageError) as refusal:
        ask("describe", "summary.signals")
    assert "summary.signal" in refusal.value.todo
    with pytest.raises(UsageError, match="2 tables are named reaction"):
        ask("describe", "reaction")


def test_cases_of_a_list_are_tallied_and_listed_and_the_rest_is_named(ask: Ask, tmp_path: Path) -> None:
    """An analyst's list: two cases of ketamine (one with leading zeros), one twice, one that was never received."""
    listed = tmp_path / "mine.csv"
    listed.write_text("\ufeffno,case_id\n1,9900040\n2,009900041\n3,9900040\n4,77\n")
    told = ask("cases", "--list", str(listed))
    assert [row["case_id"] for row in told["cases"]] == ["9900040", "9900041"]
    assert told["unknown"] == [{"case_id": "77", "why": "never received"}]
    counts = {
        (row["drug"], row["route"], row["reaction"], row["definition"]): (
            row["case_count"],
            row["drug_route_case_count"],
        )
        for row in told["tally"]
    }
    assert counts["ketamine", "intravenous", "vomiting", "narrow"] == (2, 2)
    assert ask("cases", "--list", str(listed), "--show", "unknown") == told["unknown"]
    with pytest.raises(UsageError, match="three tables"):
        ask("cases", "--list", str(listed), "--format", "csv", is_json=False)


def test_whole_tally_is_that_of_the_published_table_where_every_case_is_listed(ask: Ask, tmp_path: Path) -> None:
    every = ask("sql", "select case_id from events.case")
    listed = tmp_path / "every.txt"
    listed.write_text("\n".join(row["case_id"] for row in every))
    tally = ask("cases", "--list", str(listed), "--show", "tally")
    published = ask(
        "sql", "select drug, route, reaction, definition, case_count, drug_route_case_count "
        "from summary.reported_by_drug_route where case_count > 0",
    )  # fmt: skip
    key = ("drug", "route", "reaction", "definition", "case_count", "drug_route_case_count")
    assert {tuple(row[name] for name in key) for row in tally if row["case_count"]} == {
        tuple(row[name] for name in key) for row in published
    }


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("10\n20\n", ["10", "20"]), ("case_id\n0010\n10\n", ["10"]), ("# mine\n10,note\n\n20;\n", ["10", "20;"]),
        ("a,case_id\nx,7\n", ["7"]),
    ],
)  # fmt: skip
def test_list_of_cases_is_read_from_lines_or_a_column(tmp_path: Path, text: str, numbers: list[str]) -> None:
    (tmp_path / "list").write_text(text)
    assert read_case_numbers(str(tmp_path / "list")) == numbers


@pytest.mark.parametrize("content", [b"", b"case_id\n", b"\xff\xfe1", b"000\n"])
def test_list_without_a_case_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "list").write_bytes(content)
    with pytest.raises(UsageError):
        read_case_numbers(str(tmp_path / "list"))
    with pytest.raises(UsageError, match="cannot be read"):
        read_case_numbers(str(tmp_path / "absent"))


def test_case_number_of_a_list_is_a_value_and_no_sql(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("1') union select 'x\n'; drop table events.case; --\n")
    assert [row["why"] for row in ask("cases", "--list", str(tmp_path / "list"), "--show", "unknown")] == [
        "never received",
        "never received",
    ]


def test_runs_and_snapshots_are_listed(ask: Ask, sample_database: SampleDatabase) -> None:
    [run] = ask("runs")
    assert (run["run_id"], run["started_at"] is not None) == (sample_database.run_id, True)
    [snapshot] = ask("snapshots")
    assert (snapshot["snapshot_id"], snapshot["is_live"]) == (sample_database.run_id, True)
    assert "manifest" in snapshot["note"], "this home was never judged"


def test_quarantine_lists_lines_by_reason_and_each_with_its_bytes(ask: Ask) -> None:
    rows = ask("quarantine")
    assert {(row["member"], row["first_place"]) for row in rows} >= {("ascii/DRUG12Q4.txt", "line 81")}
    delivery = next(row["delivery_id"] for row in rows if row["member"] == "ascii/DRUG12Q4.txt")
    [line] = ask("quarantine", delivery)
    assert (line["place"], line["reasons"]) == ("line 81", "too few fields: 6, expected 19")
    assert line["content"].endswith("\\x0d\\x0a")
    with pytest.raises(UsageError, match="there is no delivery nothing"):
        ask("quarantine", "nothing")


def test_trace_says_where_each_version_stands(ask: Ask) -> None:
    lines = ask("trace", "9900040")
    assert {line["source"] for line in lines} == {"faers"} and len({line["delivery_id"] for line in lines}) == 2
    by_period = {(line["period"], line["disposition"]) for line in lines}
    assert by_period == {("2011Q4", "superseded"), ("2012Q4", "current")}
    [place] = ask("sql", "select source_lines_text from answer.case_line where case_id = '9900040'")
    [demo] = [line for line in lines if line["table_name"] == "demo" and line["period"] == "2012Q4"]
    assert f"{demo['member']} {demo['place'].removeprefix('line ')}" in place["source_lines_text"].split("; ")
    with pytest.raises(UsageError, match="no delivery states 31"):
        ask("trace", "31", "--source", "faers")


def test_trace_gives_the_disposition_to_lines_of_the_current_delivery_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quarter issued anew; the number of the report has leading zeros in the file and none in the tables."""
    for reports in (3, 2):
        members = make_members(reports=reports)
        land(settings, {name: data.replace(b"10011$", b"0010011$") for name, data in members.items()})
    monkeypatch.setenv("NIGHTVIGIL_HOME", str(settings.home))
    monkeypatch.setattr(trace, "_read_dispositions", lambda *_: {("2017Q2", "10011"): "current"})
    done = CliRunner().invoke(app, ["trace", "1001", "--format", "json"])
    assert done.exit_code == 0, done.output
    found = {(line["report_id"], line["is_current"], line["disposition"]) for line in json.loads(done.stdout)}
    assert found == {("0010011", False, None), ("0010011", True, "current")}


@pytest.mark.parametrize("command", [("trace", "1001"), ("quarantine",), ("quarantine", "{delivery}")])
def test_bytes_from_outside_are_shown_and_never_obeyed(
    command: tuple[str, ...], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drug's name with an escape sequence and a mark of direction, in a staged and in a quarantined line."""
    members = make_members()
    hostile = "\x1b]0;owned\x07\u202e".encode()
    lines = members["ascii/DRUG17Q2.txt"].splitlines(keepends=True)
    lines[2] = lines[2].replace(b"x", hostile, 1)
    members["ascii/DRUG17Q2.txt"] = b"".join(lines) + b"10011$1001$" + hostile + b"$" * 40 + b"\r\n"
    receipt = land(settings, members)
    monkeypatch.setenv("NIGHTVIGIL_HOME", str(settings.home))
    done = CliRunner().invoke(app, [each.format(delivery=receipt.delivery_id) for each in command])
    assert done.exit_code == 0, done.output
    assert not {"\x1b", "\x07", "\u202e"} & set(done.stdout)
    assert command == ("quarantine",) or "\\x1b]0;owned\\x07\\u202e" in done.stdout


def test_completion_finds_names_that_begin_so() -> None:
    complete = make_completer(["summary.signal", "summary.finding", "Select", "drug"])
    assert [complete("summary.", 0), complete("summary.", 1), complete("summary.", 2)] == [
        "summary.finding", "summary.signal", None,
    ]  # fmt: skip
    assert complete("sel", 0) == "Select"


def test_shell_answers_over_several_lines_completes_and_remembers(home: Path, tmp_path: Path) -> None:
    """A person's session: help, a statement over two lines, an error, completion, quit; then the history is kept."""
    shown = talk(
        home, tmp_path,
        ["help\n", "select 40 +\n", "2 as answer;\n", "select nothing;\n",
         "select count(*) from summary.signal_pri\t;\n", "describe answer.unmeasured\n", "quit\n"],
    )  # fmt: skip
    assert "Ctrl-C drops what is written" in shown
    assert "│     42 │" in shown
    assert "Binder Error" in shown and "nightvigil tables" in shown
    assert "from summary.signal_prior" in shown
    assert "Which outcomes nobody measured" in shown
    history = tmp_path / "state" / "nightvigil" / "sql_history"
    assert "2 as answer;" in history.read_text()
    assert history.stat().st_mode & 0o077 == 0


def test_ctrl_c_drops_a_line_and_ctrl_d_ends(home: Path, tmp_path: Path) -> None:
    shown = talk(home, tmp_path, ["select 40 +\x03", "select 7 * 6 as answer;\n", "\x04"])
    assert "│     42 │" in shown and "Error" not in shown and "Traceback" not in shown


def test_sql_without_a_query_and_a_terminal_is_a_usage_error(ask: Ask) -> None:
    with pytest.raises(UsageError, match="no terminal for a shell"):
        ask("sql")


def talk(home: Path, state: Path, lines: list[str]) -> str:
    """A session on a terminal: each line is typed when the prompt is there; returns all that was shown."""
    environment = {
        **os.environ, "NIGHTVIGIL_HOME": str(home), "XDG_STATE_HOME": str(state / "state"), "TERM": "dumb",
        "COLUMNS": "120", "LINES": "500", "PAGER": "cat",
    }  # fmt: skip
    process, outside = pty.fork()
    if process == 0:
        os.execve(sys.executable, [sys.executable, "-m", "pipeline.cli", "sql"], environment)  # noqa: S606 - a terminal
    shown, waiting, deadline = b"", [*lines], time.monotonic() + 120
    while time.monotonic() < deadline:
        readable, _, _ = select.select([outside], [], [], 0.2)
        if readable:
            try:
                shown += os.read(outside, 65536)
            except OSError:
                break
        elif waiting and shown.rstrip().endswith(b">"):
            os.write(outside, waiting.pop(0).encode())
    os.close(outside)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0, shown.decode(errors="replace")
    return shown.decode(errors="replace")
