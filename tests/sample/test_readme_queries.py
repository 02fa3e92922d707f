"""Every command of the README's questions runs as written on the sample world, and answers its question."""

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.resources import ROOT as PROJECT
from tests.documentation.commands import Shown, run_shown
from tests.sample_database import SampleDatabase, show_as_published

README = (PROJECT / "README.md").read_text()
ASKED = README.split("\n## Ask it\n")[1].split("\n## ")[0]
COMMANDS = re.findall(r"(?m)^    (.*\.venv/bin/nightvigil .*)$", ASKED)
QUERIES = re.findall(r'(?m)^    \.venv/bin/nightvigil sql "(.*)"$', ASKED)


@pytest.fixture(scope="module")
def home(sample_database: SampleDatabase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return show_as_published(sample_database, tmp_path_factory.mktemp("published"))


def read_rows(connection: duckdb.DuckDBPyConnection, part: str) -> list[dict[str, Any]]:
    """The rows of the one query of the README that names this part."""
    [query] = [query for query in QUERIES if part in query and "describe" not in query]
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_readme_holds_queries_and_names_the_home_of_the_sample_first() -> None:
    """`make run` fills data/sample: a newcomer's first query found nothing published in data."""
    assert len(QUERIES) >= 13
    assert ASKED.index("export NIGHTVIGIL_HOME=data/sample") < ASKED.index(".venv/bin/nightvigil")
    assert 'HOME = PROJECT / "data" / "sample"' in (PROJECT / "deploy" / "demonstrate.py").read_text()


@pytest.mark.parametrize("query", QUERIES)
def test_query_of_the_readme_returns_rows(built: duckdb.DuckDBPyConnection, query: str) -> None:
    """But that of what changed: the first snapshot of a home replaces none."""
    assert bool(built.execute(query).fetchall()) == ("answer.what_changed" not in query)


@pytest.mark.parametrize("command", [each for each in COMMANDS if "printf" in each])
def test_command_of_the_readme_runs_as_written(home: Path, command: str) -> None:
    done = run_shown(Shown("README.md", command, ""), home)
    assert (done.returncode, bool(done.stdout)) == (0, True), done.stderr


@pytest.mark.proof
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_readme_runs_as_written(home: Path, command: str) -> None:
    done = run_shown(Shown("README.md", command, ""), home)
    assert (done.returncode, bool(done.stdout)) == (0, True), done.stderr


def test_route_question_is_answered_crude_stratified_adjusted_and_by_trials(built) -> None:
    """Question 1: it took 40 columns, said nothing of cases on neither side, and nothing adjusted."""
    rows = read_rows(built, "answer.route_question")
    parts = {row["part"]: row for row in rows}
    assert {"reports_crude", "reports_stratified", "reports_adjusted_comedication", "trials"} <= set(parts)
    crude = parts["reports_crude"]
    counts = built.execute(
        "select route, drug_route_case_count from summary.reported_by_drug_route where drug = 'ketamine' "
        "and reaction = 'hallucination' and definition = 'narrow'"
    ).fetchall()
    by_route = dict(counts)
    assert (
        crude["neither_side_case_count"]
        == (by_route["any"] - by_route["intravenous"] - by_route["not_intravenous"])
        > 0
    )
    assert crude["lower"] < crude["estimate"] < crude["upper"]
    assert all(row["caveat"] for row in rows)


def test_cases_behind_a_cell_are_told_with_who_and_what(built) -> None:
    """Question 2: it took five joins."""
    rows = read_rows(built, "as behind join")
    told = ("age_years", "sex", "first_received_year", "country", "concomitant_drugs_text", "indications_text",
            "outcomes_text", "source_lines_text")  # fmt: skip
    assert len(rows) == 20
    for name in told:
        assert any(row[name] for row in rows), name
    assert all("Hallucination" in row["reactions_text"] for row in rows)


def test_trend_has_every_quarter_with_what_is_missing(built) -> None:
    """Question 3: missing quarters were not marked."""
    rows = read_rows(built, "answer.trend")
    quarters = [row["quarter"] for row in rows if row["quarter"] != "not stated"]
    years = range(int(quarters[0][:4]), int(quarters[-1][:4]) + 1)
    calendar = [f"{year}Q{number}" for year in years for number in range(1, 5)]
    assert quarters == calendar[calendar.index(quarters[0]) : calendar.index(quarters[-1]) + 1]
    assert {"landed", "missing"} <= {row["quarter_status"] for row in rows}
    assert all((row["quarter_case_count"] is None) == (row["quarter_status"] == "missing") for row in rows)
    landed = [row for row in rows if row["quarter_status"] == "landed"]
    assert all(row["cumulative_ic_lower"] <= row["cumulative_ic"] <= row["cumulative_ic_upper"] for row in landed)
    assert (
        sum(row["quarter_case_count"] for row in rows if row["quarter_case_count"])
        == rows[-1]["cumulative_case_count"]
    )


def test_trials_stand_beside_reports_in_whatever_population_they_are(built) -> None:
    """Question 4: the headline of chronic pain was three nulls; the trial of 300 people is of another population."""
    rows = read_rows(built, "answer.reports_beside_trials")
    people = {row["population"]: row["participants_at_risk"] + row["comparator_participants_at_risk"] for row in rows}
    assert people["other"] == 300
    assert all(row["case_count"] and row["sentence_text"] and "never added" in row["caveat"] for row in rows)


def test_unmeasured_outcomes_are_counted_by_what_records_say(built) -> None:
    """Question 5: each trial in one of the five statuses."""
    rows = read_rows(built, "answer.unmeasured")
    for row in rows:
        statuses = ("reported", "zero_not_solicited", "sought_not_reported", "not_sought", "unknown")
        assert row["trial_count"] == sum(row[f"{status}_count"] for status in statuses)
        assert row["reported_count"] == 0 and row["caveat"].startswith("No registered trial reports it")


def test_freshness_counts_from_the_day_the_data_reach(built) -> None:
    """Question 9: `age_hours 0.3` was the age of the receipt."""
    rows = {row["source"]: row for row in read_rows(built, "answer.source_freshness")}
    assert rows["faers"]["newest_period"] == "2024Q1"
    assert rows["faers"]["data_age_days"] > 365 and rows["faers"]["freshness"] == "alarm"
    assert rows["faers"]["missing_period_count"] == len(rows["faers"]["missing_periods"].split())
    assert rows["studies"]["freshness"] == "unknown"


def test_share_of_unknown_routes_is_one_query(built) -> None:
    """Question 12."""
    rows = read_rows(built, "unknown_percent")
    assert {row["drug"] for row in rows} >= {"ketamine", "memantine"}
    assert all(0 <= row["unknown_percent"] <= 100 for row in rows)
