"""The figures count what is there: every rule that was run, every place of a word, every list that holds one."""

import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.comparison.figures import (
    Figures,
    count_places,
    count_rules,
    count_yaml_lines,
    find_lost_rules,
    format_figures,
    lists_word,
)

RULES = """rules:
- name: words
  with: {value_set: [oral, intrathecal]}
- name: routes
  with:
    unexpected_rows_query: select * from {batch} where route not in ('oral', 'rectal')
- name: count
  with: {min_value: 1}
"""


def figures(**rules: int) -> Figures:
    edits = {"a table": 3}
    return Figures(
        Counter(rules), 10, dict.fromkeys(("a route word", "a source word", "a drug brand"), (1, 2)), edits
    )


def test_word_is_counted_by_file_and_line_outside_tests_and_the_sample_world(tmp_path: Path) -> None:
    files = {
        "sql/a.sql": "oral, Oral\noral_dose\n'oral'\n",
        "pipeline/b.py": "# oral\n",
        "pipeline/sample/c.py": "oral\n",
        "tests/d.py": "oral\n",
        "README.md": "oral\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    assert count_places(tmp_path, "oral") == (2, 3)


def test_yaml_of_either_ending_is_counted(tmp_path: Path) -> None:
    (tmp_path / "expectations").mkdir()
    (tmp_path / "expectations" / "a.yaml").write_text(RULES)
    (tmp_path / "expectations" / "b.yml").write_text("rules:\n")
    assert count_yaml_lines(tmp_path) == 9


@pytest.mark.parametrize(("word", "is_listed"), [("intrathecal", True), ("rectal", True), ("nasal", False)])
def test_word_set_is_found_as_a_list_or_in_a_query(tmp_path: Path, word: str, is_listed: bool) -> None:
    (tmp_path / "suite.yaml").write_text(RULES)
    assert lists_word(tmp_path / "suite.yaml", word) is is_listed


def test_table_that_lost_a_rule_is_named_and_one_that_gained_some_does_not_make_up_for_it() -> None:
    base, head = figures(case=5, signal=7, gone=1), figures(case=4, signal=70)
    assert find_lost_rules(base, head) == {"case": (5, 4), "gone": (1, 0)}
    assert list(format_figures(base, head))[-1] == "2 tables are judged by fewer rules in HEAD: case, gone"


def test_rules_are_counted_by_table_whatever_its_layer_is_called() -> None:
    assert count_rules(["events.case", "events.case", "intermediate.pair"]) == {"case": 2, "pair": 1}
    with pytest.raises(ValueError, match="pair"):
        count_rules(["events.pair", "intermediate.pair"])
