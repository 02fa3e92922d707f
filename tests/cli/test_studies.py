"""`nightvigil studies`: an empty sheet on standard output, and every error of a filled one as rows."""

import csv
import io
from pathlib import Path

import pytest

from pipeline.command_line.output import Format
from pipeline.command_line.sheets import check_file, studies, write_template
from pipeline.errors import DeliveryRefused, UsageError
from pipeline.sources.studies.layout import SHEET_COLUMNS
from tests.sources.sheets import make_pair, write_csv


def test_template_is_a_heading_that_the_check_accepts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The heading alone is on standard output; what each column accepts is beside it, on standard error."""
    write_template()
    printed = capsys.readouterr()
    (heading,) = csv.reader(io.StringIO(printed.out))
    assert heading == [column.name for column in SHEET_COLUMNS]
    assert all(f"{column.name} (" in printed.err for column in SHEET_COLUMNS)
    path = write_csv(tmp_path / "sheet.csv", make_pair(9, 40, 3, 41), tuple(heading))
    check_file(path, Format.CSV)
    assert "2 rows, no error" in capsys.readouterr().err


def test_errors_are_rows_of_data_and_the_command_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_csv(tmp_path / "sheet.csv", make_pair(41, 40, 3, 41, verified="perhaps"))
    with pytest.raises(DeliveryRefused, match="3 errors"):
        check_file(path, Format.CSV)
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["row"], row["column"]) for row in rows] == [("2", "events"), ("2", "verified"), ("3", "verified")]


def test_command_needs_one_of_its_two_options(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to do"):
        studies(template=False, check=None)
    with pytest.raises(UsageError, match="there is no file"):
        studies(template=False, check=tmp_path / "absent.csv")
