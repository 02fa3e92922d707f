"""The real files go through the one command, and the published counts equal an independent count.

The counting below imports nothing of the pipeline: zipfile, splitting at '$', sets. Which of the real names mean a
drug of the watch list was read by eye in the drug lines of these samples that mention one.
"""

import csv
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.landing.independent_counts import count_physical_lines, count_table, read_members

pytestmark = pytest.mark.proof

SAMPLES = ("faers_ascii_2004q1_sample/aers_ascii_2004q1.zip", "faers_ascii_2017q2_sample/faers_ascii_2017q2.zip")
SUSPECT_CASES = {("magnesium_gastrointestinal", "oral"): {"13530005"}}  # the antacid of 2017Q2
TERMS = {"Nausea", "Vomiting", "Confusional state", "Hallucination", "Hallucination, visual"}


@pytest.fixture(scope="module")
def home(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after one nightly run on both real quarters and all real study records."""
    home = tmp_path_factory.mktemp("real") / "data"
    (home / "inbox" / "faers").mkdir(parents=True)
    for sample in SAMPLES:
        shutil.copy(shared / "data" / sample, home / "inbox" / "faers")
    shutil.copytree(
        shared / "data" / "ctgov_v2_json",
        home / "inbox" / "clinicaltrials" / "studies",
        ignore=shutil.ignore_patterns("*.md"),
    )
    done = run(home, "nightly")
    assert done.returncode == 0, done.stderr
    return home


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline.cli", *arguments]
    environment = {**os.environ, "NIGHTVIGIL_HOME": str(home)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def ask(home: Path, query: str) -> list[tuple[str, ...]]:
    done = run(home, "sql", query, "--format", "csv")
    assert done.returncode == 0, done.stderr
    return [tuple(row) for row in csv.reader(io.StringIO(done.stdout))][1:]


def read_rows(shared: Path, sample: str, table: str) -> list[dict[str, str]]:
    lines = read_members(shared / "data" / sample)[table].decode("latin-1").splitlines()
    header = lines[0].lower().split("$")
    return [dict(zip(header, line.split("$"), strict=False)) for line in lines[1:] if line]


def test_every_line_agrees_with_an_independent_count(home: Path, shared: Path) -> None:
    published = {
        (period, table): (int(lines), int(staged), int(quarantined))
        for period, table, lines, staged, quarantined in ask(
            home,
            "select delivery.period, counted.table_name, counted.physical_line_count, counted.staged_line_count, "
            "counted.quarantined_line_count from meta.delivery_table as counted inner join meta.delivery as delivery "
            "using (source, delivery_id) where delivery.source = 'faers'",
        )
    }
    plain = {}
    for sample, period in zip(SAMPLES, ("2004Q1", "2017Q2"), strict=True):
        for table, data in read_members(shared / "data" / sample).items():
            counted = count_table(data)
            plain[(period, table)] = (count_physical_lines(data), counted["records"], counted["broken"])
    assert published == plain


def test_cases_and_watched_terms_agree_with_an_independent_count(home: Path, shared: Path) -> None:
    """Legacy child rows know their report only, so the case number is looked up in DEMO."""
    plain, cases = set(), set()
    for sample in SAMPLES:
        number = {
            row.get("isr", row.get("primaryid")): row.get("case", row.get("caseid"))
            for row in read_rows(shared, sample, "demo")
        }
        cases |= set(number.values())
        for row in read_rows(shared, sample, "reac"):
            if row["pt"].capitalize() in TERMS:
                plain.add((number[row.get("isr", row.get("primaryid"))], row["pt"].capitalize()))
    assert {case for (case,) in ask(home, "select case_id from events.case")} == cases
    terms = ", ".join(f"'{term}'" for term in sorted(TERMS))
    query = f"select case_id, preferred_term from events.reaction where preferred_term in ({terms})"
    assert set(ask(home, query)) == plain


def test_published_counts_contain_the_one_suspect_case(home: Path) -> None:
    """Concomitant magnesium, and esomeprazole magnesium, are in no tally; the one suspect antacid is."""
    found: dict[tuple[str, str], set[str]] = {}
    for drug, route, case in ask(home, "select drug, route, case_id from events.exposed_case"):
        found.setdefault((drug, route), set()).add(case)
    rollups = {("magnesium", "oral"), ("magnesium", "any"), ("magnesium", "not_intravenous")}
    rollups |= {("magnesium_gastrointestinal", "any"), ("magnesium_gastrointestinal", "not_intravenous")}
    assert found == SUSPECT_CASES | {key: {"13530005"} for key in rollups}
    tally = ask(
        home,
        "select distinct drug, route, drug_route_case_count, max(case_count) over () "
        "from summary.reported_by_drug_route",
    )
    assert set(tally) == {(drug, route, "1", "0") for drug, route in found}


def test_real_studies_are_staged_or_quarantined_and_not_counted(home: Path) -> None:
    """None of the real records has a drug of the watch list as intervention, so no arm may be counted."""
    [(lines, staged, quarantined)] = ask(
        home,
        "select physical_line_count, staged_line_count, quarantined_line_count from meta.delivery "
        "where source = 'clinicaltrials'",
    )
    assert int(lines) == int(staged) + int(quarantined)
    assert int(staged) > 0
    assert int(quarantined) >= 4  # three old envelopes, and a file that holds another study than its name says
    assert ask(home, "select count(*) from summary.observed_by_drug_route") == [("0",)]
