"""A candidate is built from an empty file, in the listed order, and documents every table and column."""

from pathlib import Path

import duckdb
import pytest

from pipeline import models, warehouse
from pipeline.errors import NightvigilError
from pipeline.settings import Settings

SNAPSHOT = {
    "run_id": "r1",
    "parent_snapshot_id": None,
    "profile": "auto",
    "code_commit": "c",
    "build_identity": "i",
    "started_at": "2026-01-01T00:00:00Z",
}


@pytest.fixture
def project_settings(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of a project of two models, the second reading the first."""
    sql = tmp_path / "sql"
    for folder in ("codes", "typed", "clean", "events"):
        (sql / folder).mkdir(parents=True)
    (sql / "functions.sql").write_text("")
    (sql / "tables.csv").write_text("table_name,key,meaning\ncodes.word,,words we know\nmain.words,,all words\n")
    (sql / "codes" / "word.csv").write_text("word,why\nnausea,test\n")
    (sql / "clean" / "first.sql").write_text(
        "-- Every word, once.\n-- grain  one row per word\nselect word from codes.word\n"
    )
    (sql / "events" / "second.sql").write_text(
        "-- Words that were seen.\n-- grain  one row per word\n-- not    a count\n"
        "select c.word from clean.first as c\n"
    )
    (sql / "order.txt").write_text("# the corridor\nclean.first\nevents.second  # after it\n")
    (sql / "columns.csv").write_text(
        "table_name,column_name,type,nullability,vocabulary,meaning\n,word,VARCHAR,,kind,a word\n"
        "clean.first,word,,not null,,\nevents.second,word,,,,a word that's seen\n"
    )
    (sql / "vocabulary.csv").write_text("vocabulary,value,subset,meaning\nkind,nausea,,feeling sick\n")
    (sql / "review_queue.sql").write_text("select word as name_text from events.second where false\n")
    (sql / "macros.sql").write_text("create macro words() as table select word from events.second;\n")
    return Settings(home=settings.home, sql_dir=sql)


def test_candidate_has_the_listed_tables_with_comments(project_settings: Settings) -> None:
    path = warehouse.build(project_settings, [], SNAPSHOT, project_settings.home / "candidate.duckdb", sources=())
    assert not path.with_name("candidate.duckdb.wal").exists()
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("select * from words()").fetchall() == [("nausea",)]
        comments = "select comment from duckdb_tables() where schema_name = 'events'"
        assert connection.execute(comments).fetchone() == (
            "Words that were seen.\ngrain one row per word\nnot a count",
        )
        columns = (
            "select schema_name, comment from duckdb_columns() where column_name = 'word' and comment is not null"
        )
        assert sorted(connection.execute(columns).fetchall()) == [
            ("clean", "a word"),
            ("codes", "a word"),
            ("events", "a word that's seen"),
        ]
        assert connection.execute(
            "select comment from duckdb_functions() where function_name = 'words'"
        ).fetchone() == ("all words",)
        assert connection.execute("from meta.column where column_name = 'word' order by table_name").fetchall() == [
            ("clean.first", "word", "VARCHAR", "not null", "kind", "a word"),
            ("codes.word", "word", "VARCHAR", None, "kind", "a word"),
            ("events.second", "word", "VARCHAR", None, "kind", "a word that's seen"),
        ]
        assert connection.execute("from meta.vocabulary").fetchall() == [("kind", "nausea", None, "feeling sick")]


def test_candidate_is_built_from_an_empty_file(project_settings: Settings) -> None:
    """Whatever an interrupted run left in the file is removed."""
    target = project_settings.home / "candidate.duckdb"
    warehouse.build(project_settings, [], SNAPSHOT, target, sources=())
    with duckdb.connect(str(target)) as connection:
        connection.execute("create table summary.left_over as select 1 as x")
    warehouse.build(project_settings, [], SNAPSHOT, target, sources=())
    with duckdb.connect(str(target), read_only=True) as connection:
        assert connection.execute(
            "select count(*) from duckdb_tables() where table_name = 'left_over'"
        ).fetchone() == (0,)


def test_model_file_outside_the_list_is_refused(project_settings: Settings) -> None:
    (project_settings.sql_dir / "events" / "third.sql").write_text("select 1")
    with pytest.raises(NightvigilError, match=r"events\.third"):
        models.load_models(project_settings.sql_dir)


def test_a_select_for_a_source_continues_a_table_by_column_names(project_settings: Settings) -> None:
    """Its file is beside the table's, or in any other folder of the layer, and it is not in the list."""
    (project_settings.sql_dir / "events" / "reports").mkdir()
    (project_settings.sql_dir / "events" / "reports" / "second.icsr.sql").write_text(
        "-- Words of another source.\n-- grain  one row per word\nselect 'vomiting' as word order by 1\n"
    )
    (model,) = (model for model in models.load_models(project_settings.sql_dir) if model.table == "events.second")
    assert model.meaning == "Words that were seen.\ngrain one row per word\nnot a count"
    path = warehouse.build(project_settings, [], SNAPSHOT, project_settings.home / "candidate.duckdb", sources=())
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("select word from events.second order by 1").fetchall() == [
            ("nausea",),
            ("vomiting",),
        ]


def test_a_select_that_continues_no_table_is_refused(project_settings: Settings) -> None:
    (project_settings.sql_dir / "events" / "third.icsr.sql").write_text("select 1")
    with pytest.raises(NightvigilError, match=r"events\.third\.icsr"):
        models.load_models(project_settings.sql_dir)


def test_failing_model_is_named_in_the_error(project_settings: Settings) -> None:
    (project_settings.sql_dir / "events" / "second.sql").write_text("select nothing from clean.first")
    with pytest.raises(duckdb.Error) as failure:
        warehouse.build(project_settings, [], SNAPSHOT, project_settings.home / "candidate.duckdb", sources=())
    assert "events.second" in failure.value.__notes__[0]
