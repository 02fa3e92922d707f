"""Results as table, JSON, CSV and Parquet: for people, for programs, for spreadsheets that run what they read."""

import csv
import io
import json
import math
from datetime import date
from decimal import Decimal

import pyarrow.parquet
import pytest

from pipeline.command_line.output import Format, Result, arrow_type, neutralise, to_csv, write, write_parquet
from pipeline.command_line.progress import print_message, progress
from pipeline.errors import UsageError

RESULT = Result(
    ("drug", "case_count", "share", "seen", "flags"),
    [("=cmd|'/c calc'!A1", 3, Decimal("0.25"), date(2026, 1, 2), ["a", "b"]), (None, -4, None, None, None)],
    ("VARCHAR", "BIGINT", "DECIMAL(5,2)", "DATE", "VARCHAR[]"),
)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\0"])
def test_spreadsheet_formula_is_escaped(start: str) -> None:
    assert neutralise(f"{start}1+1") == f"'{start}1+1"


def test_negative_number_is_not_escaped() -> None:
    """A negative count is not a formula."""
    assert [neutralise(value) for value in (-4, -0.5, True, None)] == [-4, -0.5, True, None]
    assert neutralise(Decimal("-0.5")) == "-0.5"


def test_csv_is_read_back_with_escaped_cells() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(RESULT))))
    assert rows[0] == list(RESULT.columns)
    assert rows[1] == ["'=cmd|'/c calc'!A1", "3", "0.25", "2026-01-02", '["a", "b"]']
    assert rows[2] == ["", "-4", "", "", ""]


def test_column_name_is_escaped() -> None:
    assert to_csv(Result(("=1+1",), [])) == "'=1+1\n"


def test_parquet_keeps_raw_values_and_types() -> None:
    file = io.BytesIO()
    write_parquet(RESULT, file)
    table = pyarrow.parquet.read_table(file)
    assert [tuple(row.values()) for row in table.to_pylist()] == [tuple(row) for row in RESULT.rows]
    assert str(table.schema.field("share").type) == "decimal128(5, 2)"


def test_parquet_without_rows_keeps_types() -> None:
    file = io.BytesIO()
    write_parquet(Result(RESULT.columns, [], RESULT.types), file)
    assert [str(field.type) for field in pyarrow.parquet.read_schema(file)][:2] == ["string", "int64"]


def test_type_unknown_to_duckdb_is_inferred_by_arrow() -> None:
    assert arrow_type("STRUCT(a INTEGER)") is None
    assert str(arrow_type("INTEGER[][]")) == "list<item: list<item: int32>>"


def test_parquet_is_not_written_to_a_terminal() -> None:
    class Terminal(io.BytesIO):
        def isatty(self) -> bool:
            return True

    with pytest.raises(UsageError):
        write_parquet(RESULT, Terminal())


def test_json_has_one_object_per_row(capsys: pytest.CaptureFixture[str]) -> None:
    write(RESULT, Format.JSON)
    assert json.loads(capsys.readouterr().out)[0] == {
        "drug": "=cmd|'/c calc'!A1",
        "case_count": 3,
        "share": "0.25",
        "seen": "2026-01-02",
        "flags": ["a", "b"],
    }


def test_value_without_json_type_is_written_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    write(Result(("ratio", "bytes"), [(math.inf, b"\xff")]), Format.JSON)
    assert json.loads(capsys.readouterr().out) == [{"ratio": "inf", "bytes": "ff"}]
    assert to_csv(Result(("bytes",), [(b"\xff",)])) == "bytes\nff\n"


def test_markup_in_a_value_is_printed_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Drug names come from strangers: brackets are not colours."""
    write(Result(("name",), [("[bold red]x[/bold red]",)]), Format.TABLE, title="tally")
    assert "[bold red]x[/bold red]" in capsys.readouterr().out


HOSTILE = "a\x1b]0;owned\x07b\u202e\u009b31m [red]c[/red]\x7f"
OBEYED = ("\x1b", "\x07", "\u202e", "\u009b", "\x7f")


@pytest.mark.parametrize("form", [Format.TABLE, Format.JSON])
def test_escape_sequence_of_a_title_never_reaches_a_terminal(
    form: Format, capsys: pytest.CaptureFixture[str]
) -> None:
    """A trial title with an escape sequence was printed as it was; neither is markup of the table."""
    write(Result((HOSTILE,), [(HOSTILE,), ([HOSTILE],)]), form, title=HOSTILE)
    shown = capsys.readouterr().out
    assert not any(character in shown for character in OBEYED)
    assert "[red]c[/red]" in shown
    if form is Format.JSON:
        assert json.loads(shown) == [{HOSTILE: HOSTILE}, {HOSTILE: [HOSTILE]}], "the values are exact"


def test_csv_is_exact_in_a_file_and_safe_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = Result(("title",), [(HOSTILE,)])
    write(result, Format.CSV)
    assert list(csv.reader(io.StringIO(capsys.readouterr().out)))[1] == [HOSTILE]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    write(result, Format.CSV)
    assert not any(character in capsys.readouterr().out for character in OBEYED)


@pytest.mark.parametrize("is_terminal", [False, True])
def test_progress_and_messages_show_a_hostile_name_as_text(
    is_terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal rich writes sequences of its own; none may come from the name."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal)
    with progress() as say:
        say(f"landing {HOSTILE}\nforged line")
    print_message(f"message {HOSTILE}")
    shown = capsys.readouterr().err
    assert "]0;owned\x07" not in shown and "\u202e" not in shown and "\x1b]0" not in shown
    assert "[red]c[/red]" in shown
    assert "\nforged" not in shown
