"""A table reaches a colleague with its caveats, its origin, the country Namibia and whole numbers that stay whole."""

import csv
import hashlib
import json
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet
import pytest

from pipeline.errors import UsageError
from pipeline.exports.caveats import DISPROPORTIONALITY, GENERAL, INVENTED, REPORTS, TRIALS, list_caveats
from pipeline.exports.files import READING
from tests.exports.conftest import SNAPSHOT, Run, publish_by_hand

pytestmark = pytest.mark.slow

TABLE = "reported_by_patient"


def read_manifest(path: Path) -> dict:
    return json.loads(path.with_name(f"{path.name}.manifest.json").read_text())


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
def test_each_format_has_a_manifest_with_hash_origin_and_caveats(tmp_path: Path, run: Run, form: str) -> None:
    publish_by_hand(tmp_path)
    target = tmp_path / f"out.{form}"
    run(tmp_path, "export", TABLE, "--format", form, "--to", target, "--where", "country = 'NA'")
    manifest = read_manifest(target)
    assert manifest["file"] == {
        "name": target.name,
        "format": form,
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "bytes": target.stat().st_size,
    }
    assert manifest["snapshot"]["snapshot_id"] == SNAPSHOT
    assert manifest["snapshot"]["data_lock"][0]["newest_period"] == "2024Q1"
    assert manifest["snapshot"]["exporter"].startswith("nightvigil ")
    assert (manifest["row_count"], manifest["where"], manifest["is_synthetic"]) == (1, "country = 'NA'", True)
    assert manifest["caveats"][0] == INVENTED and REPORTS in manifest["caveats"]
    assert {"name": "country", "type": "VARCHAR", "meaning": "ISO 3166 alpha-2"} in manifest["columns"]


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
def test_the_same_export_gives_the_same_bytes(tmp_path: Path, run: Run, form: str) -> None:
    publish_by_hand(tmp_path)
    for name in ("a", "b"):
        run(tmp_path, "export", TABLE, "--format", form, "--to", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
def test_namibia_and_whole_numbers_survive_pandas_as_the_manifest_says(tmp_path: Path, run: Run, form: str) -> None:
    """Namibia is NA, which pandas takes for a missing value; a count beside an empty cell would become a fraction."""
    publish_by_hand(tmp_path)
    target = tmp_path / f"out.{form}"
    run(tmp_path, "export", TABLE, "--format", form, "--to", target)
    said = read_manifest(target)["reading"]["pandas"]
    assert said == READING[form]["pandas"]
    frame = eval(said, {"pandas": pd, "path": target})  # noqa: S307 - the advice of the manifest, as it is written
    assert sorted(frame["country"]) == ["NA", "US"]
    counts = frame.set_index("country")
    assert str(counts["serious_case_count"].dtype) == "Int64"
    assert counts.loc["NA", "case_count"] == 12345678 and pd.isna(counts.loc["US", "serious_case_count"])


def test_namibia_is_lost_by_a_plain_read_of_csv_which_is_why_the_manifest_warns(tmp_path: Path, run: Run) -> None:
    publish_by_hand(tmp_path)
    run(tmp_path, "export", TABLE, "--to", tmp_path / "out.csv")
    assert pd.read_csv(tmp_path / "out.csv")["country"].isna().any()
    assert "Namibia" in read_manifest(tmp_path / "out.csv")["reading"]["why"]


def test_a_workbook_has_a_read_me_first_and_numbers_dates_and_texts_in_their_types(tmp_path: Path, run: Run) -> None:
    publish_by_hand(tmp_path, texts=("plain", "_x003D_1+1"))
    run(tmp_path, "export", TABLE, "--format", "xlsx", "--to", tmp_path / "out.xlsx", "--where", "country = 'NA'")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert book.sheetnames == ["read me", "summary.reported_by_patient"]
    said = {row[0]: row[1] for row in book["read me"].values if row[0]}
    assert (said["Snapshot"], said["Filter"], said["Invented data"], said["Rows"]) == (
        SNAPSHOT,
        "country = 'NA'",
        "yes",
        1,
    )
    assert said["country"] == "ISO 3166 alpha-2 (VARCHAR)" and "2024Q1" in said["Data lock"]
    assert said["Table"] == "Counts. key country. not a rate." and said["Read first"] == INVENTED
    header, row = book["summary.reported_by_patient"].values
    cells = dict(zip(header, row, strict=True))
    assert (cells["country"], cells["case_count"]) == ("NA", 12345678) and type(cells["case_count"]) is int
    run(tmp_path, "export", "hostile", "--format", "xlsx", "--to", tmp_path / "texts.xlsx")
    (_, first, second) = openpyxl.load_workbook(tmp_path / "texts.xlsx")["summary.hostile"].iter_rows()
    assert [cell.data_type for cell in first] == ["n", "s", "n", "d"]
    # Excel reads _x003D_ in a text as an equals sign; written so, it shows the six characters that were there.
    assert second[1].value == "_x005F_x003D_1+1" and second[2].value == -1.5


def test_parquet_says_its_origin_in_its_metadata_and_keeps_texts_as_they_are(tmp_path: Path, run: Run) -> None:
    publish_by_hand(tmp_path, texts=("=1+1",), is_synthetic=False)
    run(tmp_path, "export", "hostile", "--format", "parquet", "--to", tmp_path / "out.parquet")
    schema = pyarrow.parquet.read_schema(tmp_path / "out.parquet")
    said = {name.decode(): text.decode() for name, text in schema.metadata.items()}
    assert said["nightvigil.snapshot_id"] == SNAPSHOT and said["nightvigil.is_synthetic"] == "false"
    assert REPORTS in said["nightvigil.caveat"]
    table = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert table["name_text"].to_pylist() == ["=1+1"]
    assert [str(field.type) for field in schema] == ["int64", "string", "double", "date32[day]"]


def test_a_query_is_exported_with_its_text(tmp_path: Path, run: Run) -> None:
    publish_by_hand(tmp_path)
    query = "select country, case_count from summary.reported_by_patient order by country"
    run(tmp_path, "export", "--query", query, "--to", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "country,case_count\nNA,12345678\nUS,5\n"
    manifest = read_manifest(tmp_path / "out.csv")
    assert (manifest["query"], manifest["tables_read"]) == (query, ["summary.reported_by_patient"])


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["nosuch"], "no table summary.nosuch"),
        ([], "name a table, or write one query"),
        ([TABLE, "--query", "select 1"], "name a table, or write one query"),
        ([TABLE, "--where", "nosuch = 1"], "nosuch"),
        (["--query", "drop table summary.hostile"], "a query is one SELECT"),
        (["--query", "select 1", "--suppress"], "cannot be suppressed"),
        (["hostile", "--suppress"], "no rule of suppression is written for summary.hostile"),
        ([TABLE, "--max-rows", "1"], "more than 1 rows"),
    ],
)
def test_what_cannot_be_exported_is_refused_with_advice(
    tmp_path: Path, run: Run, arguments: list[str], what: str
) -> None:
    publish_by_hand(tmp_path)
    with pytest.raises(UsageError, match=what) as refusal:
        run(tmp_path, "export", *arguments, "--to", tmp_path / "out.csv")
    assert refusal.value.todo and not (tmp_path / "out.csv").exists()


def test_a_file_is_replaced_only_when_that_is_asked_for(tmp_path: Path, run: Run) -> None:
    publish_by_hand(tmp_path)
    target = tmp_path / "out.csv"
    target.write_text("mine")
    with pytest.raises(UsageError, match="a file of this name already"):
        run(tmp_path, "export", TABLE, "--to", target)
    assert target.read_text() == "mine"
    run(tmp_path, "export", TABLE, "--to", target, "--overwrite")
    assert len(list(csv.reader(target.open()))) == 3


def test_the_setting_suppresses_unless_the_command_says_otherwise(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_by_hand(tmp_path)
    monkeypatch.setenv("NIGHTVIGIL_EXPORT_SUPPRESS", "true")
    with pytest.raises(UsageError, match="no rule of suppression"):
        run(tmp_path, "export", "hostile", "--to", tmp_path / "out.csv")
    run(tmp_path, "export", "hostile", "--no-suppress", "--to", tmp_path / "out.csv")
    with pytest.raises(UsageError, match="a bundle holds tables without a rule"):
        run(tmp_path, "bundle", "ketamine")


def test_sums_are_whole_numbers_in_parquet(tmp_path: Path, run: Run) -> None:
    """DuckDB sums in 128 bits: a reader gets 64 where they suffice, and never a fraction."""
    publish_by_hand(tmp_path)
    query = "select sum(case_count) as total, sum(170141183460469231731687303715884105::hugeint) as huge, "
    query += "[1, 2] as list, 1.50::decimal(9, 2) as exact, null as nothing from summary.reported_by_patient"
    run(tmp_path, "export", "--query", query, "--format", "parquet", "--to", tmp_path / "out.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds["total"] == "int64" and kinds["huge"] == "decimal128(38, 0)" and kinds["exact"] == "decimal128(9, 2)"
    assert table["total"].to_pylist() == [12345683] and table["list"].to_pylist() == [[1, 2]]


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        (["summary.reported_by_patient"], {REPORTS}),
        (["summary.signal"], {REPORTS, DISPROPORTIONALITY}),
        (["summary.finding", "summary.trial_effect"], {TRIALS}),
        (["summary.route_contrast"], {REPORTS, DISPROPORTIONALITY, TRIALS}),
        (["events.case", "events.observed"], {REPORTS, TRIALS}),
        (["answer.reports_beside_trials"], {REPORTS, DISPROPORTIONALITY, TRIALS}),
        ([], {REPORTS, DISPROPORTIONALITY, TRIALS}),
    ],
)
def test_each_wing_has_its_caveat(tables: list[str], said: set[str]) -> None:
    """Reports are no rates, trials have thresholds: a file states what holds for what it was read from."""
    assert set(list_caveats(tables, is_synthetic=False)) == {*said, GENERAL}
    assert list_caveats(tables, is_synthetic=True)[0] == INVENTED
