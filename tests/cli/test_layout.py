"""Results on a terminal: a grid where it can be read, blocks where it cannot, numbers whole, texts safe."""

import math
import re
import sys
from pathlib import Path

import pytest

from pipeline.command_line.layout import fit_columns, render, show_fraction
from pipeline.command_line.output import show_pages

COLUMNS = ("drug", "route", "reaction", "with_both_count", "ror", "ror_lower", "reason")
ROWS = [
    ("ketamine", "intravenous", "nausea_or_vomiting", 123, 1.23456789, 0.98765432, None),
    (
        "dextromethorphan",
        "parenteral_unspecified",
        "hallucination",
        0,
        None,
        None,
        "no case with the drug and reaction",
    ),
]
WIDE = [f"column_of_many_words_{number}" for number in range(100)]


def read_widths(text: str) -> list[int]:
    plain = re.sub("\x1b\\[[0-9;]*m", "", text)
    return [len(line) for line in plain.splitlines()]


@pytest.mark.parametrize("width", [80, 120, 200])
def test_result_is_never_wider_than_the_terminal(width: int) -> None:
    for columns, rows in ((COLUMNS, ROWS), (WIDE, [list(range(100))] * 2), (("text",), [("word " * 100,)])):
        assert max(read_widths(render(columns, rows, title="a title", width=width))) <= width


def test_hundred_columns_are_shown_as_blocks() -> None:
    """They drew an empty grid: every name and value is there, a line each."""
    shown = render(WIDE, [[f"value {number}" for number in range(100)]] * 2, title="", width=80)
    assert "row 1 of 2" in shown and "row 2 of 2" in shown
    assert all(shown.count(f"column_of_many_words_{number}") == 2 for number in range(10, 100))
    assert shown.count("value 99") == 2


def test_few_columns_are_shown_as_a_grid_with_names_broken_at_underscores() -> None:
    shown = render(COLUMNS, ROWS, title="", width=100)
    assert "row 1 of" not in shown
    assert "with_" in shown and "both_" in shown and "with_both_count" not in shown
    assert "with_both_count" in render(COLUMNS, ROWS, title="", width=200)


def test_word_is_broken_after_an_underscore_only() -> None:
    shown = render(COLUMNS, ROWS, title="", width=110)
    assert "parenteral_ " in shown and "unspecified" in shown and "hallucination" in shown


def test_number_is_never_folded() -> None:
    """A fraction stood over three lines."""
    for width in (60, 80, 100, 120):
        shown = render(COLUMNS, ROWS, title="", width=width)
        assert "1.235" in shown and "0.9877" in shown and "123" in shown


def test_columns_share_what_is_left_with_those_that_lack_least_served_first() -> None:
    names, cells = ["a", "b"], [["x" * 20, "y" * 100]]
    assert fit_columns(names, cells, [False, False], 70) == [20, 43]
    assert fit_columns(names, cells, [False, False], 30) is None
    assert fit_columns(names, [["1" * 40, "y"]], [True, False], 40) is None


def test_result_without_rows_names_its_columns() -> None:
    assert "drug" in render(COLUMNS, [], title="", width=80)
    assert "no row; columns: column_of_many_words_0," in render(WIDE, [], title="", width=80)


def test_piped_output_is_a_grid_of_any_width() -> None:
    shown = render(WIDE, [list(range(100))], title="", width=None)
    assert "row 1 of" not in shown and "\x1b" not in shown
    assert all(name in shown for name in WIDE)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.23456, "1.235"), (0.00001234567, "1.235e-05"), (1234.5678, "1235"), (123456.78, "123457"), (0.5, "0.5"),
        (-3.2, "-3.2"), (12.0, "12"), (1e15, "1000000000000000"), (math.inf, "inf"), (math.nan, "nan"), (0.0, "0"),
    ],
)  # fmt: skip
def test_fraction_has_four_significant_digits(value: float, shown: str) -> None:
    assert show_fraction(value) == shown


def test_escape_sequence_is_shown_and_not_obeyed_in_a_block() -> None:
    shown = render(
        [*WIDE, "\x1b[31mname"], [[*range(100), "a\x1b]0;owned\x07\u202e"]], title="\x1b]0;t\x07", width=80
    )
    assert not {"\x1b]", "\x07", "\u202e"} & {shown[place : place + 2] for place in range(len(shown))}
    assert "\x07" not in shown and "\u202e" not in shown and "\x1b]" not in shown


@pytest.mark.parametrize(("height", "is_paged"), [(3, True), (100, False)])
def test_text_longer_than_the_terminal_goes_through_the_pager(
    height: int, is_paged: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "paged"
    pager = tmp_path / "pager"
    pager.write_text(f"#!/bin/sh\ncat > {kept}\n")
    pager.chmod(0o755)
    monkeypatch.setenv("PAGER", str(pager))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    text = "line\n" * 10
    show_pages(text, height)
    assert kept.exists() == is_paged
    assert capsys.readouterr().out == ("" if is_paged else text)
    assert not is_paged or kept.read_text() == text


def test_text_is_written_where_the_pager_does_not_exist(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAGER", "no-such-pager")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    show_pages("line\n" * 10, 3)
    assert capsys.readouterr().out == "line\n" * 10
