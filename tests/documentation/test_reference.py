"""The generated reference leaves nothing out: each thing is found by other means than those that write the pages."""

import ast
import csv
import re
from pathlib import Path
from typing import get_args

import duckdb
import pytest
from typer.testing import CliRunner

from docs_build.commands import list_commands
from docs_build.markdown import escape, make_table, name_anchor
from docs_build.settings import list_settings, read_groups
from docs_build.tables import SCHEMAS
from pipeline.alerts.message import State
from pipeline.cli import PANELS, app
from pipeline.resources import ROOT, SQL
from pipeline.settings import Settings
from pipeline.sources import load_sources
from tests.sample_database import SampleDatabase


def cut_section(text: str, anchor: str) -> str:
    """The text between the anchor of a thing and the next one."""
    assert text.count(f"({anchor})=") == 1, f"{anchor} is not documented once"
    return text.split(f"({anchor})=\n")[1].split("\n(", maxsplit=1)[0]


def first_cells(section: str) -> list[str]:
    """The first cell of each row of the tables of a section, without the mark of code."""
    return re.findall(r"(?m)^\| `([^`]*)` \|", section)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_table_and_column_that_is_built_is_documented(
    source: Path, sample_database: SampleDatabase, schema: str
) -> None:
    page = (source / "reference" / f"tables-{schema}.md").read_text()
    with duckdb.connect(str(sample_database.candidate), read_only=True) as connection:
        found = connection.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns() "
            "where not internal and schema_name = ? group by table_name",
            [schema],
        ).fetchall()
    assert found
    for table, columns in found:
        assert first_cells(cut_section(page, name_anchor("table", f"{schema}.{table}"))) == columns
    assert page.count("\n(table-") == len(found), "a table is documented that is not built"


def test_every_public_schema_is_one_of_the_pages(sample_database: SampleDatabase) -> None:
    with duckdb.connect(str(sample_database.candidate), read_only=True) as connection:
        built = connection.execute("select distinct schema_name from duckdb_columns() where not internal").fetchall()
    assert {name for (name,) in built} == {*SCHEMAS, "codes", "intermediate", "verify"}


def test_every_macro_code_list_and_word_is_documented(source: Path) -> None:
    macros = re.findall(r"create or replace macro (\w+)", (SQL / "macros.sql").read_text())
    page = (source / "reference" / "macros.md").read_text()
    assert set(macros) - {"refuse_unknown_words"} == set(re.findall(r"## `(\w+)`", page))
    lists = (source / "reference" / "code-lists.md").read_text()
    for path in (SQL / "codes").glob("*/*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            header = next(csv.reader(file))
        assert first_cells(cut_section(lists, name_anchor("table", f"codes.{path.stem}"))) == header
    words = (source / "reference" / "vocabulary.md").read_text()
    with (SQL / "vocabulary.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for vocabulary in {row["vocabulary"] for row in rows}:
        section = cut_section(words, name_anchor("vocabulary", vocabulary))
        values = [row["value"] for row in rows if row["vocabulary"] == vocabulary]
        assert first_cells(section) == [value for value in values if value]
        assert ("| (blank) |" in section) == ("" in values)


def test_every_command_and_option_of_the_help_is_documented(source: Path) -> None:
    page = (source / "reference" / "command-line.md").read_text()
    names = {entry.name for entry in list_commands(app)}
    assert {command.__name__ for commands in PANELS.values() for command in commands} <= names
    assert {name.split()[0] for name in names if " " in name} == {"alerts"}
    for name in names:
        shown = CliRunner().invoke(app, [*name.split(), "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
        options = set(re.findall(r"(?<=[ │])--[a-z][a-z-]*", shown.output)) - {"--help"}
        section = cut_section(page, name_anchor("command", name))
        documented = {option for cell in first_cells(section) for option in cell.split("/")}
        assert options <= documented, name


def test_every_setting_is_documented_with_what_it_accepts_and_its_default(source: Path) -> None:
    page = (source / "reference" / "settings.md").read_text()
    rows = dict(re.findall(r"(?m)^\| `([A-Z]\w+)` \| ?(.*?) ?\|?$", page))
    assert set(list_settings()) <= set(rows)
    assert set(rows) == set(re.findall(r"(?m)^([A-Z]\w+)=", (ROOT / ".env.example").read_text()))
    for name, found in Settings.model_fields.items():
        assert rows[f"NIGHTVIGIL_{name.upper()}"].endswith(escape(found.description or ""))
    assert rows["NIGHTVIGIL_RETENTION"] == "`14` | a whole number from 1"


def test_comment_of_the_example_file_explains_the_variables_up_to_the_next() -> None:
    first, second, third = read_groups("# --- one: what\nA=1\n# two\n# lines\nB=2\nC=\n\n# --- three\nD=4\n")
    assert (first.title, first.meaning, first.variables) == ("One", ["what"], [("A", "1")])
    assert (second.title, second.meaning, second.variables) == ("", ["two", "lines"], [("B", "2"), ("C", "")])
    assert (third.title, third.variables) == ("Three", [("D", "4")])


def test_every_dag_and_task_is_documented(source: Path) -> None:
    page = (source / "reference" / "dags.md").read_text()
    for each in load_sources():
        section = cut_section(page, name_anchor("dag", each.dag_id))
        assert first_cells(section) == ["find_deliveries", "land_delivery", "announce", "all_landed"]
        assert f"`{each.schedule}`" in section and "When a task is red" in section
    publication = cut_section(page, name_anchor("dag", "publish_summaries"))
    assert first_cells(publication) == list_tasks(ROOT / "dags" / "publish_summaries.py")
    assert page.count("\n(dag-") == len(load_sources()) + 1


def list_tasks(path: Path) -> list[str]:
    """The functions of a DAG file that are tasks, by its text."""
    functions = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
    return [each.name for each in functions if any("task" in ast.unparse(mark) for mark in each.decorator_list)]


def test_every_error_is_documented_with_its_exit_code(source: Path) -> None:
    page = (source / "reference" / "exit-codes.md").read_text()
    documented = dict(re.findall(r"(?m)^\| \d+ \| `(\w+)` \| (.*) \|$", page))
    classes = list(ast.parse((ROOT / "pipeline" / "errors.py").read_text()).body)
    assert set(documented) == {node.name for node in classes if isinstance(node, ast.ClassDef)}
    codes = {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", page)}
    assert codes == {0, 1, 2, 3, 4, 5, 6, 130, 143}


def test_every_kind_of_message_is_documented(source: Path) -> None:
    page = (source / "reference" / "messages.md").read_text()
    assert first_cells(page) == list(get_args(State))


def test_text_of_the_code_is_shown_and_not_obeyed() -> None:
    assert escape("a | b, <script>, *c*, [d](e), `f_*g`") == (r"a \| b, \<script\>, \*c\*, \[d\](e), `f_*g`")
    assert escape("one ` alone_") == r"one \` alone\_"
    assert make_table(("a", "b"), [("1\n2", "3")]) == "| a | b |\n| --- | --- |\n| 1 2 | 3 |\n"
