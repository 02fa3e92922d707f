"""The header of a member names its fields, or the delivery is refused."""

import re

import pytest

from pipeline.errors import DeliveryRefused
from pipeline.resources import SQL
from pipeline.sources.faers.layout import TABLES, make_shape
from tests.landing.splitter_outcomes import read_layout_of

MODERN = {table: "$".join(make_shape(table, "2017Q2").columns) for table in TABLES}


def land_refused(header: str, table: str, period: str = "2017Q2") -> str:
    with pytest.raises(DeliveryRefused) as caught:
        read_layout_of(header.encode() + b"\n1$2$3\n", table, period)
    assert f"{table}.txt" in caught.value.where
    return caught.value.what


def make_modern_header(table: str) -> list[str]:
    shape = make_shape(table, "2017Q2")
    return [column for column in shape.columns if column in shape.needed]


@pytest.mark.parametrize("table", TABLES)
def test_missing_or_renamed_column_refuses_the_delivery(table: str) -> None:
    """The refusal names the file and the column, and the new name that may be the old column's."""
    for column in make_modern_header(table):
        without = [each for each in make_modern_header(table) if each != column]
        assert land_refused("$".join(without), table) == f"the header lacks a needed column: {column}"
        renamed = [f"{column}_new" if each == column else each for each in make_modern_header(table)]
        reason = f"the header lacks a needed column: {column}; not seen before: unlisted_{column}_new"
        assert land_refused("$".join(renamed), table) == reason


@pytest.mark.parametrize("table", TABLES)
def test_column_never_seen_before_is_kept(table: str) -> None:
    """The agency adds columns between and after the known ones: they are read under names of their own."""
    first, *rest = make_modern_header(table)
    layout = read_layout_of(
        ("$".join([first, "Route TermID", *rest, "seriousness.1"]) + "\n").encode(), table, "2026Q4"
    )
    assert list(layout.columns) == [first, "unlisted_route_termid", *rest, "unlisted_seriousness_1"]
    assert layout.raw_columns == (*layout.shape.columns, "unlisted_route_termid", "unlisted_seriousness_1")


@pytest.mark.parametrize("added", ["1234567", "<b>", "x" * 64, "", "a\x1b[31m"])
def test_what_is_no_name_of_a_column_refuses_the_delivery(added: str) -> None:
    header = "$".join([added, *make_modern_header("outc")])
    assert "unknown column" in land_refused(header, "outc")


def test_many_columns_never_seen_before_are_another_table() -> None:
    names = [f"column_{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(41)]
    header = "$".join([*make_modern_header("outc"), *names])
    assert land_refused(header, "outc") == "the header names 41 columns that were never seen before"


def test_columns_that_differ_in_signs_only_refuse_the_delivery() -> None:
    header = "$".join([*make_modern_header("outc"), "term id", "term.id"])
    assert land_refused(header, "outc") == "the header names a column twice: unlisted_term_id"


@pytest.mark.parametrize("table", TABLES)
def test_column_that_no_model_reads_may_be_absent(table: str) -> None:
    """What `needed` leaves out of a modern quarter is what no typed model reads, and nothing else."""
    shape = make_shape(table, "2017Q2")
    models = [
        text for path in (SQL / "typed").glob("faers_*.sql") if f"raw.faers_{table}" in (text := path.read_text())
    ]
    words = set(re.findall(r"\w+", re.sub("--.*", "", "\n".join(models))))
    unread = {column for column in shape.columns if column not in words}
    legacy = {"foll_seq", "image", "confid", "death_dt"}
    assert set(shape.columns) - shape.needed == unread | (legacy & set(shape.columns))


@pytest.mark.parametrize("table", TABLES)
def test_reordered_columns_keep_their_names(table: str) -> None:
    names = make_modern_header(table)[::-1]
    assert list(read_layout_of(("$".join(names) + "\n").encode(), table, "2017Q2").columns) == names


def test_repeated_column_name_refuses_the_delivery() -> None:
    assert "twice: primaryid" in land_refused("primaryid$caseid$isr$outc_cod", "outc")


def test_empty_member_refuses_the_delivery() -> None:
    with pytest.raises(DeliveryRefused, match="no header"):
        read_layout_of(b"\r\n", "outc", "2017Q2")


def test_web_page_is_not_read_as_a_table() -> None:
    assert "unknown column: '<!doctype html>'" in land_refused("<!DOCTYPE html>", "demo")


@pytest.mark.parametrize(
    ("table", "period", "header"),
    [
        ("outc", "2012Q4", "primaryid$caseid$outc_code"),
        (
            "drug",
            "2004Q1",
            "ISR$DRUG_SEQ$ROLE_COD$DRUGNAME$VAL_VBM$ROUTE$DOSE_VBM$DECHAL$RECHAL$LOT_NBR$EXP_DT$NDA_NUM",
        ),
        ("ther", "2012Q3", "ISR$DRUG_SEQ$START_DT$END_DT$DUR$DUR_COD"),
        ("rpsr", "2017Q2", "\ufeffPRIMARYID$ CaseID $rpsr_cod"),
    ],
)
def test_known_header_spellings_are_accepted(table: str, period: str, header: str) -> None:
    columns = read_layout_of(f"{header}\n".encode(), table, period).columns
    assert set(columns) <= set(make_shape(table, period).columns)


def test_reporter_country_is_not_required_before_2005q3() -> None:
    assert "reporter_country" not in make_shape("demo", "2005Q2").needed
    assert "reporter_country" in make_shape("demo", "2005Q3").needed
