"""The header of a member names its fields, or the delivery is refused."""

import pytest

from pipeline.errors import DeliveryRefused
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
    """The refusal names the file and the column."""
    for column in make_modern_header(table):
        without = [each for each in make_modern_header(table) if each != column]
        assert land_refused("$".join(without), table) == f"the header lacks a needed column: {column}"
        renamed = [f"{column}_new" if each == column else each for each in make_modern_header(table)]
        assert land_refused("$".join(renamed), table) == f"the header names an unknown column: '{column}_new'"


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
