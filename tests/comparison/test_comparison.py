"""The comparison of published files finds every planted difference, and lets through only what is listed."""

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from pipeline.publishing.parquet_tables import write_sorted
from tests.comparison.changes import Changes, NotOneToOne, Renamed, Replaced, read_changes
from tests.comparison.tables import Outcome, compare_folders

ROWS = (
    "select * from (values ('ketamine', 1, 0.5::double, 'too few'), ('memantine', 2, null, 'none')) "
    "as reported(drug, n, x, reason)"
)
HERE = Path(__file__).parent
PROJECT = HERE.parents[1]


def write(folder: Path, query: str, table: str = "reported") -> Path:
    """One published table as a folder of Parquet files."""
    folder.mkdir(exist_ok=True)
    with closing(duckdb.connect()) as connection:
        connection.execute(f"create table written as {query}")
        columns = [row[0] for row in connection.execute("describe written").fetchall()]
        write_sorted(connection, "written", columns, folder / f"{table}.parquet")
    return folder


def compare(tmp_path: Path, base: str, head: str, changes: Changes | None = None) -> Outcome:
    folders = write(tmp_path / "base", base), write(tmp_path / "head", head)
    [outcome] = compare_folders(*folders, changes or Changes())
    return outcome


def test_same_rows_in_another_order_are_the_same_bytes(tmp_path: Path) -> None:
    assert compare(tmp_path, ROWS, f"{ROWS} order by drug desc").is_same


@pytest.mark.parametrize(
    ("head", "shown"),
    [
        (
            f"select * replace (n + 1 as n) from ({ROWS}) where n = 1 union all from ({ROWS}) where n = 2",
            "+ drug 'ketamine', n 2",
        ),
        (f"from ({ROWS}) union all from ({ROWS}) where n = 1", "+ drug 'ketamine'"),
        (f"from ({ROWS}) where n = 1", "- drug 'memantine'"),
        (f"select * replace (n::bigint as n) from ({ROWS})", "+ n BIGINT"),
        (f"select * rename (n as count) from ({ROWS})", "- n INTEGER"),
        (f"select n, drug, x, reason from ({ROWS})", None),
        (f"select * replace (coalesce(x, 'nan') as x) from ({ROWS})", "x nan"),
        (f"select * replace (x + 1e-16 as x) from ({ROWS})", "x 0.5000000000000001"),
        (
            f"select * replace (replace(reason, 'none', 'None') as reason) from ({ROWS})",
            "+ drug 'memantine', reason 'None'",
        ),
    ],
    ids=["value", "doubled row", "missing row", "type", "renamed", "order", "null to nan", "last digit", "text"],
)
def test_planted_difference_is_found_and_shown(tmp_path: Path, head: str, shown: str | None) -> None:
    outcome = compare(tmp_path, ROWS, head)
    assert not outcome.is_same
    assert shown is None or shown in str(outcome)


@pytest.mark.parametrize("missing", ["base", "head"])
def test_table_published_by_one_commit_only_is_a_difference(tmp_path: Path, missing: str) -> None:
    folders = {"base": write(tmp_path / "base", ROWS), "head": write(tmp_path / "head", ROWS)}
    write(next(path for name, path in folders.items() if name != missing), ROWS, "another")
    another, reported = compare_folders(folders["base"], folders["head"], Changes())
    assert (another.is_same, reported.is_same) == (False, True)


def test_two_empty_folders_are_no_proof(tmp_path: Path) -> None:
    [outcome] = compare_folders(tmp_path, tmp_path, Changes())
    assert not outcome.is_same


def test_file_written_by_another_writer_is_a_difference(tmp_path: Path) -> None:
    base, head = write(tmp_path / "base", ROWS), write(tmp_path / "head", ROWS)
    duckdb.execute(f"copy (from '{base}/reported.parquet') to '{head}/reported.parquet' (compression gzip)")
    [outcome] = compare_folders(base, head, Changes())
    assert not outcome.is_same
    assert "other bytes" in outcome.how


def test_listed_changes_make_the_tables_the_same(tmp_path: Path) -> None:
    changes = Changes(
        [Renamed("reported", "reason", "status")],
        [
            Replaced("reported", "status", "too few", "fewer than 3 cases"),
            Replaced("reported", "status", "none", "too few"),
        ],
    )
    head = f"select * exclude (reason), if(n = 1, 'fewer than 3 cases', 'too few') as status from ({ROWS})"
    outcome = compare(tmp_path, ROWS, head, changes)
    assert outcome.is_same, outcome
    assert "3 changes" in outcome.how
    assert not changes.find_unused()


def test_listed_change_hides_no_other_difference(tmp_path: Path) -> None:
    changes = Changes(replaced=[Replaced("reported", "reason", "none", "absent")])
    head = f"select * replace (if(n = 2, 'absent', 'few') as reason) from ({ROWS})"
    assert not compare(tmp_path, ROWS, head, changes).is_same


def test_listed_change_that_was_not_made_is_a_difference(tmp_path: Path) -> None:
    changes = Changes(replaced=[Replaced("reported", "reason", "none", "absent")])
    assert not compare(tmp_path, ROWS, ROWS, changes).is_same


def test_unused_change_is_reported_and_one_that_base_holds_already_is_not(tmp_path: Path) -> None:
    unused = Replaced("reported", "reason", "never published", "never either")
    changes = Changes([Renamed("reported", "old", "n")], [unused, Replaced("reported", "reason", "old", "none")])
    assert compare(tmp_path, ROWS, ROWS, changes).is_same
    assert changes.find_unused() == [unused]


def test_texts_that_would_become_one_are_refused(tmp_path: Path) -> None:
    changes = Changes(replaced=[Replaced("reported", "reason", "none", "too few")])
    with pytest.raises(NotOneToOne, match=r"reported\.reason"):
        compare(tmp_path, ROWS, ROWS, changes)


@pytest.mark.parametrize("rows", ["t,c,a,b\nt,c,a,d\n", "t,c,a,b\nt,c,d,b\n", "t,c,a,a\n"])
def test_list_that_is_not_one_to_one_is_refused(tmp_path: Path, rows: str) -> None:
    texts = tmp_path / "texts.csv"
    texts.write_text(f"table,column,before,after\n{rows}")
    with pytest.raises(NotOneToOne, match=r"texts\.csv"):
        read_changes(HERE / "columns.csv", texts)


def test_committed_lists_are_one_to_one() -> None:
    read_changes(HERE / "columns.csv", PROJECT / "sql" / "changed_texts.csv")
