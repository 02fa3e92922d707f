"""Row-local typing: done once per delivery, repeated when its inputs change, each row with its line."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipeline import raw_views, typed
from pipeline.landing.hashes import AT_LANDING, record_hashes
from pipeline.landing.receipts import RECEIPT_NAME, Receipt
from pipeline.settings import Settings

SQL = """-- One row per staged reaction.
-- grain  one row per record
select r.primaryid, upper(r.pt) as term, c.meaning, r.period, r.era, r.line_number
from raw.faers_reac as r
left join codes.word as c on c.word = r.pt
"""


@pytest.fixture
def project_settings(settings: Settings, tmp_path: Path) -> Settings:
    """One typed model, two code lists, and a landed delivery of two regular rows, one joined, two split from a
    line."""
    sql = tmp_path / "sql"
    (sql / "typed").mkdir(parents=True)
    (sql / "codes").mkdir()
    (sql / "functions.sql").write_text("")
    (sql / "typed" / "faers_reac.sql").write_text(SQL)
    (sql / "codes" / "word.csv").write_text("word,meaning,why\nnausea,known,test\n")
    (sql / "codes" / "other.csv").write_text("word,why\nx,test\n")
    raw = settings.raw / "faers" / "one"
    raw.mkdir(parents=True)
    duckdb.execute(
        "copy (select * from (values ('1','nausea'),('2',''),('3','x'),('4','y'),('5','z')) t(primaryid, pt)) "
        f"to '{raw}/reac.parquet'"
    )
    duckdb.execute(
        "copy (select * from (values "
        "('reac','header',1,1,null,null),('reac','staged',2,2,0,2),"
        "('reac','staged',4,3,2,1),('reac','staged',7,1,3,2)) "
        f"t(table_name, fate, first_line, line_count, first_row, row_count)) to '{raw}/lines.parquet'"
    )
    (raw / RECEIPT_NAME).write_text("{}")
    record_hashes(raw, RECEIPT_NAME, AT_LANDING)
    return Settings(home=settings.home, sql_dir=sql)


@pytest.fixture
def receipt() -> Receipt:
    return Receipt(
        source="faers",
        delivery_id="one",
        period="2017Q2",
        era="faers",
        content_sha256="ab" * 32,
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        origin="inbox:x.zip",
        files=[],
        raw_in="one",
    )


@pytest.mark.parametrize("many", [100, 1], ids=["few odd lines", "many odd lines"])
def test_each_row_has_its_period_and_first_line(
    project_settings: Settings, receipt: Receipt, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record joined of lines 4 to 6 begins on 4; two records split from line 7 both begin on 7."""
    monkeypatch.setattr(raw_views, "MANY_STEPS", many)
    path = typed.type_delivery(project_settings, receipt)["faers_reac"]
    rows = duckdb.execute(f"select primaryid, term, meaning, period, line_number from '{path}' order by 1").fetchall()
    assert rows == [
        ("1", "NAUSEA", "known", "2017Q2", 2),
        ("2", "", None, "2017Q2", 3),
        ("3", "X", None, "2017Q2", 4),
        ("4", "Y", None, "2017Q2", 7),
        ("5", "Z", None, "2017Q2", 7),
    ]


def test_second_run_reuses_typed_files(project_settings: Settings, receipt: Receipt) -> None:
    first = typed.type_delivery(project_settings, receipt)["faers_reac"]
    stamp = first.stat().st_mtime_ns
    for raw in (project_settings.raw / "faers" / "one").iterdir():
        raw.unlink()
    assert typed.type_delivery(project_settings, receipt)["faers_reac"] == first
    assert first.stat().st_mtime_ns == stamp


def test_typed_file_is_rebuilt_only_when_its_inputs_change(project_settings: Settings, receipt: Receipt) -> None:
    """A pharmacist who edits one code list re-types what names that list, and nothing else."""
    first = typed.type_delivery(project_settings, receipt)["faers_reac"]
    (project_settings.sql_dir / "codes" / "other.csv").write_text("word,why\ny,edited\n")
    assert typed.type_delivery(project_settings, receipt)["faers_reac"] == first
    (project_settings.sql_dir / "codes" / "word.csv").write_text("word,meaning,why\nnausea,edited,test\n")
    second = typed.type_delivery(project_settings, receipt)["faers_reac"]
    assert second != first
    assert duckdb.execute(f"select meaning from '{second}' where primaryid = '1'").fetchone() == ("edited",)


def test_typed_rows_are_made_again_where_a_model_behind_them_at_any_distance_changed(
    project_settings: Settings, receipt: Receipt
) -> None:
    """A list that only the first of three models names decides what the third says."""
    folder = project_settings.sql_dir / "typed"
    (folder / "faers_reac_further.sql").write_text(
        "-- Further.\n-- grain  one row\nselect term from typed.faers_reac\n"
    )
    (folder / "faers_reac_last.sql").write_text(
        "-- Last.\n-- grain  one row\nselect term from typed.faers_reac_further\n"
    )
    before = typed.type_delivery(project_settings, receipt)["faers_reac_last"]
    (project_settings.sql_dir / "codes" / "word.csv").write_text("word,meaning,why\nnausea,another,test\n")
    assert typed.type_delivery(project_settings, receipt)["faers_reac_last"] != before


def test_only_the_lists_that_are_needed_are_loaded_with_those_they_follow_from(project_settings: Settings) -> None:
    codes = project_settings.sql_dir / "codes"
    (codes / "capital.sql").write_text("select upper(word) as word from codes.word")
    for wanted, loaded in (
        (["other"], {"other"}),
        (["capital"], {"capital", "word"}),
        (None, {"capital", "other", "word"}),
    ):
        with duckdb.connect() as connection:
            typed.load_codes(connection, project_settings.sql_dir, wanted)
            tables = connection.execute("select table_name from duckdb_tables where schema_name = 'codes'").fetchall()
        assert {name for (name,) in tables} == loaded
