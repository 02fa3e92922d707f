"""A header decides what a member's fields are called, or stops the delivery."""

import pytest

from pipeline.errors import DeliveryRefused
from pipeline.sources import faers
from tests.landing.splitter_outcomes import layout_of

MODERN = {table: "$".join(faers.make_shape(table, "2017Q2").columns) for table in faers.TABLES}


def refusal(header: str, table: str, period: str = "2017Q2") -> str:
    with pytest.raises(DeliveryRefused) as caught:
        layout_of(header.encode() + b"\n1$2$3\n", table, period)
    assert f"{table}.txt" in caught.value.where
    return caught.value.what


def modern_header(table: str) -> list[str]:
    shape = faers.make_shape(table, "2017Q2")
    return [column for column in shape.columns if column in shape.needed]


@pytest.mark.parametrize("table", faers.TABLES)
def test_each_column_dropped_or_renamed_stops_the_delivery(table: str) -> None:
    """The file and the column are named."""
    for column in modern_header(table):
        without = [each for each in modern_header(table) if each != column]
        assert refusal("$".join(without), table) == f"the header lacks a needed column: {column}"
        renamed = [f"{column}_new" if each == column else each for each in modern_header(table)]
        assert refusal("$".join(renamed), table) == f"the header names a column never seen: '{column}_new'"


@pytest.mark.parametrize("table", faers.TABLES)
def test_columns_in_another_order_keep_their_names(table: str) -> None:
    names = modern_header(table)[::-1]
    assert list(layout_of(("$".join(names) + "\n").encode(), table, "2017Q2").columns) == names


def test_a_column_named_twice_stops_the_delivery() -> None:
    assert "twice: primaryid" in refusal("primaryid$caseid$isr$outc_cod", "outc")


def test_an_empty_member_stops_the_delivery() -> None:
    with pytest.raises(DeliveryRefused, match="no header"):
        layout_of(b"\r\n", "outc", "2017Q2")


def test_a_web_page_is_not_a_table() -> None:
    assert "never seen: '<!doctype html>'" in refusal("<!DOCTYPE html>", "demo")


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
def test_known_spellings_of_headers_are_read(table: str, period: str, header: str) -> None:
    columns = layout_of(f"{header}\n".encode(), table, period).columns
    assert set(columns) <= set(faers.make_shape(table, period).columns)


def test_a_legacy_quarter_does_not_need_the_country_before_2005q3() -> None:
    assert "reporter_country" not in faers.make_shape("demo", "2005Q2").needed
    assert "reporter_country" in faers.make_shape("demo", "2005Q3").needed
