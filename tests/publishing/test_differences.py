"""Which published values of two databases differ: rows, columns and tables, apart from what needs no acceptance."""

from pathlib import Path

import pytest

from pipeline.publishing.differences import TableDifference, compare_published, read_changed_texts
from pipeline.settings import Settings
from tests.publishing.conftest import CELLS, make_candidate

KEYS = {"summary.reported": ("drug", "route", "reaction"), "summary.steady": ("number",)}


def compare(
    settings: Settings, after: tuple[tuple[object, ...], ...] = CELLS, *more: str, texts: dict[str, str] | None = None
) -> list[TableDifference]:
    for path in settings.home.glob("*.duckdb"):
        path.unlink()
    before = make_candidate(settings.home / "before.duckdb")
    later = make_candidate(settings.home / "after.duckdb", after, more=more)
    replaced = {"reported": {"reaction": texts}} if texts else {}
    return compare_published(settings, before, later, keys=KEYS, texts=replaced)


def test_same_rows_do_not_differ(settings: Settings) -> None:
    """In another order, beside a new table, a new column and other notes below the published schema."""
    more = ["alter table summary.steady add column half double", "create table summary.added as select 1 as number"]
    assert compare(settings, CELLS[::-1], *more, "update events.note set note = 'another'") == []


def test_each_kind_of_difference_is_counted(settings: Settings) -> None:
    """One count is another, one cell is new, one is gone; the largest change of a count comes first."""
    first, second, _ = CELLS
    cells = ((*first[:3], 70), (*second[:3], 10), ("memantine", "oral", "confusion", 1))
    [found] = compare(settings, cells)
    assert (found.table, found.rows_changed, found.rows_new, found.rows_gone) == ("reported", 2, 1, 1)
    row = "ketamine | intravenous | hallucination"
    assert found.largest[0] == {"row": row, "column": "case_count", "before": "7", "after": "70"}
    assert [change["column"] for change in found.largest] == ["case_count", "case_count", "(row)", "(row)"]


@pytest.mark.parametrize(
    ("change", "table", "gone"),
    [
        ("drop table summary.steady", "steady", ["(table)"]),
        ("alter table summary.steady drop column letter", "steady", ["letter"]),
    ],
)
def test_what_is_no_longer_published_differs(settings: Settings, change: str, table: str, gone: list[str]) -> None:
    [found] = compare(settings, CELLS, change)
    assert (found.table, found.gone) == (table, gone)


@pytest.mark.parametrize("change", ["letter = null", "letter = 'e'"])
def test_text_differs(settings: Settings, change: str) -> None:
    [found] = compare(settings, CELLS, f"update summary.steady set {change} where number = 3")
    assert (found.table, found.rows_changed) == ("steady", 1)


def test_text_of_the_committed_list_does_not_differ(settings: Settings) -> None:
    """A text of a key too; whatever else moves in its row is still found."""
    renamed = tuple((*cell[:2], cell[2].replace("dissociation", "dissociative state"), cell[3]) for cell in CELLS)
    texts = {"dissociation": "dissociative state"}
    assert compare(settings, renamed, texts=texts) == []
    [found] = compare(
        settings, renamed, "update summary.reported set case_count = 4 where case_count = 3", texts=texts
    )
    assert found.rows_changed == 1


def test_committed_list_replaces_no_word_of_a_vocabulary() -> None:
    """A word of a closed vocabulary is a published value: that it became another needs an acceptance."""
    from pipeline.contract import load_contract

    sql_dir = Path(__file__).parents[2] / "sql"
    contract = load_contract(sql_dir)
    for table, columns in read_changed_texts(sql_dir).items():
        for name in columns:
            column = contract.find_column(f"summary.{table}", name)
            assert column is not None and not column.vocabulary, f"{table}.{name}"
