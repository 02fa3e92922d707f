"""An extraction sheet is accepted whole or refused with every error by row and column."""

import zipfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline import deliveries
from pipeline.errors import DeliveryRefused
from pipeline.landing.inbox import Offer
from pipeline.landing.receipts import Receipt, read_receipts
from pipeline.settings import Settings
from pipeline.sources.studies.checking import SheetError
from pipeline.sources.studies.layout import SHEET_COLUMN_NAMES
from pipeline.sources.studies.staging import find_records
from tests.sources.sheets import make_pair, write_csv, write_xlsx


def find_errors(path: Path, settings: Settings) -> list[SheetError]:
    return find_records(path, settings)[1]


def land(path: Path, settings: Settings) -> Receipt:
    landed = deliveries.land(settings, Offer.from_inbox("studies", path))
    assert isinstance(landed, Receipt)
    return landed


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_complete_sheet_is_landed_row_by_row_whatever_its_format(
    ending: str, tmp_path: Path, settings: Settings
) -> None:
    rows = make_pair(9, 40, 3, 41) + make_pair("not reported", 40, "not reported", 41, outcome="paranoia")
    write = write_csv if ending == "csv" else write_xlsx
    receipt = land(write(tmp_path / f"sheet.{ending}", rows), settings)
    assert (receipt.tables["row"].records, receipt.tables["row"].quarantined_lines) == (4, 0)
    staged = pq.read_table(settings.raw / "studies" / receipt.delivery_id / "rows.parquet").to_pylist()
    assert [row["record_number"] for row in staged] == [2, 3, 4, 5]
    assert [{name: row[name] for name in SHEET_COLUMN_NAMES} for row in staged] == [
        {name: str(value) for name, value in row.items()} for row in rows
    ]


ERRORS: list[tuple[str, dict[str, Any], str, str]] = [
    ("year", {"year": "20"}, "20", "year of publication, four digits"),
    ("registry_number", {"registry_number": "NCT123"}, "NCT123", "number in a trial register"),
    ("allocation", {"allocation": "random"}, "random", "one of randomised, not randomised, not stated"),
    ("design", {"design": "cluster"}, "cluster", "one of parallel, crossover, not stated"),
    ("period_used", {"design": "crossover"}, "", "not blank in a crossover"),
    ("period_used", {"period_used": "first"}, "first", "blank: only a crossover has periods"),
    ("population", {"population": "pain"}, "pain", "one of chronic_pain, depression"),
    ("drug", {"drug": "ketamin"}, "ketamin", "one of ketamine, esketamine"),
    ("route", {"route": "IV"}, "IV", "one of intravenous, intramuscular"),
    ("route", {"route": ""}, "", "not blank: the route of the drug"),
    ("participants_randomised", {"participants_randomised": "40.5"}, "40.5", "whole number of participants"),
    ("outcome", {"outcome": "itch"}, "itch", "one of hallucination"),
    ("participants_analysed", {"participants_analysed": "0"}, "0", "whole number of participants analysed"),
    ("participants_analysed", {"participants_randomised": "39"}, "40", "at most the 39 participants randomised"),
    ("events", {"events": "41"}, "41", "at most the 40 participants analysed"),
    ("events", {"events": "23 %"}, "23 %", "whole number of participants with the event, or: not reported"),
    ("ascertainment", {"ascertainment": "yes"}, "yes", "one of systematic, not systematic, not stated"),
    ("comparator_arm", {"comparator_arm": "saline"}, "saline", "an arm of the same study and stratum"),
    ("comparator", {"comparator": "dummy"}, "dummy", "one of placebo, active_placebo, active, no_treatment"),
    ("comparator", {"comparator": "placebo; active"}, "placebo; active", "as many kinds as comparator arms (1)"),
    ("review_group", {"review_group": "1; 2"}, "1; 2", "as many groups as comparator arms (1)"),
    ("bias_measurement", {"bias_measurement": "unclear"}, "unclear", "one of low, some concerns, high"),
    ("source", {"source": ""}, "", "not blank: where the counts were read"),
    ("verified", {"verified": "maybe"}, "maybe", "one of yes, no"),
    ("dose", {"dose": "x" * 2001}, "x" * 60, "at most 2000 characters"),
]  # fmt: skip


def test_each_kind_of_error_is_named_by_row_and_column_and_all_at_once(tmp_path: Path, settings: Settings) -> None:
    """One sheet with a study for each error: its drug arm is in an even row, its placebo below."""
    rows = []
    for number, (_, cells, _, _) in enumerate(ERRORS):
        study = {"study": f"Invented {number}"}
        treated, placebo = make_pair(9, 40, 3, 41, **study)
        # a property of the study, or the outcome, is wrong alike on both rows
        shared = {name: value for name, value in cells.items() if name in (
            "year", "registry_number", "allocation", "design", "period_used", "population", "bias_measurement",
            "outcome")}  # fmt: skip
        rows += [treated | cells, placebo | shared]
    found = {(each.row, each.column): each for each in find_errors(write_csv(tmp_path / "s.csv", rows), settings)}
    for number, (column, _, cell, expected) in enumerate(ERRORS):
        error = found.pop((2 * number + 2, column))
        assert error.found == cell
        assert expected in error.expected, column
        found.pop((2 * number + 3, column), None)
    assert not found, "no error is reported that was not planted"


@pytest.mark.parametrize(
    ("second", "column", "expected"),
    [
        ({}, "outcome", "each outcome of an arm once; row 2 has it already"),
        ({"outcome": "vomiting", "year": "2021"}, "year", "'2020' as in row 2, alike for one study"),
        ({"outcome": "vomiting", "route": "oral"}, "route", "'intravenous' as in row 2, alike for one arm"),
        ({"outcome": "vomiting"}, "comparator_arm", "a row of this arm for vomiting (not reported"),
        (
            {"outcome": "vomiting", "stratum": "men"}, "comparator_arm",
            "an arm of the same study and stratum, spelt as in its own rows",
        ),
        ({"arm": "placebo", "comparator_arm": "ketamine"}, "outcome", "row 3 has it already"),
        (
            {"arm": "ketamine, high dose", "comparator_arm": "ketamine"}, "comparator_arm",
            "an arm without ketamine: a drug in both arms is not compared",
        ),
    ],
)  # fmt: skip
def test_rows_that_contradict_one_another_are_named(
    second: dict[str, str], column: str, expected: str, tmp_path: Path, settings: Settings
) -> None:
    pair = make_pair(9, 40, 3, 41)
    errors = find_errors(write_csv(tmp_path / "sheet.csv", [*pair, pair[0] | second]), settings)
    assert any((each.row, each.column) == (4, column) and expected in each.expected for each in errors), errors


def test_heading_that_is_absent_unknown_or_twice_is_named(tmp_path: Path, settings: Settings) -> None:
    columns = (*SHEET_COLUMN_NAMES[1:], "arm", "comment")
    errors = find_errors(write_csv(tmp_path / "sheet.csv", make_pair(9, 40, 3, 41), columns), settings)
    assert [(each.row, each.column) for each in errors] == [(1, "study"), (1, "comment"), (1, "arm")]


def test_refused_sheet_leaves_no_row_and_its_reasons_are_kept(tmp_path: Path, settings: Settings) -> None:
    path = write_csv(tmp_path / "sheet.csv", [make_pair(41, 40, 3, 41)[0], make_pair(9, 40, "?", 41)[1]])
    with pytest.raises(DeliveryRefused) as refused:
        land(path, settings)
    assert "row 2, column events: '41'" in refused.value.what and "row 3, column events: '?'" in refused.value.what
    assert read_receipts(settings) == []
    assert len(list((settings.quarantine / "studies" / "refused").iterdir())) == 1


def test_formula_is_a_text_and_never_evaluated(tmp_path: Path, settings: Settings) -> None:
    """In a column of numbers it is an error; in free text it stays what it is."""
    rows = make_pair("=4+5", 40, 3, 41, source='=HYPERLINK("x")')
    for path in (write_xlsx(tmp_path / "sheet.xlsx", rows), write_csv(tmp_path / "sheet.csv", rows)):
        (error,) = find_errors(path, settings)
        assert (error.row, error.column, error.found) == (2, "events", "=4+5")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("sheet.csv", b"", "it is empty"),
        ("sheet.csv", b"study,year\xff", "not UTF-8"),
        ("sheet.csv", b'study,"year', "it is not CSV"),
        ("sheet.csv", b"study;year;arm\nA;2020;x\n", "separated by ';'"),
        ("sheet.csv", b"study\0year", "NUL"),
        ("sheet.xlsx", b"study,year\n", "not a zip"),
        ("sheet.ods", b"x", "neither .csv, .xlsx nor .rm5"),
        ("review.rm5", b"<COCHRANE_REVIEW>", "it is not XML"),
        ("review.rm5", b"<REVIEW/>", "root element"),
        ("review.rm5", b"<COCHRANE_REVIEW/>", "no dichotomous outcome"),
        ("review.rm5", b'<!DOCTYPE a [<!ENTITY b "c">]><COCHRANE_REVIEW>&b;</COCHRANE_REVIEW>', "document type"),
    ],
)
def test_file_that_is_no_sheet_is_refused(
    name: str, content: bytes, reason: str, tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DeliveryRefused, match=reason):
        find_records(tmp_path / name, settings)


def test_workbook_with_entities_or_of_no_shape_is_refused(tmp_path: Path, settings: Settings) -> None:
    """An entity that expands to gigabytes is never expanded, and a bomb of zeros is never unpacked."""
    good = write_xlsx(tmp_path / "good.xlsx", make_pair(9, 40, 3, 41))
    bomb = b'<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>'
    for number, replaced in enumerate(({"xl/workbook.xml": bomb}, {"xl/worksheets/sheet1.xml": b"0" * (40 << 20)})):
        path = tmp_path / f"bad{number}.xlsx"
        with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                target.writestr(name, replaced.get(name, source.read(name)))
        with pytest.raises(DeliveryRefused, match=r"EntitiesForbidden|decompression bomb"):
            find_records(path, settings)
