"""The review's safety data: the shipped sheet, and the analyses that the review published, reproduced from it."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.review import SHEET
from pipeline.review.__main__ import MARKER, discard_home
from pipeline.review.analyses import Analysis, reproduce_analyses
from pipeline.sources.studies.layout import SHEET_COLUMN_NAMES
from tests.review.extraction import OUTCOMES, make_sheet, select_safety_rows
from tests.sql.trials.study_records import Register, fetch_rows, open_register


@pytest.fixture(scope="module")
def sheet() -> list[dict[str, str]]:
    with SHEET.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def published(shared: Path) -> list[dict[str, str]]:
    path = shared / "data" / "cochrane_cd015373" / "CD015373_pub2_data.csv"
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def built(sheet: list[dict[str, str]]) -> Iterator[Register]:
    session = open_register((), sheets=[sheet])
    yield session
    session.close()


@pytest.fixture(scope="module")
def analyses(built: Register) -> dict[tuple[str, str], Analysis]:
    return {(each.group, each.outcome): each for each in reproduce_analyses(built)}


def test_shipped_sheet_is_what_the_published_rows_give(
    sheet: list[dict[str, str]], published: list[dict[str, str]]
) -> None:
    assert sheet == make_sheet(published)
    assert tuple(sheet[0]) == SHEET_COLUMN_NAMES
    assert len(select_safety_rows(published)) == 74


def test_sheet_holds_74_comparisons_of_23_studies_and_cites_each(sheet: list[dict[str, str]]) -> None:
    """Counted by hand in the published file: 87 rows of safety, 13 of them repeats."""
    assert sum(len(row["comparator_arm"].split(";")) for row in sheet if row["comparator_arm"]) == 74
    assert len({row["study"] for row in sheet}) == 23
    assert all(row["source"].startswith("CD015373.pub2, analysis ") for row in sheet)
    assert {row["study"] for row in sheet if row["verified"] == "yes"} == {
        "Lumanauw 2019", "Noppers 2011a", "Van Der Plas 2013",
    }  # fmt: skip


def test_published_result_of_intravenous_ketamine_is_reproduced(analyses: dict[tuple[str, str], Analysis]) -> None:
    """The review's summary: adverse events (total), RR 3.26 (1.05 to 10.09), 4 trials; weights as in its file."""
    analysis = analyses["1", "any_adverse_event"]
    pooled = analysis.pooled
    assert [round(value, 2) for value in (pooled.estimate, pooled.lower, pooled.upper)] == [3.26, 1.05, 10.09]
    assert {trial: round(weight or 0, 2) for trial, weight in analysis.weights.items()} == {
        "Lumanauw 2019": 22.25, "Niesters 2013": 14.20, "Pickering 2020": 31.73, "Schwartzman 2009": 31.82,
    }  # fmt: skip


def test_weights_of_every_safety_analysis_are_the_published_ones(
    published: list[dict[str, str]], analyses: dict[tuple[str, str], Analysis]
) -> None:
    expected: dict[tuple[str, str], list[float | None]] = {}
    found: dict[tuple[str, str], list[float | None]] = {}
    for row in select_safety_rows(published):
        key = (row["Analysis.group"], OUTCOMES[row["Analysis.name"].split(": ")[-1].strip().lower()])
        expected.setdefault(key, []).append(round(float(row["Weight"]), 2) if row["Weight"] else None)
        found[key] = [weight and round(weight, 2) for weight in analyses[key].weights.values()]
    assert {key: sorted(weights, key=str) for key, weights in found.items()} == {
        key: sorted(weights, key=str) for key, weights in expected.items()
    }
    assert set(expected) == set(analyses)


def test_trial_of_each_published_row_has_its_published_ratio(
    published: list[dict[str, str]], analyses: dict[tuple[str, str], Analysis]
) -> None:
    """Where one trial is alone in an analysis, its ratio is the published one; empty cells take 0.5."""
    for row in select_safety_rows(published):
        key = (row["Analysis.group"], OUTCOMES[row["Analysis.name"].split(": ")[-1].strip().lower()])
        if row["Mean"] and len(analyses[key].weights) == 1:
            assert analyses[key].pooled.estimate == pytest.approx(float(row["Mean"]), abs=1e-6), key


def test_only_verified_trials_are_in_findings_by_route(built: Register) -> None:
    found = fetch_rows(
        built,
        "select distinct trial_id, drug, route, comparator from events.trial_comparison "
        "where route <> 'any' and drug in ('ketamine', 'esketamine', 'magnesium') order by all",
    )
    assert found == [
        ("Lumanauw 2019", "ketamine", "intravenous", "placebo"),
        ("Noppers 2011a", "esketamine", "intravenous", "active_placebo"),
        ("Van Der Plas 2013", "magnesium", "intramuscular", "placebo"),
        ("Van Der Plas 2013", "magnesium", "not_intravenous", "placebo"),
    ]


def test_folder_of_somebody_else_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("kept")
    with pytest.raises(UsageError, match="was not made by this command"):
        discard_home(tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "kept"
    (tmp_path / MARKER).touch()
    discard_home(tmp_path)
    assert not tmp_path.exists()


@pytest.mark.proof
def test_make_review_publishes_a_snapshot_of_the_sheet_alone_and_prints_both(tmp_path: Path) -> None:
    home = tmp_path / "review"
    command = [sys.executable, "-m", "pipeline.review", "--home", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=800)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The sheet holds 23 of the review's 67 studies and ")
    theirs, ours = done.stdout.split("OUR FINDINGS")
    assert "any_adverse_event: RR 3.26 (1.05 to 10.09), 4 trials, 140 participants" in theirs
    assert "Maier 2003: 29.59 %" in theirs
    assert "esketamine" in ours
    assert (home / "published" / "CURRENT").is_file()
