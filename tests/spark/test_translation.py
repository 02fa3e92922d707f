"""What a SELECT of DuckDB becomes for Spark, without Spark: whether it means the same is for the comparisons."""

import sys
from pathlib import Path

import pytest

from pipeline.contract import Contract, load_contract
from pipeline.errors import NightvigilError, UsageError
from pipeline.models import Model, load_models
from pipeline.resources import SQL
from pipeline.settings import Settings
from pipeline.spark.letters import read_changes
from pipeline.spark.macros import Macro, read_macros
from pipeline.spark.recursion import split_recursion
from pipeline.spark.regexes import translate_pattern, translate_replacement
from pipeline.spark.session import open_session
from pipeline.spark.translate import translate

MODELS = [model for model in load_models(SQL) if isinstance(model, Model)]
RECURSIVE = ["clean.trial_number", "events.duplicate"]


@pytest.fixture(scope="module")
def macros() -> dict[str, Macro]:
    return read_macros(SQL / "functions.sql")


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract(SQL)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.table)
def test_every_select_has_a_translation(macros: dict[str, Macro], contract: Contract, model: Model) -> None:
    """A new SELECT whose words Spark has not learnt fails here, and not in the first build on a cluster."""

    def list_columns(view: str) -> list[str]:
        table = view.removeprefix("before__").replace("_" if view.startswith("before__") else "__", ".", 1)
        return [column.name for column in contract.columns[table]]

    recursion = split_recursion(model.sql)
    assert (recursion is not None) == (model.table in RECURSIVE)
    statements = [recursion.beginning, recursion.step, recursion.rest] if recursion else [model.sql]
    for statement in statements:
        text = translate(statement, macros, list_columns)
        assert text.startswith(("SELECT", "WITH", "(SELECT"))
        assert not [name for name in macros if f"{name}(" in text.lower()]


def test_every_macro_is_read_and_written_out_with_those_it_uses(macros: dict[str, Macro]) -> None:
    assert len(macros) == (SQL / "functions.sql").read_text().count("create or replace temp macro")
    text = translate("select dose_key(a, b, c, d) as k from clean.x", macros, lambda view: [])
    assert "MD5" in text.upper() and not [name for name in macros if f"{name}(" in text.lower()]


@pytest.mark.parametrize(
    ("pattern", "of_java"),
    [
        (r"^\d+$", r"^\d+\z"),
        (r"a.b", r"a[^\n]b"),
        (r"\s+", r"[\t\n\f\r ]+"),
        (r"[\s,]", r"[\t\n\f\r ,]"),
        (r"[^\d.]", r"[^\d.]"),
        ("[]a[&]", r"[\]a\[\&]"),
        ("[^]]", r"[^\]]"),
        (r"\[.\$", r"\[[^\n]\$"),
        (r"\x{00A0}", r"\x{00A0}"),
    ],
)
def test_pattern_of_re2_in_the_words_of_java(pattern: str, of_java: str) -> None:
    assert translate_pattern(pattern) == of_java


@pytest.mark.parametrize("pattern", [r"[[:alpha:]]", r"\Qa\E", r"\Ca", r"[\S]", "(?i)a", r"a\v", r"\pL"])
def test_pattern_with_a_sign_of_unknown_meaning_is_refused(pattern: str) -> None:
    with pytest.raises(NightvigilError, match="whose meaning for Spark is not known"):
        translate_pattern(pattern)


@pytest.mark.parametrize(
    ("replacement", "groups_before", "of_java"),
    [(r"\1 \2", 0, "$1 $2"), (r"\10", 0, r"$1\0"), (r"<\0>", 0, "<$0>"), (r"<\0>", 2, "<$2>"), (r"\1$", 2, r"$3\$")],
)
def test_replacement_in_the_words_of_java(replacement: str, groups_before: int, of_java: str) -> None:
    assert translate_replacement(replacement, groups_before=groups_before) == of_java


@pytest.mark.parametrize(
    "sql",
    [
        "select regexp_matches(a, b || 'x') as f from clean.x",
        "select regexp_replace(a, 'x', b) as f from clean.x",
        "select a[1:2] as f from clean.x",
        "select try_strptime(a, '%d.%m.%Y') as f from clean.x",
        "select list(distinct a order by b) as f from clean.x",
        "select list(a order by b nulls first) as f from clean.x",
        "select regexp_matches(a, 'x', 'i') as f from clean.x",
        "select range(1, 10, 2) as f",
        "select round(a, -1) as f from clean.x",
        "select a * 0.5 as f from clean.x",
    ],
)
def test_what_has_no_rule_is_refused_with_its_text(macros: dict[str, Macro], sql: str) -> None:
    with pytest.raises(NightvigilError, match="Spark has no translation of"):
        translate(sql, macros, lambda view: [])


def test_recursive_table_becomes_statements_that_follow_one_another() -> None:
    found = split_recursion(
        "with recursive one as (select 1 as a), run as (select a from one union select a + 1 from run where a < 3), "
        "late as (select * from run) select * from late"
    )
    assert found is not None and found.is_distinct
    assert "recursion" not in found.beginning.lower() and "one AS" in found.beginning
    assert "recursion.last" in found.step and "late" not in found.step
    assert "recursion.found" in found.rest and "late AS" in found.rest


def test_letters_that_change_are_those_of_duckdb() -> None:
    upper, lower, plain = (read_changes(name) for name in ("upper", "lower", "strip_accents"))
    assert upper.after[upper.before.index("ß")] == "ẞ" and lower.after[lower.before.index("Σ")] == "σ"
    assert plain.after[plain.before.index("é")] == "e"
    assert len(plain.after) < len(plain.before), "accents of their own are left out"
    assert plain.before.index("\u0301") >= len(plain.after)


def test_without_pyspark_the_engine_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(UsageError, match="needs PySpark") as refused:
        open_session(Settings(home=tmp_path, engine="spark"), tmp_path)
    assert "make setup-spark" in refused.value.todo


def test_without_java_the_engine_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Invented:
        SparkSession = None

    monkeypatch.setitem(sys.modules, "pyspark.sql", Invented)  # type: ignore[arg-type]
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="needs Java 17"):
        open_session(Settings(home=tmp_path, engine="spark"), tmp_path)
