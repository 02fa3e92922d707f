"""A new table, column, route word and source word: each is made on a copy of the project, which then publishes.

A new source is made in the tests of sources.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.edits import (
    COLUMN,
    EDITS,
    ROUTE,
    SOURCE,
    TABLE,
    use_route_word,
    use_source_word,
)
from tests.project_copy import ProjectCopy
from tests.repetitions import IN_FULL
from tests.small_world import write_small_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_small_world(folder)
    return folder


@pytest.fixture(scope="module")
def edited(world: Path, tmp_path_factory: pytest.TempPathFactory) -> ProjectCopy:
    """A copy with every edit, after a nightly run that published."""
    copy = ProjectCopy.make(tmp_path_factory.mktemp("edited"))
    for edit, _ in EDITS.values():
        edit(copy)
    copy.deposit(world)
    copy.publish()
    return copy


def check_table(copy: ProjectCopy) -> None:
    """Published, explained, and judged by rules that follow from its columns."""
    assert (copy.home / "published/current/tables/case_by_reporter.parquet").is_file()
    assert copy.ask(f"select sum(case_count) > 0 as is_filled from {TABLE}") == [{"is_filled": True}]
    [explained] = copy.ask(
        "select count(*) as n from duckdb_columns() where schema_name = 'summary' "
        "and table_name = 'case_by_reporter' and comment is not null"
    )
    assert explained == {"n": 3}
    rules = copy.find_rules(TABLE)
    assert {"columns and types", "one row per key", "its key is stated"} <= set(rules)
    assert len(rules) >= 6  # and not empty, the words of two vocabularies, a count


def check_column(copy: ProjectCopy) -> None:
    [row] = copy.ask(
        f"select bool_and({COLUMN} = case_count - serious_case_count) as is_right, sum({COLUMN}) > 0 as is_filled "
        "from summary.reported_by_drug_route"
    )
    assert row == {"is_right": True, "is_filled": True}
    assert any(COLUMN in rule for rule in copy.find_rules("summary.reported_by_drug_route"))


def check_route_word(copy: ProjectCopy) -> None:
    routes = {row["route"] for row in copy.ask("select distinct route from summary.reported_by_drug_route")}
    assert ROUTE in routes


def check_source_word(copy: ProjectCopy) -> None:
    assert SOURCE in {row["source"] for row in copy.ask(f"select distinct source from {TABLE}")}


CHECKS = {
    "table": check_table,
    "column": check_column,
    "route word": check_route_word,
    "source word": check_source_word,
}


@pytest.mark.proof
@pytest.mark.parametrize("name", EDITS)
def test_edit_takes_effect_in_a_run_with_all_of_them(edited: ProjectCopy, name: str) -> None:
    CHECKS[name](edited)


if IN_FULL:  # a night each

    @pytest.mark.proof
    @pytest.mark.parametrize("name", EDITS)
    def test_edit_takes_effect_alone(world: Path, tmp_path: Path, name: str) -> None:
        copy = ProjectCopy.make(tmp_path)
        EDITS[name][0](copy)
        copy.deposit(world)
        copy.publish()
        CHECKS[name](copy)


@pytest.mark.parametrize("name", ["table", "column"])
def test_edit_needs_so_many_files(tmp_path: Path, name: str) -> None:
    copy = ProjectCopy.make(tmp_path)
    edit, files = EDITS[name]
    edit(copy)
    assert len(copy.edited) == files


@pytest.mark.parametrize(("name", "use"), [("route word", use_route_word), ("source word", use_source_word)])
def test_new_word_needs_one_file_besides_its_use(
    tmp_path: Path, name: str, use: Callable[[ProjectCopy], None]
) -> None:
    with_word, used = ProjectCopy.make(tmp_path / "with_word"), ProjectCopy.make(tmp_path / "used")
    edit, files = EDITS[name]
    edit(with_word)
    use(used)
    assert set(with_word.edited) - set(used.edited) == {"sql/vocabulary.csv"}
    assert files == 1


@pytest.mark.proof
def test_word_that_is_not_in_the_vocabulary_stops_publication(world: Path, tmp_path: Path) -> None:
    """So the two edits above are needed: rules of every table with such a column read the vocabulary."""
    copy = ProjectCopy.make(tmp_path)
    use_route_word(copy)
    use_source_word(copy)
    copy.deposit(world)
    assert copy.run("nightly").returncode == 3
    failed = copy.find_failed()
    tables = {suite for (suite, rule) in failed if "route" in rule}
    assert {"events.exposure", "events.exposed_case", "summary.reported_by_drug_route"} <= tables
    assert any(suite == TABLE and "source" in rule for suite, rule in failed)
