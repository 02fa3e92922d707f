"""What texts become is the same on both engines: awkward texts, random ones, and every character of Unicode.

The sample and the random worlds hold few of them; what the agencies send may hold any.
"""

import random
from pathlib import Path

import duckdb
import pytest

from pipeline import typed
from pipeline.models import Model
from pipeline.publishing.logical_hash import TableHash, hash_tables
from pipeline.resources import SQL
from pipeline.spark.engine import SparkEngine

pytestmark = [pytest.mark.spark, pytest.mark.timeout(900)]

AWKWARD = [
    "", " ", "\u00a0", "\u00a0x\u00a0", "\tx\n", "\u2003x", "x\u200b", "\ufeffx", "a\rb", "a\u0085b", "a\u2028b",
    "a\vb", "x\n", "ß", "ﬁ", "İ", "I", "ı", "Σ", "ΟΔΟΣ", "ὈΔΥΣΣΕΎΣ ΟΔΟΣ", "ŉ", "ǆ", "ﬀ", "Straße", "STRASSE",
    "naïve", "Ångström", "A\u030angstro\u0308m", "é", "e\u0301", "µg", "μg", "ﾏ", "가", "\U0001f9e0", "\U00010400",
    "\U000f0000", "a\U0001f9e0b", "\x00", "a\x00b", "\x1e", "\x1f", "'", '"', "\\", "\\1", "$1", "$", "%", "_",
    "[", "]", "(", ")", "{", "}", "a|b", "a.b", "a+b", "^", "`", "’", "1", "01", "1.5", ".5", "5.", "1e3", "1E3",
    "0x10", "-3", "+3", "1d", "1f", "NaN", "Infinity", "infinity", "-inf", "1_000", "1,000", "１２", "٣", " 7 ",
    "\u00a07", "9" * 18, "9" * 19, "9" * 38, "1" + "0" * 38, "12345678901234567890", "20240229", "20230229",
    "19000101", "00010101", "00000101", "2024", "202413", "2024-01", "2024-01-31", "99991231", "epoch",
    "10 mg/day", "0,5 MG", ".5mg per kg", "1,000 ug", "5 MCG/HR", "10 ?g", "10 \ufffdg", "2 m² IV",
    "(S)-ketamine", "vial(s)", "Ketamine's group S: placebo, or", "i.v. and p.o.",
    "placebo / ketamine + midazolam", "group r:", "nausea; vomiting\nthen rest", "ketamine\u00a0and placebo",
    "KETAMİNE VS PLACEBO", "followed by\vrest", "a.\u2003b", "per\u0085kg", "\u0130\u0307", "placebo\u0301",
]  # fmt: skip
LETTERS = "aA bBzZ09.,;:/+-()[]'\"^$\\%µμßİıΣςéê\u0301\u00a0\u2003\t\n\v\r\x1c\u0085\u2028gGmM\U0001f9e0"
WORDS = [
    "mg",
    "ug",
    "per",
    "day",
    "placebo",
    "and",
    "ketamine",
    "i.v.",
    "group s:",
    "1,000",
    ".5",
    "0,5",
    "kg",
    "m²",
    "'s",
    "or",
]

EXPRESSIONS = {
    "trimmed": "trim(said)",
    "trimmed_left": "ltrim(said)",
    "trimmed_of_signs": "trim(said, '. ,()')",
    "in_capitals": "upper(said)",
    "in_small_letters": "lower(said)",
    "without_accents": "strip_accents(said)",
    "counted": "length(said)",
    "begun": "left(said, 3)",
    "ended": "right(said, 3)",
    "joined": "said || '|' || said",
    "spaced_text": "spaced(said)",
    "words": "words_of(said)",
    "treatment": "treatment_text(said)",
    "segments": "treatment_segments(treatment_text(said))",
    "is_placebo": "names_placebo(said)",
    "dose": "spelled_dose(said)",
    "dose_of_report": "reported_dose(said)",
    "key_of_dose": "dose_key(said, said, 'MG', null)",
    "day": "earliest_day(date_digits(said))",
    "day_precision": "date_precision(date_digits(said))",
    "last_day": "latest_day(date_digits(said))",
    "written_day": "written_day(said)",
    "end_of_month": "last_day(written_day(said || '-01'))",
    "whole_number": "whole_number(said)",
    "number_of_report": "try_cast(whole_number(said) as bigint)",
    "is_number": "regexp_matches(said, '^\\d+$')",
    "is_all_number": "regexp_full_match(said, '\\d+')",
    "has_word": "regexp_matches(said, '\\bplacebo\\b')",
    "line": "regexp_extract(said, '^.*$')",
    "blanks_out": "regexp_replace(said, '\\s+', '_', 'g')",
    "first_sign_out": "regexp_replace(said, '[^a-z0-9]', '<\\0>')",
    "digits_apart": "regexp_replace(said, '(\\d)(\\D)', '\\2$\\1', 'g')",
    "all_numbers": "regexp_extract_all(said, '\\d+')",
    "pieces": "string_split(said, '.')",
    "cut": "string_split_regex(said, '\\s*(;|\\.)\\s*')",
    "second": "string_split(said, ' ')[2]",
    "is_in": "contains(said, '.')",
    "holds_sign": "list_contains(string_split(said, ''), '.')",
    "holds_beside_null": "list_contains([said, null, 'x'], 'x')",
    "holds_not_beside_null": "list_contains([said, null], 'never')",
    "shares": "list_has_any(string_split(said, ' '), ['placebo', 'and'])",
    "shares_not_beside_null": "list_has_any([said, null], ['never'])",
    "holds_all": "list_has_all(string_split(said, ' '), ['placebo', 'and'])",
    "holds_all_but_null": "list_has_all(string_split(said, ' '), ['and', null])",
    "place_of_word": "list_position(string_split(said, ' '), 'and')",
    "without_words": "list_reduce(['placebo', 'mg'], lambda rest, word: replace(rest, word, '/'), said)",
    "long_words": "list_filter(string_split(said, ' '), lambda word: length(word) > 2)",
    "rounded": "round(length(said)::double / 7 * 1005 / 1000, 3)",
}


def draw_texts(seed: int, count: int) -> list[str]:
    """Texts of awkward letters, words and blanks; the same for the same seed."""
    dice = random.Random(seed)
    return [
        "".join(
            dice.choice(WORDS) if dice.random() < 0.4 else dice.choice(LETTERS) for _ in range(dice.randint(1, 9))
        )
        for _ in range(count)
    ]


def open_with_texts(texts: list[str]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    typed.load_codes(connection, SQL, wanted=())
    connection.execute(
        "create schema clean; create schema events; create table clean.text (place bigint, said varchar)"
    )
    connection.executemany("insert into clean.text values (?, ?)", list(enumerate(texts)))
    connection.execute("insert into clean.text values (-1, null)")
    return connection


def make_with_both(
    connection: duckdb.DuckDBPyConnection, spark: SparkEngine, model: Model
) -> tuple[TableHash, TableHash]:
    """The hash of a table as DuckDB makes it, and as Spark does."""
    connection.execute(f"drop table if exists {model.table}")
    connection.execute(f"create table {model.table} as {model.sql}")
    of_duckdb = hash_tables(connection)[model.table]
    connection.execute(f"create or replace table of_duckdb as from {model.table}; drop table {model.table}")
    spark.make_table(connection, model)
    return of_duckdb, hash_tables(connection)[model.table]


def find_differing(connection: duckdb.DuckDBPyConnection, table: str) -> list[object]:
    return connection.execute(f"select * from (from {table} except from of_duckdb) order by all limit 5").fetchall()


@pytest.fixture(scope="module")
def awkward() -> duckdb.DuckDBPyConnection:
    # A text without the character zero: DuckDB's own regular expressions end there.
    return open_with_texts([text for text in [*AWKWARD, *draw_texts(17, 400)] if "\x00" not in text])


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expression_gives_the_same_for_every_awkward_text(
    awkward: duckdb.DuckDBPyConnection, spark: SparkEngine, name: str
) -> None:
    sql = f"select place, {EXPRESSIONS[name]} as {name} from clean.text"
    model = Model("events", name, sql, Path("invented"))
    of_duckdb, of_spark = make_with_both(awkward, spark, model)
    assert of_duckdb == of_spark, find_differing(awkward, model.table)


def test_every_character_of_unicode_is_changed_alike(spark: SparkEngine) -> None:
    """Alone and after a letter: a final sigma is one only after a letter."""
    connection = duckdb.connect()
    connection.execute("create schema clean; create schema events")
    connection.execute(
        "create table clean.letter as select chr(code::integer) as letter from "
        "(select unnest(range(1, 55296)) as code union all select unnest(range(57344, 1114112)))"
    )
    changes = ("upper", "lower", "strip_accents", "trim")
    listed = ", ".join(
        f"{change}('a' || letter) as {change}_after, {change}(letter) as {change}_alone" for change in changes
    )
    model = Model("events", "changed_letter", f"select letter, {listed} from clean.letter", Path("invented"))
    of_duckdb, of_spark = make_with_both(connection, spark, model)
    assert of_duckdb.row_count == 1_112_063
    assert of_duckdb == of_spark, find_differing(connection, model.table)
